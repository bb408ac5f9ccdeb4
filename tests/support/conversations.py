"""Small bundles built in Python, and one person who talks to them under a frozen clock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.addresses import Channel
from bot.core.messages import MessageKind
from bot.engine.actions import Act, ActionResult, ActionUse, SystemWord
from bot.engine.conversation import ContactView, Conversation, Event, Instance, Send, SetConsent, Turn
from bot.engine.definitions import (
    Brake,
    BundleRules,
    Definitions,
    Flow,
    LocalizedTemplate,
    Step,
    StepType,
    Template,
    Trigger,
    Triggers,
)
from bot.engine.extras import Extras
from bot.engine.patterns import compile_pattern
from bot.engine.templates import compile_text
from bot.engine.text import compare_equal
from bot.engine.turn import Acting, go_on, turn

MORNING = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


def template(
    *variants: str,
    key: str = "",
    defaults: Mapping[str, str] | None = None,
    locales: Mapping[str, Sequence[str]] | None = None,
    extras: Extras | None = None,
) -> Template:
    """A template of these variants, named after its first one; `extras` go along with the bundle's own locale."""
    key = key or variants[0]
    return Template(
        key=key,
        base=replace(_localized(key, variants), extras=extras),
        locales={locale: _localized(f"{key}:{locale}", texts) for locale, texts in (locales or {}).items()},
        defaults=defaults or {},
        offers=bool(extras and extras.choices),
    )


def _localized(row: str, variants: Sequence[str]) -> LocalizedTemplate:
    return LocalizedTemplate(row, tuple(map(compile_text, variants)))


def bundle(name: str = "pizzaria", *, locale: str = "pt-BR", **rules: Any) -> BundleRules:
    """A bundle; its words may be given as text. Its brake is set aside unless it is given."""
    given: dict[str, Any] = {"brake": Brake(0, 0)}
    given |= {key: template(value) if isinstance(value, str) else value for key, value in rules.items()}
    return BundleRules(name=name, version=1, locale=locale, **given)


PIZZARIA = bundle()


def collect(key: str, text: str | Template = "", transitions: Mapping[str, str] | None = None, **fields: Any) -> Step:
    """A collect_input step that saves under its own key."""
    return _step(StepType.COLLECT_INPUT, key, text or f"{key}?", transitions, {"save_as": key, **fields})


def send(key: str, text: str | Template = "", transitions: Mapping[str, str] | None = None, **fields: Any) -> Step:
    """A send_template step."""
    return _step(StepType.SEND_TEMPLATE, key, text or f"{key}.", transitions, fields)


def action(key: str, use: ActionUse, transitions: Mapping[str, str] | None = None, **fields: Any) -> Step:
    """An action step."""
    return Step(key=key, type=StepType.ACTION, action=use, transitions=transitions or {}, **fields)


def end(key: str, text: str | Template = "", **fields: Any) -> Step:
    """An end step; without text it says nothing."""
    return _step(StepType.END, key, text, None, fields)


def _step(
    kind: StepType, key: str, text: str | Template, transitions: Mapping[str, str] | None, fields: Mapping[str, Any]
) -> Step:
    return Step(
        key=key,
        type=kind,
        template=(template(text) if isinstance(text, str) else text) if text else None,
        transitions={compare_equal(answer): to for answer, to in (transitions or {}).items()},
        **fields,
    )


def flow(*steps: Step, name: str = "order", rules: BundleRules = PIZZARIA) -> Flow:
    """A flow of these steps."""
    return Flow(id=f"flow-{name}", name=name, bundle=rules, steps=steps)


def trigger(pattern: str, target: Template | Flow | ActionUse | str, *, kind: str = "equals", **fields: Any) -> Trigger:
    """A trigger; text for a target is a template."""
    target = template(target) if isinstance(target, str) else target
    kinds = {Flow: "flow", ActionUse: "action", Template: "template"}
    aim = {kinds[type(target)]: target}
    rules = target.bundle if isinstance(target, Flow) else PIZZARIA
    label = f"{kind} {pattern}"
    return Trigger(
        **{"id": label, "label": label, "pattern": compile_pattern(kind, pattern), "bundle": rules, **aim, **fields}
    )


def definitions(*triggers: Trigger, bundles: Sequence[BundleRules] = (PIZZARIA,), **fields: Any) -> Definitions:
    """What is published: these triggers, in matching order, and the flows they start."""
    flows = {each.flow.id: each.flow for each in triggers if each.flow}
    published = {f"{each.bundle.name}/{each.name}": each for each in flows.values()}
    return Definitions(triggers=Triggers(triggers), bundles=tuple(bundles), flows=flows, published=published, **fields)


@dataclass
class Person:
    """Someone who talks to the bot; every `says` is one turn, and the clock moves only by `waits`.

    Attributes:
        published: what the bot serves.
        channel: where they write.
        conversation: as the last turn left it.
        now: the frozen clock.
        turns: all turns so far.
        acts: what a system does, and what comes of it.
        acted: what the last turn asked of systems, in order.
    """

    published: Definitions
    channel: Channel = Channel.WHATSAPP
    conversation: Conversation = field(default_factory=lambda: Conversation(ContactView()))
    now: datetime = MORNING
    turns: list[Turn] = field(default_factory=list)
    acts: Callable[[Act], ActionResult] = lambda _act: ActionResult("done")
    acted: list[Act] = field(default_factory=list)

    def says(self, text: str, *, meant: SystemWord | None = None, **fields: Any) -> list[str]:
        """Write a text (or whatever the fields of an Event say); returns what the bot says."""
        return self.does(Event(**{"kind": MessageKind.TEXT, "channel": self.channel, "text": text, **fields}), meant)

    def presses(self, answer: str, label: str) -> list[str]:
        """Press a button; returns what the bot says."""
        return self.says(answer, kind=MessageKind.BUTTON, label=label)

    def does(self, event: Event, meant: SystemWord | None = None) -> list[str]:
        """Let an event happen; returns what the bot says."""
        number = len(self.turns) + 1
        begun = turn(
            self.published,
            self.conversation,
            event,
            now=self.now,
            seed=f"m{number}",
            instance_id=f"i{number}",
            meant=meant,
        )
        self.acted = []
        result = to_its_end(begun, self._act)
        self.turns.append(result)
        contact = result.conversation.contact._replace(is_new=False)
        self.conversation = result.conversation._replace(contact=contact, recent_answers=result.recent_answers)
        return [each.text for each in self.sends]

    def _act(self, act: Act) -> ActionResult:
        self.acted.append(act)
        return self.acts(act)

    def waits(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    @property
    def last(self) -> Turn:
        """The last turn."""
        return self.turns[-1]

    @property
    def sends(self) -> list[Send]:
        """What the bot sent in the last turn."""
        return [each for each in self.last.effects if isinstance(each, Send)]

    @property
    def changes(self) -> list[SetConsent]:
        """What the last turn sets of consents."""
        return [each for each in self.last.effects if isinstance(each, SetConsent)]

    @property
    def consents(self) -> list[bool]:
        """The changes of consent in the last turn."""
        return [each.opted_in for each in self.last.effects if isinstance(each, SetConsent)]

    @property
    def instance(self) -> Instance | None:
        """The open instance."""
        return self.conversation.instance

    @property
    def codes(self) -> list[str]:
        """The codes of the last turn's trace."""
        return [entry.code for entry in self.last.trace]

    def found(self, code: str) -> dict[str, Any]:
        """The data of the first entry of that code in the last turn's trace."""
        return next(dict(entry.data) for entry in self.last.trace if entry.code == code)


def to_its_end(begun: Turn | Acting, acts: Callable[[Act], ActionResult]) -> Turn:
    """Go on with a turn until it waits for no action any more."""
    while isinstance(begun, Acting):
        begun = go_on(begun, acts(begun.act))
    return begun


def person(*triggers: Trigger, contact: ContactView | None = None, **fields: Any) -> Person:
    """Someone who talks to a bot of these triggers."""
    made = {name: fields.pop(name) for name in ("channel", "now", "acts") if name in fields}
    talking = Person(definitions(*triggers, **fields), **made)
    if contact is not None:
        talking.conversation = Conversation(contact)
    return talking
