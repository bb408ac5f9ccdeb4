"""Why posts are kept raw, and what became of reading them again; all marked for translation."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.messages.service import KeptView, PostState
from bot.web.i18n import N_, Translator

KINDS: Mapping[str, str] = {
    "unknown": N_("Not understood"),
    "unknown_account": N_("For no account here"),
    "cleaned": N_("Could not be kept whole"),
}
STATES: Mapping[str, str] = {
    PostState.READ: N_("Understood by now"),
    PostState.DISMISSED: N_("Dismissed"),
}
"""Those beside what waits, which the list shows by itself."""


class Standing(NamedTuple):
    """What became of a post: marked for translation, and with which colour that is shown."""

    label: str
    kind: str = ""


STANDINGS: Mapping[PostState, Standing] = {
    PostState.WAITING: Standing(N_("Waits"), "warn"),
    PostState.READ: Standing(STATES[PostState.READ], "good"),
    PostState.DISMISSED: Standing(STATES[PostState.DISMISSED]),
}


def why_kept(post: KeptView, _: Translator) -> str:
    """Why it is kept, in a sentence or two."""
    items = ", ".join(
        str(each) for listed in (post.detail or {}).values() if isinstance(listed, list) for each in listed
    )
    match post.kind:
        case "unknown_account":
            said = _("It is for {account}, which is no account here.", account=post.account or items or "?")
        case "cleaned":
            said = _("It held characters that no database keeps; they were taken out of what was recorded.")
        case _other:
            said = (
                _("This version does not understand all of it: {items}.", items=items)
                if items
                else _("This version does not understand all of it.")
            )
    return f"{said} {_('It cannot be read again: not all of it was kept.')}" if post.cut else said
