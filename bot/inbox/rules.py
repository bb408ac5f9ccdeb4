"""What the inbox makes of texts: shortcuts, labels, and templates of replies. Pure."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from bot.core.text import cut

OF_CONTACT = ("contact.name", "contact.first_name", "contact.phone", "contact.email")
OF_AGENT = ("agent.name", "agent.first_name")
"""The variables of templates that everybody has; `contact.` with the name of an attribute is one, too."""
_VARIABLE = re.compile(r"\{\{\s*([^\W\d]\w*(?:\.\w+)*)\s*\}\}")
_OF_CONTACT = "contact."
_BRACES = re.compile(r"\{\{[^{}]*\}\}|\{\{|\}\}")
_MOST_SHOWN = 40
_SHORTCUT = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)


class Filled(NamedTuple):
    """A template of a reply for somebody.

    Attributes:
        text: with what is known in the place of variables; the others stand as they are written.
        missing: the variables for which nothing is known, in order.
    """

    text: str
    missing: tuple[str, ...]


def variables_in(content: str) -> tuple[str, ...]:
    """The variables of a template, each once, in order.

    >>> variables_in("Oi {{ contact.name }}, aqui é {{agent.name}}. Tchau, {{contact.name}}!")
    ('contact.name', 'agent.name')
    """
    return tuple(dict.fromkeys(found[1].lower() for found in _VARIABLE.finditer(content)))


def fill(content: str, values: Mapping[str, str]) -> Filled:
    """The template with these values; a value that looks like a variable stays as it is.

    >>> fill("Oi {{ contact.name }}, {{ contact.plan }}?", {"contact.name": "{{agent.name}}", "contact.plan": ""})
    Filled(text='Oi {{agent.name}}, {{ contact.plan }}?', missing=('contact.plan',))
    """
    missing = tuple(name for name in variables_in(content) if not values.get(name))
    return Filled(_VARIABLE.sub(lambda found: values.get(found[1].lower()) or found[0], content), missing)


def wrong_in(content: str, is_attribute: Callable[[str], bool]) -> str:
    """The first thing in double braces that stands for nothing, whoever is written to; empty where there is none.

    >>> wrong_in("Oi {{ contact.name }}, {{ contact.plan }}?", str.isalpha)
    ''
    >>> wrong_in("Oi {{ name }}", str.isalpha), wrong_in("Oi {{ contact.name }", str.isalpha)
    ('{{ name }}', '{{')
    """
    for found in _BRACES.finditer(content):
        variable = _VARIABLE.fullmatch(found[0])
        name = "" if variable is None else variable[1].lower()
        if name in OF_CONTACT or name in OF_AGENT:
            continue
        if not (name.startswith(_OF_CONTACT) and is_attribute(name.removeprefix(_OF_CONTACT))):
            return cut(found[0], _MOST_SHOWN)
    return ""


def first_name(name: str) -> str:
    """By which somebody is spoken to.

    >>> first_name("Ana Maria Souza"), first_name(" ")
    ('Ana', '')
    """
    return next(iter(name.split()), "")


def shortcut_of(typed: str) -> str:
    """A shortcut as it is kept, with or without its slash; empty for what cannot be one.

    >>> shortcut_of("/Opening-Hours"), shortcut_of("two words")
    ('opening-hours', '')
    """
    shortcut = typed.strip().removeprefix("/").lower()
    return shortcut if _SHORTCUT.fullmatch(shortcut) else ""


def label_of(typed: str) -> tuple[str, str]:
    """A label as people read it, and what is the same however it is spelled.

    >>> label_of("  Big   Order ")
    ('Big Order', 'big order')
    """
    name = unicodedata.normalize("NFC", " ".join(typed.split()))
    return name, unicodedata.normalize("NFC", name.casefold())


def least_used(colours: Collection[str], used: Collection[str]) -> str:
    """The colour that the fewest have, the first of several.

    >>> least_used(("gray", "red", "blue"), ["gray", "red", "gray"])
    'blue'
    """
    return min(colours, key=list(used).count)
