"""`points account|balance|statement`: what somebody has, and how it came about."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.cli.caller import caller
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened, the_contact, transacted
from bot.cli.point_programmes import the_programme
from bot.core.clock import utc_now
from bot.db.engine import reading
from bot.loyalty import service as loyalty
from bot.loyalty.service import AccountCard, Entry, NotThereError, Programme, Standing


def account(who: str, programme: str | None, *, notices: bool | None, as_json: bool) -> None:
    """Show one, or say whether its notices go out."""

    async def read(connection: AsyncConnection) -> tuple[Programme, Standing]:
        where = await the_programme(connection, programme)
        found = await the_standing(connection, where, who)
        if notices is not None and found.accounts:
            await loyalty.set_notified(connection, found.accounts, caller(), utc_now(), on=notices)
            found = await the_standing(connection, where, who)
        return where, found

    where, found = run_async(transacted(read_settings(), read))
    if as_json:
        print_json(_account_json(where, found))
    elif found.accounts:
        columns = (_("Account"), _("Balance"), _("Last active"), _("Notices"), _("Id"))
        print_table(columns, [_account_row(each) for each in found.accounts])
    else:
        _tell_none(where)


def balance(who: str, programme: str | None, *, as_json: bool) -> None:
    """Tell what somebody has."""

    async def read() -> tuple[Programme, Standing]:
        async with opened(read_settings()) as engine, reading(engine) as connection:
            where = await the_programme(connection, programme)
            return where, await the_standing(connection, where, who)

    where, found = run_async(read())
    if as_json:
        print_json(_balance_json(where, found))
        return
    print_line(_("Balance: {points} {unit}", points=found.balance, unit=where.asked.unit))
    for name, points in (
        (_("Owed: {points}"), found.owed),
        (_("Never end: {points}"), found.forever),
        (_("To be confirmed: {points}"), found.pending),
    ):
        if points:
            print_line(name.format(points=points))
    for ending in found.endings:
        print_line(_("{points} count until {day}", points=ending.points, day=ending.day))


def statement(who: str, programme: str | None, *, limit: int, as_json: bool) -> None:
    """Tell how it came about."""

    async def read() -> tuple[Programme, Sequence[Entry]]:
        async with opened(read_settings()) as engine, reading(engine) as connection:
            where = await the_programme(connection, programme)
            found = await the_standing(connection, where, who)
            return where, await loyalty.statement(connection, found.accounts, limit) if found.accounts else ()

    where, entries = run_async(read())
    if as_json:
        print_json([spelled_entry(each) for each in entries])
    elif entries:
        columns = (_("At"), _("Kind"), _("Points"), _("Reason"), _("Reference"), _("Id"))
        print_table(columns, [_entry_row(each) for each in entries])
    else:
        _tell_none(where)


async def the_standing(connection: AsyncConnection, programme: Programme, who: str) -> Standing:
    """What a contact, or whoever has an account of that number or id, has; raises BotError for neither."""
    found = await _account(connection, programme, who)
    if found is not None:
        return await loyalty.standing_of_account(connection, programme, found, utc_now())
    contact = await the_contact(connection, who)
    return await loyalty.standing(connection, programme, contact.id, utc_now())


async def the_owner(connection: AsyncConnection, programme: Programme, who: str) -> Mapping[str, Any]:
    """Whose points are meant, as a posting names it: `account_id` or `contact_id`; raises BotError for neither."""
    found = await _account(connection, programme, who)
    if found is not None:
        return {"account_id": found.id}
    return {"contact_id": (await the_contact(connection, who)).id}


def spelled_entry(entry: Entry) -> Mapping[str, object]:
    """An entry as JSON has it."""
    return {
        "id": entry.id,
        "account_id": entry.account_id,
        "posting_id": entry.posting_id,
        "kind": entry.kind.value,
        "credit": entry.credit,
        "debit": entry.debit,
        "expires_at": entry.expires_at,
        "reason": entry.reason,
        "reference": entry.reference,
        "key": entry.key,
        "reverses_id": entry.reverses_id,
        "created_at": entry.created_at,
    }


async def _account(connection: AsyncConnection, programme: Programme, who: str) -> AccountCard | None:
    try:
        found = await loyalty.find_account(connection, who)
    except NotThereError:
        return None
    return found if found.programme_id == programme.id else None


def _tell_none(programme: Programme) -> None:
    print_line(_("They have had no points in {name} yet.", name=programme.name))


def _account_json(programme: Programme, standing: Standing) -> Mapping[str, object]:
    accounts = [
        {
            "id": each.id,
            "number": each.number,
            "contact_id": each.contact_id,
            "balance": each.balance,
            "owed": each.owed,
            "last_active_on": None if each.last_active_on is None else each.last_active_on.isoformat(),
            "email_notifications": each.email_notifications,
            "created_at": each.created_at,
        }
        for each in standing.accounts
    ]
    return {"programme": programme.name, "accounts": accounts}


def _balance_json(programme: Programme, standing: Standing) -> Mapping[str, object]:
    return {
        "programme": programme.name,
        "balance": standing.balance,
        "owed": standing.owed,
        "never_end": standing.forever,
        "pending": standing.pending,
        "endings": [{"day": each.day.isoformat(), "points": each.points} for each in standing.endings],
    }


def _account_row(card: AccountCard) -> Sequence[str]:
    active = "-" if card.last_active_on is None else card.last_active_on.isoformat()
    return (card.number, str(card.balance), active, _("yes") if card.email_notifications else _("no"), card.id)


def _entry_row(entry: Entry) -> Sequence[str]:
    points = f"+{entry.credit}" if entry.credit else f"-{entry.debit}"
    return (local_time(entry.created_at), entry.kind.value, points, entry.reason, entry.reference, entry.id)
