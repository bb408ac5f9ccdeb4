"""Beside a contact: who may be the same person, and who was merged into them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.conversations.kin_words import reasons_in_words, told_apart, who_did
from bot.admin.conversations.spoken import name_of
from bot.contacts.service import ContactCard, cards_of_merged, merges_of, suggestions
from bot.web.i18n import Translator

_MOST = 5


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody who may be the same person.

    Attributes:
        suggestion_id: what is dismissed where they are not.
        id: theirs.
        name: how they are called.
        reasons: in what they are alike.
    """

    suggestion_id: str
    id: str
    name: str
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class MergedOne:
    """Somebody who was merged into a contact.

    Attributes:
        merge_id: what is undone.
        name: how they were called.
        by: who merged them.
        at: when.
        is_last: whether it can be undone at once; the others come after it.
    """

    merge_id: str
    name: str
    by: str
    at: datetime
    is_last: bool


@dataclass(frozen=True, slots=True)
class Kin:
    """Who may be a contact, and who is.

    Attributes:
        alike: who may be the same person, the likeliest first.
        merged: who was merged into them, the last one first.
    """

    alike: Sequence[Alike]
    merged: Sequence[MergedOne]


async def read_kin(connection: AsyncConnection, card: ContactCard, _: Translator) -> Kin:
    """Who may be that contact, and who is."""
    found = await suggestions(connection, _MOST, contact_id=card.id)
    merges = await merges_of(connection, card.id) if card.has_merged else ()
    were = await cards_of_merged(connection, [each.merged_id for each in merges]) if merges else {}
    alike = [
        Alike(each.id, other.id, told_apart(other, card, _), reasons_in_words(each.reasons, _))
        for each in found
        for other in (each.first, each.second)
        if other.id != card.id
    ]
    merged = [
        MergedOne(each.id, name_of(were.get(each.merged_id), _), who_did(each.merged_by, _), each.at, place == 0)
        for place, each in enumerate(merges)
    ]
    return Kin(alike, merged)
