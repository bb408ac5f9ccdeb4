"""`/media/{token}`: the files that people sent and those that are sent to them, to whoever has a link."""

from collections.abc import Mapping
from urllib.parse import quote

import structlog
from aiohttp import hdrs, web
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db.engine import reading
from bot.messages.media import links, queries
from bot.messages.media.links import Linked
from bot.messages.media.references import key_of
from bot.messages.media.store import Store
from bot.messages.media.types import KINDS, bare_name
from bot.web.access import Open, Routes
from bot.web.keys import CLOCK, ENGINE, LINK_KEYS

STORE: web.AppKey[Store] = web.AppKey("store")

_SHOWN = ("image/", "audio/", "video/")
"""What a browser shows by itself, and runs nothing of. A PDF is saved: browsers do not open one under `sandbox`."""
_UNKNOWN = "application/octet-stream"
_HEADERS: Mapping[str, str] = {
    # Whatever it is: nothing of it runs, and it belongs to no origin.
    "Content-Security-Policy": "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox",
    # Mails in a browser show it, too; who has no link does not get it anyway.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, max-age=3600",
}

log = structlog.get_logger()


def setup(app: web.Application) -> None:
    """Add the route."""
    Routes(app).get("/media/{token}", serve, Open("the link is signed"))


async def serve(request: web.Request) -> web.StreamResponse:
    """A file, whole or in parts; 404 for a link that is forged or too old, and for a file that is not there."""
    app = request.app
    named = links.read(request.match_info["token"], app[LINK_KEYS], app[CLOCK]())
    try:
        linked = await _file(app[ENGINE], named) if isinstance(named, str) else named
        path = await app[STORE].path(linked.key) if linked is not None else None
    except FileNotFoundError:
        log.error("a stored file is gone", mend="BOT_MEDIA_DIR must be the same folder for all processes")  # noqa: TRY400 - the error says no more
        path = None
    except (SQLAlchemyError, OSError) as error:
        log.warning("file not read", error=type(error).__name__)
        raise web.HTTPServiceUnavailable(text="the file cannot be read now\n", headers={"Retry-After": "5"}) from error
    if linked is None or path is None:
        raise web.HTTPNotFound(text="there is no such file, or the link is too old\n")
    return web.FileResponse(path, headers={**_HEADERS, **_described(linked)})


async def _file(engine: AsyncEngine, file_id: str) -> Linked | None:
    """A file that a person sent, once it is stored."""
    async with reading(engine) as connection:
        row = await queries.stored_file(connection, file_id)
    if row is None or row.sha256 is None:
        return None
    return Linked(key_of(row.sha256), row.content_type or _UNKNOWN, row.filename or "")


def _described(linked: Linked) -> dict[str, str]:
    content_type = linked.content_type if linked.content_type in KINDS else _UNKNOWN
    manner = "inline" if content_type.startswith(_SHOWN) else "attachment"
    name = bare_name(linked.filename or "file", content_type)
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return {
        hdrs.CONTENT_TYPE: content_type,
        # RFC 6266: the second spelling is for names that the first one cannot say.
        hdrs.CONTENT_DISPOSITION: f"{manner}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
    }
