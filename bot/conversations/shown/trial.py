"""What the bot would make of a message, by the engine that answers: nothing is written, and nothing is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.service import look_at
from bot.conversations.batch import read_situations, recall
from bot.conversations.runner import conversation_of
from bot.conversations.sending.routes import Route, read_routes
from bot.conversations.shown.explain import explain
from bot.conversations.shown.step_words import step_words
from bot.conversations.state import ConversationState
from bot.conversations.system_words import words_meant
from bot.core.addresses import Channel
from bot.core.messages import MessageKind
from bot.engine.actions import SystemWord
from bot.engine.conversation import ContactView, Conversation, Event
from bot.engine.definitions import Definitions
from bot.engine.weighing import Weighed, Weighing, weigh
from bot.flows.service import Catalogue
from bot.messages import records
from bot.web.i18n import Translator


@dataclass(frozen=True, slots=True)
class Tried:
    """A message that somebody makes up.

    Attributes:
        text: what it says.
        channel: where it comes in.
        locale: the language of whoever writes, where no contact is named; empty for unknown.
        contact_id: who writes; empty for somebody who has written before, is in no flow and was not answered lately.
    """

    text: str
    channel: Channel
    locale: str = ""
    contact_id: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of it.

    Attributes:
        why: what the bot would find and do, a sentence each.
        triggers: those whose pattern matches, in the order in which they are tried.
        acts: the action that would be done; what comes of it is not tried. Empty for none.
    """

    why: Sequence[str]
    triggers: Sequence[Weighed]
    acts: str


async def try_message(
    connection: AsyncConnection, catalogue: Catalogue, tried: Tried, now: datetime, _: Translator
) -> Trial:
    """What would become of a message; a contact who is gone counts as none."""
    event = Event(kind=MessageKind.TEXT, channel=tried.channel, text=tried.text, heard_at=now)
    found = await look_at(connection, [tried.contact_id]) if tried.contact_id else {}
    if tried.contact_id in found:
        state = ConversationState.of(found[tried.contact_id])
        weighing = await _weigh_known(connection, catalogue, state, event, now)
    else:
        conversation = Conversation(ContactView(locale=tried.locale))
        weighing = weigh(catalogue.definitions, conversation, event, now=now)
    trace = [{"code": each.code, "data": dict(each.data)} for each in weighing.trace]
    words = await step_words(connection, [trace], _.locale)
    return Trial(explain(weighing.trace, _, words), weighing.triggers, weighing.acts)


async def _weigh_known(
    connection: AsyncConnection, catalogue: Catalogue, state: ConversationState, event: Event, now: datetime
) -> Weighing:
    contact_id = state.contact.id
    definitions: Definitions = await read_situations(connection, catalogue, {contact_id: state}, now)
    if definitions.offers:
        await recall(connection, [(state, event.text)])
    meant: SystemWord | None = None
    if catalogue.word_sources:
        meant = (await words_meant(connection, catalogue.word_sources, [(0, event.text, state)], now)).get(0)
    routes = await read_routes(connection, {contact_id: state.contact}, [("", (event.channel,))])
    route = routes.find(state.contact, "", (event.channel,))
    to = route.to if isinstance(route, Route) else None
    row = records.row(
        now,
        id="",
        contact_id=contact_id,
        channel=event.channel,
        address=to["address"] if to else "",
        address_kind=to["address_kind"] if to else "",
        seq=state.next_seq(),
    )
    conversation = conversation_of(state, row, (to["address_id"] if to else "", event.channel))
    return weigh(definitions, conversation, event, now=now, meant=meant)
