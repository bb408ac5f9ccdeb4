"""The whole way: a provider posts to the server, the answer arrives at its send API, `why` tells why.

Once in this process, and once, where there is time, with `bot.py run` and each command in a process of its own.
"""

import asyncio
import json
import shutil
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support import posts
from tests.support.commands import typed
from tests.support.processes import ROOT, BotProcess, free_port
from tests.support.served import PUBLIC_URL, serving
from tests.support.standins import Recorded, StandIns, standing_in
from tests.support.waiting import eventually


@dataclass(frozen=True, slots=True)
class Walk:
    """How one provider posts a text and what a send of ours looks like to it.

    Attributes:
        provider: its name.
        post: makes a signed post of a text; given the last send of ours.
        words: the text of a send.
    """

    provider: str
    post: Callable[[str, Recorded | None], posts.Post]
    words: Callable[[Mapping[str, Any]], str]


BRAZILIAN = "+5511912340001"
"""Whom the pizzaria answers in Portuguese."""


def _whatsapp(text: str, last: Recorded | None) -> posts.Post:
    buttons = [] if last is None else last.payload.get("interactive", {}).get("action", {}).get("buttons", [])
    pressed = next((each["reply"] for each in buttons if each["reply"]["title"] == text), None)
    if pressed is None:
        return posts.signed_whatsapp(posts.whatsapp_message(text, sender=BRAZILIAN.lstrip("+")))
    answer = {"type": "button_reply", "button_reply": pressed}
    return posts.signed_whatsapp(
        posts.whatsapp_message("", sender=BRAZILIAN.lstrip("+"), type="interactive", interactive=answer)
    )


def _whatsapp_words(payload: Mapping[str, Any]) -> str:
    body = payload["text"] if payload["type"] == "text" else payload["interactive"]["body"]
    return str(body.get("body", body.get("text")))


def _twilio(text: str, _last: Recorded | None) -> posts.Post:
    return posts.signed_twilio(posts.twilio_message(text, sender=BRAZILIAN), f"{PUBLIC_URL}/webhooks/twilio")


def _mailgun(text: str, _last: Recorded | None) -> posts.Post:
    return posts.signed_mailgun(posts.mailgun_message(text, subject="Um pedido"), int(time.time()))  # noqa: TID251 - the post must be fresh for a real server


WALKS = (
    Walk("whatsapp", _whatsapp, _whatsapp_words),
    Walk("twilio", _twilio, lambda payload: str(payload["Body"])),
    Walk("mailgun", _mailgun, lambda payload: str(payload["text"])),
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it is, what it sends to, and what a command prints that has its settings."""

    url: str
    providers: StandIns
    command: Callable[..., Awaitable[str]]


@dataclass(slots=True)
class Visit:
    """A running server, and one person who writes."""

    server: Server
    walk: Walk
    session: aiohttp.ClientSession
    seen: list[Recorded] = field(default_factory=list)

    async def say(self, text: str) -> Recorded:
        """Post `text`, await the 2xx, and return the send that answers it."""
        headers, body = self.walk.post(text, self.seen[-1] if self.seen else None)
        url = f"{self.server.url}/webhooks/{self.walk.provider}"
        async with self.session.post(url, data=body, headers=headers) as response:
            assert 200 <= response.status < 300, await response.text()
        before = len(self.seen)

        async def answered() -> bool:
            return len(self.server.providers.sends(self.walk.provider)) > before

        await eventually(answered)
        self.seen = self.server.providers.sends(self.walk.provider)
        return self.seen[-1]


@asynccontextmanager
async def here(database_url: str, _folder: Path) -> AsyncIterator[Server]:
    """The server in this process, and so the commands."""
    bundle = (ROOT / "flows" / "pizzaria.yaml").read_text(encoding="utf-8")
    async with serving(database_url, bundle=bundle) as served:

        async def command(*arguments: str) -> str:
            done = await typed(*arguments, environment={"DATABASE_URL": database_url})
            assert done.code == 0, done.err
            return done.out

        yield Server(str(served.client.make_url("")), served.providers, command)


@asynccontextmanager
async def started(database_url: str, folder: Path) -> AsyncIterator[Server]:
    """A fresh `bot.py run` in a process of its own, and so each command."""
    async with standing_in() as providers:
        settings = {**providers.settings(), "DATABASE_URL": database_url, "BOT_PUBLIC_URL": PUBLIC_URL}
        shutil.copytree(ROOT / "flows", folder / "flows")

        async def command(*arguments: str) -> str:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(ROOT / "bot.py"),
                *arguments,
                cwd=folder,
                env={**settings, "LC_ALL": "C.UTF-8"},
                stdout=asyncio.subprocess.PIPE,
            )
            printed, _ = await process.communicate()
            assert process.returncode == 0
            return printed.decode()

        if database_url.startswith("postgresql"):
            await command("flows", "load", "flows/pizzaria.yaml")
        port = free_port()
        process = BotProcess(settings, port, ("run", "--port", str(port)), folder)
        await process.start()
        yield Server(process.url, providers, command)
        assert await process.stop() == 0


Begin = Callable[[str, Path], AbstractAsyncContextManager[Server]]


@pytest.fixture(
    params=[here, pytest.param(started, marks=[pytest.mark.slow, pytest.mark.own_database])],
    ids=lambda begin: begin.__name__,
)
async def server(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    """A fresh server on each kind of database."""
    begin: Begin = request.param
    async with begin(database_url, tmp_path) as made:
        yield made


@pytest.fixture
async def visit(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Visit]:
    """Somebody who writes through the provider that the test names."""
    async with aiohttp.ClientSession() as session:
        yield Visit(server, request.param, session)


@pytest.mark.parametrize("visit", WALKS, ids=lambda walk: walk.provider, indirect=True)
async def test_a_signed_post_walks_the_order_to_its_end_and_why_explains_each_answer(visit: Visit) -> None:
    words = visit.walk.words

    assert "sabor" in words((await visit.say("pizza")).payload)
    assert "equals pizza" in await visit.server.command("why", "--last")
    assert "quantas pessoas" in words((await visit.say("Calabresa")).payload)
    refused = await visit.say("muitas")
    assert "quantas pessoas" in words(refused.payload)
    assert "attempt 1 of 3" in await visit.server.command("why", "--last")
    assert "Pedido anotado: Calabresa para 4" in words((await visit.say("4")).payload)

    explained = json.loads(await visit.server.command("why", "--last", "--json"))
    assert any("The flow pizzaria/order is over" in step for step in explained["steps"])
    messages = json.loads(await visit.server.command("messages", "list", "--json"))
    assert [each["direction"] for each in messages] == ["inbound", "outbound"] * 4
    assert {each["status"] for each in messages if each["direction"] == "outbound"} <= {"sent", "delivered"}


@pytest.mark.parametrize("visit", [walk for walk in WALKS if walk.provider == "mailgun"], indirect=True)
async def test_an_answer_by_mail_stays_in_its_thread(visit: Visit) -> None:
    sent = (await visit.say("pizza")).payload

    assert sent["subject"] == "Re: Um pedido"
    assert sent["h:In-Reply-To"] == sent["h:References"]
    assert sent["h:In-Reply-To"].endswith("@mail.example.com>")
    assert sent["h:Auto-Submitted"] == "auto-replied"
