"""Contacts: who there is, what is known of them, what they agreed to, and who answers them."""

from collections.abc import Callable, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import CONFLICT, REFUSED, UNAVAILABLE, ProblemError, at, not_found, sentence
from bot.api.resources.contact_shapes import (
    Addresses,
    ConsentChange,
    Consents,
    ConsentTaken,
    Contact,
    ContactAddress,
    ContactChange,
    ContactPage,
    ContactQuery,
    NewConsent,
    NewContact,
    Responding,
)
from bot.api.shapes import state_values
from bot.contacts.importing.service import (
    KnownContactError,
    Person,
    TwoContactsError,
    add_contact,
    as_country,
    phone_of,
)
from bot.contacts.service import (
    ContactCard,
    ContactFilter,
    ContactsChangedError,
    ContactsHeldError,
    Responder,
    SetConsent,
    addresses,
    attribute_of,
    cards,
    consent_history,
    correct,
    list_contacts,
    lock,
    tag,
    tags_of,
    tags_of_contacts,
    write_down_consent,
)
from bot.contacts.service import tags as tags_of_one
from bot.conversations.service import return_conversation, take_conversation
from bot.core.consents import ConsentReason, Said
from bot.core.email_addresses import read_email
from bot.core.permissions import Permission
from bot.core.spelled import read_locale, read_name, read_timezone
from bot.engine.conversation import StateValue
from bot.search.service import search_contacts
from bot.web.bodies import RETRY_AFTER

_HISTORY = 100
_ONCE = ("name", "locale", "timezone")
"""What is known of a contact once, and may be known no more."""
_ONE = MappingProxyType({"path": {"contact_id": "cmb0z1q4w000012ab34cd56ef"}})


async def list_(call: Call[ContactQuery, NoBody]) -> ContactPage:
    """A page of them."""
    query, cursors = call.query, call.cursors
    wanted = ContactFilter(
        channels=query.channel,
        tags=query.tag,
        locales=query.locale,
        responders=query.responder,
        agreements=query.agreement,
        waiting=query.waiting,
    )
    if query.search.strip():
        found = await search_contacts(
            call.connection, query.search, wanted=wanted, limit=cursors.wanted, after=cursors.after_number
        )
        further = None if found.further is None else (found.further,)
        rows, following = cursors.page(found.contacts, lambda row: (row.cursor,), further)
        listed: Sequence[ContactCard] = [each.contact for each in rows]
    else:
        some = await list_contacts(call.connection, wanted, cursors.wanted, cursors.after_text)
        further_id = None if some.further is None else (some.further,)
        listed, following = cursors.page(some.contacts, lambda row: (row.id,), further_id)
    return ContactPage(data=await _shown(call.connection, listed), next=following)


async def get(call: Call[NoQuery, NoBody]) -> Contact:
    """One of them."""
    return await _contact(call.connection, call.path["contact_id"])


async def held(call: Call[Any, Any]) -> Contact:
    """One of them, whom nobody else changes until the transaction ends."""
    await lock(call.connection, [call.path["contact_id"]])
    return await _contact(call.connection, call.path["contact_id"])


async def create(call: Call[NoQuery, NewContact]) -> Contact:
    """Make one."""
    given = call.body
    person = Person(
        line=1,
        phone=_read("phone", partial(phone_of, country=_read("country", as_country, given.country)), given.phone),
        email=_read("email", read_email, given.email),
        name=_read("name", read_name, given.name),
        locale=_read("locale", read_locale, given.locale),
        timezone=_read("timezone", read_timezone, given.timezone),
        tags=_tags(given.tags),
        attributes={name: _attribute(name, each) for name, each in state_values(given.attributes).items()},
    )
    if not person.keys:
        raise ProblemError(REFUSED, "A contact has a phone or an e-mail address.", code="no_address")
    try:
        contact_id = await add_contact(call.connection, person, call.by, call.now)
    except (ContactsChangedError, ContactsHeldError) as error:
        raise ProblemError(UNAVAILABLE, "Somebody else has just taken this address.", headers=RETRY_AFTER) from error
    except TwoContactsError as error:
        raise ProblemError(CONFLICT, sentence(error), code="two_contacts") from None
    except KnownContactError as error:
        raise ProblemError(CONFLICT, sentence(error), code="known_contact", contact_id=error.contact_id) from None
    return await _contact(call.connection, contact_id)


async def change(call: Call[NoQuery, ContactChange]) -> Contact:
    """Change what is another now."""
    connection, given = call.connection, call.body
    before = await held(call)
    contact_id = before.id
    attributes = state_values({name: "" if value is None else value for name, value in given.attributes.items()})
    for each, read in (("name", read_name), ("locale", read_locale), ("timezone", read_timezone)):
        _read(each, read, getattr(given, each))
    for name, value in attributes.items():
        _attribute(name, value)
    emptied = [each for each in _ONCE if _is_null(given, each) and getattr(before, each) is not None]
    if attributes or emptied or given.name or given.locale or given.timezone:
        await correct(
            connection,
            contact_id,
            call.by,
            call.now,
            name=given.name,
            locale=given.locale,
            timezone=given.timezone,
            attributes=attributes,
            emptied=emptied,
        )
    if "tags" in given.model_fields_set:
        wanted = set(_tags(given.tags))
        for names, has in ((wanted - set(before.tags), True), (set(before.tags) - wanted, False)):
            if names:
                await tag(connection, contact_id, ",".join(sorted(names)), call.by, call.now, has=has)
    return await _contact(connection, contact_id)


async def list_addresses(call: Call[NoQuery, NoBody]) -> Addresses:
    """Where one is reached."""
    contact = await _contact(call.connection, call.path["contact_id"])
    found = await addresses(call.connection, contact.id)
    return Addresses(data=[ContactAddress.of(each) for each in found])


async def list_consents(call: Call[NoQuery, NoBody]) -> Consents:
    """What one said of messages."""
    contact = await _contact(call.connection, call.path["contact_id"])
    history = await consent_history(call.connection, contact.id, _HISTORY)
    return Consents(data=[ConsentChange.of(each) for each in history])


async def add_consent(call: Call[NoQuery, NewConsent]) -> ConsentTaken:
    """Write down what one said."""
    given, contact = call.body, await held(call)
    said = Said(
        given.opted_in,
        ConsentReason.ADMIN,
        given.purpose,
        said_at=min(given.said_at or call.now, call.now),
        detail=given.detail,
    )
    consent = SetConsent(given.address_id, given.channel, said)
    with at("/address_id"):
        changed = await write_down_consent(call.connection, contact.id, consent, call.by, call.now)
    return ConsentTaken(changed=changed)


async def respond(call: Call[NoQuery, Responding]) -> Contact:
    """Let somebody else answer."""
    contact = await held(call)
    change = take_conversation if call.body.responder is Responder.HUMAN else return_conversation
    await change(call.connection, contact.id, call.by, call.now)
    return await _contact(call.connection, contact.id)


def _is_null(given: ContactChange, name: str) -> bool:
    return name in given.model_fields_set and getattr(given, name) is None


def _tags(spelled: Sequence[str]) -> tuple[str, ...]:
    with at("/tags"):
        return tags_of(",".join(spelled)) if spelled else ()


def _read(member: str, read: Callable[[str], str], spelled: str | None) -> str:
    with at(f"/{member}"):
        return read(spelled) if spelled else ""


def _attribute(name: str, value: StateValue) -> StateValue:
    with at(f"/attributes/{name.replace('~', '~0').replace('/', '~1')}"):
        return attribute_of(name, value)


async def _contact(connection: AsyncConnection, contact_id: str) -> Contact:
    found = await cards(connection, [contact_id])
    if not found:
        raise not_found("contact")
    return Contact.of(found[0], await tags_of_one(connection, found[0].id))


async def _shown(connection: AsyncConnection, listed: Sequence[ContactCard]) -> list[Contact]:
    tags: dict[str, list[str]] = {}
    for row in await tags_of_contacts(connection, [each.id for each in listed]):
        tags.setdefault(row.contact_id, []).append(row.name)
    return [Contact.of(each, tags.get(each.id, ())) for each in listed]


CONTACTS = Resource(
    "contacts",
    "People who write to the bot, or to whom it writes, with what is known of them.",
    (
        Operation(
            name="list_contacts",
            method="GET",
            path="/contacts",
            scope=Permission.CONTACTS_READ,
            summary="List contacts",
            description="The newest first; by rank where they are searched for.",
            handle=list_,
            query=ContactQuery,
            result=ContactPage,
            example=MappingProxyType({"query": {"tag": "vip", "limit": 20}}),
        ),
        Operation(
            name="create_contact",
            method="POST",
            path="/contacts",
            scope=Permission.CONTACTS_EDIT,
            summary="Create a contact",
            description=(
                "Who is known by one of the addresses is not made again: the answer is 409 with their `contact_id`. "
                "It says nothing of what they agree to."
            ),
            handle=create,
            body=NewContact,
            result=Contact,
            status=201,
            creates=True,
            problems=(CONFLICT, REFUSED),
            example=MappingProxyType(
                {"body": {"phone": "+5511987654321", "name": "Ana Souza", "locale": "pt-BR", "tags": ["vip"]}}
            ),
        ),
        Operation(
            name="get_contact",
            method="GET",
            path="/contacts/{contact_id}",
            scope=Permission.CONTACTS_READ,
            summary="Get a contact",
            description="The id of one who was merged gives who goes on, whose `id` is in the answer.",
            handle=get,
            result=Contact,
            example=_ONE,
        ),
        Operation(
            name="change_contact",
            method="PATCH",
            path="/contacts/{contact_id}",
            scope=Permission.CONTACTS_EDIT,
            summary="Change a contact",
            description=(
                "What is left out stays as it is; null takes a name, a language, a time zone or an attribute away."
            ),
            handle=change,
            body=ContactChange,
            result=Contact,
            current=held,
            problems=(REFUSED,),
            example=MappingProxyType(
                {**_ONE, "body": {"name": "Ana Souza", "attributes": {"plan": "gold", "visits": 3}}}
            ),
        ),
        Operation(
            name="list_contact_addresses",
            method="GET",
            path="/contacts/{contact_id}/addresses",
            scope=Permission.CONTACTS_READ,
            summary="List a contact's addresses",
            description="With what each of them said of messages.",
            handle=list_addresses,
            result=Addresses,
            example=_ONE,
        ),
        Operation(
            name="list_contact_consents",
            method="GET",
            path="/contacts/{contact_id}/consents",
            scope=Permission.CONTACTS_READ,
            summary="List what a contact agreed to",
            description=f"Each change, the newest first; at most {_HISTORY}.",
            handle=list_consents,
            result=Consents,
            example=_ONE,
        ),
        Operation(
            name="create_contact_consent",
            method="POST",
            path="/contacts/{contact_id}/consents",
            scope=Permission.CONTACTS_EDIT,
            summary="Write down what a contact said",
            description="An older word never undoes a newer one: `changed` tells whether it was something new.",
            handle=add_consent,
            body=NewConsent,
            result=ConsentTaken,
            status=201,
            creates=True,
            problems=(REFUSED,),
            example=MappingProxyType(
                {
                    **_ONE,
                    "body": {
                        "address_id": "cmb0z1q4w000112ab34cd56ef",
                        "channel": "whatsapp",
                        "purpose": "marketing",
                        "opted_in": True,
                        "detail": "form at the counter, 12 March",
                    },
                }
            ),
        ),
        Operation(
            name="set_contact_responder",
            method="PUT",
            path="/contacts/{contact_id}/responder",
            scope=Permission.MESSAGES_SEND,
            summary="Take over, or hand back",
            description=(
                "`human`: the bot is silent towards them; `bot`: it answers again. Who answers is no part of a "
                "contact's `ETag`, since conversations change it: of two who say it at once, the later one is heeded."
            ),
            handle=respond,
            body=Responding,
            result=Contact,
            current=held,
            problems=(REFUSED,),
            example=MappingProxyType({**_ONE, "body": {"responder": "human"}}),
        ),
    ),
)
