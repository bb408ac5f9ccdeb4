"""What happens in the inbox and somebody is to hear of, put together until it is told."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events import TurnCompleted
from bot.core.inbox_events import ConversationAssigned, ConversationOpened, NoteChanged
from bot.core.notice_kinds import NoticeKind
from bot.inbox import queries as conversations
from bot.inbox.notifying import queries
from bot.inbox.notifying.queries import NoticeRow
from bot.jobs import service as jobs
from bot.listeners.service import Hear, Listener, Listeners
from bot.users import service as users

NOTIFY = "inbox_notify"
"""The job that tells somebody what they have not seen."""
COLLECTED_FOR = timedelta(minutes=5)
"""For so long what happens is put together, at most; it is told once in so long."""
_SLACK = timedelta(seconds=30)
"""What began within a stretch may be committed a little after its end."""
_NAME = "inbox_notices"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def _assigned(connection: AsyncConnection, values: Sequence[ConversationAssigned], now: datetime) -> None:
    by_others = [each for each in values if each.user_id and each.by != each.user_id]
    names = await users.names_of(connection, {each.by for each in by_others if each.by})
    about = [(each.user_id, each.contact_id, names.get(each.by, "")) for each in by_others]
    await _keep(connection, NoticeKind.ASSIGNED, about, now)


async def _where_others_did(_connection: AsyncConnection, values: Sequence[ConversationAssigned]) -> Hear | None:
    return _assigned if any(each.user_id and each.by != each.user_id for each in values) else None


async def _noted(connection: AsyncConnection, values: Sequence[NoteChanged], now: datetime) -> None:
    names = await users.names_of(connection, {each.user_id for each in values})
    about = [
        (user_id, each.contact_id, names.get(each.user_id, ""))
        for each in values
        for user_id in each.named
        if user_id != each.user_id
    ]
    await _keep(connection, NoticeKind.MENTIONED, about, now)


async def _where_somebody_is_named(_connection: AsyncConnection, values: Sequence[NoteChanged]) -> Hear | None:
    return _noted if any(each.named for each in values) else None


async def _wrote(connection: AsyncConnection, values: Sequence[TurnCompleted], now: datetime) -> None:
    theirs = await conversations.assignees_of_open(connection, _paused(values))
    await _keep(connection, NoticeKind.REPLIED, [(user_id, each, "") for each, user_id in theirs.items()], now)


async def _where_people_have_it(_connection: AsyncConnection, values: Sequence[TurnCompleted]) -> Hear | None:
    return _wrote if _paused(values) else None


async def _opened(connection: AsyncConnection, values: Sequence[ConversationOpened], now: datetime) -> None:
    everybody = await users.who_wants(connection, NoticeKind.WAITING)
    about = [(user_id, each.contact_id, "") for each in values if not each.user_id for user_id in sorted(everybody)]
    await _write(connection, NoticeKind.WAITING, about, now)


def _paused(values: Sequence[TurnCompleted]) -> frozenset[str]:
    return frozenset(each.contact_id for each in values if each.paused)


async def _keep(
    connection: AsyncConnection, kind: NoticeKind, about: Collection[tuple[str, str, str]], now: datetime
) -> None:
    """Keep it for those who want to hear of it: user, contact, and who did it."""
    if about:
        wanting = await users.who_wants(connection, kind, {user_id for user_id, *_ in about})
        await _write(connection, kind, [each for each in about if each[0] in wanting], now)


async def _write(
    connection: AsyncConnection, kind: NoticeKind, about: Collection[tuple[str, str, str]], now: datetime
) -> None:
    named = {(user_id, contact_id): actor for user_id, contact_id, actor in about}
    rows: list[NoticeRow] = [
        {"user_id": user_id, "contact_id": contact_id, "kind": kind.value, "actor": actor, "at": now}
        for (user_id, contact_id), actor in sorted(named.items())
    ]
    if rows:
        new = await queries.INSERT_PENDING.execute(connection, rows)
        await jobs.schedule(connection, [_job(each, now) for each in sorted({row.user_id for row in new})])


def _job(user_id: str, now: datetime) -> jobs.NewJob:
    """The job that tells somebody all of the stretch of time that `now` is in; there is one for each."""
    stretch = (now - _EPOCH) // COLLECTED_FOR + 1
    return jobs.NewJob(NOTIFY, f"{user_id}:{stretch}", _EPOCH + stretch * COLLECTED_FOR + _SLACK, {"user": user_id})


LISTENERS: Listeners = {
    ConversationAssigned: (Listener(_NAME, _assigned, _where_others_did),),
    NoteChanged: (Listener(_NAME, _noted, _where_somebody_is_named),),
    TurnCompleted: (Listener(_NAME, _wrote, _where_people_have_it),),
    ConversationOpened: (Listener(_NAME, _opened),),
}
"""What is put together, by kind of value."""
