"""Posts that are kept raw: the list, and one as it came."""

from aiohttp import web

from bot.admin.parked.words import KINDS, STANDINGS, STATES, why_kept
from bot.core.text import cut, one_line, shown_lines
from bot.messages.service import PostState, Wanted, count_kept, kept_posts, raw_of
from bot.providers.table import PROVIDERS
from bot.web.frame import render
from bot.web.i18n import N_
from bot.web.keys import READER
from bot.web.lists import Asked, Choice, Filters, counted
from bot.web.pages import language

PATH = "/parked/posts"
ONE = f"{PATH}/{{id:[0-9A-Za-z-]{{1,64}}}}"
FILTERS = Filters(
    Choice("kind", N_("Why"), KINDS),
    Choice("provider", N_("Provider"), {name: each.title for name, each in PROVIDERS.items()}),
    Choice("state", N_("State"), STATES),
)
_GLANCE = 160
_SHOWN = 16_000
"""Characters of a post."""


def wanted_by(asked: Asked) -> Wanted:
    """The posts that the filters ask for: what waits, unless they say otherwise."""
    states = [PostState(each) for each in asked.all("state")] or [PostState.WAITING]
    return Wanted(providers=asked.all("provider"), kinds=asked.all("kind"), states=states)


async def show(request: web.Request) -> web.StreamResponse:
    """Those on which nobody has decided, or what became of the others; the newest first."""
    _, asked = language(request), FILTERS.read(request)
    wanted = wanted_by(asked)
    async with request.app[READER].reading() as connection:
        found = await kept_posts(connection, wanted, asked.limit, asked.after_moment)
        page = asked.page(found, lambda post: (post.received_at, post.id))
        count = await page.count(lambda: count_kept(connection, wanted))
    return await render(
        request,
        "admin/posts.html",
        title=_("Parked"),
        asked=asked,
        page=page,
        count=counted("{count} post", "{count} posts", count, _),
        waiting=not asked.all("state"),
        why={post.id: cut(one_line(why_kept(post, _)), _GLANCE) for post in page.rows},
        titles={name: _(each.title) for name, each in PROVIDERS.items()},
        kinds=KINDS,
        standings=STANDINGS,
    )


async def one(request: web.Request) -> web.StreamResponse:
    """One, as it came, with what was made of it."""
    _, id_ = language(request), request.match_info["id"]
    async with request.app[READER].reading() as connection:
        found = await kept_posts(connection, Wanted(ids=(id_,)), 1)
        if not found:
            raise web.HTTPNotFound(text="there is no such post\n")
        payload, described = await raw_of(connection, id_)
    post, body = found[0], (payload or b"").decode(errors="replace").replace("\r\n", "\n")
    title = _(PROVIDERS[post.provider].title) if post.provider in PROVIDERS else post.provider
    return await render(
        request,
        "admin/post.html",
        title=_("Post of {provider}", provider=title),
        post=post,
        why=one_line(why_kept(post, _)),
        kind=KINDS[post.kind],
        standing=STANDINGS[post.state],
        account=one_line(post.account or ""),
        proven_by=one_line(str((described or {}).get("proven_by", ""))),
        place=one_line(f"{(described or {}).get('method', '')} {(described or {}).get('url', '')}".strip()),
        body=shown_lines(body[:_SHOWN]),
        is_cut=len(body) > _SHOWN,
    )
