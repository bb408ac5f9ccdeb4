"""What may be kept of a person: attributes by name, and tags."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.text import clean
from bot.engine.conversation import StateValue

MAX_TEXT = 500
"""Characters of an attribute."""
MAX_TAG = 64
_MAX_NAME = 64
_MOST_DIGITS = 15
"""Digits that a JSON number keeps exactly."""
_NAME = re.compile(r"[^\W\d_]\w*")
_TAKEN = frozenset({"id", "name", "phone", "email", "locale", "timezone", "tags", "opt_in", "created_at", "updated_at"})
"""What templates and exports say of a contact anyhow."""


def attribute_of(name: str, value: StateValue) -> StateValue:
    """The value as it is kept; raises BotError for a name or a value that cannot be.

    >>> attribute_of("plan", "gold"), attribute_of("visits", 3)
    ('gold', 3)
    """
    if not _NAME.fullmatch(name) or len(name) > _MAX_NAME:
        mend = N_("Use letters, digits and _, and begin with a letter.")
        raise BotError(N_("{name} cannot be the name of an attribute"), mend=mend, name=name)
    if name.casefold() in _TAKEN:
        raise BotError(
            N_("{name} is no attribute: contacts have it anyhow"), mend=N_("Choose another name."), name=name
        )
    if isinstance(value, str):
        text, changed = clean(value.strip(), MAX_TEXT)
        if changed:
            mend = N_("Write at most 500 characters that can be seen.")
            raise BotError(N_("the value of {name} cannot be kept"), mend=mend, name=name)
        return text
    if not isinstance(value, bool) and len(Decimal(value).as_tuple().digits) > _MOST_DIGITS:
        mend = N_("Write a number of at most 15 digits, or put it in quotes.")
        raise BotError(N_("the value of {name} cannot be kept"), mend=mend, name=name)
    return value


def is_attribute(name: str) -> bool:
    """Whether an attribute may be called so.

    >>> is_attribute("plan"), is_attribute("locale"), is_attribute("a.b")
    (True, False, False)
    """
    return bool(_NAME.fullmatch(name)) and len(name) <= _MAX_NAME and name.casefold() not in _TAKEN


def stored(attributes: Mapping[str, StateValue]) -> dict[str, Any] | None:
    """Attributes as their column holds them: a flat map of JSON's own values, or None for none."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in attributes.items()} or None


def attributes_in(column: Mapping[str, Any] | None) -> dict[str, StateValue]:
    """What `stored` gave."""
    return {name: Decimal(repr(value)) if isinstance(value, float) else value for name, value in (column or {}).items()}


def as_tag(spelled: str) -> str:
    """A tag as it is kept, however somebody spells it.

    >>> as_tag(" Summer  Sale")
    'summer sale'
    """
    return " ".join(spelled.split()).casefold()


def tags_of(text: str) -> tuple[str, ...]:
    """The tags that a text names, in small letters, with commas between them; raises BotError for none.

    >>> tags_of("VIP,  summer sale")
    ('vip', 'summer sale')
    """
    tags = tuple(dict.fromkeys(as_tag(each) for each in text.split(",") if each.strip()))
    for tag in tags:
        if len(tag) > MAX_TAG or not tag.isprintable():
            mend = N_("Write at most 64 characters that can be seen.")
            raise BotError(N_("{tag} cannot be a tag"), mend=mend, tag=tag[:MAX_TAG])
    if not tags:
        raise BotError(N_("a tag cannot be empty"), mend=N_("Write a name; a comma stands between two of them."))
    return tags


def typed(text: str) -> StateValue:
    """What somebody typed as a value: a number, true or false, else text as it is.

    >>> typed("3"), typed("2.5"), typed("true"), typed("007")
    (3, Decimal('2.5'), True, '007')
    """
    if text in {"true", "false"}:
        return text == "true"
    if re.fullmatch(r"-?(0|[1-9][0-9]{0,11})", text):
        return int(text)
    return Decimal(text) if re.fullmatch(r"-?(0|[1-9][0-9]{0,11})\.[0-9]{1,12}", text) else text
