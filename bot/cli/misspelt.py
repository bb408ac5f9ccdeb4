"""Settings that nobody reads: a name is one letter off, and its value is missed without a word."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import NamedTuple

import structlog

from bot.cli.common import _
from bot.cli.env_example import setting_names
from bot.settings import Settings

_FILE = "_FILE"
_ALIKE = 0.85
"""How alike a name must be to a setting's to count as meant (difflib's ratio)."""
_ALIKE_OF_OURS = 0.6
"""The same for a name that begins as only our settings do."""
_OURS = "BOT_"


log = structlog.get_logger()


class Misspelt(NamedTuple):
    """A name that is given but is no setting.

    Attributes:
        name: as it was written.
        meant: the setting that was probably meant, or empty.
    """

    name: str
    meant: str


def misspelt(given: Collection[str], known: Collection[str]) -> Iterator[Misspelt]:
    """What of the names `given` is no setting of `known` but looks like one, in alphabetical order.

    >>> list(misspelt(["BOT_PUBLIC_ULR", "HOME"], ["BOT_PUBLIC_URL"]))
    [Misspelt(name='BOT_PUBLIC_ULR', meant='BOT_PUBLIC_URL')]
    """
    settings = {*known, "PORT"}
    for name in sorted(given):
        bare = name.removesuffix(_FILE)
        if name in settings or bare in settings:
            continue
        ours = name.startswith(_OURS)
        near = get_close_matches(bare.upper(), settings, n=1, cutoff=_ALIKE_OF_OURS if ours else _ALIKE)
        if near and near[0] not in given:
            yield Misspelt(name, near[0])
        elif ours:
            yield Misspelt(name, "")


def warn_of_misspelt(settings: Settings) -> None:
    """Log each name that looks like a setting and is none: a process that starts is the last to know."""
    for each in misspelt(settings.given, setting_names()):
        log.warning("setting not known", name=each.name, meant=each.meant or "see docs/settings.md")


def told(found: Misspelt) -> tuple[str, str]:
    """What is wrong with the name, and what to do about it."""
    message = _("{name} is no setting, so nobody reads it.", name=found.name)
    if found.meant:
        return message, _("Did you mean {near}?", near=found.meant)
    return message, _("docs/settings.md lists all there are.")
