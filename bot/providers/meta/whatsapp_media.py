"""Files on WhatsApp: `GET /{media id}` tells where one is, for five minutes; its id is good for seven days."""

from http import HTTPStatus
from urllib.parse import quote

from bot.core.errors import UnparsableError
from bot.core.messages import JsonObject
from bot.providers.base import Credentials, HttpRequest, HttpResponse
from bot.providers.kit.http import json_answer
from bot.providers.kit.json_reader import Part
from bot.providers.meta.files import is_metas


def media(entry: JsonObject, credentials: Credentials) -> HttpRequest:
    """The request that asks where a file is; raises UnparsableError when the entry has no id."""
    return _get(f"{credentials['api_url'].rstrip('/')}/{media_path(entry)}", credentials)


def media_found(response: HttpResponse, credentials: Credentials) -> HttpRequest | None:
    """The request for the file itself; None when Meta no longer has it, or names a place that is not Meta's."""
    url = address(response, credentials)
    return _get(url, credentials) if url else None


def media_path(entry: JsonObject) -> str:
    """A file's id as it stands in a URL; raises UnparsableError when the entry has none."""
    return quote(Part(entry).identifier("id"), safe="")


def address(response: HttpResponse, credentials: Credentials) -> str:
    """Where the file is, as Meta's answer says; empty when it does not say, or names a place that is not Meta's."""
    try:
        url = json_answer(response).text("url")
    except UnparsableError:
        return ""
    return url if response.status == HTTPStatus.OK and is_metas(url, credentials["api_url"]) else ""


def _get(url: str, credentials: Credentials) -> HttpRequest:
    return HttpRequest("GET", url, {"Authorization": f"Bearer {credentials['access_token']}"}, b"")
