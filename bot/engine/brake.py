"""The brake: two machines that answer each other would go on for ever, so the bot falls silent before.

What counts is what the bot says to a contact, whatever was written. A flow's question is bounded by its attempts, and
an answer that a flow takes moves the conversation on, so neither is held back for being the same; all are by the number
of turns. Consent goes before the brake.
"""

from datetime import timedelta
from zlib import crc32

from bot.core.addresses import Channel
from bot.core.messages import Said
from bot.engine.conversation import Conversation, Send, SetConsent, Turn
from bot.engine.definitions import Brake, BundleRules
from bot.engine.draft import Draft
from bot.engine.trace import Code

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_MARK = "!"
"""Stands among what was said for the moment from which on nothing was."""
_KEPT = 100


def window_on(channel: Channel) -> timedelta:
    """How long an answer counts: two mail servers take minutes for what takes two phones a second."""
    return _DAY if channel is Channel.EMAIL else _MINUTE


def finish(draft: Draft, before: Conversation) -> Turn:
    """The turn as it comes out; silence in its place, and all as it was `before`, where the brake holds it back."""
    sends = [each for each in draft.effects if isinstance(each, Send)]
    if not sends:
        draft.note(Code.SILENT)
        return draft.finish()
    rules = draft.speaker
    brake = rules.brake if rules else Brake()
    if not (brake.same_answer or brake.turns):
        return draft.finish()
    now, window = draft.now.timestamp(), window_on(draft.event.channel).total_seconds()
    said = [each for each in before.said if now - each[0] < window]
    what = "" if draft.moved_on else _key(sends)
    if not any(isinstance(each, SetConsent) for each in draft.effects):
        turns = [at for at, other in said if other != _MARK]
        if 0 < brake.turns <= len(turns):
            return _held(draft, before, said, rules, Code.BRAKED_TURNS, turns[-brake.turns :])
        if what and brake.same_answer and not draft.asks_again:
            same = [at for at, other in said if other == what]
            if len(same) >= brake.same_answer:
                return _held(draft, before, said, rules, Code.BRAKED_SAME_ANSWER, same[-brake.same_answer :])
    draft.change(said=(*said, (now, what))[-_KEPT:])
    return draft.finish()


def _held(
    draft: Draft, before: Conversation, said: list[Said], rules: BundleRules | None, limit: Code, counted: list[float]
) -> Turn:
    """A silent turn; `counted` are the moments of the answers that reach the limit."""
    window = window_on(draft.event.channel)
    seconds = max(1, round(counted[0] + window.total_seconds() - draft.now.timestamp()))
    held = Draft(draft.definitions, before, draft.event, draft.now, draft.seed, draft.instance_id)
    held.note(limit, times=len(counted), within_seconds=int(window.total_seconds()), seconds=seconds)
    if not any(what == _MARK for _at, what in said):
        said = [*said, (draft.now.timestamp(), _MARK)]
        held.note(Code.BRAKE_ON)
        if rules and rules.brake.handoff:
            held.hand_off(draft.now + rules.handoff_after)
    held.note(Code.SILENT)
    held.change(said=tuple(said))
    return held.finish()


def _key(sends: list[Send]) -> str:
    """What was said, short: the templates, whichever of their variants it was; our own words as they are."""
    said = "\n".join([each.template_id or each.text for each in sends])
    return f"{crc32(said.encode(errors='replace')):x}"
