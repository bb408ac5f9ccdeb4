"""What merging two contacts would do, a sentence each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.admin.conversations.kin_words import DETAILS
from bot.contacts.service import JoinPreview
from bot.conversations.service import MergePreview
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.purposes import ConsentPurpose
from bot.core.text import one_line
from bot.web.i18n import Translator


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that merging would do.

    Attributes:
        text: a sentence.
        sign: the icon before it.
        is_warning: whether somebody gets less from then on, or something ends.
    """

    text: str
    sign: str
    is_warning: bool = False


def effects_of(
    preview: MergePreview, names: Mapping[str, str], flows: Mapping[str, str], _: Translator
) -> Sequence[Effect]:
    """All that it would do, what is lost first.

    Args:
        preview: what it would do.
        names: how both are called, by id.
        flows: by id the flow in which each is; empty for none.
        _: into the reader's language.
    """
    found = preview.contacts
    return [
        *_refusals(found, _),
        *_of_flows(preview, names, flows, _),
        *_moves(found, names, _),
        *_waiting(preview.waiting, _),
        Effect(_("What was said with both is read as one conversation, with the notes about both."), "messages-square"),
        Effect(_("Undone, each has again what was theirs, and what was said since at their addresses."), "undo"),
    ]


def _refusals(found: JoinPreview, _: Translator) -> Iterable[Effect]:
    for each in found.refused:
        about = {"address": one_line(each.address), "channel": _(CHANNELS[each.channel])}
        if each.purpose is ConsentPurpose.ALL:
            text = _("{address} gets nothing more by {channel}: one of the two refused it there.", **about)
        else:
            text = _("{address} gets no promotions by {channel}: one of the two refused them there.", **about)
        yield Effect(text, "shield", is_warning=True)


def _of_flows(
    preview: MergePreview, names: Mapping[str, str], flows: Mapping[str, str], _: Translator
) -> Iterable[Effect]:
    goes_on, ends = preview.flow_goes_on, preview.flow_ends
    if preview.with_a_person:
        yield Effect(_("A person has the conversation, so the bot is silent towards both addresses."), "users")
    elif goes_on and flows.get(goes_on):
        yield Effect(_("The flow {flow} goes on.", flow=flows[goes_on]), "play")
    if ends and flows.get(ends):
        text = _("The flow {flow} of {name} ends.", flow=flows[ends], name=names[ends])
        yield Effect(text, "pause", is_warning=True)


def _moves(found: JoinPreview, names: Mapping[str, str], _: Translator) -> Iterable[Effect]:
    kept = names[found.kept.id]
    if found.addresses:
        moved = ", ".join(one_line(each.value) for each in found.addresses)
        yield Effect(_("{name} is reached at {addresses}, too.", name=kept, addresses=moved), "contact")
    filled = [*(_(DETAILS[each]) for each in found.filled), *(one_line(each) for each in found.attributes)]
    if filled:
        yield Effect(_("Taken over, since it was not known: {names}.", names=", ".join(filled)), "copy")
    if found.tags:
        given = ", ".join(map(one_line, found.tags))
        yield Effect(_("{name} gets the tags {tags}.", name=kept, tags=given), "tag")


def _waiting(count: int, _: Translator) -> Iterable[Effect]:
    if count:
        text = _.plural(
            "{count} message that is still to be sent or answered goes over.",
            "{count} messages that are still to be sent or answered go over.",
            count,
        )
        yield Effect(text, "clock")
