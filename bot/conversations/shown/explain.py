"""Why the bot did or did not answer, in plain words: one sentence for each entry of a trace."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Any

from babel.dates import format_datetime, format_timedelta

from bot.conversations.shown.step_words import StepWords
from bot.core.messages import MessageKind
from bot.engine.answers import Refusal
from bot.engine.conversation import EndReason, TraceEntry
from bot.engine.definitions import StepType
from bot.engine.trace import Code
from bot.web.i18n import N_, Translator

PARKED = "parked"
"""The runner's own entry: the engine failed on the message (error: the exception's class)."""
DISMISSED = "dismissed"
"""Of who decides what failed: the message is left as it is."""
BOUNCE_OVER = "bounce_over"
"""The runner's own entry: the person wrote from an address to which nothing was sent since a message had bounced."""


def explain(
    trace: Iterable[TraceEntry], _: Translator, words: StepWords = MappingProxyType({}), place: tzinfo = UTC
) -> tuple[str, ...]:
    """One sentence an entry, in order, in the translator's language; a step is named with its words, if it has some.

    Moments are told in the zone `place`, where the reader is.

    Traces are kept for years: an entry of another version that lacks a value, or has a code that is no longer
    known, still gets a sentence.
    """
    return tuple(_(_sentence(entry)).format_map(_Values(entry, _, words, place)) for entry in trace)


def ended_because(reason: str, _: Translator) -> str:
    """Why a flow ended, in words."""
    return _(_REASONS.get(reason, reason))


_SENTENCES: Mapping[str, str] = {
    Code.REACTION: N_("A reaction to a message needs no answer."),
    Code.AUTOMATIC: N_("A machine wrote this, or none should answer it ({why}), so the bot kept out of it."),
    Code.LATE: N_("This came {seconds} after it had been said, too late for an answer."),
    Code.PROVIDER_ANSWERED: N_("The provider has answered this word itself."),
    Code.OPTED_OUT_SILENT: N_("This person asked for no more messages on this channel, so the bot says nothing."),
    Code.PAUSED: N_("The conversation is with a person (flow {flow}), so the bot says nothing until {until}."),
    Code.SILENT: N_("So the bot said nothing."),
    Code.BRAKED_SAME_ANSWER: N_(
        "The bot has given this answer {times} times within {within_seconds}, as if two machines answer each other; "
        "it gives it again in {seconds}."
    ),
    Code.BRAKED_TURNS: N_(
        "The bot has answered {times} messages within {within_seconds}, as if two machines answer each other; "
        "it answers again in {seconds}."
    ),
    Code.BRAKE_ON: N_("With this message the brake begins to hold; the log tells it once."),
    Code.BRAKE_HANDED_OVER: N_("So a person is to take over; the bot is silent until {until}."),
    Code.OPT_OUT: N_("“{word}” asks for no more messages: this person is opted out on this channel now."),
    Code.OPT_OUT_AGAIN: N_("“{word}” asks for no more messages, but this person was opted out already."),
    Code.OUTDATED_WORD: N_(
        "“{word}” was said before this person's last word about messages, which holds, so it changes nothing."
    ),
    Code.OPT_IN: N_("“{word}” asks to come back: this person gets messages on this channel again."),
    Code.MARKETING_OPT_OUT: N_(
        "“{word}” asks for no more promotions: this person gets none on this channel now, but all other messages."
    ),
    Code.MARKETING_OPT_IN: N_("“{word}” agrees to promotions on this channel."),
    Code.REMINDED: N_("This person is opted out, and was told how to come back, as once a day."),
    Code.EXPIRED: N_(
        "The flow {flow} had waited at the step {step} for {idle_seconds}, longer than {expire_after_seconds}, "
        "so it ended."
    ),
    Code.HANDOFF_OVER: N_("The time with a person is over (flow {flow}), so the bot answers again."),
    Code.FLOW_LOST: N_("The flow that was running is no longer there, so it ended."),
    Code.STEP_LOST: N_("The step {step} of the flow {flow} is no longer there, so the flow ended."),
    Code.TRIGGER_MATCHED: N_("The trigger “{trigger}” of the bundle {bundle} matches."),
    Code.TRIGGER_COOLING_DOWN: N_(
        "The trigger “{trigger}” of the bundle {bundle} matches, but has answered a moment ago; "
        "it may again in {seconds}."
    ),
    Code.NO_TRIGGER: N_("No trigger matches; {tried} were tried."),
    Code.SYSTEM_WORD: N_("This is a word of a system: it leads to {target}."),
    Code.FLOW_STARTED: N_("The flow {flow} begins."),
    Code.INTERRUPTED: N_("That trigger interrupts: the flow {flow} ended at the step {step} to make way."),
    Code.ESCAPED: N_("“{word}” ends the flow {flow} at the step {step}."),
    Code.STEP_ENTERED: N_("The flow {flow} comes to the step {step} ({type})."),
    Code.ANSWER_TAKEN: N_("The step {step} of the flow {flow} takes this answer and keeps it as {save_as}."),
    Code.ANSWER_REFUSED: N_(
        "The step {step} of the flow {flow} does not take this answer: {why}. That was attempt {attempt} of {attempts}."
    ),
    Code.ATTEMPTS_USED_UP: N_("The attempts at the step {step} are used up, so it goes on to {otherwise}."),
    Code.TRANSITION: N_("From the step {step} it goes on to {to}."),
    Code.LOOP_CUT: N_("The steps of the flow {flow} go round without waiting, so it was cut at the step {step}."),
    Code.ACTED: N_("The step {step} of the flow {flow} does {call}: {outcome}."),
    Code.ARGUMENT_INVALID: N_(
        "The step {step} of the flow {flow} would do {action}, but its {argument} is not of the kind it must be: "
        "invalid."
    ),
    Code.ACTION_LOST: N_("The step {step} of the flow {flow} would do {action}, which no system here can."),
    Code.ACTIONS_CUT: N_(
        "The flow {flow} has done {limit} actions for this message, as many as it may, "
        "so it was cut at the step {step}."
    ),
    Code.HANDED_OVER: N_("The flow {flow} hands over to a person; the bot is silent until {until}."),
    Code.FLOW_ENDED: N_("The flow {flow} is over: {reason}."),
    Code.SAID: N_("The bot answers with the template {template}, variant {variant}, in {locale}."),
    Code.VARIABLE_MISSING: N_("The template {template} wanted {name}, which has no value: it used “{default}”."),
    Code.TEXT_CUT: N_("The words of the template {template} were too long and have been cut."),
    Code.PART_LEFT_OUT: N_("The {part} of the template {template} could not be made, so the words went without it."),
    Code.TEXT_EMPTY: N_("The template {template} gave nothing to say."),
    Code.UNSUPPORTED: N_(
        "The words of this mail are packed in {words_in}, which only Outlook reads: there is no text in it to answer."
    ),
    Code.WELCOME: N_("This is the first message of someone new: the bundle {bundle} welcomes them."),
    Code.FALLBACK: N_("Nothing matched, so the bundle {bundle} says that it did not understand."),
    Code.FALLBACK_RECENT: N_(
        "Nothing matched, and the bot said so less than ten minutes ago; it may again in {seconds}."
    ),
    BOUNCE_OVER: N_(
        "A message to this address had come back, so none was sent to it any more; "
        "now that the person wrote from it, they get messages again."
    ),
    DISMISSED: N_("Somebody has decided that the bot leaves it so."),
    PARKED: N_("{action} failed on this message ({error}), so it is put aside for an admin."),
}

_WITHOUT: Mapping[tuple[str, str], str] = {
    (Code.PAUSED, "flow"): N_("The conversation is with a person, so the bot says nothing until {until}."),
    (Code.HANDOFF_OVER, "flow"): N_("The time with a person is over, so the bot answers again."),
    (Code.FLOW_ENDED, "flow"): N_("What was running is over: {reason}."),
    (Code.PAUSED, "until"): N_("The conversation is with a person (flow {flow}), so the bot says nothing."),
    (Code.ANSWER_TAKEN, "save_as"): N_("The step {step} of the flow {flow} takes this answer."),
    (Code.ATTEMPTS_USED_UP, "otherwise"): N_("The attempts at the step {step} of the flow {flow} are used up."),
    (Code.TRANSITION, "to"): N_("The step {step} was the last one of the flow {flow}."),
    (Code.SAID, "locale"): N_("The bot answers with the template {template}, variant {variant}."),
    (Code.VARIABLE_MISSING, "default"): N_(
        "The template {template} wanted {name}, which has no value: it left it out."
    ),
    (Code.UNSUPPORTED, "words_in"): N_("This is {kind}: there is no text in it to answer."),
    (PARKED, "action"): N_("The bot failed on this message ({error}), so it is put aside for an admin."),
    (Code.ACTED, "step"): N_("That does {call}: {outcome}."),
    (Code.ARGUMENT_INVALID, "step"): N_(
        "That would do {action}, but its {argument} is not of the kind it must be: invalid."
    ),
    (Code.ACTION_LOST, "step"): N_("That would do {action}, which no system here can."),
    (Code.HANDED_OVER, "until"): N_("The flow {flow} hands over to a person; the bot is silent."),
}
"""Another sentence where that value is empty."""

_REFUSALS: Mapping[str, str] = {
    Refusal.OPTION: N_("it is none of the options"),
    Refusal.NUMBER: N_("it is not a number"),
    Refusal.RANGE: N_("the number is not within what was asked for"),
    Refusal.EMAIL: N_("it is not an e-mail address"),
    Refusal.PHONE: N_("it is not a phone number"),
    Refusal.TRANSITION: N_("no transition fits it"),
}
_REASONS: Mapping[str, str] = {
    EndReason.FINISHED: N_("it came to its end"),
    EndReason.ESCAPED: N_("the person left it"),
    EndReason.INTERRUPTED: N_("another flow took over"),
    EndReason.EXPIRED: N_("it was idle for too long"),
    EndReason.REFUSED: N_("all attempts were used up"),
    EndReason.OPTED_OUT: N_("the person wants no more messages"),
    EndReason.HANDOFF_OVER: N_("the time with a person is over"),
    EndReason.RESUMED: N_("a person gave the conversation back to the bot"),
    EndReason.RESTARTED: N_("it was begun anew"),
    EndReason.MERGED: N_("the person is in another one, as another contact whom they were merged with"),
    EndReason.LOST: N_("it could not go on"),
}
_STEPS: Mapping[str, str] = {
    StepType.COLLECT_INPUT: N_("a question"),
    StepType.SEND_TEMPLATE: N_("a message"),
    StepType.ACTION: N_("an action"),
    StepType.END: N_("the end"),
}
_KINDS: Mapping[str, str] = {
    MessageKind.TEXT: N_("a text without words"),
    MessageKind.BUTTON: N_("a button"),
    MessageKind.MEDIA: N_("a picture, a voice note or a file"),
    MessageKind.LOCATION: N_("a place"),
    MessageKind.REACTION: N_("a reaction"),
    MessageKind.OTHER: N_("something that the bot cannot read"),
}
_PARTS: Mapping[str, str] = {
    "media": N_("file"),
    "html": N_("HTML"),
    "whatsapp": N_("approved template"),
}
_UNKNOWN = N_("Something happened that this version has no words for.")


def _sentence(entry: TraceEntry) -> str:
    for (code, name), sentence in _WITHOUT.items():
        if code == entry.code and not entry.data.get(name):
            return sentence
    return _SENTENCES.get(entry.code, _UNKNOWN)


class _Values(dict[str, str]):
    """An entry's values as the sentence says them; one that is not there is an ellipsis."""

    def __init__(self, entry: TraceEntry, _: Translator, words: StepWords, place: tzinfo) -> None:
        super().__init__({name: _say(entry.code, name, value, _, place) for name, value in entry.data.items()})
        flow = str(entry.data.get("flow"))
        for name in _STEP_NAMES & entry.data.keys():
            said = words.get((flow, str(entry.data[name])))
            if said:
                self[name] = f"{entry.data[name]} “{said}”"

    def __missing__(self, name: str) -> str:
        return "…"


def _say(code: str, name: str, value: Any, _: Translator, place: tzinfo) -> str:
    known = _ENUMERATIONS.get((code, name), {}).get(value)
    if known is not None:
        return _(known)
    form = _FORMS.get(name)
    try:
        return str(value) if form is None else form(value, _.locale.replace("-", "_"), place)
    except (TypeError, ValueError):
        return str(value)


def _duration(seconds: Any, locale: str, _place: tzinfo) -> str:
    return format_timedelta(timedelta(seconds=seconds), threshold=2, locale=locale)


def _moment(moment: Any, locale: str, place: tzinfo) -> str:
    said = format_datetime(datetime.fromisoformat(moment), "short", tzinfo=place, locale=locale)
    return f"{said} UTC" if str(place) == "UTC" else said


_ENUMERATIONS: Mapping[tuple[str, str], Mapping[str, str]] = {
    (Code.ANSWER_REFUSED, "why"): _REFUSALS,
    (Code.FLOW_ENDED, "reason"): _REASONS,
    (Code.STEP_ENTERED, "type"): _STEPS,
    (Code.PART_LEFT_OUT, "part"): _PARTS,
    (Code.UNSUPPORTED, "kind"): _KINDS,
}
_STEP_NAMES = frozenset({"step", "to", "otherwise"})
_FORMS: Mapping[str, Callable[[Any, str, tzinfo], str]] = {
    "seconds": _duration,
    "within_seconds": _duration,
    "idle_seconds": _duration,
    "expire_after_seconds": _duration,
    "until": _moment,
}
