"""The addresses of bundles, whose names may have letters of any language."""

from urllib.parse import quote

from aiohttp import web

PATH = "/bundles"


def path_of(name: str, version: int | None = None) -> str:
    """Where a bundle is, or a version of it.

    >>> path_of("café", 2)
    '/bundles/caf%C3%A9/versions/2'
    """
    return f"{PATH}/{quote(name, safe='')}" + (f"/versions/{version}" if version is not None else "")


def named(request: web.Request) -> str:
    """The bundle that the path names."""
    return request.match_info["name"]


def numbered(request: web.Request) -> int:
    """The version that the path names."""
    return int(request.match_info["version"])


def is_version(text: str) -> bool:
    """Whether this can be the number of a version, as somebody typed it."""
    return text.isascii() and text.isdigit() and len(text) <= len("999999999")
