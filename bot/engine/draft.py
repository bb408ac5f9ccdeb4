"""A turn in the making: what was given, and what has come of it so far."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bot.core.lazy import lazy
from bot.core.messages import Choice, RecentAnswer
from bot.core.purposes import ConsentPurpose
from bot.engine.actions import Act, ActionResult, SystemWord
from bot.engine.answers import meant
from bot.engine.conversation import (
    ChangeContact,
    ContactEffect,
    Conversation,
    Effect,
    EndReason,
    Event,
    HandOff,
    Instance,
    RepeatConsent,
    Send,
    SetConsent,
    StateValue,
    TraceEntry,
    Turn,
)
from bot.engine.definitions import BundleRules, Definitions, Flow, Template, Trigger
from bot.engine.extras import MAX_LABEL, Extras, Saying
from bot.engine.patterns import Candidate
from bot.engine.trace import Code
from bot.engine.variants import choose, localize
from bot.engine.words import Words, words_for

NO_VALUES: Mapping[str, StateValue] = MappingProxyType({})


@dataclass
class Draft:
    """What the parts of the engine read from and write to, within one turn.

    Attributes:
        definitions: everything published.
        conversation: as it is by now.
        event: the message.
        now: the turn's moment.
        seed: for the choice of variants.
        instance_id: for an instance that begins in this turn.
        meant: what the message means to a system, or None.
        cooling: a trigger matches that has answered a moment ago.
        moved_on: the running flow has taken the answer.
        asks_again: the running flow has refused the answer.
        entered: how many steps were entered.
        acts: how many actions there were.
        weighed: what the bot has said lately, this answer included, where the brake has let the turn act; else None.
    """

    definitions: Definitions
    conversation: Conversation
    event: Event
    now: datetime
    seed: str
    instance_id: str
    meant: SystemWord | None = None
    cooling: bool = False
    moved_on: bool = False
    asks_again: bool = False
    entered: int = 0
    acts: int = 0
    weighed: tuple[RecentAnswer, ...] | None = None
    _waiting: tuple[Act, Callable[["Draft", ActionResult], None]] | None = None
    _speaker: BundleRules | None = None
    _instances: dict[str, Instance] = field(default_factory=dict)
    _effects: list[Effect] = field(default_factory=list)
    _trace: list[TraceEntry] = field(default_factory=list)

    @lazy
    def home(self) -> BundleRules | None:
        """The bundle of the flow they are in, else the newest one."""
        instance = self.conversation.instance
        flow = self.definitions.flows.get(instance.flow_id) if instance else None
        return flow.bundle if flow else next(iter(self.definitions.bundles), None)

    @lazy
    def locale(self) -> str:
        """The person's, else their bundle's, else empty."""
        return self.locale_in(self.home.locale if self.home else "")

    @lazy
    def words(self) -> Words:
        """The shipped words this person is spoken to with."""
        return words_for(self.definitions.words, self.locale)

    @lazy
    def said(self) -> tuple[Candidate, ...]:
        """The answer; after it, for a button, its title where that is another text; then what its number stands for."""
        answer, title = self.event.text, self.event.label
        said: tuple[Candidate, ...] = (Candidate(answer, self.locale),)
        if title and title != answer:
            said = (*said, Candidate(title, self.locale))
        choices = self.conversation.offered
        choice = meant(choices, said) if choices and self.conversation.instance is None else None
        return (*said, *[Candidate(each, self.locale) for each in (choice.id, choice.label)]) if choice else said

    @lazy
    def possible(self) -> tuple[tuple[Candidate, list[Trigger]], ...]:
        """What was said, and with each the triggers that may match it: looked up once, though asked for twice."""
        return tuple([(each, self.definitions.triggers.possible(each)) for each in self.said])

    @property
    def effects(self) -> Sequence[Effect]:
        """What is to be done so far."""
        return self._effects

    @property
    def trace(self) -> Sequence[TraceEntry]:
        """What was found and done so far."""
        return tuple(self._trace)

    @property
    def speaker(self) -> BundleRules | None:
        """The bundle whose words were said last; for words of our own the person's."""
        return self._speaker or self.home

    def locale_in(self, bundle_locale: str) -> str:
        """The person's locale; the bundle's where they have none, or only name its language without a region."""
        own = self.conversation.contact.locale
        return bundle_locale if not own or bundle_locale.startswith(f"{own}-") else own

    def note(self, code: Code, **data: Any) -> None:
        """Put what was found or done into the trace."""
        self._trace.append(TraceEntry(code, data))

    def note_all(self, entries: tuple[TraceEntry, ...]) -> None:
        """Put what another part found into the trace."""
        self._trace.extend(entries)

    def change(self, **changes: Any) -> None:
        """Change the conversation."""
        self.conversation = self.conversation._replace(**changes)

    def rest(self, instance: Instance) -> None:
        """Let the instance wait as it is."""
        self._instances[instance.id] = instance
        self.change(instance=instance)

    def end(self, instance: Instance, reason: EndReason, flow: Flow | None) -> None:
        """End the running instance."""
        self._instances[instance.id] = instance._replace(end_reason=reason, paused=False)
        self.change(instance=None)
        self.note(Code.FLOW_ENDED, flow=name_of(flow), reason=reason)

    def set_consent(self, *, opted_in: bool) -> None:
        """Let the address opt out or in."""
        self._effects.append(SetConsent(opted_in, self.said[0].equal))
        self.change(opted_out=not opted_in, reminded_at=None)

    def set_marketing_consent(self, *, opted_in: bool) -> None:
        """Let the address say whether it wants marketing."""
        self._effects.append(SetConsent(opted_in, self.said[0].equal, ConsentPurpose.MARKETING))

    def repeat_consent(self, *, opted_in: bool) -> None:
        """Let the address have said what holds already, or no longer."""
        self._effects.append(RepeatConsent(opted_in, self.said[0].equal))

    def hand_off(self, until: datetime) -> None:
        """Let a person take the conversation over."""
        self._effects.append(HandOff(until))
        self.note(Code.BRAKE_HANDED_OVER, until=until.isoformat())

    @property
    def waits_for(self) -> Act | None:
        """What the turn waits for, or None when it has come to its end."""
        return None if self._waiting is None else self._waiting[0]

    def wait_for(self, act: Act, then: Callable[["Draft", ActionResult], None]) -> None:
        """Wait for an action; nothing more is to be done until `go_on`."""
        self._waiting = act, then

    def go_on(self, result: ActionResult) -> None:
        """Go on with what came of the action that was waited for."""
        assert self._waiting is not None  # noqa: S101 - `waits_for` has told
        _, then = self._waiting
        self._waiting = None
        then(self, result)

    def change_contact(self, effect: ContactEffect) -> None:
        """Change what is known of the person; what is said from now on knows it."""
        self._effects.append(effect)
        contact = self.conversation.contact
        if isinstance(effect, ChangeContact):
            contact = contact._replace(
                name=contact.name if effect.name is None else effect.name,
                locale=contact.locale if effect.locale is None else effect.locale,
                attributes=effect.attributes_after(contact.attributes),
            )
        else:
            contact = contact._replace(tags=contact.tags.union(effect.added).difference(effect.removed))
        self.change(contact=contact)

    def say_shipped(self, text: str, *, instance_id: str = "", despite_opt_out: bool = False) -> None:
        """Send words of our own."""
        self._effects.append(Send(text, instance_id=instance_id, despite_opt_out=despite_opt_out))

    def say(
        self,
        template: Template,
        bundle: BundleRules,
        *,
        instance: Instance | None = None,
        options: tuple[str, ...] = (),
        trigger_id: str = "",
        values: Mapping[str, StateValue] = NO_VALUES,
    ) -> None:
        """Render a template and send it, with options to choose from; its trigger cools down from now on.

        Its variables are those of the instance, or else `values`.
        """
        self._speaker = bundle
        chosen = choose(template, self._wanted(bundle), self.seed, len(self._effects), bundle.locale)
        variables = self.variables(instance.state if instance else values)
        locale = self.locale_in(bundle.locale)
        rendered = chosen.text.render(variables, template.defaults, locale)
        self._note_missing(template, rendered.missing)
        if rendered.cut:
            self.note(Code.TEXT_CUT, template=template.key)
        send = Send(
            rendered.text,
            choices=tuple(Choice(id=option, label=option) for option in options),
            choices_label=words_for(self.definitions.words, locale).choose if options else "",
            template_id=chosen.template_id,
            trigger_id=trigger_id,
            instance_id=instance.id if instance else "",
        )
        if chosen.extras is not None:
            saying = Saying(variables, template.defaults, locale, dict.fromkeys(rendered.missing))
            send = self._with_extras(send, chosen.extras, saying, template)
        if not send.text and not (send.attached and send.attached.speaks):
            self.note(Code.TEXT_EMPTY, template=template.key)
            return
        self.note(Code.SAID, template=template.key, variant=chosen.variant, locale=chosen.locale)
        self._effects.append(send)
        if trigger_id:
            self.change(cooldowns={**self.conversation.cooldowns, trigger_id: self.now})

    def offered(self, template: Template | None, bundle: BundleRules, instance: Instance) -> tuple[Choice, ...]:
        """The choices of its own that a template offered the person."""
        if template is None or not template.offers:
            return ()
        _, localized = localize(template, self._wanted(bundle), bundle.locale)
        saying = Saying(self.variables(instance.state), template.defaults, self.locale_in(bundle.locale))
        return () if localized.extras is None else saying.choices(localized.extras)

    def finish(self, recent_answers: tuple[RecentAnswer, ...] | None = None) -> Turn:
        """The turn as it has come out, with what the bot has said lately; None where that is as it was."""
        instances, effects, trace = tuple(self._instances.values()), tuple(self._effects), tuple(self._trace)
        recent = self.conversation.recent_answers if recent_answers is None else recent_answers
        return Turn(self.conversation, instances, effects, trace, recent)

    def _wanted(self, bundle: BundleRules) -> str:
        """The locale to look for in a template of that bundle."""
        locale = self.conversation.contact.locale
        # Whoever speaks exactly the bundle's own locale gets its own words, even beside ones for the bare language.
        return "" if locale == bundle.locale else locale

    def _with_extras(self, send: Send, extras: Extras, saying: Saying, template: Template) -> Send:
        known = len(saying.missing)
        send = send._replace(attached=saying.attached(extras, self.event.channel))
        if extras.choices and not send.choices:
            words = saying.line(extras.choices_label, MAX_LABEL)
            words = words or words_for(self.definitions.words, saying.locale).choose
            send = send._replace(choices=saying.choices(extras), choices_label=words)
        self._note_missing(template, list(saying.missing)[known:])
        for part in saying.left_out:
            self.note(Code.PART_LEFT_OUT, template=template.key, part=part)
        return send

    def _note_missing(self, template: Template, names: Iterable[str]) -> None:
        for name in names:
            default = template.defaults.get(name, "")
            self.note(Code.VARIABLE_MISSING, template=template.key, name=name, default=default)

    def variables(self, state: Mapping[str, StateValue]) -> dict[str, StateValue]:
        """All that a template may say, by dotted name."""
        contact = self.conversation.contact
        variables = {
            **state,
            "contact.name": contact.name,
            "contact.phone": contact.phone,
            "contact.email": contact.email,
            "contact.locale": contact.locale,
            "message.text": self.event.label or self.event.text,
            "message.channel": self.event.channel,
            "message.ref": self.event.ref,
        }
        if contact.attributes:
            variables |= {f"contact.{name}": value for name, value in contact.attributes.items()}
        if contact.tags:
            variables["contact.tags"] = ", ".join(sorted(contact.tags))
        return variables


def name_of(flow: Flow | None) -> str:
    """How the trace names a flow: `bundle/flow`; empty for one that is not there."""
    return f"{flow.bundle.name}/{flow.name}" if flow else ""
