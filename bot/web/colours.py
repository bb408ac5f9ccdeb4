"""The family's colours as base.css has them: a browser is told outside of a style sheet what to paint around a page."""

import re
from collections.abc import Mapping

from bot.web.assets import assets

_BOTH = re.compile(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
_ONE = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")


def colours() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The colours by name, in the light theme and in the dark one; without those that are mixed of others."""
    css = assets().files["web/base.css"].body.decode()
    light = {name: colour for name, colour, _ in _BOTH.findall(css)}
    dark = {name: colour for name, _, colour in _BOTH.findall(css)}
    both = dict(_ONE.findall(css))
    return {**both, **light}, {**both, **dark}
