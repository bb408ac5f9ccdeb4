"""The bridge in docs/providers/generic.md, run as it stands there: an app's user talks to a served bot."""

import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from tests.support import posts
from tests.support.served import serving
from tests.support.waiting import eventually

PAGE = (Path(__file__).parent.parent / "docs" / "providers" / "generic.md").read_text(encoding="utf-8")
(SOURCE,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def the_bridge(bot_url: str, monkeypatch: pytest.MonkeyPatch) -> web.Application:
    """The application that the page's source makes."""
    monkeypatch.setenv("BOT_URL", bot_url)
    monkeypatch.setenv("GENERIC_SECRET", posts.GENERIC_SECRET)
    made: dict[str, Any] = {"__name__": "bridge"}
    exec(compile(SOURCE, "bridge.py", "exec"), made)  # noqa: S102 - it is our own page
    app = made["app"]
    assert isinstance(app, web.Application)
    return app


def test_it_is_about_forty_lines() -> None:
    assert sum(1 for line in SOURCE.splitlines() if line.strip()) <= 40


async def test_a_user_of_the_app_talks_to_the_bot(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = unused_port()
    settings = {
        "GENERIC_ACCOUNT": "app",
        "GENERIC_API_URL": f"http://127.0.0.1:{port}/bot",
        "GENERIC_SECRET": posts.GENERIC_SECRET,
    }
    async with serving(database_url, **settings) as bot:
        bridge = the_bridge(str(bot.client.make_url("")).rstrip("/"), monkeypatch)
        async with TestServer(bridge, port=port) as server, aiohttp.ClientSession(server.make_url("/")) as app:
            async with app.post("/say", json={"user": "ana", "text": "hi"}) as answer:
                assert answer.status == 200

            async def seen() -> bool:
                async with app.get("/screen/ana") as shown:
                    return bool(await shown.json() == ["Hello!"])

            await eventually(seen)

            async with app.get("/bot") as answer:
                assert answer.status == 200
            async with app.post("/bot", data=b"{}", headers={"webhook-signature": "v1,AAAA"}) as answer:
                assert answer.status == 401

        async def recorded() -> bool:
            return [each.status for each in await bot.messages("outbound")] == ["sent"]

        await eventually(recorded)
        (sent,) = await bot.messages("outbound")
        assert sent.provider_message_id == f"b-{sent.id}"
        assert await bot.kept() == []
