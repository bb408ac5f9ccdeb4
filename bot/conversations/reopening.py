"""What a contact writes soon after a person of ours had answered them is that person's again, not the bot's.

What the bot has begun with them since is the bot's, and so are thanks, reactions, machines, and words about consent.
"""

from datetime import datetime

from bot.conversations.rules import is_thanks
from bot.conversations.state import ConversationState
from bot.conversations.takeover import taken_over
from bot.core.messages import MessageKind
from bot.engine.conversation import Instance, RepeatConsent, SetConsent, Turn
from bot.messages.records import MessageRow


def reopened(state: ConversationState, row: MessageRow, now: datetime) -> Instance | None:
    """The hand-off that goes on with what the contact wrote; None where it is the bot's to answer."""
    until = state.reopens_until
    # Nearly all end here: nobody answered the contact lately.
    if until is None or state.instance is not None or row["created_at"] >= until:
        return None
    if row["kind"] == MessageKind.REACTION or "automatic" in (row["body"] or {}) or is_thanks(row["content"]):
        return None
    return taken_over(None, None, now)


def is_about_consent(turn: Turn) -> bool:
    """Whether what was said settled what is sent to the contact, which needs nobody's answer."""
    return any(isinstance(each, SetConsent | RepeatConsent) for each in turn.effects)
