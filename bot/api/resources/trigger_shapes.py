"""Triggers as programs see them, and which of them would win."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, field_validator

from bot.api.shapes import Given, Page, PageQuery, Shown, Text
from bot.conversations.shown.trial import Trial
from bot.core.addresses import Channel
from bot.engine.weighing import Verdict, Weighed
from bot.flows.service import TriedTrigger

_LONGEST = 4_000
_Patterns = Annotated[list[str], Field(description="What it looks for; one empty text for any number.")]
_Answer = Annotated[str | None, Field(description="The key of the template that it answers with.")]
_Flow = Annotated[str | None, Field(description="The name of the flow that it starts.")]
_Action = Annotated[str | None, Field(description="The action that it does.")]


class TriggerType(StrEnum):
    """How a trigger compares."""

    EQUALS = "equals"
    CONTAINS = "contains"
    REGEX = "regex"
    NUMBER = "number"


class Trigger(Shown):
    """What is looked for in each message."""

    id: Annotated[str, Field(description="Kept when its bundle is published again.")]
    place: Annotated[int, Field(description="In the order in which all are tried, from 1.")]
    key: Annotated[str | None, Field(description="Its own name.")]
    type: TriggerType
    patterns: _Patterns
    priority: Annotated[int, Field(description="Higher ones are tried first.")]
    cooldown: Annotated[int, Field(description="Seconds for which it is silent after it has answered somebody.")]
    interrupt: Annotated[bool, Field(description="It is tried before a running flow.")]
    bundle: str
    version: Annotated[int, Field(description="Of the bundle.")]
    template: _Answer
    flow: _Flow
    action: _Action

    @classmethod
    def of(cls, trigger: TriedTrigger) -> "Trigger":
        """As it is stored."""
        return cls(
            id=trigger.id,
            place=trigger.place,
            key=trigger.key or None,
            type=TriggerType(trigger.type),
            patterns=list(trigger.patterns),
            priority=trigger.priority,
            cooldown=trigger.cooldown,
            interrupt=trigger.interrupt,
            bundle=trigger.bundle,
            version=trigger.version,
            template=trigger.template or None,
            flow=trigger.flow or None,
            action=trigger.action or None,
        )


class TriggerPage(Page[Trigger]):
    """Some triggers."""


class TriggerQuery(PageQuery):
    """Which triggers."""

    search: Annotated[
        Text, Field(max_length=200, description="A part of a pattern, a key, a bundle, or of what it leads to.")
    ] = ""
    type: tuple[TriggerType, ...] = ()


class MadeUpMessage(Given):
    """A message that nobody has written."""

    text: Annotated[str, Field(min_length=1, max_length=_LONGEST)]
    channel: Annotated[Channel, Field(description="Where it comes in.")] = Channel.WHATSAPP
    locale: Annotated[
        str | None, Field(max_length=35, description="The language of whoever writes; with a contact, theirs counts.")
    ] = None
    contact_id: Annotated[
        str | None,
        Field(
            max_length=64,
            description=(
                "Who writes, with the flow that they are in; asks for the scope `contacts.read`. Null: somebody who "
                "has written before, is in no flow and was not answered lately."
            ),
        ),
    ] = None

    @field_validator("text")
    @classmethod
    def _has_words(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("there are no words in it")
        return text


class MatchingTrigger(Shown):
    """A trigger whose pattern matches a message, and what becomes of it."""

    id: str
    label: Annotated[str, Field(description="Its key, or type and pattern.")]
    bundle: str
    version: Annotated[int, Field(description="Of the bundle.")]
    type: TriggerType
    patterns: _Patterns
    template: _Answer
    flow: _Flow
    action: _Action
    verdict: Annotated[
        Verdict,
        Field(
            description=(
                "`wins`: it answers. `cools_down`: it has answered this person a moment ago. `comes_after`: another "
                "one is tried before it, and answers. `not_tried`: what goes before triggers has dealt with it."
            )
        ),
    ]
    seconds: Annotated[int | None, Field(description="Until it may answer again, where it cools down.")]

    @classmethod
    def of(cls, weighed: Weighed) -> Self:
        """As the engine weighed it."""
        trigger = weighed.trigger
        return cls(
            id=trigger.id,
            label=trigger.label,
            bundle=trigger.bundle.name,
            version=trigger.bundle.version,
            type=TriggerType(trigger.pattern.type),
            patterns=list(trigger.pattern.source),
            template=None if trigger.template is None else trigger.template.key,
            flow=None if trigger.flow is None else trigger.flow.name,
            action=None if trigger.action is None else trigger.action.name,
            verdict=weighed.verdict,
            seconds=weighed.seconds or None,
        )


class Outcome(Shown):
    """What would become of a message."""

    winner: Annotated[MatchingTrigger | None, Field(description="The trigger that would answer; null for none.")]
    matching: Annotated[list[MatchingTrigger], Field(description="All that match, in the order of trying.")]
    why: Annotated[list[str], Field(description="What the bot would find and do, a sentence each.")]
    action: Annotated[str | None, Field(description="What it would do then; what comes of that is not tried.")]

    @classmethod
    def of(cls, trial: Trial) -> "Outcome":
        """As it was tried."""
        matching: Sequence[MatchingTrigger] = [MatchingTrigger.of(each) for each in trial.triggers]
        return cls(
            winner=next((each for each in matching if each.verdict is Verdict.WINS), None),
            matching=list(matching),
            why=list(trial.why),
            action=trial.acts or None,
        )
