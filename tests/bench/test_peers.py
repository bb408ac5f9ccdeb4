"""The other bots are compared by messages whose right answer arrived; the people and the words are the same for all."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from bench.load import LoadError
from bench.peers.installs import last_words
from bench.peers.keywords import ANSWERS, FALLBACK, PEOPLE, Crowd, Form, bundle, messenger, whatsapp
from bench.peers.rounds import Provider, Table, providing
from bench.peers.servers import Running
from tests.support.bundles import checked


def said(post: bytes) -> tuple[str, str]:
    """Who says what in a WhatsApp post."""
    entry = json.loads(post.partition(b"\r\n\r\n")[2])["entry"][0]
    message = entry["changes"][0]["value"]["messages"][0]
    return message["from"], message["text"]["body"]


@asynccontextmanager
async def answering(
    provider: Provider, *, words: str | None = None, fallback: bool = True, status: int = 200
) -> AsyncIterator[int]:
    """The port of a bot that looks its answers up; it says `words` to everyone where they are given."""

    async def webhook(request: web.Request) -> web.Response:
        entry = (await request.json())["entry"][0]
        if messages := entry.get("messaging"):
            sender, text = messages[0]["sender"]["id"], messages[0]["message"]["text"]
        else:
            sender, text = said(b"\r\n\r\n" + await request.read())
        found = next((ANSWERS[word] for word in ANSWERS if word in text), None)
        if not (found or fallback):
            return web.Response(status=status)
        answer = words or found or FALLBACK
        message = {"to": sender, "text": {"body": answer}}
        if messages:
            message = {"recipient": {"id": sender}, "message": {"text": answer}}
        async with aiohttp.ClientSession() as session, session.post(f"{provider.url}/v24.0/1/messages", json=message):
            return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/", webhook)
    async with TestServer(app) as server:
        assert server.port is not None
        yield server.port


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider() -> AsyncIterator[Provider]:
    """The stand-in: a process of its own, which each round makes forget what it took."""
    async with providing() as running:
        yield running


def table(port: int, provider: Provider, form: Form = whatsapp) -> Table:
    return Table(Running(port, "/", form), Crowd("/", form, "A"), provider)


def test_our_form_of_the_bot_has_no_fault_and_every_keyword() -> None:
    (only,) = checked(bundle())
    assert len(only.document.triggers) == len(ANSWERS)


def test_a_message_holds_one_keyword_and_every_twenty_first_none() -> None:
    posts = Crowd("/", whatsapp, "A").say(210).posts
    found = [sum(word in said(post)[1] for word in ANSWERS) for post in posts]
    assert (found.count(1), found.count(0)) == (200, 10)


def test_nobody_writes_twice_before_everyone_wrote_and_what_matches_nothing_comes_from_new_people() -> None:
    crowd = Crowd("/", whatsapp, "A")
    first, second = ([said(post) for post in crowd.say(PEOPLE).posts] for _ in range(2))
    assert len({sender for sender, _ in first}) == PEOPLE
    strangers = [sender for sender, text in first + second if not any(word in text for word in ANSWERS)]
    assert len(set(strangers)) == len(strangers)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("form", [whatsapp, messenger])
async def test_a_round_counts_every_answer_that_arrived(provider: Provider, form: Form) -> None:
    async with answering(provider) as port:
        result = await table(port, provider, form).round(42, 8)
        assert (result.missing, result.wrong) == (0, 0)
        assert result.rate > 0


@pytest.mark.asyncio(loop_scope="module")
async def test_a_round_gives_up_answers_that_never_come(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.peers.exchange._PATIENCE", 0.3)
    async with answering(provider, fallback=False) as port:
        result = await table(port, provider).round(42, 8)
        assert (result.missing, result.wrong) == (2, 0)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_round_without_a_right_answer_has_no_rate(provider: Provider) -> None:
    async with answering(provider, words="Oi!") as port:
        with pytest.raises(LoadError, match="no answer arrived"):
            await table(port, provider).round(21, 8)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_round_with_a_refused_post_has_no_rate(provider: Provider) -> None:
    async with answering(provider, status=500) as port:
        with pytest.raises(LoadError, match="the server refused"):
            await table(port, provider).round(21, 8)


def test_why_a_peer_was_not_run_is_short_and_names_neither_addresses_nor_paths_of_the_machine() -> None:
    printed = (
        "npm error code E404\nnpm error 404 Not Found - GET http://registry.example/x\n"
        "npm error A complete log of this run can be found in: /root/x.log\n\n"
    )
    assert last_words(printed) == "npm error code E404 / npm error 404 Not Found - GET …"
    assert last_words('  File "/tmp/x.py", line 1\nBad') == "File … line 1 / Bad"
    assert len(last_words("x" * 9000)) == 120
