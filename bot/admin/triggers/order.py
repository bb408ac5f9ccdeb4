"""The triggers in the order in which they are tried, across bundles."""

from typing import NamedTuple

from aiohttp import web

from bot.admin.bundles.links import path_of
from bot.admin.triggers.words import TYPES, Looked, duration, leads_to, looked_for
from bot.flows.service import TriedTrigger, count_triggers, triggers_in_order
from bot.web.frame import render
from bot.web.i18n import N_, Translator
from bot.web.keys import READER
from bot.web.lists import Choice, Filters, Words, counted
from bot.web.pages import language

PATH = "/triggers"
FILTERS = Filters(Words("q", N_("Search words, names or bundles")), Choice("type", N_("Looks for"), TYPES))


class Row(NamedTuple):
    """A trigger in the list.

    Attributes:
        id: of its row.
        trigger: what is known of it.
        looked: what it looks for.
        leads: what it does, and the name of that.
        pause: for how long it keeps silent after it has answered somebody; empty for not at all.
        bundle: where its bundle is.
    """

    id: str
    trigger: TriedTrigger
    looked: Looked
    leads: tuple[str, str]
    pause: str
    bundle: str


async def show(request: web.Request) -> web.StreamResponse:
    """A page of them."""
    _, asked = language(request), FILTERS.read(request)
    after = asked.after_number or 0
    async with request.app[READER].reading() as connection:
        found = await triggers_in_order(
            connection, words=asked.one("q"), types=asked.all("type"), after=after, limit=asked.limit
        )
        page = asked.page([_row(each, _) for each in found], lambda row: (row.trigger.place,))
        count = await page.count(lambda: count_triggers(connection, asked.one("q"), asked.all("type")))
    return await render(
        request,
        "admin/triggers.html",
        title=_("Triggers"),
        asked=asked,
        page=page,
        count=counted("{count} trigger", "{count} triggers", count, _),
    )


def _row(trigger: TriedTrigger, _: Translator) -> Row:
    return Row(
        id=trigger.id,
        trigger=trigger,
        looked=looked_for(trigger.type, trigger.patterns, _),
        leads=leads_to(trigger.template, trigger.flow, trigger.action, _),
        pause=duration(trigger.cooldown, _) if trigger.cooldown else "",
        bundle=path_of(trigger.bundle, trigger.version),
    )
