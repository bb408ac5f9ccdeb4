"""A person takes a conversation over: the bot is silent towards that contact, and for how long."""

from datetime import datetime, timedelta

from bot.core.ids import new_id
from bot.engine.conversation import Instance
from bot.engine.definitions import Definitions
from bot.flows.placeholder import NO_FLOW

_HANDOFF_AFTER = timedelta(hours=24)
"""How long the bot is silent where no bundle says otherwise."""


def handoff_of(instance: Instance | None, definitions: Definitions) -> timedelta:
    """How long a hand-off lasts: as the bundle of the running flow says, else the newest one."""
    flow = definitions.flows.get(instance.flow_id) if instance else None
    bundle = flow.bundle if flow else next(iter(definitions.bundles), None)
    return bundle.handoff_after if bundle else _HANDOFF_AFTER


def taken_over(instance: Instance | None, until: datetime | None, now: datetime) -> Instance | None:
    """The open instance as it is when the bot is silent `until` then; None where that is over, or longer already.

    Where none is open, it is one of the flow that stands for none. `until` None is for as long as a person likes.
    """
    if until is not None and until <= now:
        return None
    if instance is None:
        return Instance(new_id(), NO_FLOW, "", {}, 0, now, paused=True, paused_until=until)
    if not instance.paused:
        return instance._replace(paused=True, paused_until=until)
    if instance.paused_until is None:
        return None
    return instance._replace(paused_until=None if until is None else max(until, instance.paused_until))


def is_with_a_person(instance: Instance, now: datetime) -> bool:
    """Whether the bot is silent towards the contact whose open instance this is."""
    return instance.paused and (instance.paused_until is None or now < instance.paused_until)
