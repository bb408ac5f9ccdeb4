"""Hints for pages, over HTTP."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.client_exceptions import ClientError
from aiohttp.test_utils import TestClient, TestServer

from bot.app.server import make_app
from bot.core.hints import Hints, Topic
from bot.core.permissions import Permission
from bot.settings import Settings
from bot.web import live
from bot.web.access import IDENTIFY
from bot.web.keys import HUB
from tests.support.signed_in import ANA, Door
from tests.support.waiting import eventually

Client = TestClient[web.Request, web.Application]


class _Server(TestServer):
    """Lets what is under way go on when who asked is gone, as the real one does."""

    async def _make_runner(self, **options: Any) -> web.BaseRunner:
        return await super()._make_runner(**{**options, "handler_cancellation": False})


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def client(sqlite_url: str, door: Door) -> AsyncIterator[Client]:
    app = make_app(Settings.read({"DATABASE_URL": sqlite_url}))
    app[IDENTIFY] = door.identify
    async with TestClient(_Server(app)) as made:
        yield made


@asynccontextmanager
async def _stream(client: Client) -> AsyncIterator[ClientResponse]:
    async with client.get("/live") as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        assert await response.content.readuntil(b"\n\n") == b"retry: 3000\n\n"
        yield response


async def _event(response: ClientResponse) -> Any:
    return json.loads((await response.content.readuntil(b"\n\n")).removeprefix(b"data: "))


def _change(client: Client, **ids: list[str] | None) -> None:
    hints = Hints()
    for topic, some in ids.items():
        hints.add(Topic(topic), some)
    client.server.app[HUB].tell(hints)  # type: ignore[attr-defined]  # it runs our application


def _limits(monkeypatch: pytest.MonkeyPatch, limits: Mapping[str, float]) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(live, name, value)


async def test_who_is_signed_in_hears_what_changes(client: Client) -> None:
    async with _stream(client) as first, _stream(client) as second:
        _change(client, messages=["bia"], jobs=None)

        for each in (first, second):
            assert await _event(each) == {"messages": ["bia"], "jobs": None}


async def test_nobody_hears_of_what_they_may_not_see(client: Client, door: Door) -> None:
    door.who = replace(ANA, permissions=frozenset({Permission.MESSAGES_READ}))
    async with _stream(client) as stream:
        _change(client, jobs=["one"], accounts=None, messages=["bia"])

        assert await _event(stream) == {"messages": ["bia"]}


async def test_what_somebody_has_read_they_alone_are_told(client: Client, door: Door) -> None:
    door.who = replace(ANA, permissions=frozenset({Permission.MESSAGES_READ}))
    async with _stream(client) as stream:
        _change(client, reads=["bia"], messages=["rui"])
        assert await _event(stream) == {"messages": ["rui"]}

        _change(client, reads=["ana", "bia"])
        assert await _event(stream) == {"reads": ["ana", "bia"]}

        _change(client, reads=None)
        assert await _event(stream) == {"reads": None}


async def test_strangers_hear_nothing(client: Client, door: Door) -> None:
    door.who = None
    async with client.get("/live") as response:
        assert response.status == 401


async def test_who_signs_out_meanwhile_hears_no_more(
    client: Client, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limits(monkeypatch, {"CHECK_SECONDS": 0.0})
    async with _stream(client) as stream:
        door.who = None
        _change(client, messages=["bia"])

        assert await stream.content.read() == b""


async def test_something_is_said_now_and_then(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _limits(monkeypatch, {"HEARTBEAT_SECONDS": 0.01})
    async with _stream(client) as stream:
        assert await stream.content.readuntil(b"\n\n") == b":\n\n"


async def test_a_person_has_no_more_than_a_few_streams(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _limits(monkeypatch, {"MOST_OF_ONE": 1})
    async with _stream(client), client.get("/live") as second:
        assert second.status == 503
        assert "Retry-After" in second.headers


async def test_streams_whose_reader_went_away_stand_in_nobodys_way(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limits(monkeypatch, {"MOST_OF_ONE": 1})
    # Else the next hint finds out.
    monkeypatch.setattr("bot.db.hub.Ear.hear", lambda *_: None)
    async with _stream(client) as stream:
        stream.close()

    async def is_let_in() -> bool:
        async with client.get("/live") as response:
            return response.status == 200

    await eventually(is_let_in)


async def test_nor_have_all_together(client: Client, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    _limits(monkeypatch, {"MOST_STREAMS": 1})
    async with _stream(client):
        door.who = replace(ANA, user_id="bia")
        async with client.get("/live") as second:
            assert second.status == 503


async def test_who_does_not_read_is_let_go(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async with _stream(client) as stream:
        _limits(monkeypatch, {"MOST_UNREAD": -1})
        _change(client, messages=["bia"])

        with pytest.raises(ClientError):
            await stream.content.read()


async def test_streams_end_before_requests_under_way_are_waited_for(client: Client) -> None:
    async with _stream(client) as stream:
        await client.server.app.shutdown()  # type: ignore[attr-defined]  # it runs our application

        assert await stream.content.read() == b""
