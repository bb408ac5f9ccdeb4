"""What flows and triggers may change of a contact. Nothing here writes: the turn does, as it writes the contact."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.rules import tags_of
from bot.conversations.contact_specs import SET, TAG, UNTAG
from bot.engine.actions import ActionCall, ActionResult, ActionValue
from bot.engine.conversation import ChangeContact, ChangeTags
from bot.flows.service import Action


async def _set(_connection: AsyncConnection, calls: Sequence[ActionCall], _now: datetime) -> Sequence[ActionResult]:
    return [_done(_change(each.arguments)) for each in calls]


async def _tag(_connection: AsyncConnection, calls: Sequence[ActionCall], _now: datetime) -> Sequence[ActionResult]:
    return [_done(ChangeTags(added=_tags(each))) for each in calls]


async def _untag(_connection: AsyncConnection, calls: Sequence[ActionCall], _now: datetime) -> Sequence[ActionResult]:
    return [_done(ChangeTags(removed=_tags(each))) for each in calls]


def _done(effect: ChangeContact | ChangeTags) -> ActionResult:
    return ActionResult("done", effects=(effect,))


def _change(arguments: Mapping[str, ActionValue]) -> ChangeContact:
    texts = {name: str(value) for name, value in arguments.items() if not isinstance(value, Mapping)}
    attributes = arguments.get("attributes", {})
    assert isinstance(attributes, Mapping)  # noqa: S101 - its kind reads nothing else
    return ChangeContact(**texts, attributes=attributes)


def _tags(call: ActionCall) -> tuple[str, ...]:
    return tags_of(str(call.arguments["tags"]))


CONTACT_ACTIONS = (Action(SET, _set), Action(TAG, _tag), Action(UNTAG, _untag))
