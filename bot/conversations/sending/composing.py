"""What somebody writes to a contact by hand: sent once, with a moment to take it back, and not past each other."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.contacts import service as contacts
from bot.conversations.sending import queries
from bot.conversations.sending.keepable import keepable
from bot.conversations.sending.kept_requests import to_payload
from bot.conversations.sending.queue import queue
from bot.conversations.sending.requests import (
    AS_BEFORE,
    BY_A_USER,
    BY_TERMINAL,
    Code,
    MailOptions,
    Refused,
    Say,
    SendRequest,
)
from bot.conversations.sending.said_later import take_over_then
from bot.conversations.sending.taking import take_over_by_words
from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.flows.service import Catalogue
from bot.messages.media.service import StoredFile
from bot.messages.models import Direction

UNDO_DELAY: Mapping[Channel, timedelta] = {Channel.EMAIL: timedelta(seconds=10)}
"""How long what somebody writes waits for them to take it back, where they have not said otherwise; else not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What somebody wrote to a contact.

    Attributes:
        contact_id: to whom.
        say: what.
        account: through which; empty: the one on which they last wrote.
        channels: in order of preference; or which of the account's, if one is given.
        mail: what is said of it where it goes as a mail.
        key: the page's own for this one message, so that whatever comes of a press, pressing again sends once; what
            goes later goes when it was first to go.
        seen: the highest `seq` of the conversation that they had seen; None to send whatever was said since.
        undo: by channel how long it waits for them to take it back; not at all on those that are not there.
        at: when it goes; None, and a moment that is over, for at once.
        unless_heard: it is for `at` alone, and goes only if the contact has not written by then.
        files: what goes along with words; without any words, too.
    """

    contact_id: str
    say: Say
    account: str = ""
    channels: tuple[Channel, ...] = ()
    key: str = ""
    mail: MailOptions = AS_BEFORE
    seen: int | None = None
    undo: Mapping[Channel, timedelta] = field(default_factory=lambda: UNDO_DELAY)
    at: datetime | None = None
    unless_heard: bool = False
    files: tuple[StoredFile, ...] = ()


class SentByHand(NamedTuple):
    """It will be sent.

    Attributes:
        message_ids: of its rows in order: more than one where the channel takes no text as long.
        is_repeated: it was queued already, as the key says.
        goes_at: until when it can be taken back for certain; None where it goes at once.
    """

    message_ids: tuple[str, ...]
    is_repeated: bool = False
    goes_at: datetime | None = None

    @property
    def message_id(self) -> str:
        """The first of them, by which it is known as a whole."""
        return self.message_ids[0]


class Overtaken(NamedTuple):
    """It is not sent: something was said that its author had not seen.

    Attributes:
        seq: the newest of it; who sends with this as `seen` has seen it.
        by_contact: the contact wrote.
        by_colleagues: the ids of users who did; an empty one for somebody at a terminal or in a provider's own app.
    """

    seq: int
    by_contact: bool
    by_colleagues: tuple[str, ...]


async def compose(
    connection: AsyncConnection, catalogue: Catalogue, composed: Composed, by: Actor, now: datetime
) -> SentByHand | Overtaken | Refused:
    """Queue what somebody wrote, as `send_composed` does, unless something was said that they had not seen."""
    if composed.seen is not None:
        overtaken = await _overtaken(connection, _request(composed, by, now), composed.seen)
        if overtaken is not None:
            return overtaken
    return await send_composed(connection, catalogue, composed, by, now)


async def send_composed(
    connection: AsyncConnection, catalogue: Catalogue, composed: Composed, by: Actor, now: datetime
) -> SentByHand | Refused:
    """Queue what somebody wrote; the bot is silent towards the contact from the commit on, as long as after a hand-off.

    What the bot had queued before is not sent any more. What goes later leaves the conversation to whoever has it until
    then, and takes it over once it has gone. What is sent is a line of the audit. The same key again sends
    nothing, and gives back what was sent; with something else it is refused (`key_used`).

    Args:
        connection: in a transaction; the contact is locked here.
        catalogue: what is published.
        composed: what they wrote; `seen` is not looked at.
        by: who.
        now: the moment.
    """
    request = _request(composed, by, now)
    (outcome,) = await queue(connection, catalogue.definitions, [request], now)
    if isinstance(outcome, Refused):
        return outcome if outcome.code is not Code.REPEATED else await _sent_before(connection, outcome.detail)
    goes_at = request.not_before or await _hold(connection, composed, outcome.message_ids, now)
    if request.not_before is None:
        await take_over_by_words(connection, catalogue, request.contact_id, by.user_id or "", now)
    else:
        await take_over_then(connection, outcome.message_id, request.contact_id, by.user_id or "", request.not_before)
    detail = {"message": outcome.message_id}
    await record(connection, by, "message.send", "contact", request.contact_id, detail, at=now)
    return SentByHand(outcome.message_ids, goes_at=goes_at)


def _request(composed: Composed, by: Actor, now: datetime) -> SendRequest:
    whose = f"{BY_A_USER}{by.user_id}" if by.user_id else BY_TERMINAL
    request = keepable(
        SendRequest(
            contact_id=composed.contact_id,
            say=composed.say,
            account=composed.account,
            channels=composed.channels,
            by_person=True,
            origin=whose,
            not_before=composed.at if composed.at is not None and composed.at > now else None,
            unless_heard=composed.unless_heard,
            mail=composed.mail,
            files=composed.files,
            key=f"{whose}:{composed.key}" if composed.key else "",
        )
    )
    return replace(request, fingerprint=_fingerprint(request, is_later=composed.at is not None))


def _fingerprint(request: SendRequest, *, is_later: bool) -> str:
    """Of what is asked for and whether it goes later, but not when: "in an hour" is another moment at each press."""
    asked = to_payload([replace(request, not_before=None)]) | ({"later": True} if is_later else {})
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


async def _sent_before(connection: AsyncConnection, message_id: str) -> SentByHand:
    parts = await queries.parts_of_message(connection, message_id)
    return SentByHand(tuple(each.id for each in parts), is_repeated=True, goes_at=parts[0].scheduled_at)


async def _overtaken(connection: AsyncConnection, request: SendRequest, seen: int) -> Overtaken | None:
    """What the contact and others of ours said since; None for nothing, and where the request was queued before."""
    contact = (await contacts.lock(connection, [request.contact_id])).get(request.contact_id)
    if contact is None or await queries.known_keys(connection, {request.key} - {""}):
        return None
    said = await queries.said_since(connection, contact.id, seen, request.origin)
    if not said:
        return None
    ours = {(row.origin or "").removeprefix(BY_A_USER) for row in said if row.direction == Direction.OUTBOUND}
    by_contact = any(row.direction == Direction.INBOUND for row in said)
    return Overtaken(said[-1].seq, by_contact, tuple(sorted("" if each == BY_TERMINAL else each for each in ours)))


async def _hold(
    connection: AsyncConnection, composed: Composed, message_ids: tuple[str, ...], now: datetime
) -> datetime | None:
    """Let them wait for their author to take them back; until when, or None."""
    if not any(composed.undo.values()):
        return None
    undo = composed.undo.get(Channel(await queries.channel_of(connection, message_ids[0])))
    if not undo:
        return None
    await queries.schedule(connection, message_ids, now + undo)
    return now + undo
