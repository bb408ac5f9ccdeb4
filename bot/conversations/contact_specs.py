"""What bundles may ask to be changed of a contact; what it does stands in `bot.conversations.contact_actions`."""

from collections.abc import Callable, Mapping

from bot.contacts.rules import attribute_of, tags_of
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.spelled import read_locale, read_name, read_timezone
from bot.engine.actions import ActionSpec, ActionValue, Argument, Kind, read_text


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
        return {name: attribute_of(name, each) for name, each in value.items()} if isinstance(value, Mapping) else None
    except BotError:
        return None


_NAME = Kind(N_("how they are called"), _of(read_name))
_LOCALE = Kind(N_("a language: pt-BR, en-US or es"), _of(read_locale))
_TIMEZONE = Kind(N_("a time zone: America/Sao_Paulo, Europe/Lisbon"), _of(read_timezone))
_ATTRIBUTES = Kind(
    N_("names of your own, each with text, a number, true or false: {{plan: gold, visits: 3}}"),
    _attributes,
    has_keys=True,
    said_as="contact",
)
_TAGS = Kind(N_('a tag, or several with commas between them: "club, gold"'), _of(lambda text: ", ".join(tags_of(text))))

SET = ActionSpec(
    "contact.set",
    (
        Argument("name", _NAME),
        Argument("locale", _LOCALE),
        Argument("timezone", _TIMEZONE),
        Argument("attributes", _ATTRIBUTES),
    ),
)
TAG = ActionSpec("contact.tag", (Argument("tags", _TAGS, required=True),))
UNTAG = ActionSpec("contact.untag", (Argument("tags", _TAGS, required=True),))

CONTACT_SPECS = (SET, TAG, UNTAG)
