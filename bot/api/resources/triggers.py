"""Triggers: in which order they are tried, and which of them would win."""

from types import MappingProxyType

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import FORBIDDEN, REFUSED, ProblemError
from bot.api.resources.trigger_shapes import MadeUpMessage, Outcome, Trigger, TriggerPage, TriggerQuery
from bot.contacts.service import cards
from bot.conversations.shown.trial import Tried, try_message
from bot.conversations.views import INTAKE
from bot.core.permissions import Permission
from bot.core.spelled import read_locale
from bot.flows.service import triggers_in_order
from bot.web.i18n import SOURCE, translator


async def list_(call: Call[TriggerQuery, NoBody]) -> TriggerPage:
    """A page of them, as they are tried."""
    query, cursors = call.query, call.cursors
    found = await triggers_in_order(
        call.connection, words=query.search, types=query.type, after=cursors.after_number or 0, limit=cursors.wanted
    )
    rows, following = cursors.page(found, lambda row: (row.place,))
    return TriggerPage(data=[Trigger.of(each) for each in rows], next=following)


async def try_(call: Call[NoQuery, MadeUpMessage]) -> Outcome:
    """What would become of a message."""
    given = call.body
    if given.contact_id is not None:
        await _require_contact(call, given.contact_id)
    locale = read_locale(given.locale) if given.locale else ""
    tried = Tried(given.text, given.channel, locale, given.contact_id or "")
    catalogue = call.app[INTAKE].catalogue
    return Outcome.of(await try_message(call.connection, catalogue, tried, call.now, translator(SOURCE)))


async def _require_contact(call: Call[NoQuery, MadeUpMessage], contact_id: str) -> None:
    scope = Permission.CONTACTS_READ
    if scope not in call.token.permissions:
        raise ProblemError(FORBIDDEN, f"To name a contact asks for the scope {scope}.", scope=scope.value)
    if not await cards(call.connection, [contact_id]):
        raise ProblemError(REFUSED, "There is no such contact.", code="no_contact")


TRIGGERS = Resource(
    "triggers",
    "What is looked for in each message, across all bundles that are published.",
    (
        Operation(
            name="list_triggers",
            method="GET",
            path="/triggers",
            scope=Permission.BUNDLES_READ,
            summary="List triggers",
            description="In the order in which they are tried: those that interrupt a flow are looked at first.",
            handle=list_,
            query=TriggerQuery,
            result=TriggerPage,
            example=MappingProxyType({"query": {"type": "equals", "limit": 20}}),
        ),
        Operation(
            name="try_triggers",
            method="POST",
            path="/triggers/try",
            scope=Permission.BUNDLES_READ,
            summary="Find out which trigger would win",
            description="The engine that answers says it itself. Nothing is written, and nobody hears anything.",
            handle=try_,
            body=MadeUpMessage,
            result=Outcome,
            only_reads=True,
            problems=(REFUSED,),
            example=MappingProxyType({"body": {"text": "when do you open?", "channel": "whatsapp"}}),
        ),
    ),
)
