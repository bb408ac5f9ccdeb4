"""`accounts`: add, list, test, pause, resume, remove, and encrypt anew."""

import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.service import (
    SIMULATOR,
    Accounts,
    AccountStatus,
    Rotated,
    account_statuses,
    add_account,
    forget_account,
    is_rate,
    lock_account,
    pause,
    rate_of,
    recovered,
    resume,
    rotate_accounts,
)
from bot.cli.account_checks import asking, check_account, check_settings, remember, the_provider
from bot.cli.account_entry import Values, accounts_of, gathered
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async, working
from bot.cli.database import opened
from bot.cli.findings import Finding, Verdict, print_finding
from bot.cli.spoken import App
from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError
from bot.db.clock import database_now
from bot.db.engine import reading
from bot.messages.service import Queue, give_up, queues
from bot.providers.base import Provider
from bot.providers.table import PROVIDERS
from bot.settings import Settings

app = App()

AccountId = Annotated[str, typer.Argument(metavar="ID", help=_("As `accounts list` shows it, e.g. whatsapp:1000."))]

_EMPTY = Queue(0, None)


@dataclass(frozen=True, slots=True)
class Listed:
    """An account as `accounts list` shows it.

    Attributes:
        id: `provider:identity`.
        name: what its owner calls it, or empty.
        provider: its module's name.
        source: `settings`, `stored`, or `removed` when only its queue is left.
        rate: messages a second; None for no limit.
        slowed: the part of the rate that is used now, at most 1.
        paused: nothing is sent.
        paused_reason: why, or empty.
        queued: how many messages wait.
        oldest: when the first of them was queued, or None.
        tested: its provider knew the credentials that it has now.
        fault: why it cannot be used, or empty.
    """

    id: str
    name: str
    provider: str
    source: str
    rate: float | None
    slowed: float
    paused: bool
    paused_reason: str
    queued: int
    oldest: datetime | None
    tested: bool
    fault: str


@app.command("add", help=_("Add an account, or give one new credentials."))
def add(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help=_("Its provider, e.g. whatsapp."))],
    *,
    name: Annotated[str, typer.Option(help=_("What you call it."))] = "",
    rate: Annotated[float | None, typer.Option(help=_("Messages a second at most."))] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help=_("One of its values; KEY=@FILE reads a file.")),
    ] = None,
) -> None:
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
    ids = accounts_of(chosen, values)
    for each in ids:
        if each in accounts:
            raise BotError(
                _("{id} is configured by the settings", id=each),
                mend=_("Change {settings} there.", settings=_settings(settings, chosen)),
            )
    speed = rate_of(chosen, settings) if rate is None else rate
    before = run_async(_add(settings, accounts, chosen, values, ids, name[:255], speed))
    for each in ids:
        _tell_added(settings, chosen, each, before.get(each))


@app.command("list", help=_("List the accounts, how they stand and what waits."))
def list_accounts(*, as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON."))] = False) -> None:
    """List accounts."""
    found = run_async(_list(read_settings()))
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        columns = (_("Account"), _("Name"), _("Source"), _("Per second"), _("State"), _("Waiting"))
        print_table(columns, [_row(each) for each in found])
    else:
        print_line(_("There are no accounts: docs/accounts.md tells how to add one."))


@app.command("test", help=_("Ask the provider whether it knows the credentials."))
def test_account(account_id: AccountId) -> None:
    """Test one account."""
    with working(_("Asking the provider …")):
        findings = run_async(_test(read_settings(), account_id))
    for each in findings:
        print_finding(each)
    if any(each.verdict is Verdict.FAULT for each in findings):
        sys.exit(1)


@app.command("pause", help=_("Send nothing more through an account; its queue is kept."))
def pause_account(
    account_id: AccountId,
    *,
    reason: Annotated[str, typer.Option(help=_("Why, for whoever looks."))] = "",
) -> None:
    """Pause one account."""
    if run_async(_pause(read_settings(), account_id, reason.strip() or "Paused by hand.")):
        print_line(_("{id} is paused; what is queued waits.", id=account_id))
    else:
        print_line(_("{id} is paused already.", id=account_id))


@app.command("resume", help=_("Let an account send again."))
def resume_account(account_id: AccountId) -> None:
    """Resume one account."""
    if run_async(_resume(read_settings(), account_id)):
        print_line(_("{id} sends again.", id=account_id))
    else:
        print_line(_("{id} is not paused.", id=account_id))


@app.command("remove", help=_("Remove a stored account."))
def remove_account(
    account_id: AccountId,
    *,
    force: Annotated[bool, typer.Option("--force", help=_("Fail the messages that wait."))] = False,
) -> None:
    """Remove one account."""
    failed = run_async(_remove(read_settings(), account_id, force=force))
    print_line(_("{id} is removed.", id=account_id))
    if failed:
        print_line(_("Messages that will not be sent: {count}.", count=failed))


@app.command("rotate", help=_("Encrypt credentials anew with the newest BOT_SECRET_KEY."))
def rotate_keys() -> None:
    """Rotate."""
    rotated = run_async(_rotate(read_settings()))
    print_line(_("Encrypted anew with the newest key: {count}.", count=rotated.changed))
    print_line(_("Encrypted with it already: {count}.", count=rotated.current))
    if rotated.sealed:
        raise BotError(
            _("no key decrypts the credentials of {accounts}", accounts=", ".join(rotated.sealed)),
            mend=_("Put the key they were encrypted with back into BOT_SECRET_KEY, or add these accounts anew."),
        )


async def _add(
    settings: Settings,
    accounts: Accounts,
    provider: Provider,
    values: Values,
    ids: list[str],
    name: str,
    rate: float,
) -> dict[str, AccountStatus]:
    """Store the accounts; returns how those stood that were there before."""
    async with opened(settings) as engine, engine.begin() as connection:
        before = await account_statuses(connection)
        await add_account(connection, accounts.vault, values, ids=ids, provider=provider.name, name=name, rate=rate)
        return before


async def _list(settings: Settings) -> list[Listed]:
    accounts = Accounts(settings)
    async with opened(settings) as engine:
        await accounts.refresh(engine)
        async with reading(engine) as connection:
            rows, waiting, now = (
                await account_statuses(connection),
                await queues(connection),
                await database_now(connection),
            )
    configured = {each.id: AccountStatus(each.id, each.provider.name, rate=each.rate) for each in accounts}
    known = {**configured, **rows}
    shown = sorted(configured.keys() | {id_ for id_ in rows if rows[id_].stored or id_ in waiting})
    return [
        _listed(known[id_], accounts, waiting.get(id_, _EMPTY), now, tested=id_ in accounts.tested)
        for id_ in shown
        if id_ != SIMULATOR
    ]


async def _test(settings: Settings, account_id: str) -> list[Finding]:
    accounts = Accounts(settings)
    async with opened(settings) as engine, asking() as session:
        await accounts.refresh(engine)
        _require_known(accounts, account_id)
        if account_id in accounts.sealed:
            raise accounts.sealed[account_id]
        account = accounts.get(account_id)
        assert account is not None  # noqa: S101 - it is known, and it is not sealed
        found = await (
            check_account(account, session) if account.stored else check_settings(account.provider, accounts, session)
        )
        if all(each.verdict is Verdict.GOOD for each in found):
            await remember(engine, accounts, [account])
        return found


async def _pause(settings: Settings, account_id: str, reason: str) -> bool:
    async with opened(settings) as engine:
        accounts = Accounts(settings)
        await accounts.refresh(engine)
        _require_known(accounts, account_id)
        async with engine.begin() as connection:
            await accounts.store(connection)
            return await pause(connection, account_id, reason)


async def _resume(settings: Settings, account_id: str) -> bool:
    async with opened(settings) as engine:
        accounts = Accounts(settings)
        await accounts.refresh(engine)
        _require_known(accounts, account_id)
        async with engine.begin() as connection:
            return await resume(connection, account_id)


async def _remove(settings: Settings, account_id: str, *, force: bool) -> int:
    """Remove the account; returns how many messages were given up."""
    of_settings = Accounts(settings).get(account_id)
    if of_settings is not None:
        raise BotError(
            _("{id} is configured by the settings", id=account_id),
            mend=_(
                "Delete {settings} from the environment or from .env.",
                settings=_settings(settings, of_settings.provider),
            ),
        )
    async with opened(settings) as engine, engine.begin() as connection:
        if account_id == SIMULATOR or not await lock_account(connection, account_id):
            raise _no_account(account_id)
        return await _forget(connection, account_id, force=force)


async def _forget(connection: AsyncConnection, account_id: str, *, force: bool) -> int:
    waiting = (await queues(connection)).get(account_id, _EMPTY).size
    if waiting and not force:
        raise BotError(
            _("messages wait to be sent through {id}: {count}", id=account_id, count=waiting),
            mend=_("Let them be sent first, or fail them with --force."),
        )
    reason = "Its account was removed before it was sent."
    failed = await give_up(connection, account_id, error="account_removed", reason=reason, now=utc_now())
    await forget_account(connection, account_id)
    return failed


async def _rotate(settings: Settings) -> Rotated:
    async with opened(settings) as engine, engine.begin() as connection:
        return await rotate_accounts(connection, Accounts(settings).vault)


def _require_known(accounts: Accounts, account_id: str) -> None:
    if account_id not in accounts.sealed and accounts.get(account_id) is None:
        raise _no_account(account_id)


def _no_account(account_id: str) -> BotError:
    return BotError(_("there is no account {id}", id=account_id), mend=_("See `bot.py accounts list`."))


def _settings(settings: Settings, provider: Provider) -> str:
    """The names of the provider's settings that are set."""
    return ", ".join(each.setting for each in provider.credentials if settings.lookup(each.setting))


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


def _listed(status: AccountStatus, accounts: Accounts, waiting: Queue, now: datetime, *, tested: bool) -> Listed:
    account, sealed = accounts.get(status.id), accounts.sealed.get(status.id)
    if account is not None:
        source = "stored" if account.stored else "settings"
    else:
        source = "stored" if status.stored else "removed"
    fault = ""
    if sealed is not None:
        fault = sealed.words(_)[0]
    elif status.provider not in PROVIDERS:
        fault = _("this version does not know its provider")
    return Listed(
        id=status.id,
        name=status.name,
        provider=status.provider,
        source=source,
        rate=status.rate,
        slowed=recovered(status.slowed, status.slowed_at, now),
        paused=status.paused,
        paused_reason=status.paused_reason,
        queued=waiting.size,
        oldest=waiting.oldest,
        tested=tested,
        fault=fault,
    )


def _row(each: Listed) -> tuple[str, ...]:
    speed = "" if each.rate is None else f"{each.rate * each.slowed:g}"
    if each.slowed < 1 and each.rate is not None:
        speed = _("{now} of {rate}", now=f"{each.rate * each.slowed:.3g}", rate=f"{each.rate:g}")
    state = _("connected") if each.tested else _("untested")
    if each.fault:
        state = each.fault
    elif each.paused:
        state = _("paused: {reason}", reason=each.paused_reason)
    elif each.source == "removed":
        state = _("has no credentials any more")
    waiting = (
        "" if each.oldest is None else _("{count} since {moment}", count=each.queued, moment=local_time(each.oldest))
    )
    return (each.id, each.name, each.source, speed, state, waiting)
