"""What people have, when it ends, and how it came about; whoever was merged is read with who goes on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import Deed, difference, record_all
from bot.contacts import service as contacts
from bot.core.actors import Actor
from bot.core.hints import Topic
from bot.db.hub import hint
from bot.loyalty.accounts import queries
from bot.loyalty.accounts.cards import AccountCard, Ending, Standing
from bot.loyalty.ledger.asked import Entry, Pending
from bot.loyalty.lives import day_of
from bot.loyalty.renewing.taking_back import renew
from bot.loyalty.values import NotThereError, Programme


async def find_account(connection: AsyncConnection, spelled: str) -> AccountCard:
    """The account of that number, with or without blanks and hyphens, or id; raises NotThereError."""
    found = await queries.named(connection, spelled.replace(" ", "").replace("-", ""))
    if found is None:
        raise NotThereError(spelled)
    return found


async def standings(
    connection: AsyncConnection, programme: Programme, contact_ids: Iterable[str], now: datetime
) -> Mapping[str, Standing]:
    """What each of those contacts has, by their ids; of one who was merged it is what who goes on has."""
    wanted = sorted(set(contact_ids))
    kept = await contacts.kept(connection, wanted)
    heads = {each: kept.get(each, each) for each in wanted}
    kin = await contacts.merged(connection, set(heads.values()))
    owners = {**dict.fromkeys(heads.values()), **kin}
    cards = await queries.of_contacts(connection, programme.id, owners)
    families: dict[str, list[AccountCard]] = {}
    for card in sorted(cards, key=lambda each: (each.contact_id in kin, each.id)):
        families.setdefault(kin.get(card.contact_id or "", card.contact_id or ""), []).append(card)
    read = await _standings(connection, programme, families, now)
    return {each: read.get(head, Standing()) for each, head in heads.items()}


async def standing(connection: AsyncConnection, programme: Programme, contact_id: str, now: datetime) -> Standing:
    """What a contact has."""
    return (await standings(connection, programme, [contact_id], now))[contact_id]


async def standing_of_account(
    connection: AsyncConnection, programme: Programme, card: AccountCard, now: datetime
) -> Standing:
    """What whoever has that account has; of an account that is nobody's any more what is in it."""
    if card.contact_id is not None:
        return await standing(connection, programme, card.contact_id, now)
    return (await _standings(connection, programme, {card.id: [card]}, now))[card.id]


async def expiring(connection: AsyncConnection, programme: Programme, now: datetime, until: date) -> Sequence[Ending]:
    """What is to end in a programme up to a day, of all people together; that who is idle loses all is not in it.

    It reads each lot that ends by then, so it is for a connection of those who only read.
    """
    found = await queries.ending(connection, programme.id, day_of(now, programme.zone), until)
    return [Ending(*each) for each in found]


async def statement(
    connection: AsyncConnection, accounts: Sequence[AccountCard], limit: int, after: tuple[datetime, str] | None = None
) -> Sequence[Entry]:
    """The entries of accounts, as those of a `Standing`, newest first, up to `limit`, behind that moment and id."""
    return await queries.statement_of(connection, [each.id for each in accounts], limit, after)


async def holders(
    connection: AsyncConnection, programme_id: str, limit: int, after: str | None = None
) -> Sequence[str]:
    """The ids of contacts who have an account in a programme, up to `limit`, behind that one; merged ones, too."""
    return await queries.contacts_with(connection, programme_id, limit, after)


async def pendings(connection: AsyncConnection, accounts: Sequence[AccountCard], limit: int) -> Sequence[Pending]:
    """What is to be confirmed of accounts, the oldest first, up to `limit`."""
    return await queries.open_pendings(connection, [each.id for each in accounts], limit)


async def set_notified(
    connection: AsyncConnection, accounts: Sequence[AccountCard], by: Actor | None, now: datetime, *, on: bool
) -> bool:
    """Let the notices of accounts go out, or not, by whichever channel; whether any was otherwise.

    `by` is who says so, or None for the person themselves.
    """
    changed = await queries.set_notified(connection, [each.id for each in accounts], now, on=on)
    if by is not None:
        detail = difference({"email_notifications": not on}, {"email_notifications": on})
        deeds = [Deed(by, "points.notices", "point_account", each, detail, now) for each in sorted(changed)]
        await record_all(connection, deeds)
    await renew(connection, changed, now)
    hint(connection, Topic.POINTS, changed)
    return bool(changed)


async def _standings(
    connection: AsyncConnection, programme: Programme, families: Mapping[str, Sequence[AccountCard]], now: datetime
) -> dict[str, Standing]:
    """What there is in groups of accounts, by the groups' names."""
    ids = [each.id for family in families.values() for each in family]
    if not ids:
        return {}
    left: dict[str, list[tuple[date | None, int]]] = {}
    for row in await queries.left_by_day(connection, ids):
        left.setdefault(row.account_id, []).append((row.expires_on, int(row.points)))
    pending = await queries.pending_sums(connection, ids)
    today = day_of(now, programme.zone)
    return {
        name: _standing(family, left, pending, today, programme.asked.idle_days) for name, family in families.items()
    }


def _standing(
    family: Sequence[AccountCard],
    left: Mapping[str, Sequence[tuple[date | None, int]]],
    pending: Mapping[str, int],
    today: date,
    idle_days: int | None,
) -> Standing:
    by_day: dict[date, int] = {}
    forever = 0
    for each in family:
        idle = None if idle_days is None or each.last_active_on is None else each.last_active_on + timedelta(idle_days)
        for expires_on, points in left.get(each.id, ()):
            day = min((one for one in (expires_on, idle) if one is not None), default=None)
            if day is None:
                forever += points
            elif day >= today:
                by_day[day] = by_day.get(day, 0) + points
    owed = sum(each.owed for each in family)
    return Standing(
        accounts=family,
        balance=forever + sum(by_day.values()) - owed,
        owed=owed,
        endings=[Ending(day, by_day[day]) for day in sorted(by_day)],
        forever=forever,
        pending=sum(pending.get(each.id, 0) for each in family),
    )
