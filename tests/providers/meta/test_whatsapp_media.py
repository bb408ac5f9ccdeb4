"""Files that people send on WhatsApp: asked for by their id, then where Meta says, and nowhere else."""

import json

import pytest

from bot.core.errors import NotConfiguredError, UnparsableError
from bot.providers.base import Credentials, HttpRequest, HttpResponse, Provider
from bot.providers.meta.dialog360 import PROVIDER as DIALOG360
from bot.providers.meta.whatsapp import PROVIDER as WHATSAPP
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

META = Credentials({"api_url": "https://graph.example.com/v24.0/", "access_token": "token"}, {})
D360 = Credentials({"api_url": "https://waba.example.com/", "api_key": "key"}, {})
FILE = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=900001&ext=1&hash=ARt"

each_provider = for_each(("provider", "credentials"), [(WHATSAPP, META), (DIALOG360, D360)])


def asked(provider: Provider, entry: dict[str, object], credentials: Credentials) -> HttpRequest:
    assert provider.media is not None
    return provider.media(entry, credentials)


def found(provider: Provider, answer: object, credentials: Credentials, status: int = 200) -> HttpRequest | None:
    assert provider.media_found is not None
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return provider.media_found(HttpResponse(status, {}, body), credentials)


def test_meta_is_asked_where_the_file_is_and_then_for_the_file_with_the_same_token() -> None:
    where = asked(WHATSAPP, {"type": "image", "id": "900001"}, META)
    assert (where.method, where.url) == ("GET", "https://graph.example.com/v24.0/900001")
    file = found(WHATSAPP, {"url": FILE, "mime_type": "image/jpeg", "id": "900001"}, META)
    assert file is not None
    assert (file.method, file.url) == ("GET", FILE)
    assert where.headers == file.headers == {"Authorization": "Bearer token"}
    assert "token" not in repr(file)


def test_360dialog_is_asked_for_both_with_its_key() -> None:
    where = asked(DIALOG360, {"type": "image", "id": "900001"}, D360)
    assert where.url == "https://waba.example.com/900001"
    file = found(DIALOG360, {"url": FILE}, D360)
    assert file is not None
    assert file.url == "https://waba.example.com/whatsapp_business/attachments/?mid=900001&ext=1&hash=ARt"
    assert where.headers == file.headers == {"D360-API-KEY": "key"}
    without_query = found(DIALOG360, {"url": "https://lookaside.fbsbx.com/a/b"}, D360)
    assert without_query is not None
    assert without_query.url == "https://waba.example.com/a/b"


@each_provider
@for_each("entry", [{}, {"id": ""}, {"id": None}, {"id": ["1"]}, {"id": "1" * 600}, {"type": "image"}])
def test_a_file_without_an_id_cannot_be_asked_for(
    provider: Provider, credentials: Credentials, entry: dict[str, object]
) -> None:
    with pytest.raises(UnparsableError):
        asked(provider, entry, credentials)


@each_provider
def test_an_id_cannot_lead_elsewhere(provider: Provider, credentials: Credentials) -> None:
    request = asked(provider, {"id": "../me?x=1#/"}, credentials)
    assert request.url.endswith("/..%2Fme%3Fx%3D1%23%2F")


@for_each(
    "url",
    [
        FILE,
        "https://scontent.xx.fbcdn.net/v/1.jpg",
        "https://mmg.whatsapp.net/d/1",
        "https://Lookaside.FBSBX.com:443/a",
        "https://graph.example.com/v24.0/files/1",
    ],
)
def test_the_token_goes_to_meta_and_to_the_server_of_the_settings(url: str) -> None:
    file = found(WHATSAPP, {"url": url}, META)
    assert file is not None
    assert file.url == url


@each_provider
@for_each(
    "url",
    [
        "",
        "lookaside.fbsbx.com",
        "http://lookaside.fbsbx.com/1",
        "https://example.com/1",
        "https://fbsbx.com.example.com/1",
        "https://notfbsbx.com/1",
        "https://lookaside.fbsbx.com@example.com/1",
        "https://example.com\\@lookaside.fbsbx.com/1",
        "https://user:word@lookaside.fbsbx.com/1",
        "https://lookaside.fbsbx.com:8443/1",
        "https://lookaside.fbsbx.com/1\r\nHost: example.com",
        "https://127.0.0.1/1",
        "https://[::1]/1",
        "file:///etc/passwd",
        "https://graph.example.com.example.org/1",
        "https://graph.example.com",
    ],
)
def test_and_to_nobody_else(provider: Provider, credentials: Credentials, url: str) -> None:
    assert found(provider, {"url": url}, credentials) is None


@each_provider
@for_each(
    ("answer", "status"),
    [
        ({"error": {"code": 100}}, 400),
        ({"url": FILE}, 404),
        (b"", 200),
        (b"<html>", 200),
        ([], 200),
        ({}, 200),
        ({"url": {}}, 200),
    ],
)
def test_a_file_that_is_gone_is_not_asked_for(
    provider: Provider, credentials: Credentials, answer: object, status: int
) -> None:
    assert found(provider, answer, credentials, status) is None


@each_provider
def test_without_credentials_nothing_is_asked(provider: Provider, credentials: Credentials) -> None:
    del credentials
    with pytest.raises(NotConfiguredError):
        asked(provider, {"id": "1"}, NO_CREDENTIALS)
