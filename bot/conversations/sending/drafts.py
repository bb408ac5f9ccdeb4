"""What a request comes to: the way to the contact, the words, and the rows that say them."""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.service import sendable_named
from bot.contacts import service as contacts
from bot.contacts.service import ConsentKey, LockedContact, Responder
from bot.conversations.contact_view import contact_view
from bot.conversations.queries import open_instances
from bot.conversations.sending import queries
from bot.conversations.sending.dissent import dissent
from bot.conversations.sending.filed import contents, numbered, refused_file
from bot.conversations.sending.queries import LastMessage
from bot.conversations.sending.requests import (
    LONGEST_KEY,
    Code,
    FromProvider,
    MailOptions,
    Refused,
    SendRequest,
    Words,
)
from bot.conversations.sending.routes import Route, Routes, read_routes
from bot.conversations.sending.wording import said, said_by_provider
from bot.conversations.takeover import is_with_a_person
from bot.core.addresses import Channel
from bot.core.consents import NOTHING, Agreed
from bot.core.listed_templates import MARKETING, ListedTemplate
from bot.core.messages import EmailHeaders
from bot.core.purposes import LANES, Purpose
from bot.engine.conversation import Send
from bot.engine.definitions import Definitions
from bot.messages.body import body_of, headers_of
from bot.messages.media.service import files_shown, media_of
from bot.messages.records import UNLESS_HEARD, MessageRow
from bot.messages.service import limit_of, outbound_rows
from bot.providers.mail.headers import email_address, header_line

_MOST_COPIES = 40
"""Amazon SES takes fifty recipients, the least of all providers."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said, and how it gets there.

    Attributes:
        request: that asks for it.
        route: the way.
        send: the words and what goes along with them.
    """

    request: SendRequest
    route: Route
    send: Send

    @property
    def has_approved(self) -> bool:
        """Whether an approved template may stand in for it, where nothing else gets through."""
        return self.send.attached is not None and self.send.attached.template is not None


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of the contacts of some requests, under their locks.

    Attributes:
        definitions: what is published.
        contacts: by id; those that are gone are missing.
        routes: the ways to them.
        with_people: the ids of those whose conversation a person has.
        consents: what the addresses agree to, where they ever said anything.
        mails: those that are to be answered, by id.
        tags: of each contact, where something published reads them.
        seqs: the next number of each contact's order.
        approved: the templates that somebody has chosen, by account, name and language.
    """

    definitions: Definitions
    contacts: Mapping[str, LockedContact]
    routes: Routes
    with_people: Collection[str]
    consents: Mapping[ConsentKey, Agreed]
    tags: Mapping[str, Collection[str]]
    mails: Mapping[str, LastMessage]
    seqs: Mapping[str, Iterator[int]]
    approved: Mapping[tuple[str, str, str], ListedTemplate]

    def draft(self, request: SendRequest, now: datetime) -> Draft | Refused:
        """What is to be said, and how it gets there."""
        if len(request.key) > LONGEST_KEY:
            return Refused(Code.KEY_TOO_LONG, str(LONGEST_KEY))
        if request.stale_at(now) <= max(now, request.not_before or now):
            return Refused(Code.EXPIRED)
        if wrong := _wrong_copy(request.mail):
            return Refused(Code.WRONG_COPY, wrong)
        contact = self.contacts.get(request.contact_id)
        if contact is None:
            return Refused(Code.NO_CONTACT)
        route = self.routes.find(contact, request.account, request.channels)
        if isinstance(route, Refused):
            return route
        if contact.id in self.with_people and _is_the_bots(request):
            return Refused(Code.TAKEN_OVER)
        channel = Channel(route.to["channel"])
        agreed = self.consents.get((route.to["address_id"], channel), NOTHING)
        refused = dissent(agreed, request.purpose)
        if refused is not None:
            return Refused(refused)
        if isinstance(request.say, FromProvider):
            send = self._approved(request.say, route, agreed)
        elif request.files and isinstance(request.say, Words) and not request.say.text.strip():
            send = Send("")
        else:
            seed = request.key or f"{contact.id}\n{contact.seq}"
            tags = self.tags.get(contact.id, ())
            view = contact_view(contact, route.to["address_kind"], route.to["address"], tags)
            send = said(request.say, self.definitions, view, channel, now=now, seed=seed)
        return send if isinstance(send, Refused) else Draft(request, route, send)

    def _approved(self, say: FromProvider, route: Route, agreed: Agreed) -> Send | Refused:
        account, channel = route.to["account"], Channel(route.to["channel"])
        template = self.approved.get((account, say.name, say.language))
        refuses_marketing = agreed.of_marketing is not None and not agreed.of_marketing.opted_in
        if template is not None and template.category == MARKETING and refuses_marketing:
            return Refused(Code.NO_CONSENT)
        header = None if say.header is None else media_of(say.header, files_shown(account, channel))
        return said_by_provider(say, template, header)

    def rows(self, draft: Draft, now: datetime) -> list[MessageRow] | Refused:
        """The rows of a message, in the contact's order; refused where the channel takes no words as long."""
        request, route = draft.request, draft.route
        answered = self._answered(request, route)
        if isinstance(answered, Refused):
            return answered
        account, channel = route.to["account"], Channel(route.to["channel"])
        strange = refused_file(request.files, account, channel)
        if strange is not None:
            return Refused(Code.FILE_NOT_TAKEN, strange.filename or strange.content_type)
        contact = self.contacts[request.contact_id]
        body = body_of(draft.send) | ({UNLESS_HEARD: contact.seq} if request.unless_heard else {})
        write = partial(
            outbound_rows,
            route.to,
            mail=_headers(draft, answered),
            thread_id=None if answered is None else answered.thread_id,
            template_id=draft.send.template_id or None,
            scheduled_at=request.not_before,
            expires_at=request.stale_at(now),
            origin=request.origin or None,
            purpose=request.purpose,
            lane=LANES[request.purpose],
            epoch=contact.epoch if _is_the_bots(request) else None,
        )
        following = partial(next, self.seqs[contact.id])
        rows = [
            row
            for text, its_body in contents(draft.send.text, body, request.files, account, channel)
            for row in write(text, its_body, following, now)
        ]
        rows = numbered(rows) if request.files else rows
        limit = limit_of(account, channel)
        in_one = request.unless_heard or isinstance(request.say, FromProvider)
        fits = limit is None or all(limit.takes(row["content"]) for row in rows)
        return rows if fits and not (in_one and len(rows) > 1) else Refused(Code.TOO_LONG, channel)

    def _answered(self, request: SendRequest, route: Route) -> LastMessage | Refused | None:
        """What it goes on with; None where nothing goes before it."""
        by_mail, wanted = route.to["channel"] == Channel.EMAIL, request.mail.answers
        if not by_mail or wanted is None:
            return route.last
        if not wanted:
            return None
        found = self.mails.get(wanted)
        return found if found is not None and found.contact_id == route.to["contact_id"] else Refused(Code.NO_MAIL)


def _headers(draft: Draft, answered: LastMessage | None) -> EmailHeaders | None:
    """Those of a mail; None for what is none."""
    if draft.route.to["channel"] != Channel.EMAIL:
        return None
    headers, mail = headers_of(draft.send, None if answered is None else answered.email), draft.request.mail
    subject = header_line(mail.subject) or headers.subject
    return replace(headers, subject=subject, cc=mail.cc, bcc=mail.bcc)


def _wrong_copy(mail: MailOptions) -> str:
    """The first that is no address, or that is one too many; empty where all get their copy."""
    copies = (*mail.cc, *mail.bcc)
    wrong = (each for at, each in enumerate(copies) if at >= _MOST_COPIES or "<" in each or not email_address(each))
    return next((header_line(each) or "?" for each in wrong), "")


async def read_situation(
    connection: AsyncConnection,
    definitions: Definitions,
    requests: Sequence[SendRequest],
    locked: Mapping[str, LockedContact],
    now: datetime,
) -> Situation:
    """Read what is to be known of the contacts that are locked, with a statement for each kind of thing."""
    address_ids = {id_ for contact in locked.values() for id_ in contact.address_ids.values()}
    handed_over = [contact.id for contact in locked.values() if contact.responder == Responder.HUMAN]
    instances = await open_instances(connection, handed_over, now) if handed_over else {}
    tags: dict[str, list[str]] = {}
    for row in await contacts.tags_of_contacts(connection, locked) if definitions.reads_tags else ():
        tags.setdefault(row.contact_id, []).append(row.name)
    return Situation(
        definitions=definitions,
        contacts=locked,
        routes=await read_routes(connection, locked, [(each.account, each.channels) for each in requests]),
        with_people={contact_id for contact_id, instance in instances.items() if is_with_a_person(instance, now)},
        consents=await contacts.consents_of(connection, address_ids),
        tags=tags,
        mails=await _mails(connection, {each.mail.answers for each in requests if each.mail.answers}),
        seqs={contact.id: itertools.count(contact.seq + 1) for contact in locked.values()},
        approved=await sendable_named(
            connection, {each.say.name for each in requests if isinstance(each.say, FromProvider)}
        ),
    )


async def _mails(connection: AsyncConnection, message_ids: Collection[str]) -> Mapping[str, LastMessage]:
    """The mails that are answered, by id; of one with somebody who was merged the contact is who goes on."""
    found = await queries.mails(connection, message_ids)
    goes_on = await contacts.kept(connection, {each.contact_id for each in found.values()}) if found else {}
    return {
        message_id: each._replace(contact_id=goes_on.get(each.contact_id, each.contact_id))
        for message_id, each in found.items()
    }


def _is_the_bots(request: SendRequest) -> bool:
    """Whether it speaks within the conversation for the bot, and is silent where a person has it."""
    return request.purpose is Purpose.SERVICE and not request.by_person
