"""Approved templates where one writes: which are offered, and the one that is chosen with its fields."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.accounts.words import CATEGORIES
from bot.admin.inbox.filing import FileCard, card_of
from bot.admin.inbox.ways import WayCard, Ways
from bot.channels.service import OfferedTemplate, TemplateCard, offered_templates, sendable_template
from bot.contacts.service import ContactCard
from bot.conversations.views import INTAKE
from bot.core.listed_templates import TemplateButton, pieces
from bot.core.messages import MediaKind
from bot.core.text import cut, one_line
from bot.engine.definitions import LocalizedTemplate, Template
from bot.flows.service import variables_of
from bot.inbox.service import files_to_send
from bot.web.access import signed_in
from bot.web.forms import Filled, empty_form
from bot.web.i18n import Translator
from bot.web.pages import language

VALUE = "v-"
"""How the name of a field begins whose value goes into a blank."""
CHOSEN = "template"
"""The parameter, and the field, that names the template which is chosen."""
_GLANCE = 90
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "nome", "full_name", "customer_name", "nome_completo"),
    "first_name": ("first_name", "firstname", "primeiro_nome"),
    "phone": ("phone", "phone_number", "telefone", "celular"),
    "email": ("email", "e_mail", "mail"),
}
"""How what is known of a contact is called in templates."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A template that may be chosen.

    Attributes:
        id: names it.
        name: how it is called.
        language: as its provider or its bundle spells it.
        category: in words, marked for translation; empty for one of a bundle.
        words: the beginning of what it says.
        way: by which it goes.
    """

    id: str
    name: str
    language: str
    category: str
    words: str
    way: WayCard


@dataclass(frozen=True, slots=True)
class Field:
    """Something that is to be filled in.

    Attributes:
        name: of the field.
        key: of the blanks in the words.
        label: how it is called.
        example: what may stand there; may be empty.
    """

    name: str
    key: str
    label: str
    example: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The template that is chosen.

    Attributes:
        offer: it.
        lines: what it says above each other: words and the keys of blanks in turn.
        footer: the small words below; may be empty.
        buttons: in their order.
        fields: what is to be filled in.
        file_kind: what kind of file stands above its words; None for none.
        file: the one that is chosen; None for none yet.
        form: what stands in the fields, and what is wrong.
    """

    offer: Offer
    lines: Sequence[Sequence[tuple[str, str]]]
    footer: str
    buttons: Sequence[TemplateButton]
    fields: Sequence[Field]
    file_kind: MediaKind | None
    file: FileCard | None
    form: Filled[Any]


@dataclass(frozen=True, slots=True)
class Choosing:
    """What there is to choose.

    Attributes:
        offers: those of the accounts first, then those of bundles.
        chosen: the one that is; None for none.
        is_possible: whether some way takes approved templates.
    """

    offers: Sequence[Offer] = ()
    chosen: Chosen | None = None
    is_possible: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where an offer comes from.

    Attributes:
        offer: it.
        listed: as its provider lists it; None for one of a bundle.
        bundled: as its bundle has it in the contact's language; None for one that a provider lists.
        variables: what the bundle's takes, each with its default or None.
    """

    offer: Offer
    listed: TemplateCard | None = None
    bundled: LocalizedTemplate | None = None
    variables: Mapping[str, str | None] | None = None


async def read_choosing(
    request: web.Request,
    connection: AsyncConnection,
    card: ContactCard,
    ways: Ways,
    refused: Filled[Any] | None = None,
) -> Choosing:
    """What there is to choose for a contact; `refused` is the form of a chosen one that was not sent."""
    limited = limited_ways(ways)
    if not limited:
        return Choosing()
    wanted = str(refused.typed.get(CHOSEN, "")) if refused is not None else request.query.get(CHOSEN, "")
    source = await find_source(request, connection, card, ways, wanted)
    chosen = None if source is None else await _chosen(request, connection, card, source, refused)
    return Choosing(await _offers(request, connection, card, limited), chosen, is_possible=True)


async def find_source(
    request: web.Request, connection: AsyncConnection, card: ContactCard, ways: Ways, wanted: str
) -> Source | None:
    """The offer of that id on the ways to a contact; None where there is none."""
    limited = limited_ways(ways)
    if not wanted or not limited:
        return None
    bundled = request.app[INTAKE].catalogue.definitions.templates.get(wanted)
    if bundled is not None:
        localized = _localized(bundled[0], card)
        offer = None if localized is None else _bundled(wanted, localized, limited[0])
        return None if offer is None else Source(offer, bundled=localized, variables=variables_of(bundled[0]))
    found = await sendable_template(connection, wanted)
    way = next((each for each in limited if found is not None and each.account == found.account_id), None)
    if found is None or way is None:
        return None
    template = found.template
    shown = OfferedTemplate(
        found.id, found.account_id, template.name, template.language, template.category, template.body
    )
    return Source(_offer_of(shown, way), listed=found)


async def _offers(
    request: web.Request, connection: AsyncConnection, card: ContactCard, ways: Sequence[WayCard]
) -> list[Offer]:
    """All that may be chosen on those ways: what the accounts have, then what bundles have."""
    by_account = {each.account: each for each in ways}
    listed = await offered_templates(connection, by_account)
    templates = request.app[INTAKE].catalogue.definitions.templates
    bundled = {name: _localized(template, card) for name, (template, _bundle) in sorted(templates.items())}
    return [_offer_of(each, by_account[each.account_id]) for each in listed] + [
        _bundled(name, each, ways[0]) for name, each in bundled.items() if each is not None
    ]


def limited_ways(ways: Ways) -> list[WayCard]:
    """Those that take approved templates."""
    return [each for each in ways.cards if each.is_limited and not each.is_paused]


def fields_of(source: Source, _: Translator) -> list[Field]:
    """What is to be filled in."""
    if source.listed is None:
        given = source.variables or {}
        return [Field(f"{VALUE}{name}", name, one_line(name), default or "") for name, default in given.items()]
    found = []
    for blank in source.listed.template.blanks:
        place = blank.key.partition(".")[0]
        if place == "button":
            label = _("Button “{label}”", label=one_line(blank.label)) if blank.label else _("Code to copy")
        elif not blank.name.isdigit():
            label = one_line(blank.name.replace("_", " ").capitalize())
        else:
            label = _("Field {number}", number=blank.name) if place == "body" else _("In the heading")
        found.append(Field(f"{VALUE}{blank.key}", blank.key, label, one_line(blank.example)))
    return found


def prefilled(fields: Sequence[Field], card: ContactCard) -> dict[str, str]:
    """What is known of the contact already, by field."""
    known = {name: str(value) for name, value in card.attributes.items() if value is not None}
    own = {
        "name": card.name,
        "first_name": (card.name or "").partition(" ")[0],
        "phone": card.phone,
        "email": card.email,
    }
    for what, names in _KNOWN.items():
        known.update(dict.fromkeys(names, own[what] or ""))
    return {each.name: known.get(each.key.rpartition(".")[2].lower(), "") for each in fields}


async def _chosen(
    request: web.Request, connection: AsyncConnection, card: ContactCard, source: Source, refused: Filled[Any] | None
) -> Chosen:
    fields = fields_of(source, language(request))
    form = refused or empty_form(**prefilled(fields, card))
    header = str(form.typed.get("header", ""))
    files = await files_to_send(connection, card.id, signed_in(request).user_id, [header] if header else [])
    template = None if source.listed is None else source.listed.template
    return Chosen(
        offer=source.offer,
        lines=list(_lines(source)),
        footer="" if template is None else template.footer,
        buttons=() if template is None else template.buttons,
        fields=fields,
        file_kind=None if template is None else template.header_file,
        file=card_of(request, files[0]) if files else None,
        form=form,
    )


def _lines(source: Source) -> Iterator[Sequence[tuple[str, str]]]:
    if source.listed is not None:
        template = source.listed.template
        yield from (
            list(pieces(words, place))
            for place, words in (("header", template.header), ("body", template.body))
            if words
        )
    elif source.bundled is not None:
        yield [(source.bundled.variants[0].source, "")]


def _offer_of(found: OfferedTemplate, way: WayCard) -> Offer:
    return Offer(
        id=found.id,
        name=one_line(found.name),
        language=one_line(found.language),
        category=CATEGORIES.get(found.category, ""),
        words=cut(one_line(found.words), _GLANCE),
        way=way,
    )


def _localized(template: Template, card: ContactCard) -> LocalizedTemplate | None:
    """A bundle's template in the contact's language, where it has an approved one there."""
    languages = {locale.lower(): each for locale, each in template.locales.items()}
    locale = (card.locale or "").lower()
    localized = languages.get(locale) or languages.get(locale.partition("-")[0]) or template.base
    return localized if localized.extras is not None and localized.extras.approved is not None else None


def _bundled(name: str, localized: LocalizedTemplate, way: WayCard) -> Offer:
    words = cut(one_line(localized.variants[0].source), _GLANCE)
    approved = None if localized.extras is None else localized.extras.approved
    return Offer(name, one_line(name), "" if approved is None else one_line(approved.language), "", words, way)
