"""What people wrote to be sent later: listed, changed and taken back while nobody has begun to send it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.contacts import service as contacts
from bot.conversations.sending import queries
from bot.conversations.sending.composing import SentByHand
from bot.conversations.sending.queries import Part
from bot.conversations.sending.requests import BY_A_USER, BY_TERMINAL, Code, Refused, stale_after
from bot.conversations.sending.said_later import take_over_then
from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.core.email import from_body
from bot.core.hints import Topic
from bot.core.messages import EmailHeaders
from bot.core.text import clean
from bot.db.hub import hint
from bot.messages import service as messages
from bot.messages.media.service import files_in
from bot.messages.records import PART, UNLESS_HEARD
from bot.messages.service import limit_of, parts_of


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Something that somebody wrote and that goes later.

    Attributes:
        message_ids: of its parts, in order.
        text: its words; where the channel takes no text as long, its numbered parts below each other.
        at: when it goes.
        account: through which.
        channel: on which.
        user_id: who wrote it; empty for somebody at a terminal.
        email: the headers of a mail; None for what is none.
        thread_id: the thread that a mail goes on with; None for one of its own.
        unless_heard: it goes only if the contact has not written by then.
        files: what goes along, in order: the SHA-256 of its bytes, empty for what lies elsewhere, and its name.
    """

    message_ids: tuple[str, ...]
    text: str
    at: datetime
    account: str
    channel: Channel
    user_id: str
    email: EmailHeaders | None = None
    thread_id: str | None = None
    unless_heard: bool = False
    files: tuple[tuple[str, str], ...] = ()


class TooLate(NamedTuple):
    """It is on its way, gone, or taken back already.

    Attributes:
        text: its words, as of `Scheduled`; empty for no such message.
    """

    text: str


async def scheduled(connection: AsyncConnection, contact_id: str) -> list[Scheduled]:
    """What goes to a contact later, the next one first."""
    parts = await queries.scheduled_parts(connection, contact_id)
    wholes = [tuple(each) for _, each in groupby(parts, lambda part: part.seq - part.number)]
    return sorted(map(_scheduled, wholes), key=lambda each: each.at)


async def cancel_by_hand(connection: AsyncConnection, message_id: str, by: Actor, now: datetime) -> bool:
    """Take back what a person wrote, all parts of it; False where one is on its way, or it was nobody's words.

    What is taken back is a line of the audit.
    """
    parts = await _hold(connection, message_id)
    if not parts:
        return False
    await _give_up(connection, parts, "cancelled", now)
    await record(connection, by, "message.cancel", "contact", parts[0].contact_id, {"message": message_id}, at=now)
    return True


async def change_scheduled(
    connection: AsyncConnection,
    message_id: str,
    by: Actor,
    now: datetime,
    *,
    text: str | None = None,
    at: datetime | None = None,
) -> SentByHand | Refused | TooLate:
    """Change the words of what goes later, or when it goes, or both; it keeps its place, its key and what goes along.

    An approved template that would stand in for the words goes with them. What needs more parts than it had is refused.
    What is changed is a line of the audit.

    Args:
        connection: in a transaction; the contact is locked here, then the message.
        message_id: of its first part.
        by: who changes it.
        now: the moment.
        text: the words; None for those that it has.
        at: when it goes; None for when it was to go.
    """
    parts = await _hold(connection, message_id)
    if not parts or parts[0].scheduled_at is None:
        return TooLate(_text_of(await queries.parts_of_message(connection, message_id)))
    before = parts[0].scheduled_at
    goes_at = max(at or before, now)
    kept: Sequence[Part] = parts
    if text is not None:
        reworded = _reworded(parts, clean(text, len(text))[0])
        if isinstance(reworded, Refused):
            return reworded
        kept = reworded
        await _give_up(connection, parts[: len(parts) - len(kept)], "replaced", now)
    for part in kept:
        await queries.rewrite(connection, part, goes_at, stale_after(goes_at), now)
    contact_id, first = parts[0].contact_id, kept[0].id
    hint(connection, Topic.MESSAGES, [contact_id])
    if goes_at != before:
        await take_over_then(connection, first, contact_id, _author(parts[0]), goes_at)
    detail: dict[str, Any] = {"message": first, "words": text is not None, "at": [str(before), str(goes_at)]}
    await record(connection, by, "message.change", "contact", contact_id, detail, at=now)
    return SentByHand(tuple(each.id for each in kept), goes_at=goes_at)


def _reworded(parts: Sequence[Part], text: str) -> Sequence[Part] | Refused:
    """The parts that say `text`, the last ones of those that there are: what goes along belongs to the last."""
    *_, last = parts
    with_file = [each for each in parts if "media" in (each.body or {})]
    if with_file and len(parts) > 1:
        return _reworded_beside(parts, with_file, text)
    if not text.strip() and not with_file:
        return Refused(Code.NO_WORDS)
    body = {name: value for name, value in (last.body or {}).items() if name not in {"template", "html"}}
    texts = parts_of(last.account, last.channel, text, body)
    limit = limit_of(last.account, Channel(last.channel))
    if len(texts) > len(parts) or (limit is not None and not all(map(limit.takes, texts))):
        return Refused(Code.TOO_LONG, last.channel)
    kept, count = parts[len(parts) - len(texts) :], len(texts)
    bodies = [*(each.body or {} for each in kept[:-1]), body]
    numbered = [{**each, PART: [number, count]} if count > 1 else _whole(each) for number, each in enumerate(bodies)]
    return [
        part._replace(content=words, body=each or None) for part, words, each in zip(kept, texts, numbered, strict=True)
    ]


def _reworded_beside(parts: Sequence[Part], with_file: Sequence[Part], text: str) -> Sequence[Part] | Refused:
    """The parts where files go along, each as a message: the words alone change, before the files or beside one."""
    words = [each for each in parts if each not in with_file]
    if words and not text.strip():
        return Refused(Code.NO_WORDS)
    first = (words or with_file)[0]
    limit = limit_of(first.account, Channel(first.channel))
    if len(words) > 1 or (limit is not None and not limit.takes(text)):
        return Refused(Code.TOO_LONG, first.channel)
    return [each._replace(content=text) if each is first else each for each in parts]


def _whole(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != PART}


async def _hold(connection: AsyncConnection, message_id: str) -> Sequence[Part]:
    """The parts of what a person wrote, which nobody begins to send until we commit; none where that is too late."""
    parts = await queries.parts_of_message(connection, message_id)
    origin = (parts[0].origin or "") if parts else ""
    if not (origin == BY_TERMINAL or origin.startswith(BY_A_USER)):
        return ()
    await contacts.lock(connection, [parts[0].contact_id])
    held = await messages.hold_unsent(connection, [each.id for each in parts])
    # Somebody else may have changed them while they were waited for.
    return await queries.parts_of_message(connection, message_id) if len(held) == len(parts) else ()


async def _give_up(connection: AsyncConnection, parts: Sequence[Part], error: str, now: datetime) -> None:
    """Let them not be sent; nobody needs to decide about them."""
    ids = [each.id for each in parts]
    await messages.fail_unsent(connection, ids, now, error)
    await messages.decide(connection, ids, now)
    hint(connection, Topic.MESSAGES, {each.contact_id for each in parts})


def _scheduled(parts: Sequence[Part]) -> Scheduled:
    first = parts[0]
    if first.scheduled_at is None:
        raise ValueError("this goes at once")
    return Scheduled(
        message_ids=tuple(each.id for each in parts),
        text=_text_of(parts),
        at=first.scheduled_at,
        account=first.account,
        channel=Channel(first.channel),
        user_id=_author(first),
        email=from_body(first.body["email"]) if first.body and "email" in first.body else None,
        thread_id=first.thread_id,
        unless_heard=UNLESS_HEARD in (first.body or {}),
        files=tuple(each for part in parts for each in files_in(part.body or {})),
    )


def _text_of(parts: Sequence[Part]) -> str:
    return "\n".join(each.content for each in parts if each.content)


def _author(part: Part) -> str:
    origin = part.origin or ""
    return origin.removeprefix(BY_A_USER) if origin.startswith(BY_A_USER) else ""
