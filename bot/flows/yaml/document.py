"""What a bundle's YAML may say: the models, from which the editors' schema is made. Everything has a bound."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from bot.flows.yaml.document_extras import MAPPING, TEXT, ExtrasDocument, Strict, is_mapping
from bot.flows.yaml.nodes import Written
from bot.flows.yaml.scalars import (
    Answer,
    Content,
    Default,
    Duration,
    Integer,
    Key,
    Label,
    Locale,
    Patterns,
    PatternText,
    StateName,
    Truth,
    Value,
    VariableName,
)

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class LocalizedText(ExtrasDocument):
    """A template's words in one locale: `content`, or several `variants`; and what goes along with them."""

    content: Content | None = Field(None, description="What is said; a file or a place may stand without words.")
    variants: list[Content] = Field(
        [], max_length=20, description="Several ways to say it; one is chosen for each message."
    )

    @model_validator(mode="after")
    def _either(self) -> "LocalizedText":
        wordless = self.content is None and not self.variants
        alone = self.media is not None or self.location is not None
        if (wordless and not alone) or (self.content is not None and self.variants):
            raise PydanticCustomError("either", "content or variants", {"first": "content", "second": "variants"})
        return self

    @property
    def texts(self) -> tuple[str, ...]:
        """The variants, in order; at least one, which is empty where there are no words."""
        return tuple(self.variants) or (self.content or "",)


def _named(value: Any) -> Any:
    return dict.fromkeys(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else value


Variables = Annotated[
    dict[VariableName, Default | None],
    BeforeValidator(_named),
    Field(max_length=50),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
                {"type": "array", "items": {"type": "string"}},
            ]
        }
    ),
]
"""Name to default; a list of names has no defaults."""


class TemplateDocument(LocalizedText):
    """Words that triggers and steps send."""

    variables: Variables = Field(
        {}, description="Names the words may use: a map of name to default, or a list of names."
    )
    locales: dict[Locale, LocalizedText] = Field(
        {}, max_length=30, description="The same words in further languages, by locale."
    )

    def localized(self, own: str) -> Iterator[tuple[str, LocalizedText, ExtrasDocument]]:
        """Locale, words, and what goes along with them there; the bundle's `own` locale first."""
        yield own, self, self
        for locale, each in self.locales.items():
            yield locale, each, each.completed(self)

    def by_locale(self, own: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Locale and variants, the bundle's `own` locale first."""
        yield own, self.texts
        for locale, each in self.locales.items():
            yield locale, each.texts


ScalarDocument = str | bool | int | float
ArgumentDocument = ScalarDocument | dict[str, ScalarDocument]
Arguments = Annotated[
    dict[
        StateName,
        Annotated[
            Annotated[Value, Tag(TEXT)]
            | Annotated[dict[StateName, Value], Tag(MAPPING), Field(min_length=1, max_length=50)],
            Discriminator(is_mapping),
        ],
    ],
    Field(max_length=20),
]
"""Name to value, or to a map of values."""


class TriggerDocument(Strict):
    """When the bot answers, and with what."""

    key: Key | None = Field(None, description="Keeps the trigger's identity when its pattern changes.")
    type: Literal["equals", "contains", "regex", "number"] = Field(
        description="How the pattern is compared: the whole message, a part of it, an RE2 expression, a number."
    )
    pattern: Patterns = Field(
        [""], description="What to look for; for number 5, 1..10, '>=18', or nothing for any number."
    )
    priority: Integer = Field(0, ge=-1_000_000, le=1_000_000, description="Higher ones are tried first.")
    cooldown_sec: Integer = Field(
        0, ge=0, le=31_536_000, description="Seconds for which it keeps silent after it has answered this contact."
    )
    active: Truth = Field(True, description="false switches it off.")
    interrupt: Truth = Field(False, description="true tries it before a running flow.")
    template: Key | None = Field(None, description="The template to answer with.")
    flow: Key | None = Field(None, description="The flow to start.")
    action: Key | None = Field(None, description="What to do, e.g. contact.tag.")
    arguments: Arguments = Field({}, description="What the action is to be told, by name.")
    save_as: StateName | None = Field(None, description="The name under which templates find what the action gave.")
    templates: Annotated[dict[Key, Key], Field(max_length=20)] = Field(
        {}, description="Outcome of the action to the template to answer with; `default` for all others."
    )

    @model_validator(mode="after")
    def _one_target(self) -> "TriggerDocument":
        if sum(each is not None for each in (self.template, self.flow, self.action)) != 1:
            names = {"first": "template, flow", "second": "action"}
            raise PydanticCustomError("either", "template, flow or action", names)
        if self.action is None:
            for key in ("arguments", "save_as", "templates"):
                if getattr(self, key):
                    raise PydanticCustomError("of_action", "without action", {"key": key})
        return self

    @property
    def target(self) -> str:
        """The template, the flow or the action."""
        return str(self.template or self.flow or self.action)

    @property
    def label(self) -> str:
        """How the trigger is named: its key, else type and pattern."""
        return self.key or f"{self.type} {', '.join(self.pattern)}".strip()

    @property
    def stored_pattern(self) -> str:
        """The pattern as its column holds it: one text, or several as a JSON list."""
        return self.pattern[0] if len(self.pattern) == 1 else json.dumps(self.pattern, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Written) else value


class NumberExpected(Strict):
    """A number within a range, or another kind of answer; whether it may stand in a sentence."""

    number: PatternText | None = Field(None, description="1..20, 5, '>=18', or '' for any number.")
    type: Annotated[Literal["number", "email", "phone"], BeforeValidator(_plain)] | None = Field(
        None, description="What is accepted, without a range."
    )
    strict: Truth = Field(False, description="true takes it alone: no word beside it, as in 4 people.")

    @model_validator(mode="after")
    def _either(self) -> "NumberExpected":
        if (self.number is None) == (self.type is None):
            raise PydanticCustomError("either", "number or type", {"first": "number", "second": "type"})
        return self

    @property
    def kind(self) -> str:
        """What is accepted."""
        return self.type or "number"


Expected = Annotated[
    Annotated[Literal["text", "number", "email", "phone"], BeforeValidator(_plain), Tag("word")]
    | Annotated[NumberExpected, Tag("range")],
    Discriminator(lambda value: "range" if isinstance(value, dict | NumberExpected) else "word"),
]


Transitions = Annotated[dict[Answer, Key], Field(max_length=50)]


class _StepDocument(Strict):
    key: Key = Field(description="Unique within the flow.")

    @property
    def waits(self) -> bool:
        """Whether the flow rests here until the person answers."""
        return False


class _Onward(_StepDocument):
    transitions: Transitions = Field({}, description="Answer to the key of the next step; `default` for all others.")


class CollectInput(_Onward):
    """Asks, waits, checks the answer, stores it."""

    type: Literal["collect_input"]
    template: Key = Field(description="The question.")
    save_as: StateName | None = Field(None, description="The name under which templates find the answer.")
    options: list[Label] = Field(
        [], max_length=10, description="Answers to choose from: up to 3 as WhatsApp buttons, up to 10 as a list."
    )
    expect: Expected | None = Field(None, description="What is accepted: text, number, email, phone, {number: 1..20}.")
    free: Truth = Field(False, description="true takes other answers than the options, buttons or list offered, too.")
    attempts: Integer = Field(3, ge=1, le=20, description="How many times it asks in all.")
    otherwise: Key | None = Field(None, description="The step to go to when the attempts are used up.")

    @model_validator(mode="after")
    def _options_or_expect(self) -> "CollectInput":
        if self.options and self.expect is not None:
            raise PydanticCustomError("options_and_expect", "options with expect")
        return self

    @property
    def waits(self) -> bool:
        """Always."""
        return True


class SendTemplate(_Onward):
    """Says something and goes on, or waits for any answer first."""

    type: Literal["send_template"]
    template: Key = Field(description="What to say.")
    wait_input: Truth = Field(False, description="true waits for an answer, and stores nothing.")

    @property
    def waits(self) -> bool:
        """When it is told to."""
        return self.wait_input


class ActionStep(_StepDocument):
    """Does something in a system, and goes on by what came of it."""

    type: Literal["action"]
    action: Key = Field(description="What to do, e.g. contact.tag.")
    arguments: Arguments = Field({}, description="What it is to be told, by name.")
    save_as: StateName | None = Field(None, description="The name under which templates find what it gave.")
    transitions: Transitions = Field(
        {}, description="Outcome to the key of the next step; `default` for all others; the next step without any."
    )

    @property
    def template(self) -> None:
        """It says nothing itself."""


class End(_StepDocument):
    """Ends the flow."""

    type: Literal["end"]
    template: Key | None = Field(None, description="The last words, if any.")
    handoff: Truth = Field(False, description="true hands over to a person; the bot keeps silent.")


StepDocument = Annotated[CollectInput | SendTemplate | ActionStep | End, Field(discriminator="type")]


class FlowDocument(Strict):
    """A conversation of several steps."""

    steps: list[StepDocument] = Field(min_length=1, max_length=100, description="In order; it begins with the first.")


class BrakeDocument(Strict):
    """When the bot falls silent towards somebody: two machines that answer each other would go on for ever."""

    same_answer: Integer = Field(
        3, ge=0, le=100, description="How often it gives the same answer in a minute, by e-mail in a day; 0: no limit."
    )
    turns: Integer = Field(
        20, ge=0, le=100, description="How many messages it answers in a minute, by e-mail in a day; 0: no limit."
    )
    handoff: Truth = Field(False, description="true hands over to a person then, for handoff_hours.")


class BundleDocument(Strict):
    """One file: a bundle of templates, triggers and flows."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="A bundle of Recado")

    bundle: Key = Field(description="The bundle's name; a file with the same name is its next version.")
    locale: Locale = Field("en", description="The language of the templates, e.g. pt-BR.")
    welcome: Key | None = Field(None, description="Template for someone new, when nothing else matched.")
    fallback: Key | None = Field(
        None, description="Template for when nothing matched; at most once in 10 minutes per contact."
    )
    unsupported: Key | None = Field(None, description="Template for a voice note, a sticker and the like.")
    expire_after: Duration | None = Field(None, description="A flow idle longer than this ends: 30m, 24h, 7d.")
    handoff_hours: Integer = Field(24, ge=1, le=8760, description="How long a hand-off silences the bot.")
    brake: BrakeDocument = Field(
        BrakeDocument.model_validate({}), description="How much is said to one contact before silence."
    )
    escape_words: list[Label] | None = Field(
        None, max_length=20, description="Words that end a running flow, instead of the language's own."
    )
    templates: dict[Key, TemplateDocument] = Field({}, max_length=500, description="Words, by key.")
    triggers: list[TriggerDocument] = Field([], max_length=500, description="When to answer, and with what.")
    flows: dict[Key, FlowDocument] = Field({}, max_length=100, description="Conversations, by name.")

    @property
    def expire_seconds(self) -> int | None:
        """`expire_after` in seconds."""
        return int(self.expire_after[:-1]) * _SECONDS[self.expire_after[-1]] if self.expire_after else None
