"""`accounts`: add, list, test, pause, resume, remove, and encrypt anew."""

import sys
from dataclasses import asdict
from urllib.parse import quote

from bot.channels.service import (
    Accounts,
    AccountStatus,
    complete_ids,
    is_rate,
    rate_of,
)
from bot.cli import account_work
from bot.cli.account_checks import the_provider
from bot.cli.account_entry import gathered
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.findings import Verdict, print_finding
from bot.cli.terminal import working
from bot.core.errors import Blame, BotError
from bot.messages.service import ListedAccount
from bot.providers.base import Provider
from bot.settings import Settings


def add(provider: str, *, name: str, rate: float | None, given: list[str] | None) -> None:
    """Add."""
    settings, chosen = read_settings(), the_provider(provider)
    accounts = Accounts(settings)
    # Before anybody types a secret.
    accounts.vault.require_key()
    if rate is not None and not is_rate(rate):
        raise BotError(
            _("--rate is not a number above 0"), mend=_("Write how many messages a second, e.g. 20."), blame=Blame.USAGE
        )
    values = gathered(chosen, given or ())
    ids = complete_ids(chosen, values)
    for each in ids:
        if each in accounts:
            raise BotError(
                _("{id} is configured by the settings", id=each),
                mend=_("Change {settings} there.", settings=account_work.settings_of(settings, chosen)),
            )
    speed = rate_of(chosen, settings) if rate is None else rate
    before = run_async(account_work.store_accounts(settings, accounts, chosen, values, ids, name[:255], speed))
    for each in ids:
        _tell_added(settings, chosen, each, before.get(each))


def list_accounts(*, as_json: bool) -> None:
    """List accounts."""
    found = run_async(account_work.accounts_listed(read_settings()))
    if as_json:
        print_json([{**asdict(each), "fault": _fault(each)} for each in found])
    elif found:
        columns = (_("Account"), _("Name"), _("Source"), _("Per second"), _("State"), _("Waiting"))
        print_table(columns, [_row(each) for each in found])
    else:
        print_line(_("There are no accounts: docs/accounts.md tells how to add one."))


def test_account(account_id: str) -> None:
    """Test one account."""
    with working(_("Asking the provider …")):
        findings = run_async(account_work.tested_account(read_settings(), account_id))
    for each in findings:
        print_finding(each)
    if any(each.verdict is Verdict.FAULT for each in findings):
        sys.exit(1)


def pause_account(account_id: str, *, reason: str) -> None:
    """Pause one account."""
    if run_async(account_work.pause_account(read_settings(), account_id, reason.strip() or "Paused by hand.")):
        print_line(_("{id} is paused; what is queued waits.", id=account_id))
    else:
        print_line(_("{id} is paused already.", id=account_id))


def resume_account(account_id: str) -> None:
    """Resume one account."""
    if run_async(account_work.resume_account(read_settings(), account_id)):
        print_line(_("{id} sends again.", id=account_id))
    else:
        print_line(_("{id} is not paused.", id=account_id))


def remove_account(account_id: str, *, force: bool) -> None:
    """Remove one account."""
    failed = run_async(account_work.remove_account(read_settings(), account_id, force=force))
    print_line(_("{id} is removed.", id=account_id))
    if failed:
        print_line(_("Messages that will not be sent: {count}.", count=failed))


def rotate_keys() -> None:
    """Rotate."""
    rotated = run_async(account_work.rotate_keys(read_settings()))
    print_line(_("Encrypted anew with the newest key: {count}.", count=rotated.changed))
    print_line(_("Encrypted with it already: {count}.", count=rotated.current))
    if rotated.sealed:
        raise BotError(
            _("no key decrypts what is kept of {names}", names=", ".join(rotated.sealed)),
            mend=_(
                "Put the key it was encrypted with back into BOT_SECRET_KEY, or add these accounts anew; "
                "for users there is `bot.py users reset --second-factor`."
            ),
        )


def _tell_added(settings: Settings, provider: Provider, account_id: str, before: AccountStatus | None) -> None:
    if before is not None and before.stored:
        print_line(_("{id} has new credentials.", id=account_id))
    else:
        print_line(_("{id} is added.", id=account_id))
    identity = quote(account_id.partition(":")[2], safe="+@:")
    path = f"/webhooks/{provider.name}/{identity}"
    if settings.public_url:
        url = f"{settings.public_url}{path}"
        print_line(_("Give {title} this webhook URL: {url}", title=provider.title, url=url))
    else:
        print_line(_("Its webhook URL is {path} after the address that BOT_PUBLIC_URL will name.", path=path))
    if before is not None and before.paused:
        print_line(_("It is paused still: `bot.py accounts resume {id}` lets it send.", id=account_id))


def _row(each: ListedAccount) -> tuple[str, ...]:
    speed = "" if each.rate is None else f"{each.rate * each.slowed:g}"
    if each.slowed < 1 and each.rate is not None:
        speed = _("{now} of {rate}", now=f"{each.rate * each.slowed:.3g}", rate=f"{each.rate:g}")
    state = _("connected") if each.tested else _("untested")
    if each.fault is not None:
        state = _fault(each)
    elif each.refused_at is not None:
        state = _("refused by its provider")
    elif each.paused:
        state = _("paused: {reason}", reason=each.paused_reason)
    elif each.source == "removed":
        state = _("has no credentials any more")
    waiting = (
        "" if each.oldest is None else _("{count} since {moment}", count=each.queued, moment=local_time(each.oldest))
    )
    return (each.id, each.name, each.source, speed, state, waiting)


def _fault(each: ListedAccount) -> str:
    return "" if each.fault is None else each.fault.words(_)[0]
