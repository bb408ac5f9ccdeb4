"""What the inbox makes of texts: shortcuts, labels, and templates of replies. Pure."""

import re
from collections.abc import Mapping
from typing import NamedTuple

_VARIABLE = re.compile(r"\{\{\s*([a-z_]\w*(?:\.\w+)*)\s*\}\}", re.ASCII | re.IGNORECASE)
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
    name = " ".join(typed.split())
    return name, name.casefold()
