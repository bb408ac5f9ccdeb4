"""What a request says, in the contact's language."""

from datetime import datetime

from bot.conversations.sending.requests import Code, FromProvider, FromTemplate, Refused, Words
from bot.core.addresses import Channel
from bot.core.listed_templates import Filled, ListedTemplate, fill
from bot.core.messages import Media
from bot.engine.announcing import announce
from bot.engine.conversation import Attached, ContactView, Send
from bot.engine.definitions import Definitions
from bot.engine.words import words_for


def said_by_provider(say: FromProvider, template: ListedTemplate | None, header: Media | None) -> Send | Refused:
    """What an approved template says with all of its blanks filled in; refused where one is empty, or it is none.

    Args:
        say: which, and what is filled in.
        template: as its provider lists it; None where nobody may send it.
        header: the file above its words.
    """
    if template is None:
        return Refused(Code.NOT_APPROVED, say.name)
    filled = fill(template, say.values, header)
    if not isinstance(filled, Filled):
        return Refused(Code.MISSING_VARIABLE, ", ".join(filled))
    return Send(filled.text, attached=Attached(media=filled.approved.header, template=filled.approved))


def said(
    say: Words | FromTemplate,
    definitions: Definitions,
    contact: ContactView,
    channel: Channel,
    *,
    now: datetime,
    seed: str,
) -> Send | Refused:
    """The words and what goes along with them; refused where nothing sayable comes of it."""
    if isinstance(say, Words):
        if not say.text.strip():
            return Refused(Code.NO_WORDS)
        label = say.choices_label or words_for(definitions.words, contact.locale).choose if say.choices else ""
        return Send(say.text, choices=say.choices, choices_label=label)
    found = definitions.templates.get(say.name)
    if found is None:
        return Refused(Code.NO_TEMPLATE, say.name)
    announced = announce(definitions, *found, contact, channel, say.variables, now=now, seed=seed)
    if announced.missing:
        return Refused(Code.MISSING_VARIABLE, ", ".join(announced.missing))
    return Refused(Code.NO_WORDS) if announced.send is None else announced.send
