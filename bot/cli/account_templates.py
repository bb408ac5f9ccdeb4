"""`accounts templates`: what the provider of an account lists as approved."""

from datetime import datetime

from bot.channels.service import (
    Accounts,
    ListingRow,
    TemplateCard,
    ask_for_templates,
    can_list,
    record_templates,
    templates_of,
)
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened
from bot.cli.terminal import working
from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError
from bot.core.listed_templates import to_json
from bot.db.engine import reading
from bot.messages.service import NoAccountError
from bot.providers.base import Refused
from bot.settings import Settings


def list_templates(account_id: str, *, refresh: bool, as_json: bool) -> None:
    """List templates."""
    if refresh:
        with working(_("Asking the provider …")):
            run_async(_refreshed(read_settings(), account_id))
    cards, row = run_async(_kept(read_settings(), account_id))
    if as_json:
        print_json({"listed_at": _listed_at(row), "error": _error(row), "templates": list(map(_card, cards))})
        return
    if cards:
        columns = (_("Template"), _("Language"), _("Category"), _("State"), _("Fields"), _("Changed"))
        print_table(columns, [_row(each) for each in cards])
    else:
        print_line(_("None are listed: ask for them with --refresh."))
    if _error(row):
        print_line(_("They could not be listed. {reason}", reason=_(_error(row))))


async def _kept(settings: Settings, account_id: str) -> tuple[list[TemplateCard], ListingRow | None]:
    accounts = Accounts(settings)
    async with opened(settings) as engine:
        await accounts.refresh(engine)
        if accounts.get(account_id) is None and account_id not in accounts.sealed:
            raise NoAccountError(account_id)
        async with reading(engine) as connection:
            return await templates_of(connection, account_id)


async def _refreshed(settings: Settings, account_id: str) -> None:
    """Ask the provider, and keep what it lists; raises BotError where it lists nothing."""
    accounts = Accounts(settings)
    async with opened(settings) as engine:
        await accounts.refresh(engine)
        account = accounts.get(account_id)
        if account is None:
            raise accounts.sealed.get(account_id) or NoAccountError(account_id)
        if not can_list(account):
            raise BotError(
                _("the templates of {id} cannot be asked for", id=account_id),
                mend=_("Set WHATSAPP_BUSINESS_ACCOUNT_ID; docs/providers/whatsapp.md tells where it is found."),
                blame=Blame.USAGE,
            )
        result = await ask_for_templates(account)
        async with engine.begin() as connection:
            await accounts.store(connection)
            await record_templates(connection, account, result, utc_now())
        if isinstance(result, Refused):
            raise BotError(
                _("the templates could not be listed: {reason}", reason=_(result.reason).rstrip(".")),
                mend=_("What was listed before is kept."),
                blame=Blame.SURROUNDINGS,
            )


def _row(card: TemplateCard) -> tuple[str, ...]:
    template = card.template
    state = _("gone") if card.gone_at is not None else template.status
    fields = str(len(template.blanks)) if not template.unknown else template.unknown
    return (template.name, template.language, template.category, state, fields, local_time(card.changed_at))


def _card(card: TemplateCard) -> dict[str, object]:
    template = card.template
    return {
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "status": template.status,
        "quality": template.quality,
        "is_sendable": template.is_sendable and card.gone_at is None,
        "fields": [each.key for each in template.blanks],
        **to_json(template),
        "created_at": card.created_at,
        "changed_at": card.changed_at,
        "gone_at": card.gone_at,
    }


def _listed_at(row: ListingRow | None) -> datetime | None:
    return None if row is None else row.listed_at


def _error(row: ListingRow | None) -> str:
    return "" if row is None else row.error or ""
