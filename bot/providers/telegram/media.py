"""Files on Telegram: `getFile` tells where one is, for an hour; those above 20 MB a bot cannot have."""

from http import HTTPStatus
from urllib.parse import quote, urlencode

from bot.core.errors import UnparsableError
from bot.core.messages import JsonObject
from bot.providers.base import Credentials, HttpRequest, HttpResponse
from bot.providers.kit.http import json_answer
from bot.providers.kit.json_reader import Part


def media(entry: JsonObject, credentials: Credentials) -> HttpRequest:
    """The request that asks where a file is; raises UnparsableError when the entry has no id."""
    query = urlencode({"file_id": Part(entry).identifier("id")})
    return HttpRequest("GET", f"{method_url(credentials, 'getFile')}?{query}", {}, b"")


def media_found(response: HttpResponse, credentials: Credentials) -> HttpRequest | None:
    """The request for the file itself; None when Telegram does not have it, or when it is too large for a bot."""
    try:
        path = json_answer(response).part("result").text("file_path")
    except UnparsableError:
        return None
    if response.status != HTTPStatus.OK or not path or ".." in path:
        return None
    api, token = credentials["api_url"].rstrip("/"), credentials["bot_token"]
    return HttpRequest("GET", f"{api}/file/bot{token}/{quote(path)}", {}, b"")


def method_url(credentials: Credentials, method: str) -> str:
    """The URL of a method of the Bot API; the token is a part of it, so it is shown to nobody."""
    return f"{credentials['api_url'].rstrip('/')}/bot{credentials['bot_token']}/{method}"
