"""What admins published, compiled: the engine's constant input. Built by `bot.flows`, never changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Self

from bot.engine.index import Index
from bot.engine.words import Words

if TYPE_CHECKING:
    from bot.engine.actions import ActionUse
    from bot.engine.extras import Extras
    from bot.engine.numbers import NumberRange
    from bot.engine.patterns import Candidate, Pattern
    from bot.engine.templates import CompiledText


@dataclass(frozen=True, slots=True)
class LocalizedTemplate:
    """A template's variants in one locale.

    Attributes:
        id: the row's id.
        variants: at least one.
        extras: what goes along with the words, or None.
    """

    id: str
    variants: tuple["CompiledText", ...]
    extras: "Extras | None" = None


@dataclass(frozen=True, slots=True)
class Template:
    """A template with all its locales.

    Attributes:
        key: unique within the bundle.
        base: the variants in the bundle's own locale.
        locales: further ones by locale (`en`, `pt-BR`).
        defaults: a value for each declared variable that has one, by dotted name.
        offers: whether it brings choices of its own.
    """

    key: str
    base: LocalizedTemplate
    locales: Mapping[str, LocalizedTemplate] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    offers: bool = False


class StepType(StrEnum):
    """What a step does."""

    COLLECT_INPUT = "collect_input"
    SEND_TEMPLATE = "send_template"
    ACTION = "action"
    END = "end"


class Expect(StrEnum):
    """What kind of answer a collect_input step takes when it has no options."""

    TEXT = "text"
    NUMBER = "number"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a flow; the meaning of each field is the contract's.

    Attributes:
        key: unique within the flow.
        type: what it does.
        template: sent on each entry; None for an action, and for an `end` that says nothing.
        save_as: the state's name for the answer, or empty.
        options: the labels offered, or none.
        expect: checked when there are no options.
        strict: takes a number, an address or a phone number alone, not out of a sentence.
        free: takes other answers than those it offers, too.
        expect_range: for NUMBER; None takes any number.
        attempts: how many times it asks in all, at least 1.
        otherwise: key of the step to go to when the attempts are used up, or empty.
        transitions: compared answer (`text.compare_equal` form), or an action's outcome, to step key.
        default: key of the step when no transition fits, or empty.
        wait_input: a send_template that waits.
        handoff: an end that hands over to a person.
        action: what an action does; None for all others.
    """

    key: str
    type: StepType
    template: Template | None = None
    save_as: str = ""
    options: tuple[str, ...] = ()
    expect: Expect = Expect.TEXT
    expect_range: "NumberRange | None" = None
    strict: bool = False
    free: bool = False
    attempts: int = 3
    otherwise: str = ""
    transitions: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    wait_input: bool = False
    handoff: bool = False
    action: "ActionUse | None" = None

    @property
    def waits(self) -> bool:
        """Whether the instance rests here until the person answers."""
        return self.type is StepType.COLLECT_INPUT or (self.type is StepType.SEND_TEMPLATE and self.wait_input)


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow of one published version; instances stay with the version they began with.

    Attributes:
        id: the row's id.
        name: unique within the bundle.
        bundle: where it belongs; its words, locale and limits apply.
        steps: in order; the first is the entry; at least one.
    """

    id: str
    name: str
    bundle: "BundleRules"
    steps: tuple[Step, ...]
    _by_key: Mapping[str, Step] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look steps up by their key from now on."""
        object.__setattr__(self, "_by_key", {step.key: step for step in self.steps})

    def step(self, key: str) -> Step | None:
        """The step with that key, or None."""
        return self._by_key.get(key)

    def after(self, step: Step) -> Step | None:
        """The next step in the list, or None after the last."""
        at = self.steps.index(step) + 1
        return self.steps[at] if at < len(self.steps) else None


@dataclass(frozen=True, slots=True)
class Brake:
    """How much the bot says to one contact in a minute, or by e-mail in a day, before it falls silent; 0: no limit.

    Attributes:
        same_answer: how often it gives the same answer.
        turns: how many messages it answers.
        handoff: whether a person is to take over then.
    """

    same_answer: int = 3
    turns: int = 20
    handoff: bool = False


@dataclass(frozen=True, slots=True)
class BundleRules:
    """What holds for a whole bundle.

    Attributes:
        name: the bundle's.
        version: from 1 up.
        locale: of its base variants, e.g. `pt-BR`.
        welcome: said to someone new when nothing else matched.
        fallback: said when nothing matched, at most once in 10 minutes per contact.
        unsupported: said to a voice note, a sticker, …
        expire_after: an instance idle longer ends before the next message is matched; None: never.
        handoff_after: how long a hand-off silences the bot.
        escape_words: in `text.compare_equal` form; replaces the locale's own; None keeps those.
        opt_out_words: in `text.compare_equal` form; beside those of all languages, which stay.
        opt_in_words: likewise.
        brake: what keeps it from answering another machine for ever.
    """

    name: str
    version: int
    locale: str
    welcome: Template | None = None
    fallback: Template | None = None
    unsupported: Template | None = None
    expire_after: timedelta | None = None
    handoff_after: timedelta = timedelta(hours=24)
    escape_words: frozenset[str] | None = None
    opt_out_words: frozenset[str] = frozenset()
    opt_in_words: frozenset[str] = frozenset()
    brake: Brake = Brake()


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger; exactly one of `template`, `flow` and `action`.

    Attributes:
        id: the row's id, kept over publishes.
        label: how the trace names it: its key, else type and pattern.
        pattern: compiled; knows its type.
        bundle: where it belongs.
        template: what it answers with.
        flow: what it starts.
        cooldown: seconds, 0 for none.
        interrupt: tried before the running instance.
        action: what it does.
        templates: what it answers with then, by outcome; `default` for all others; none: nothing is said.
    """

    id: str
    label: str
    pattern: "Pattern"
    bundle: BundleRules
    template: Template | None = None
    flow: Flow | None = None
    cooldown: int = 0
    interrupt: bool = False
    action: "ActionUse | None" = None
    templates: Mapping[str, Template] = field(default_factory=dict)


class Triggers(tuple[Trigger, ...]):  # noqa: SLOT001 - what derives from tuple cannot have slots
    """The active triggers in matching order, indexed by what they look for."""

    _index: Index

    def __new__(cls, triggers: Iterable[Trigger] = ()) -> Self:
        """Index triggers: for 10,000 of them this takes a third of a second, and is no work for the event loop."""
        self = super().__new__(cls, triggers)
        self._index = Index([each.pattern for each in self])
        return self

    @cached_property
    def interrupt(self) -> bool:
        """Whether any of them is tried before the running instance."""
        return any(each.interrupt for each in self)

    @cached_property
    def longest_cooldown(self) -> timedelta:
        """How far back a trigger's last message matters."""
        return timedelta(seconds=max((each.cooldown for each in self), default=0))

    def possible(self, candidate: "Candidate") -> list[Trigger]:
        """All whose pattern matches a message, and perhaps a few whose pattern does not, in order."""
        return list(map(self.__getitem__, self._index.possible(candidate)))


@dataclass(frozen=True, slots=True)
class Definitions:
    """Everything published, at one moment.

    Attributes:
        triggers: active ones in matching order: priority (high first), newest publish, position in the file.
        bundles: newest publish first; the first one that has a welcome, fallback or unsupported template says it.
        flows: by id, those of the published versions and of older ones that instances still run.
        published: by `bundle/flow`, those of the published versions.
        words: the shipped words by language (`en`, `pt`); `words_for` picks.
        offers: whether any template brings choices of its own.
        reads_tags: whether anything may say a contact's tags.
        templates: by `bundle/key`, with where they belong.
    """

    triggers: Triggers = Triggers()  # noqa: RUF009 - never changed
    bundles: tuple[BundleRules, ...] = ()
    flows: Mapping[str, Flow] = field(default_factory=dict)
    published: Mapping[str, Flow] = field(default_factory=dict)
    words: Mapping[str, Words] = field(default_factory=dict)
    offers: bool = False
    reads_tags: bool = False
    templates: Mapping[str, tuple[Template, BundleRules]] = field(default_factory=dict)
    opt_out_words: frozenset[str] = field(init=False)
    opt_in_words: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Gather the words of all bundles: whoever opts out does so from all of them."""
        object.__setattr__(self, "opt_out_words", frozenset().union(*(each.opt_out_words for each in self.bundles)))
        object.__setattr__(self, "opt_in_words", frozenset().union(*(each.opt_in_words for each in self.bundles)))
