"""A template said to somebody who has not just written: what a system has to tell."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from bot.core.addresses import Channel
from bot.core.messages import MessageKind
from bot.engine.conversation import ContactView, Conversation, Event, Instance, Send, StateValue
from bot.engine.definitions import BundleRules, Definitions, Template
from bot.engine.draft import Draft
from bot.engine.trace import Code


class Announced(NamedTuple):
    """A template's words.

    Attributes:
        send: what is to be sent; None where nothing came of it.
        missing: the variables it prints that have neither a value nor a default.
    """

    send: Send | None
    missing: tuple[str, ...]


def announce(
    definitions: Definitions,
    template: Template,
    bundle: BundleRules,
    contact: ContactView,
    channel: Channel,
    variables: Mapping[str, StateValue],
    *,
    now: datetime,
    seed: str,
) -> Announced:
    """Render a template for a contact, in their language; the same inputs give the same words.

    Args:
        definitions: everything published.
        template: of `bundle`.
        bundle: where it belongs.
        contact: who is to hear it.
        channel: where.
        variables: by name, beside `contact.…`.
        now: aware, in UTC.
        seed: the choice of variants hangs on it.
    """
    draft = Draft(definitions, Conversation(contact), Event(MessageKind.TEXT, channel, ""), now, seed, "")
    draft.say(template, bundle, instance=Instance("", "", "", variables, 0, now))
    turn = draft.finish()
    missing = [
        str(entry.data["name"])
        for entry in turn.trace
        if entry.code == Code.VARIABLE_MISSING and not entry.data["default"]
    ]
    sends = [effect for effect in turn.effects if isinstance(effect, Send)]
    return Announced(sends[0] if sends else None, tuple(dict.fromkeys(missing)))
