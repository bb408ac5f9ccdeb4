"""The text of a version, line by line, and what differs between two of them."""

from urllib.parse import quote

from aiohttp import hdrs, web

from bot.admin.bundles.archiving import ends
from bot.admin.bundles.links import is_version, named, numbered, path_of
from bot.admin.bundles.shelf import KINDS, STATES
from bot.conversations.shown.running import running_flows
from bot.core.permissions import Permission
from bot.flows.service import Differences, NoBundleError, Shown, differences, show
from bot.web.access import signed_in
from bot.web.aside import ASIDE
from bot.web.frame import render
from bot.web.i18n import Translator
from bot.web.keys import READER
from bot.web.pages import SECURITY_HEADERS, language

MOST_LINES = 3_000
"""Lines of differences that are shown."""


async def newest(request: web.Request) -> web.StreamResponse:
    """The newest version."""
    return await _text(request, None)


async def version(request: web.Request) -> web.StreamResponse:
    """One version."""
    return await _text(request, numbered(request))


async def source(request: web.Request) -> web.StreamResponse:
    """The text alone, as a file."""
    bundle = (await read_versions(request, numbered(request)))[0]
    name = quote(f"{bundle.name}-{bundle.version}.yaml", safe="")
    headers = {
        **SECURITY_HEADERS,
        hdrs.CONTENT_TYPE: "application/yaml; charset=utf-8",
        hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{name}",
        hdrs.CACHE_CONTROL: "private, no-cache",
    }
    return web.Response(body=bundle.source.encode(), headers=headers)


async def compare(request: web.Request) -> web.StreamResponse:
    """What differs between two versions; without numbers, what the newest one changed."""
    _ = language(request)
    given = [request.query.get(each, "") for each in ("from", "to")]
    (last,) = await read_versions(request, None)
    later = int(given[1]) if is_version(given[1]) else last.version
    earlier = int(given[0]) if is_version(given[0]) else max(1, later - 1)
    before, after = await read_versions(request, earlier, later)
    differ = await differ_of(request, before.source, after.source)
    return await render(
        request,
        "admin/bundle_compare.html",
        title=_("{name}: version {before} and {after}", name=last.name, before=earlier, after=later),
        bundle=last,
        path=path_of(last.name),
        before=before,
        after=after,
        differ=differ,
        sentence=sentence_of(differ, _),
        most=MOST_LINES,
    )


async def differ_of(request: web.Request, before: str, after: str) -> Differences:
    """What differs between two texts, looked for aside where they are long."""
    return await request.app[ASIDE].run(len(before) + len(after), lambda: differences(before, after))


def sentence_of(differ: Differences, _: Translator) -> str:
    """How much differs, in words."""
    added = _.plural("{count} line is new", "{count} lines are new", differ.added)
    removed = _.plural("{count} line is gone", "{count} lines are gone", differ.removed)
    return f"{added}, {removed}."


async def read_versions(request: web.Request, *numbers: int | None) -> list[Shown]:
    """Versions of the bundle that the path names, None being the newest; 404 where one is not there."""
    async with request.app[READER].reading() as connection:
        try:
            return [await show(connection, named(request), each) for each in numbers]
        except NoBundleError:
            raise web.HTTPNotFound(text="there is no such version\n") from None


async def _text(request: web.Request, number: int | None) -> web.Response:
    last, shown = await read_versions(request, None, number)
    may_publish = Permission.BUNDLES_PUBLISH in signed_in(request).permissions
    async with request.app[READER].reading() as connection:
        running = await running_flows(connection, last.name)
    lines = shown.source.removesuffix("\n").split("\n")
    return await render(
        request,
        "admin/bundle.html",
        title=last.name,
        bundle=last,
        shown=shown,
        path=path_of(last.name),
        lines=lines,
        length=language(request).plural("{count} line", "{count} lines", len(lines)),
        states=STATES,
        kinds=KINDS,
        may_publish=may_publish,
        ends=ends(request, last, running),
    )
