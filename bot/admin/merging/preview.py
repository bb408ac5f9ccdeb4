"""`/contacts/{id}/merge`: whom to merge with, and what would become of both, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from bot.admin.conversations.contact import PATH, said
from bot.admin.conversations.kin import read_kin
from bot.admin.conversations.kin_words import DETAILS, reasons_in_words, told_apart
from bot.admin.conversations.spoken import name_of
from bot.admin.conversations.words import ADDRESS_KINDS, CONSENTS
from bot.admin.merging.back import lead_back
from bot.admin.merging.effects import Effect, effects_of
from bot.contacts.service import (
    AddressCard,
    ContactCard,
    Likeness,
    addresses,
    cards,
    suggestions,
    tags,
)
from bot.conversations.service import MergePreview, preview_merge
from bot.conversations.shown.channel_words import CHANNELS
from bot.conversations.shown.flow_position import FlowPosition, flow_position
from bot.core.text import one_line
from bot.search.service import search_contacts
from bot.web.frame import render
from bot.web.i18n import N_, Translator
from bot.web.keys import CLOCK, READER
from bot.web.lists import Filters, Words
from bot.web.pages import language

_FOUND = 20
_MOST_ID, _MOST_BACK = 64, 80
_MOST_SUGGESTIONS = 50
_FILTERS = Filters(Words("q", N_("Search name, phone or e-mail")))


@dataclass(frozen=True, slots=True)
class Fact:
    """A detail or an attribute of which one of two knows something else, or something more.

    Attributes:
        label: how it is called.
        kept: what is known of who goes on; empty for nothing.
        merged: what is known of the other one.
    """

    label: str
    kept: str
    merged: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of two who may be merged.

    Attributes:
        card: themselves.
        name: how they are called, told apart from the other.
        addresses: where they are reached, and what they agreed to there.
        tags: theirs, by name.
        flow: the one that runs; None for none.
    """

    card: ContactCard
    name: str
    addresses: Sequence[AddressCard]
    tags: Sequence[str]
    flow: FlowPosition | None


@dataclass(frozen=True, slots=True)
class Pair:
    """What would become of two.

    Attributes:
        kept: who goes on.
        merged: who would be merged into them.
        facts: in what they differ.
        effects: what would happen.
        suggestion_id: what is dismissed where they are two people; empty where nobody suggested them.
        reasons: in what they are alike.
    """

    kept: Side
    merged: Side
    facts: Sequence[Fact]
    effects: Sequence[Effect]
    suggestion_id: str
    reasons: Sequence[str]


async def ask(request: web.Request) -> web.StreamResponse:
    """Whom to merge with; or, with somebody chosen, what would become of both."""
    _, contact_id = language(request), request.match_info["id"]
    other_id, back = request.query.get("with", "")[:_MOST_ID], request.query.get("back", "")[:_MOST_BACK]
    async with request.app[READER].reading() as connection:
        # Who was merged meanwhile is found as who goes on.
        found = await cards(connection, [contact_id])
        others = await cards(connection, [other_id]) if other_id else []
        if not found or (other_id and not others):
            raise web.HTTPNotFound(text="there is no such contact\n")
        if others and others[0].id != found[0].id:
            pair = await _pair(request, connection, found[0].id, others[0].id)
            return await _show(request, pair, back)
        return await _choose(request, connection, found[0], back, is_one=bool(others))


async def _show(request: web.Request, pair: Pair, back: str) -> web.Response:
    _ = language(request)
    at = URL(f"{PATH}/{pair.merged.card.id}/merge").with_query({"with": pair.kept.card.id, "back": back})
    return await render(
        request,
        "admin/merging/merge.html",
        title=_("Are they one person?"),
        pair=pair,
        back=back,
        cancel=lead_back(back, pair.kept.card.id),
        swapped=str(at),
        channels=CHANNELS,
        address_kinds=ADDRESS_KINDS,
        consents=CONSENTS,
    )


async def _choose(
    request: web.Request, connection: AsyncConnection, card: ContactCard, back: str, *, is_one: bool
) -> web.Response:
    _, path = language(request), f"{PATH}/{card.id}/merge"
    asked = _FILTERS.read(request, _FOUND, path)
    words = asked.one("q")
    found = (await search_contacts(connection, words, limit=_FOUND)).contacts if words else []
    kin = await read_kin(connection, card, _)
    return await render(
        request,
        "admin/merging/choose.html",
        title=_("Merge {name}", name=name_of(card, _)),
        card=card,
        path=path,
        back=back,
        cancel=lead_back(back, card.id),
        is_one=is_one,
        words=words,
        alike=kin.alike,
        found=[
            (each.contact.id, told_apart(each.contact, card, _), [one_line(one) for one in each.contact.reached])
            for each in found
            if each.contact.id != card.id
        ],
    )


async def _pair(request: web.Request, connection: AsyncConnection, kept_id: str, merged_id: str) -> Pair:
    _ = language(request)
    preview = await preview_merge(connection, kept_id, merged_id, request.app[CLOCK]())
    if preview is None:
        raise web.HTTPNotFound(text="there is no such contact\n")
    one, other = preview.contacts.kept, preview.contacts.merged
    kept = await _side(connection, one, other, _)
    merged = await _side(connection, other, one, _)
    both = {one.id, other.id}
    suggested = next(
        (
            each
            for each in await suggestions(connection, _MOST_SUGGESTIONS, contact_id=one.id)
            if {each.first.id, each.second.id} == both
        ),
        None,
    )
    names = {one.id: kept.name, other.id: merged.name}
    flows = {each.card.id: "" if each.flow is None else each.flow.flow for each in (kept, merged)}
    reasons: Sequence[Likeness] = () if suggested is None else suggested.reasons
    return Pair(
        kept=kept,
        merged=merged,
        facts=[*_details(one, other, _), *_attributes(preview, _)],
        effects=effects_of(preview, names, flows, _),
        suggestion_id="" if suggested is None else suggested.id,
        reasons=reasons_in_words(reasons, _),
    )


async def _side(connection: AsyncConnection, card: ContactCard, other: ContactCard, _: Translator) -> Side:
    return Side(
        card=card,
        name=told_apart(card, other, _),
        addresses=await addresses(connection, card.id),
        tags=await tags(connection, card.id),
        flow=await flow_position(connection, card.id),
    )


def _details(kept: ContactCard, merged: ContactCard, _: Translator) -> list[Fact]:
    shown = {name: label for name, label in DETAILS.items() if name not in ("phone", "email")}
    return _different(
        {_(label): getattr(kept, name) or "" for name, label in shown.items()},
        {_(label): getattr(merged, name) or "" for name, label in shown.items()},
    )


def _attributes(preview: MergePreview, _: Translator) -> list[Fact]:
    both = (preview.contacts.kept.attributes, preview.contacts.merged.attributes)
    kept, merged = ({name: said(value, _) for name, value in each.items()} for each in both)
    return _different(kept, merged)


def _different(kept: Mapping[str, Any], merged: Mapping[str, Any]) -> list[Fact]:
    """In what two differ; what only who goes on knows stays as it is and is none of it."""
    return [
        Fact(one_line(label), one_line(kept.get(label, "")), one_line(value))
        for label, value in merged.items()
        if value and value != kept.get(label, "")
    ]
