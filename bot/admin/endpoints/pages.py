"""The list of endpoints, and all that is known of one with what it was told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from bot.admin.conversations.spoken import name_of
from bot.admin.endpoints.words import (
    DELIVERIES,
    STANDINGS,
    STATES,
    STATUSES,
    TYPES,
    Standing,
    came_to,
    state_of,
    why_of,
)
from bot.contacts.service import cards
from bot.core.text import cut, one_line
from bot.endpoints.service import (
    WORDS,
    DeliveryCard,
    DeliveryFilter,
    EndpointCard,
    EndpointStatus,
    any_to_resend,
    count_deliveries,
    deliveries,
    endpoint,
    endpoint_depths,
    endpoints,
)
from bot.web.frame import render
from bot.web.i18n import N_, Translator
from bot.web.keys import READER
from bot.web.lists import Choice, Filters, Page, counted
from bot.web.pages import language

PATH = "/endpoints"
ONE = f"{PATH}/{{id:[0-9A-Za-z-]{{1,64}}}}"
FILTERS = Filters(Choice("state", N_("State"), STATES))
TOLD = Filters(Choice("status", N_("State"), STATUSES), Choice("type", N_("Event"), TYPES))
_ROWS = 50
_GLANCE = 80
"""Characters of an address in the list."""


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery in the list.

    Attributes:
        id: its own.
        link: where all of it is.
        label: what its event tells, marked for translation.
        who: of whom it tells; empty for nobody.
        standing: how far it is.
        last: what came of the last attempt; empty for none.
        at: when it happened.
    """

    id: str
    link: str
    label: str
    who: str
    standing: Standing
    last: str
    at: datetime


async def show(request: web.Request) -> web.StreamResponse:
    """The endpoints that there are."""
    _, asked = language(request), FILTERS.read(request)
    async with request.app[READER].reading() as connection:
        found = await endpoints(connection)
        depths = await endpoint_depths(connection)
    wanted = asked.all("state")
    fitting = [each for each in found if not wanted or state_of(each) in wanted]
    return await render(
        request,
        "admin/endpoints.html",
        title=_("Endpoints"),
        asked=asked,
        rows=fitting,
        count=counted("{count} endpoint", "{count} endpoints", len(fitting), _),
        addresses={each.id: cut(address_of(each), _GLANCE) for each in fitting},
        standings={each.id: STANDINGS[state_of(each)] for each in fitting},
        why={each.id: why_of(each, _) for each in fitting},
        kinds={each.id: _kinds(each, _) for each in fitting},
        waiting={id_: depth.waiting for id_, depth in depths.items()},
    )


async def one(request: web.Request) -> web.StreamResponse:
    """All of one, and what it was told, the newest first."""
    _, asked = language(request), TOLD.read(request, _ROWS)
    wanted = DeliveryFilter(asked.all("status"), asked.all("type"))
    async with request.app[READER].reading() as connection:
        card = await endpoint_of(request, connection)
        rows = await deliveries(connection, card.id, wanted, asked.limit, asked.after_number)
        page = asked.page(rows, lambda row: (row.number,))
        count = await page.count(lambda: count_deliveries(connection, card.id, wanted))
        depth = (await endpoint_depths(connection)).get(card.id)
        may_resend = await any_to_resend(connection, card.id)
        people = await _people(connection, page, _)
    return await render(
        request,
        "admin/endpoint.html",
        title=one_line(card.description) or str(URL(card.url).host),
        endpoint=card,
        address=address_of(card),
        standing=STANDINGS[state_of(card)],
        why=why_of(card, _),
        kinds=[WORDS[each] for each in card.kinds],
        waiting=depth.waiting if depth is not None else 0,
        may_resend=may_resend,
        enabled=card.status == EndpointStatus.ENABLED,
        given_up=card.is_given_up,
        asked=asked,
        page=Page([_row(each, people, _) for each in page.rows], page.next, page.first),
        count=counted("{count} delivery", "{count} deliveries", count, _),
    )


async def endpoint_of(request: web.Request, connection: AsyncConnection) -> EndpointCard:
    """The endpoint that the path names; raises HTTPNotFound."""
    card = await endpoint(connection, request.match_info["id"])
    if card is None:
        raise web.HTTPNotFound(text="there is no such endpoint\n")
    return card


def address_of(card: EndpointCard) -> str:
    """Where it is, as people read it."""
    return one_line(URL(card.url).human_repr())


def _kinds(card: EndpointCard, _: Translator) -> str:
    if len(card.kinds) == len(WORDS):
        return _("Everything")
    if len(card.kinds) == 1:
        return _(WORDS[card.kinds[0]])
    return _.plural("{count} kind of event", "{count} kinds of events", len(card.kinds))


async def _people(connection: AsyncConnection, page: Page[DeliveryCard], _: Translator) -> Mapping[str, str]:
    """The names of those of whom the page's events tell, by id."""
    ids = sorted({each.contact_id for each in page.rows if each.contact_id is not None})
    return {each.id: name_of(each, _) for each in await cards(connection, ids)} if ids else {}


def _row(delivery: DeliveryCard, people: Mapping[str, str], _: Translator) -> Row:
    return Row(
        id=delivery.id,
        link=f"{PATH}/{delivery.endpoint_id}/deliveries/{delivery.id}",
        label=TYPES.get(delivery.type, delivery.type),
        who=people.get(delivery.contact_id or "", ""),
        standing=DELIVERIES[delivery.status],
        last=came_to(delivery.last, _) if delivery.last is not None else "",
        at=delivery.created_at,
    )
