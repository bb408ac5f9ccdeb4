"""The whole way: a provider posts to a fresh `bot.py run`, the answer arrives at its send API, `why` tells why."""

import asyncio
import json
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support import posts
from tests.support.processes import ROOT, BotProcess, free_port
from tests.support.standins import Recorded, StandIns, standing_in
from tests.support.waiting import eventually

PUBLIC_URL = "https://bot.example.com"


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


@dataclass(slots=True)
class Visit:
    """A running server, its stand-in providers, and one person who writes."""

    server: BotProcess
    providers: StandIns
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
            return len(self.providers.sends(self.walk.provider)) > before

        await eventually(answered)
        self.seen = self.providers.sends(self.walk.provider)
        return self.seen[-1]

    async def command(self, *arguments: str) -> str:
        """What `bot.py ARGUMENTS` prints, with this server's settings."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "bot.py"),
            *arguments,
            cwd=self.server.folder,
            env={**self.server.environment, "LC_ALL": "C.UTF-8"},
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await process.communicate()
        assert process.returncode == 0
        return printed.decode()


@pytest.fixture(params=WALKS, ids=lambda walk: walk.provider)
async def visit(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> AsyncIterator[Visit]:
    """A fresh server on each kind of database, one provider at a time."""
    async with standing_in() as providers, aiohttp.ClientSession() as session:
        settings = {**providers.settings(), "DATABASE_URL": database_url, "BOT_PUBLIC_URL": PUBLIC_URL}
        shutil.copytree(ROOT / "flows", tmp_path / "flows")
        port = free_port()
        server = BotProcess(settings, port, ("run", "--port", str(port)), tmp_path)
        made = Visit(server, providers, request.param, session)
        if database_url.startswith("postgresql"):
            await made.command("flows", "load", "flows/pizzaria.yaml")
        await server.start()
        yield made
        assert await server.stop() == 0


async def test_a_signed_post_walks_the_order_to_its_end_and_why_explains_each_answer(visit: Visit) -> None:
    words = visit.walk.words

    assert "sabor" in words((await visit.say("pizza")).payload)
    assert "equals pizza" in await visit.command("why", "--last")
    assert "quantas pessoas" in words((await visit.say("Calabresa")).payload)
    refused = await visit.say("muitas")
    assert "quantas pessoas" in words(refused.payload)
    assert "attempt 1 of 3" in await visit.command("why", "--last")
    assert "Pedido anotado: Calabresa para 4" in words((await visit.say("4")).payload)

    explained = json.loads(await visit.command("why", "--last", "--json"))
    assert any("The flow pizzaria/order is over" in step for step in explained["steps"])
    messages = json.loads(await visit.command("messages", "list", "--json"))
    assert [each["direction"] for each in messages] == ["inbound", "outbound"] * 4
    assert {each["status"] for each in messages if each["direction"] == "outbound"} <= {"sent", "delivered"}


async def test_an_answer_by_mail_stays_in_its_thread(visit: Visit) -> None:
    if visit.walk.provider != "mailgun":
        pytest.skip("mail alone has threads")
    sent = (await visit.say("pizza")).payload

    assert sent["subject"] == "Re: Um pedido"
    assert sent["h:In-Reply-To"] == sent["h:References"]
    assert sent["h:In-Reply-To"].endswith("@mail.example.com>")
    assert sent["h:Auto-Submitted"] == "auto-replied"
