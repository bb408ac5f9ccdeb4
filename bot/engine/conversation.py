"""The values of one turn: the conversation before and after, the event, the effects, the trace.

They are tuples with names, since a turn makes some twenty of them: a frozen dataclass takes three times as long.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from bot.core.addresses import Channel
from bot.core.consents import Word
from bot.core.messages import ApprovedTemplate, Choice, Location, Media, MessageKind, RecentAnswer
from bot.core.purposes import ConsentPurpose

StateValue = str | bool | int | Decimal
"""What a step may store: text, true or false, a number up to 2**53 as int, any other number as Decimal."""


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class EndReason(StrEnum):
    """Why an instance ended."""

    FINISHED = "finished"
    ESCAPED = "escaped"
    """The person wrote an escape word."""
    INTERRUPTED = "interrupted"
    """An interrupting trigger with a flow took over."""
    EXPIRED = "expired"
    """Idle longer than the bundle's expire_after."""
    REFUSED = "refused"
    """All attempts were used up and there was no `otherwise`."""
    OPTED_OUT = "opted_out"
    HANDOFF_OVER = "handoff_over"
    """The hand-off's hours have passed."""
    RESUMED = "resumed"
    """A person gave the conversation back to the bot."""
    RESTARTED = "restarted"
    """Whoever tries the bot out began anew."""
    MERGED = "merged"
    """The person turned out to be another contact, whose flow goes on."""
    LOST = "lost"
    """Its flow or step is no longer there, or a loop was cut."""


class Instance(NamedTuple):
    """A contact's run through a flow; one open one per contact at most.

    Attributes:
        id: the row's id.
        flow_id: the version it began with.
        step_key: where it rests.
        state: collected answers by `save_as`.
        asked: how many times the present step has asked.
        last_interaction_at: moved by each message of the person that it takes or refuses.
        trigger_id: the trigger that began it, or empty.
        paused: handed over to a person; the bot is silent.
        paused_until: when the hand-off ends by itself; None when it does not.
        end_reason: why it ended, or None while it is open.
    """

    id: str
    flow_id: str
    step_key: str
    state: Mapping[str, StateValue]
    asked: int
    last_interaction_at: datetime
    trigger_id: str = ""
    paused: bool = False
    paused_until: datetime | None = None
    end_reason: EndReason | None = None


class ContactView(NamedTuple):
    """What templates may say of a contact (`contact.name`, …) and what decides words.

    Attributes:
        name: or empty.
        phone: or empty.
        email: or empty.
        locale: `pt-BR`, or empty when not known.
        is_new: this is the first message ever.
        attributes: what shops keep of them, by name (`contact.plan`).
        tags: in any order; none where nothing published reads them.
    """

    name: str = ""
    phone: str = ""
    email: str = ""
    locale: str = ""
    is_new: bool = False
    attributes: Mapping[str, StateValue] = _NOTHING
    tags: frozenset[str] = frozenset()


class Conversation(NamedTuple):
    """All that a turn may know of what was before.

    Attributes:
        contact: the person.
        instance: the open one, or None.
        cooldowns: trigger id to the moment its last message was queued or sent (failed ones do not count).
        fallback_at: when the fallback was last said, or None.
        opted_out: the address on this channel has opted out.
        consent: what it last said of that; None where it never said anything.
        marketing: what it last said of marketing; None where it never said anything.
        reminded_at: when someone opted out was last told how to come back, or None.
        recent_answers: what the bot said to them a moment ago, oldest first.
        offered: the choices of the last message to them, where a number may stand for one of them; else none.
    """

    contact: ContactView
    instance: Instance | None = None
    cooldowns: Mapping[str, datetime] = _NOTHING
    fallback_at: datetime | None = None
    opted_out: bool = False
    consent: Word | None = None
    marketing: Word | None = None
    reminded_at: datetime | None = None
    recent_answers: tuple[RecentAnswer, ...] = ()
    offered: tuple[Choice, ...] = ()


class Event(NamedTuple):
    """One inbound message, as the engine sees it.

    Attributes:
        kind: what it is.
        channel: where it came in.
        text: the answer (see InboundMessage.text).
        label: what the person saw when it is not `text`.
        automatic: why no machine should answer it, or empty.
        opt_out_handled: the provider has answered an opt-out or opt-in word itself.
        ref: what the link or the advertisement that the person came by says of itself, or empty.
        heard_at: when it came; None for now.
        said_at: when it was said; None where nobody told.
        late_seconds: how long it took to come, where that is too long for an answer; else 0.
        words_in: the file that all its words are packed in, which nothing here reads, or empty.
    """

    kind: MessageKind
    channel: Channel
    text: str
    label: str = ""
    automatic: str = ""
    opt_out_handled: bool = False
    heard_at: datetime | None = None
    said_at: datetime | None = None
    late_seconds: int = 0
    ref: str = ""
    words_in: str = ""


class Attached(NamedTuple):
    """What goes along with a message's words.

    Attributes:
        media: a file, or None.
        location: a place, or None.
        template: the approved template that stands for all of it when nothing else may be sent, or None.
        subject: of a mail; empty for the thread's.
        html: of a mail; empty for none.
    """

    media: Media | None = None
    location: Location | None = None
    template: ApprovedTemplate | None = None
    subject: str = ""
    html: str = ""

    @property
    def speaks(self) -> bool:
        """Whether it says something without any words."""
        return self.media is not None or self.location is not None


class Send(NamedTuple):
    """Queue these words.

    Attributes:
        text: rendered.
        choices: options offered with it.
        choices_label: words on the button that opens a list.
        template_id: the row the words came from; empty for shipped words.
        trigger_id: the trigger they answer, in the turn in which it fired; empty otherwise.
        instance_id: the running instance, or empty.
        despite_opt_out: sent although the person opted out (the confirmation, the way back).
        attached: what goes along with it beside the choices, or None.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    choices_label: str = ""
    template_id: str = ""
    trigger_id: str = ""
    instance_id: str = ""
    despite_opt_out: bool = False
    attached: Attached | None = None


class SetConsent(NamedTuple):
    """The address on this channel opts out or in.

    Attributes:
        opted_in: the new state.
        word: what the person wrote, as compared.
        purpose: all messages, or marketing alone.
    """

    opted_in: bool
    word: str
    purpose: ConsentPurpose = ConsentPurpose.ALL


class RepeatConsent(NamedTuple):
    """The address has said what it agrees to on this channel, though that holds already, or no longer.

    Attributes:
        opted_in: what was said.
        word: what the person wrote, as compared.
        purpose: all messages, or marketing alone.
    """

    opted_in: bool
    word: str
    purpose: ConsentPurpose = ConsentPurpose.ALL


class HandOff(NamedTuple):
    """A person is to take the conversation over, be a flow running or not.

    Attributes:
        until: the bot is silent until then.
    """

    until: datetime


class ChangeContact(NamedTuple):
    """What is known of the person changes.

    Attributes:
        name: None leaves it as it is; likewise the other ones.
        locale: `pt-BR`.
        timezone: by the tz database's name.
        attributes: those that change; an empty text takes one away.
    """

    name: str | None = None
    locale: str | None = None
    timezone: str | None = None
    attributes: Mapping[str, StateValue] = _NOTHING

    def attributes_after(self, before: Mapping[str, StateValue]) -> dict[str, StateValue]:
        """All attributes of somebody who had those `before`."""
        return {name: value for name, value in {**before, **self.attributes}.items() if value != ""}


class ChangeTags(NamedTuple):
    """Tags of the person come and go."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


ContactEffect = ChangeContact | ChangeTags
"""What an action may change of the contact."""
Effect = Send | SetConsent | RepeatConsent | HandOff | ContactEffect


class TraceEntry(NamedTuple):
    """One thing the turn found or did; `code` is one of `bot.engine.trace`, `data` its JSON details."""

    code: str
    data: Mapping[str, Any] = _NOTHING


class Turn(NamedTuple):
    """What came of it.

    Attributes:
        conversation: as it is now.
        instances: those that began, moved or ended in this turn, ended ones first; each once.
        effects: in order.
        trace: in order.
        recent_answers: for the next turn's conversation; apart, since it changes each time.
    """

    conversation: Conversation
    instances: tuple[Instance, ...] = ()
    effects: tuple[Effect, ...] = ()
    trace: tuple[TraceEntry, ...] = ()
    recent_answers: tuple[RecentAnswer, ...] = ()
