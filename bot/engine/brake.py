"""The brake: two machines that answer each other would go on for ever, so the bot falls silent before.

What counts is what the bot says to a contact, whatever was written. A flow's question is bounded by its attempts, and
an answer that a flow takes moves the conversation on, so neither is held back for being the same; all are by the number
of turns. Consent goes before the brake.
"""

from collections.abc import Mapping
from zlib import crc32

from bot.core.addresses import Channel
from bot.core.messages import RecentAnswer
from bot.engine.actions import Act
from bot.engine.conversation import Conversation, Send, SetConsent, Turn
from bot.engine.definitions import Brake, BundleRules
from bot.engine.draft import Draft
from bot.engine.trace import Code

_MINUTE = 60.0
_WINDOWS: Mapping[Channel, float] = {Channel.EMAIL: 86_400.0}
"""Seconds for which an answer counts, where that is no minute: mail servers take minutes for what phones do at once."""
_DEFAULT = Brake()
_MARK = "!"
"""Stands among what was said for the moment from which on nothing was."""
_KEPT = 100


def finish(draft: Draft, before: Conversation) -> Turn:
    """The turn as it comes out; silence in its place, and all as it was `before`, where the brake holds it back."""
    sends = [each for each in draft.effects if isinstance(each, Send)]
    if not sends:
        draft.note(Code.SILENT)
        return draft.finish()
    weighed = _weigh(draft, before, _said(sends)) if draft.weighed is None else draft.weighed
    return weighed if isinstance(weighed, Turn) else draft.finish(weighed)


def keep_from_acting(draft: Draft, before: Conversation, act: Act) -> Turn | None:
    """The silent turn that comes out where the brake holds this one back before its first action; None where it acts.

    What was done cannot be taken back by silence, so whoever may act may also say what came of it.
    """
    if draft.weighed is None:
        sends = [each for each in draft.effects if isinstance(each, Send)]
        weighed = _weigh(draft, before, [*_said(sends), act.action, repr(sorted(act.arguments.items()))])
        if isinstance(weighed, Turn):
            return weighed
        draft.weighed = weighed
    return None


def _weigh(draft: Draft, before: Conversation, said: list[str]) -> tuple[RecentAnswer, ...] | Turn:
    """What the bot has said lately, with what it says now; the silent turn where that is too much."""
    rules = draft.speaker
    brake = rules.brake if rules else _DEFAULT
    if not (brake.same_answer or brake.turns):
        return before.recent_answers
    now = draft.now.timestamp()
    since = now - _WINDOWS.get(draft.event.channel, _MINUTE)
    recent = [each for each in before.recent_answers if each[0] > since]
    what = "" if draft.moved_on else _key(said)
    # Hardly anybody has been told so much that it must be counted.
    if 0 < brake.turns <= len(recent) or 0 < brake.same_answer <= len(recent):
        limit, counted = _reached(draft, brake, recent, what)
        if limit is not None:
            return _held(draft, before, recent, rules, limit, counted)
    return (*recent, (now, what))[-_KEPT:]


def _reached(draft: Draft, brake: Brake, recent: list[RecentAnswer], what: str) -> tuple[Code | None, list[float]]:
    """The limit that this answer would pass, if any, and the moments of the answers that reach it."""
    if any(isinstance(each, SetConsent) for each in draft.effects):
        return None, []
    turns = [at for at, other in recent if other != _MARK]
    if 0 < brake.turns <= len(turns):
        return Code.BRAKED_TURNS, turns[-brake.turns :]
    same = [at for at, other in recent if other == what] if what and not draft.asks_again else []
    if 0 < brake.same_answer <= len(same):
        return Code.BRAKED_SAME_ANSWER, same[-brake.same_answer :]
    return None, []


def _held(
    draft: Draft,
    before: Conversation,
    recent: list[RecentAnswer],
    rules: BundleRules | None,
    limit: Code,
    counted: list[float],
) -> Turn:
    """A silent turn; `counted` are the moments of the answers that reach the limit."""
    window = _WINDOWS.get(draft.event.channel, _MINUTE)
    seconds = max(1, round(counted[0] + window - draft.now.timestamp()))
    held = Draft(draft.definitions, before, draft.event, draft.now, draft.seed, draft.instance_id)
    held.note(limit, times=len(counted), within_seconds=int(window), seconds=seconds)
    if not any(what == _MARK for _at, what in recent):
        recent = [*recent, (draft.now.timestamp(), _MARK)]
        held.note(Code.BRAKE_ON)
        if rules and rules.brake.handoff:
            held.hand_off(draft.now + rules.handoff_after)
    held.note(Code.SILENT)
    return held.finish(tuple(recent))


def _said(sends: list[Send]) -> list[str]:
    """What is said: the templates, whichever of their variants it was; our own words as they are."""
    return [each.template_id or each.text for each in sends]


def _key(said: list[str]) -> str:
    text = "\n".join(said)
    return f"{crc32(text.encode(errors='replace')):x}"
