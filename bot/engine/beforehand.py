"""What is settled before a message is looked at: whether it is the bot's business, and what time has ended."""

from bot.core.messages import MessageKind
from bot.engine.consent import settle_opt_out
from bot.engine.conversation import EndReason
from bot.engine.draft import Draft, name_of
from bot.engine.trace import Code


def keeps_out(draft: Draft) -> bool:
    """Whether the bot has no business with this message; nothing changes then, but an opt-out counts however late."""
    if draft.event.kind is MessageKind.REACTION:
        draft.note(Code.REACTION)
    elif draft.event.automatic:
        draft.note(Code.AUTOMATIC, why=draft.event.automatic)
    elif draft.event.late_seconds:
        draft.note(Code.LATE, seconds=draft.event.late_seconds)
        settle_opt_out(draft)
    else:
        return False
    return True


def settle(draft: Draft) -> None:
    """End an instance whose time has passed, or whose flow is gone, before the message is looked at."""
    instance = draft.conversation.instance
    if instance is None:
        return
    flow = draft.definitions.flows.get(instance.flow_id)
    if instance.paused:
        # Only the hand-off's own hours count here: the person it was handed to may take long to answer.
        if instance.paused_until is not None and draft.now >= instance.paused_until:
            draft.note(Code.HANDOFF_OVER, flow=name_of(flow), until=instance.paused_until.isoformat())
            draft.end(instance, EndReason.HANDOFF_OVER, flow)
        return
    if flow is None:
        draft.note(Code.FLOW_LOST, flow_id=instance.flow_id)
        draft.end(instance, EndReason.LOST, flow)
        return
    idle, limit = draft.now - instance.last_interaction_at, flow.bundle.expire_after
    about = {"flow": name_of(flow), "step": instance.step_key}
    if limit is not None and idle > limit:
        seconds = {"idle_seconds": int(idle.total_seconds()), "expire_after_seconds": int(limit.total_seconds())}
        draft.note(Code.EXPIRED, **about, **seconds)
        draft.end(instance, EndReason.EXPIRED, flow)
        return
    step = flow.step(instance.step_key)
    if step is None or not step.waits:
        draft.note(Code.STEP_LOST, **about)
        draft.end(instance, EndReason.LOST, flow)
