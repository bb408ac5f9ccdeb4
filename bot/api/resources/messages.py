"""Messages: what was said, and saying something."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import CONFLICT, REFUSED, ProblemError, not_found, sentence
from bot.api.resources.message_shapes import (
    Cancelled,
    Message,
    MessagePage,
    MessageQuery,
    NewMessage,
    QueuedMessage,
    TracedMessage,
)
from bot.api.shapes import PageQuery, state_values
from bot.audit.service import Deed, record, record_all
from bot.contacts.service import cards, family
from bot.conversations.service import (
    REASONS,
    Code,
    FromTemplate,
    Outcome,
    Refused,
    SendRequest,
    Words,
    cancel,
    queue,
    queue_where_free,
)
from bot.conversations.views import INTAKE
from bot.core.errors import BotError
from bot.core.permissions import Permission
from bot.endpoints.service import message_payload
from bot.messages.media.service import files_of
from bot.messages.records import MessageView
from bot.messages.service import MessageFilter, Place, listed, message, older, place_from_text, place_to_text
from bot.search.service import search_messages
from bot.web.posted import WORDY

_DIRECTIONS = {"in": "inbound", "out": "outbound"}
BY_PROGRAM = "api:"
"""How the origin of what a program sends begins; its token's id follows."""
_MENDS: Mapping[Code, str] = MappingProxyType(
    {
        Code.OPTED_OUT: "Do not write to them there.",
        Code.NO_CONSENT: "Where they did, write it down with `POST /contacts/ID/consents`.",
        Code.WINDOW_CLOSED: "Send a `template` that has one.",
        Code.TAKEN_OVER: "Wait until it is handed back, or send it as `notice`.",
        Code.NO_CONVERSATION: "Name `channels`, such as `sms`, or an `account`.",
        Code.NO_ADDRESS: "`GET /contacts/ID/addresses` lists those that they have.",
        Code.NO_ACCOUNT: "`GET /accounts` lists those that there are.",
        Code.ACCOUNT_PAUSED: "Wait until somebody resumes it, or send through another one.",
        Code.NO_CONTACT: "Look at `contact_id`.",
        Code.NO_TEMPLATE: "`GET /templates` lists them by their names, `bundle/template`.",
        Code.MISSING_VARIABLE: "Give it in `variables`.",
        Code.NO_WORDS: "Write something else than blanks.",
        Code.TOO_LONG: "Send fewer.",
        Code.EXPIRED: "Take a later `not_after`; by default it is a day after `not_before`.",
    }
)
"""Why a message alone is not queued, with what to do; other codes are those of flows, and of requests with a key."""
_ID = "cmb0z1q4w000012ab34cd56ef"
_ONE = MappingProxyType({"path": {"message_id": _ID}})


async def list_(call: Call[MessageQuery, NoBody]) -> MessagePage:
    """A page of all, the newest first."""
    query, cursors = call.query, call.cursors
    wanted = MessageFilter(
        channels=query.channel,
        directions=[_DIRECTIONS[each] for each in query.direction],
        states=query.state,
        accounts=query.account,
        since=query.since,
        until=query.until,
    )
    if query.search.strip():
        found = await search_messages(
            call.connection, query.search, wanted=wanted, limit=cursors.wanted, after=cursors.after_number
        )
        further = None if found.further is None else (found.further,)
        rows, following = cursors.page(found.messages, lambda row: (row.cursor,), further)
        return MessagePage(data=await _shown(call, [each.message for each in rows]), next=following)
    after = cursors.after_moment
    some = await listed(call.connection, wanted, cursors.wanted, None if after is None else Place(*after))
    beyond = None if some.further is None else (some.further.created_at, some.further.id)
    shown, following = cursors.page(some.messages, lambda row: (row.created_at, row.id), beyond)
    return MessagePage(data=await _shown(call, shown), next=following)


async def list_of_contact(call: Call[PageQuery, NoBody]) -> MessagePage:
    """A page of what was said with one contact, the newest first."""
    found = await cards(call.connection, [call.path["contact_id"]])
    if not found:
        raise not_found("contact")
    kept, after = await family(call.connection, found[0].id), call.cursors.after_text
    before = None if after is None else place_from_text(after, kept)
    some = await older(call.connection, kept, before, limit=call.cursors.limit)
    further = (place_to_text(some.begin),) if some.has_older else None
    rows, following = call.cursors.page(some.messages[::-1], lambda row: (row.id,), further)
    return MessagePage(data=await _shown(call, rows), next=following)


async def get(call: Call[NoQuery, NoBody]) -> TracedMessage:
    """One, with what led to it."""
    found = await message(call.connection, call.path["message_id"])
    if found is None:
        raise not_found("message")
    files = await files_of(call.connection, [found])
    return TracedMessage(**dict(message_payload(found, files.get(found.id, ()))), trace=found.trace)


async def send(call: Call[NoQuery, NewMessage]) -> QueuedMessage:
    """Queue one; or refuse it, with a code that says why."""
    outcomes = await queue(call.connection, call.app[INTAKE].catalogue.definitions, [_request(call)], call.now)
    (told,) = await _told(call.connection, [call], outcomes)
    if not isinstance(told, QueuedMessage):
        raise told
    return told


async def send_all(
    connection: AsyncConnection, calls: Sequence[Call[NoQuery, NewMessage]]
) -> list[QueuedMessage | ProblemError | None]:
    """Queue many, without those for contacts that somebody else has locked."""
    definitions, requests = calls[0].app[INTAKE].catalogue.definitions, [_request(each) for each in calls]
    outcomes = await queue_where_free(connection, definitions, requests, calls[0].now)
    free = [(call, outcome) for call, outcome in zip(calls, outcomes, strict=True) if outcome is not None]
    told = iter(await _told(connection, [call for call, _ in free], [outcome for _, outcome in free]))
    return [None if outcome is None else next(told) for outcome in outcomes]


def _request(call: Call[NoQuery, NewMessage]) -> SendRequest:
    given = call.body
    say = (
        Words(given.text, tuple(each.choice for each in given.choices))
        if given.text is not None
        else FromTemplate(given.template or "", state_values(given.variables))
    )
    return SendRequest(
        contact_id=given.contact_id,
        say=say,
        account=given.account,
        channels=tuple(given.channels),
        purpose=given.purpose,
        origin=f"{BY_PROGRAM}{call.token.token_id}",
        not_before=given.not_before,
        not_after=given.not_after,
    )


async def _told(
    connection: AsyncConnection, calls: Sequence[Call[NoQuery, NewMessage]], outcomes: Sequence[Outcome]
) -> list[QueuedMessage | ProblemError]:
    """What is answered to each; with a line in the audit for what is queued."""
    told: list[QueuedMessage | ProblemError] = []
    deeds: list[Deed] = []
    for call, outcome in zip(calls, outcomes, strict=True):
        if isinstance(outcome, Refused):
            told.append(refused(outcome))
            continue
        told.append(QueuedMessage(id=outcome.message_id, parts=list(outcome.message_ids)))
        detail = {"message": outcome.message_id}
        deeds.append(Deed(call.by, "message.send", "contact", call.body.contact_id, detail, call.now))
        call.after(call.app[INTAKE].on_queued)
    await record_all(connection, deeds)
    return told


async def take_back(call: Call[NoQuery, NoBody]) -> Cancelled:
    """Take back what nobody has begun to send."""
    found = await message(call.connection, call.path["message_id"])
    if found is None:
        raise not_found("message")
    cancelled = bool(await cancel(call.connection, [found.id], call.now))
    if cancelled:
        told = {"message": found.id}
        await record(call.connection, call.by, "message.cancel", "contact", found.contact_id, told, at=call.now)
    return Cancelled(cancelled=cancelled)


async def _shown(call: Call[Any, Any], views: Sequence[MessageView]) -> list[Message]:
    files = await files_of(call.connection, views)
    return [Message.of(message_payload(each, files.get(each.id, ()))) for each in views]


def refused(outcome: Refused) -> ProblemError:
    """Why something is not queued, with a code, and with what to do where that is known."""
    kind = CONFLICT if outcome.code is Code.TAKEN_OVER else REFUSED
    error = BotError(REASONS[outcome.code], mend=_MENDS.get(outcome.code, ""), detail=outcome.detail)
    return ProblemError(kind, sentence(error), code=outcome.code.value)


MESSAGES = Resource(
    "messages",
    "What was said, by people, by the bot and by programs; and saying something.",
    (
        Operation(
            name="list_messages",
            method="GET",
            path="/messages",
            scope=Permission.MESSAGES_READ,
            summary="List messages",
            description="Of all contacts, the newest first.",
            handle=list_,
            query=MessageQuery,
            result=MessagePage,
            example=MappingProxyType({"query": {"channel": "whatsapp", "limit": 20}}),
        ),
        Operation(
            name="list_contact_messages",
            method="GET",
            path="/contacts/{contact_id}/messages",
            scope=Permission.MESSAGES_READ,
            summary="List a contact's messages",
            description="The newest first.",
            handle=list_of_contact,
            query=PageQuery,
            result=MessagePage,
            example=MappingProxyType({"path": {"contact_id": _ID}, "query": {"limit": 20}}),
        ),
        Operation(
            name="get_message",
            method="GET",
            path="/messages/{message_id}",
            scope=Permission.MESSAGES_READ,
            summary="Get a message",
            description="With its trace: what the bot decided, and why.",
            handle=get,
            result=TracedMessage,
            example=_ONE,
        ),
        Operation(
            name="send_message",
            method="POST",
            path="/messages",
            scope=Permission.MESSAGES_SEND,
            summary="Send or schedule a message",
            description=(
                "It is queued, and looked at again when it is sent. What cannot be queued is refused with a `code`: "
                + ", ".join(f"`{each.value}`" for each in _MENDS)
                + "."
            ),
            handle=send,
            handle_all=send_all,
            body=NewMessage,
            result=QueuedMessage,
            status=201,
            creates=True,
            problems=(CONFLICT, REFUSED),
            most=WORDY,
            example=MappingProxyType({"body": {"contact_id": _ID, "text": "Your bread is ready."}}),
        ),
        Operation(
            name="cancel_message",
            method="POST",
            path="/messages/{message_id}/cancel",
            scope=Permission.MESSAGES_SEND,
            summary="Cancel a message",
            description=(
                "What is queued and nobody has begun to send is taken back; its state is `failed` then. Of one in "
                "parts each is cancelled by its own id."
            ),
            handle=take_back,
            result=Cancelled,
            example=_ONE,
        ),
    ),
)
