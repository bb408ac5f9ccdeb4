"""Queueing what somebody asks to be sent: each request by itself is queued, or refused with a code."""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.contacts.service import ConsentKey, LockedContact, Responder
from bot.conversations.contact_view import contact_view
from bot.conversations.queries import open_instances
from bot.conversations.sending import queries
from bot.conversations.sending.recipients import Route, Routes, closed_routes, read_routes
from bot.conversations.sending.requests import Code, Outcome, Queued, Refused, SendRequest
from bot.conversations.sending.wording import said
from bot.conversations.takeover import is_with_a_person
from bot.core.addresses import Channel
from bot.core.consents import NOTHING, Agreed
from bot.core.email import reply_headers
from bot.core.messages import EmailHeaders
from bot.core.purposes import LANES, Purpose
from bot.db.bulk import together
from bot.engine.conversation import Send
from bot.engine.definitions import Definitions
from bot.messages import service as messages
from bot.messages.body import body_of
from bot.messages.records import MessageRow
from bot.messages.service import limit_of, outbound_rows

MAX_REQUESTS = 500
"""Requests in one transaction; more is due work, in slices."""
LIFETIME = timedelta(hours=24)
"""How long something stays worth sending where nobody says."""


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
    locked = await contacts.lock(connection, {each.contact_id for each in requests})
    return await _queue(connection, definitions, requests, locked, now)


async def queue_where_free(
    connection: AsyncConnection, definitions: Definitions, requests: Sequence[SendRequest], now: datetime
) -> list[Outcome | None]:
    """As `queue`, but None for a request whose contact somebody else has locked: it is to be asked for again."""
    locked, held = await contacts.try_lock(connection, {each.contact_id for each in requests})
    free = [each for each in requests if each.contact_id not in held]
    outcomes = iter(await _queue(connection, definitions, free, locked, now))
    return [None if each.contact_id in held else next(outcomes) for each in requests]


async def cancel(connection: AsyncConnection, message_ids: Collection[str], now: datetime) -> tuple[str, ...]:
    """Take back what is queued and nobody has begun to send; returns which of the messages that were."""
    return await messages.fail_unsent(connection, message_ids, now)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A request that is worth rows."""

    request: SendRequest
    route: Route
    send: Send


async def _queue(
    connection: AsyncConnection,
    definitions: Definitions,
    requests: Sequence[SendRequest],
    locked: Mapping[str, LockedContact],
    now: datetime,
) -> list[Outcome]:
    if len(requests) > MAX_REQUESTS:
        raise ValueError(f"{len(requests)} requests in one transaction: at most {MAX_REQUESTS}")
    known = dict(await queries.known_keys(connection, {each.key for each in requests if each.key}))
    situation = await _situation(connection, definitions, requests, locked, now)
    drafts = [situation.draft(each, definitions, now) for each in requests]
    closed = await _closed(connection, [each for each in drafts if isinstance(each, _Draft)], now)
    outcomes: list[Outcome] = []
    rows: list[MessageRow] = []
    keys: list[queries.KeyRow] = []
    for request, draft in zip(requests, drafts, strict=True):
        if request.key in known:
            outcomes.append(Refused(Code.REPEATED, known[request.key]))
        elif isinstance(draft, Refused):
            outcomes.append(draft)
        elif draft in closed:
            outcomes.append(Refused(Code.WINDOW_CLOSED))
        else:
            its_rows = situation.rows(draft, now)
            limit = limit_of(draft.route.to["account"], Channel(draft.route.to["channel"]))
            if limit is not None and not all(limit.takes(row["content"]) for row in its_rows):
                outcomes.append(Refused(Code.TOO_LONG, draft.route.to["channel"]))
                continue
            rows += its_rows
            queued = Queued(tuple(row["id"] for row in its_rows))
            outcomes.append(queued)
            if request.key:
                known[request.key] = queued.message_id
                keys.append({"key": request.key, "message_id": queued.message_id, "created_at": now})
    await _write(connection, rows, now)
    return await _without_repeated(connection, requests, outcomes, keys) if keys else outcomes


@dataclass(frozen=True, slots=True)
class _Situation:
    """What is known of the contacts of some requests, under their locks.

    Attributes:
        contacts: by id; those that are gone are missing.
        routes: the ways to them.
        with_people: the ids of those whose conversation a person has.
        consents: what the addresses agree to, where they ever said anything.
        tags: of each contact, where something published reads them.
        seqs: the next number of each contact's order.
    """

    contacts: Mapping[str, LockedContact]
    routes: Routes
    with_people: Collection[str]
    consents: Mapping[ConsentKey, Agreed]
    tags: Mapping[str, Collection[str]]
    seqs: Mapping[str, Iterator[int]]

    def draft(self, request: SendRequest, definitions: Definitions, now: datetime) -> _Draft | Refused:
        """What is to be said, and how it gets there."""
        contact = self.contacts.get(request.contact_id)
        if contact is None:
            return Refused(Code.NO_CONTACT)
        route = self.routes.find(contact, request.account, request.channels)
        if isinstance(route, Refused):
            return route
        if contact.id in self.with_people and _is_the_bots(request):
            return Refused(Code.TAKEN_OVER)
        refused = self._dissent(request, route)
        if refused is not None:
            return refused
        channel = Channel(route.to["channel"])
        seed = request.key or f"{contact.id}\n{contact.seq}"
        tags = self.tags.get(contact.id, ())
        view = contact_view(contact, route.to["address_kind"], route.to["address"], tags)
        send = said(request.say, definitions, view, channel, now=now, seed=seed)
        return send if isinstance(send, Refused) else _Draft(request, route, send)

    def rows(self, draft: _Draft, now: datetime) -> list[MessageRow]:
        """The rows of a message, in the contact's order."""
        request, route = draft.request, draft.route
        contact = self.contacts[request.contact_id]
        due = request.not_before or now
        return outbound_rows(
            route.to,
            draft.send.text,
            body_of(draft.send),
            partial(next, self.seqs[contact.id]),
            now,
            mail=_headers(draft),
            thread_id=None if route.last is None else route.last.thread_id,
            template_id=draft.send.template_id or None,
            scheduled_at=request.not_before,
            expires_at=request.not_after or due + LIFETIME,
            origin=request.origin or None,
            purpose=request.purpose,
            lane=LANES[request.purpose],
            epoch=contact.epoch if _is_the_bots(request) else None,
        )

    def _dissent(self, request: SendRequest, route: Route) -> Refused | None:
        agreed = self.consents.get((route.to["address_id"], Channel(route.to["channel"])), NOTHING)
        if agreed.refuses:
            return Refused(Code.OPTED_OUT)
        if request.purpose is not Purpose.MARKETING:
            return None
        if agreed.of_marketing is None:
            return Refused(Code.NO_CONSENT)
        return None if agreed.of_marketing.opted_in else Refused(Code.OPTED_OUT)


def _is_the_bots(request: SendRequest) -> bool:
    """Whether it speaks within the conversation for the bot, and is silent where a person has it."""
    return request.purpose is Purpose.SERVICE and not request.by_person


def _headers(draft: _Draft) -> EmailHeaders | None:
    if draft.route.to["channel"] != Channel.EMAIL:
        return None
    last = draft.route.last
    headers = EmailHeaders() if last is None or last.email is None else reply_headers(last.email)
    subject = "" if draft.send.attached is None else draft.send.attached.subject
    return replace(headers, subject=subject) if subject else headers


async def _situation(
    connection: AsyncConnection,
    definitions: Definitions,
    requests: Sequence[SendRequest],
    locked: Mapping[str, LockedContact],
    now: datetime,
) -> _Situation:
    address_ids = {id_ for contact in locked.values() for id_ in contact.address_ids.values()}
    handed_over = [contact.id for contact in locked.values() if contact.responder == Responder.HUMAN]
    instances = await open_instances(connection, handed_over, now) if handed_over else {}
    tags: dict[str, list[str]] = {}
    for row in await contacts.tags_of_contacts(connection, locked) if definitions.reads_tags else ():
        tags.setdefault(row.contact_id, []).append(row.name)
    return _Situation(
        contacts=locked,
        routes=await read_routes(connection, locked, [(each.account, each.channels) for each in requests]),
        with_people={contact_id for contact_id, instance in instances.items() if is_with_a_person(instance, now)},
        consents=await contacts.consents_of(connection, address_ids),
        tags=tags,
        seqs={contact.id: itertools.count(contact.seq + 1) for contact in locked.values()},
    )


async def _closed(connection: AsyncConnection, drafts: Sequence[_Draft], now: datetime) -> Collection[_Draft]:
    """Those to which only an approved template could be sent, and they have none."""
    plain = [each for each in drafts if each.send.attached is None or each.send.attached.template is None]
    closed = await closed_routes(connection, [each.route for each in plain], now)
    return [each for each in plain if each.route in closed]


async def _write(connection: AsyncConnection, rows: Sequence[MessageRow], now: datetime) -> None:
    if rows:
        last = {row["contact_id"]: row["seq"] for row in rows}
        seqs = [{"id": contact_id, "seq": seq, "updated_at": now} for contact_id, seq in last.items()]
        await together(connection, (contacts.UPDATE_SEQS, seqs), (messages.INSERT_QUEUED, rows))


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
            outcomes[at] = Refused(Code.REPEATED, known[request.key])
    return outcomes
