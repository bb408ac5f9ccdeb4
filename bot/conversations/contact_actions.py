"""What flows and triggers may change of a contact. Nothing here writes: the turn does, as it writes the contact."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.engine.actions import ActionCall, ActionResult, ActionSpec, ActionValue, Argument, Kind, read_text
from bot.engine.conversation import ChangeContact, ChangeTags
from bot.flows.service import Action


def _of(read: Callable[[str], str]) -> Callable[[ActionValue, str], ActionValue | None]:
    """Reads a text; None where that raises."""

    def reading(value: ActionValue, locale: str) -> ActionValue | None:
        text = read_text(value, locale)
        try:
            return read(text) if isinstance(text, str) else None
        except BotError:
            return None

    return reading


def _attributes(value: ActionValue, _locale: str) -> ActionValue | None:
    try:
        return (
            {name: contacts.attribute_of(name, each) for name, each in value.items()}
            if isinstance(value, Mapping)
            else None
        )
    except BotError:
        return None


_NAME = Kind(N_("how they are called"), _of(contacts.read_name))
_LOCALE = Kind(N_("a language: pt-BR, en-US or es"), _of(contacts.read_locale))
_TIMEZONE = Kind(N_("a time zone: America/Sao_Paulo, Europe/Lisbon"), _of(contacts.read_timezone))
_ATTRIBUTES = Kind(
    N_("names of your own, each with text, a number, true or false"), _attributes, has_keys=True, said_as="contact"
)
_TAGS = Kind(N_("a tag, or several with commas between them"), _of(lambda text: ", ".join(contacts.tags_of(text))))

_SET = ActionSpec(
    "contact.set",
    (
        Argument("name", _NAME),
        Argument("locale", _LOCALE),
        Argument("timezone", _TIMEZONE),
        Argument("attributes", _ATTRIBUTES),
    ),
)
_TAG = ActionSpec("contact.tag", (Argument("tags", _TAGS, required=True),))
_UNTAG = ActionSpec("contact.untag", (Argument("tags", _TAGS, required=True),))


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
    return contacts.tags_of(str(call.arguments["tags"]))


CONTACT_ACTIONS = (Action(_SET, _set), Action(_TAG, _tag), Action(_UNTAG, _untag))
