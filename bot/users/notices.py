"""What people of ours want to be told outside of the pages, and where."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import difference, record
from bot.core.actors import Actor
from bot.core.email_addresses import read_email
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.notice_kinds import USUAL_NOTICES, NoticeKind
from bot.core.permissions import Permission
from bot.users import queries
from bot.users.values import NoUserError

MOST_ADDRESSES = 10
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


class NoticeChoice(NamedTuple):
    """What somebody wants to be told.

    Attributes:
        addresses: where: e-mail addresses and phone numbers with their country's code; none: nowhere.
        kinds: of what.
        locale: in which language; empty where they have not said.
    """

    addresses: Sequence[str]
    kinds: frozenset[NoticeKind]
    locale: str = ""


async def notice_choice(connection: AsyncConnection, user_id: str) -> NoticeChoice:
    """What somebody wants; nothing where there is nobody."""
    found = await queries.notice_choices(connection, [user_id])
    return _choice(*found[0][1:]) if found else NoticeChoice((), frozenset())


async def change_notices(
    connection: AsyncConnection,
    user_id: str,
    addresses: Sequence[str],
    kinds: Collection[NoticeKind],
    by: Actor,
    now: datetime,
) -> NoticeChoice:
    """Write down where somebody wants to be told what; what changes is a line of the audit.

    Raises NoUserError, and BotError, with a mend, for what is no address, and for too many.
    """
    user = await queries.lock(connection, user_id)
    if user is None or user.deleted_at is not None:
        raise NoUserError(user_id)
    before = await notice_choice(connection, user_id)
    after = before._replace(addresses=read_notice_addresses(addresses), kinds=frozenset(kinds))
    changed = difference(_told(before), _told(after))
    if changed:
        columns = {"notice_addresses": list(after.addresses) or None, "notice_kinds": sorted(after.kinds)}
        await queries.change(connection, user_id, columns, now)
        await record(connection, by, "user.notices", "user", user_id, changed, at=now)
    return after


async def who_wants(
    connection: AsyncConnection, kind: NoticeKind, user_ids: Collection[str] | None = None
) -> frozenset[str]:
    """Who is to be told such a thing: of those, or of all, who have said where, and may read what it is about."""
    found = await queries.notice_choices(connection, user_ids, Permission.MESSAGES_READ)
    return frozenset(each.id for each in found if kind in _choice(*each[1:]).kinds)


def read_notice_addresses(typed: Sequence[str]) -> list[str]:
    """Where somebody gets notices, as it is kept; raises BotError for what is no address, and for too many."""
    addresses = list(dict.fromkeys(_address(each) for each in typed if each.strip()))
    if len(addresses) > MOST_ADDRESSES:
        raise BotError(N_("these are too many addresses"), mend=N_("Give at most {most}."), most=str(MOST_ADDRESSES))
    return addresses


def _choice(addresses: Sequence[str] | None, kinds: Sequence[str] | None, locale: str | None) -> NoticeChoice:
    # Those of a newer version that was gone back from are passed over.
    known = USUAL_NOTICES if kinds is None else frozenset(NoticeKind(each) for each in kinds if each in set(NoticeKind))
    return NoticeChoice(tuple(addresses or ()), known, locale or "")


def _told(choice: NoticeChoice) -> dict[str, object]:
    return {"notice_addresses": list(choice.addresses) or None, "notice_kinds": sorted(choice.kinds)}


def _address(typed: str) -> str:
    if "@" in typed:
        return read_email(typed)
    number = re.sub(r"[\s().-]", "", typed)
    if not _PHONE.fullmatch(number):
        raise BotError(
            N_("{text} is neither an e-mail address nor a phone number"),
            mend=N_("Write a number with its country's code: +5511999990000."),
            text=typed[:255],
        )
    return number
