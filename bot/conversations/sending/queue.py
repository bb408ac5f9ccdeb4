"""Queueing what somebody asks to be sent: each request by itself is queued, or refused with a code."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from operator import itemgetter

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.contacts.service import LockedContact
from bot.conversations.sending import queries
from bot.conversations.sending.drafts import Draft, Situation, read_situation
from bot.conversations.sending.keepable import keepable
from bot.conversations.sending.queries import Known
from bot.conversations.sending.requests import Code, Outcome, Queued, Refused, SendRequest, require_few, to_kept
from bot.conversations.sending.routes import Route, closed_routes
from bot.core.hints import Topic
from bot.db.bulk import together
from bot.db.hub import hint
from bot.engine.definitions import Definitions
from bot.messages import service as messages
from bot.messages.records import MessageRow


async def queue(
    connection: AsyncConnection, definitions: Definitions, requests: Sequence[SendRequest], now: datetime
) -> list[Outcome]:
    """Queue what is asked for, in order; gives for each request what became of it.

    What is queued is looked at again when it is sent. Contacts are locked here, where they are not yet, and waited for.

    Args:
        connection: in a transaction that has locked nothing that comes after contacts.
        definitions: what is published.
        requests: at most `MAX_REQUESTS`.
        now: the moment.
    """
    require_few(requests)
    requests = [keepable(each) for each in requests]
    locked = await contacts.lock(connection, {each.contact_id for each in requests})
    return await _queue(connection, definitions, requests, locked, now)


async def queue_where_free(
    connection: AsyncConnection, definitions: Definitions, requests: Sequence[SendRequest], now: datetime
) -> list[Outcome | None]:
    """As `queue`, but None for a request whose contact somebody else has locked: it is to be asked for again."""
    require_few(requests)
    requests = [keepable(each) for each in requests]
    locked, held = await contacts.try_lock(connection, {each.contact_id for each in requests})
    free = [each for each in requests if each.contact_id not in held]
    outcomes = iter(await _queue(connection, definitions, free, locked, now))
    return [None if each.contact_id in held else next(outcomes) for each in requests]


async def cancel(connection: AsyncConnection, message_ids: Collection[str], now: datetime) -> tuple[str, ...]:
    """Take back what is queued and nobody has begun to send; returns which of the messages that were."""
    return await messages.fail_unsent(connection, message_ids, now)


async def _queue(
    connection: AsyncConnection,
    definitions: Definitions,
    requests: Sequence[SendRequest],
    locked: Mapping[str, LockedContact],
    now: datetime,
) -> list[Outcome]:
    requests = [to_kept(each, locked) for each in requests]
    locked = {contact.id: contact for contact in locked.values()}
    known = dict(await queries.known_keys(connection, {each.key for each in requests if each.key}))
    situation = await read_situation(connection, definitions, requests, locked, now)
    drafts = [situation.draft(each, now) for each in requests]
    plain = [each.route for each in drafts if isinstance(each, Draft) and not each.has_approved]
    closed = await closed_routes(connection, plain, now)
    outcomes: list[Outcome] = []
    rows: list[MessageRow] = []
    keys: list[queries.KeyRow] = []
    for request, draft in zip(requests, drafts, strict=True):
        if request.key in known:
            outcomes.append(repeated(request, known[request.key]))
            continue
        made = _rows(situation, draft, closed, now)
        if isinstance(made, Refused):
            outcomes.append(made)
            continue
        rows += made
        queued = Queued(tuple(row["id"] for row in made))
        outcomes.append(queued)
        if request.key:
            id_, fingerprint = known[request.key] = Known(queued.message_id, request.fingerprint or None)
            keys.append({"key": request.key, "message_id": id_, "fingerprint": fingerprint, "created_at": now})
    await _write(connection, rows, now)
    return await _without_repeated(connection, requests, outcomes, keys) if keys else outcomes


def _rows(
    situation: Situation, draft: Draft | Refused, closed: Collection[Route], now: datetime
) -> list[MessageRow] | Refused:
    if isinstance(draft, Refused):
        return draft
    return Refused(Code.WINDOW_CLOSED) if draft.route in closed else situation.rows(draft, now)


async def _write(connection: AsyncConnection, rows: Sequence[MessageRow], now: datetime) -> None:
    if rows:
        last = {row["contact_id"]: row["seq"] for row in rows}
        seqs = [{"id": contact_id, "seq": seq, "updated_at": now} for contact_id, seq in last.items()]
        await together(connection, (contacts.UPDATE_SEQS, seqs), (messages.INSERT_QUEUED, rows))
        hint(connection, Topic.MESSAGES, last)


async def _without_repeated(
    connection: AsyncConnection,
    requests: Sequence[SendRequest],
    outcomes: list[Outcome],
    keys: Sequence[queries.KeyRow],
) -> list[Outcome]:
    """Write the keys, and take back what somebody else has queued under one of them meanwhile."""
    new = {row.key for row in await queries.INSERT_KEYS.execute(connection, sorted(keys, key=itemgetter("key")))}
    taken = {each["key"] for each in keys} - new
    if not taken:
        return outcomes
    known = await queries.known_keys(connection, taken)
    for at, (request, outcome) in enumerate(zip(requests, outcomes, strict=True)):
        if request.key in taken and isinstance(outcome, Queued):
            await queries.delete_messages(connection, outcome.message_ids)
            outcomes[at] = repeated(request, known[request.key])
    return outcomes


def repeated(request: SendRequest, known: Known) -> Refused:
    """Why a request is not queued whose key was used."""
    is_other = request.fingerprint and known.fingerprint and request.fingerprint != known.fingerprint
    return Refused(Code.KEY_USED if is_other else Code.REPEATED, known.message_id)
