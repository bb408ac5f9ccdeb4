"""The bundles that there are, and the versions of one."""

from typing import NamedTuple

from aiohttp import web

from bot.admin.bundles.links import named, path_of
from bot.core.permissions import Permission
from bot.flows.service import Listed, NoBundleError, count_bundles, listing, show
from bot.flows.service import versions as versions_of
from bot.web.access import signed_in
from bot.web.frame import render
from bot.web.i18n import N_, Translator
from bot.web.keys import READER
from bot.web.lists import Choice, Filters, Words, counted
from bot.web.pages import language

STATES = {"published": N_("Answers"), "archived": N_("Archived")}
KINDS = {"published": "good"}
FILTERS = Filters(Words("q", N_("Search bundles")), Choice("state", N_("State"), STATES))
_NO_FILTERS = Filters()
_ON_A_PAGE = 50


class Row(NamedTuple):
    """A bundle in the list.

    Attributes:
        id: its name.
        path: where it is.
        bundle: what is known of it.
        holds: what it has, in words.
    """

    id: str
    path: str
    bundle: Listed
    holds: str


async def show_all(request: web.Request) -> web.StreamResponse:
    """The bundles, by name."""
    _, asked = language(request), FILTERS.read(request, _ON_A_PAGE)
    after = "" if asked.after is None else str(asked.after[0])
    async with request.app[READER].reading() as connection:
        found = await listing(connection, asked.one("q"), asked.all("state"), after, asked.limit)
        rows = [Row(each.name, path_of(each.name), each, holds(each, _)) for each in found]
        page = asked.page(rows, lambda row: (row.id,))
        count = await page.count(lambda: count_bundles(connection, asked.one("q"), asked.all("state")))
    may_publish = Permission.BUNDLES_PUBLISH in signed_in(request).permissions
    return await render(
        request,
        "admin/bundles.html",
        title=_("Bundles"),
        asked=asked,
        page=page,
        count=counted("{count} bundle", "{count} bundles", count, _),
        states=STATES,
        kinds=KINDS,
        may_publish=may_publish,
    )


async def versions(request: web.Request) -> web.StreamResponse:
    """The versions of one, the newest first."""
    _, name, asked = language(request), named(request), _NO_FILTERS.read(request)
    before = asked.after_number
    async with request.app[READER].reading() as connection:
        try:
            newest = await show(connection, name)
        except NoBundleError:
            raise web.HTTPNotFound(text="there is no such bundle\n") from None
        found = await versions_of(connection, name, before, asked.limit)
    page = asked.page(found, lambda row: (row.version,))
    return await render(
        request,
        "admin/bundle_versions.html",
        title=name,
        bundle=newest,
        path=path_of(name),
        asked=asked,
        page=page,
        states=STATES,
        kinds=KINDS,
    )


def holds(bundle: Listed, _: Translator) -> str:
    """What a bundle has."""
    told = [
        _.plural("{count} trigger", "{count} triggers", bundle.triggers),
        _.plural("{count} flow", "{count} flows", bundle.flows),
    ]
    counts = (bundle.triggers, bundle.flows)
    return ", ".join(said for said, count in zip(told, counts, strict=True) if count) or _("words alone")
