"""The simulator over HTTP: who may use it, and what it takes and tells."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from bot.app.server import make_app
from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.flows.checks.check import Source, check
from bot.flows.publish import publish
from bot.settings import Settings
from bot.simulator import views

BUNDLE = """
bundle: bakery
locale: en
templates:
  hello: {content: Hello!}
  ask_bread: {content: Which bread?}
  done: {content: "{% if bread == 'Rye' %}Dark {% endif %}{{ bread }}, coming up."}
triggers:
  - {type: equals, pattern: [hi, hello], template: hello}
  - {type: equals, pattern: bread, flow: order}
flows:
  order:
    steps:
      - {key: bread, type: collect_input, template: ask_bread, save_as: bread, options: [Rye, Wheat]}
      - {key: done, type: end, template: done}
"""
PADARIA = """
bundle: padaria
locale: pt-BR
templates: {hello: {content: Oi!}}
triggers: [{type: equals, pattern: Olá, template: hello}]
"""
TOKEN = "what-run-prints"
ANA = {"Recado-Person": "+5511912345678"}
MAIL = {"Recado-Person": "ana.123@example.com"}

Client = TestClient[Any, Any]
Start = Callable[..., Awaitable[Client]]


on_both_databases = pytest.mark.parametrize("url", ["sqlite_url", "postgres_url"], indirect=True)


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """A fresh database: SQLite, where a test does not ask for both."""
    given: str = request.getfixturevalue(getattr(request, "param", "sqlite_url"))
    return given


@pytest.fixture
async def start(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> AsyncIterator[Start]:
    """Starts the real application on a database with two bundles; keywords are settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(views, "WAIT_SECONDS", 0.3)
    monkeypatch.setattr(views, "LOOK_SECONDS", 0.02)
    engine = create_engine(url)
    async with engine.begin() as connection:
        checked = check([Source("bakery.yaml", BUNDLE.encode()), Source("padaria.yaml", PADARIA.encode())])
        assert not checked.faults
        await publish(connection, checked.bundles, by=Actor("test"), now=utc_now())
    await engine.dispose()
    clients: list[Client] = []

    async def started(**settings: str) -> Client:
        app = make_app(Settings.read({"DATABASE_URL": url, **settings}), token=TOKEN)
        client: Client = TestClient(TestServer(app), headers={"Authorization": f"Bearer {TOKEN}"})
        await client.start_server()
        clients.append(client)
        return client

    yield started
    for client in clients:
        await client.close()


async def write(client: Client, text: str, channel: str = "whatsapp", **more: Any) -> ClientResponse:
    headers = more.pop("headers", MAIL if channel == "email" else ANA)
    body = {"id": f"page{next(_numbers):08}", "name": "Ana", "text": text, **more}
    return await client.post(f"/simulator/messages?channel={channel}", json=body, headers=headers)


async def read(client: Client, channel: str = "whatsapp", **headers: str) -> dict[str, Any]:
    person = MAIL if channel == "email" else ANA
    answer = await client.get(f"/simulator/messages?channel={channel}", headers={**person, **headers})
    assert answer.status == 200
    told: dict[str, Any] = await answer.json()
    return told


async def until_answered(client: Client, count: int, channel: str = "whatsapp") -> list[dict[str, Any]]:
    """All messages, as soon as `count` answers have gone out."""
    async with asyncio.timeout(10):
        while True:
            messages: list[dict[str, Any]] = (await read(client, channel))["messages"]
            if sum(each["direction"] == "outbound" and each["status"] != "queued" for each in messages) >= count:
                return messages
            await asyncio.sleep(0.02)


@on_both_databases
async def test_a_message_has_its_turn_and_its_trace_is_told_in_plain_words(start: Start) -> None:
    client = await start()
    assert (await write(client, "Hello!")).status == 202

    written, answer = await until_answered(client, 1)

    assert written["text"] == "Hello!"
    assert written["turn"] == "done"
    assert written["why"][0].startswith("The trigger “")
    assert answer["text"] == "Hello!"
    assert answer["replies_to"] == written["id"]


@on_both_databases
async def test_whatsapp_gets_choices_and_a_pressed_one_is_the_answer(start: Start) -> None:
    client = await start()
    await write(client, "bread")
    choices = (await until_answered(client, 1))[-1]["choices"]
    assert [choice["label"] for choice in choices] == ["Rye", "Wheat"]

    await write(client, "Wheat", choice=choices[1]["id"])

    pressed, answer = (await until_answered(client, 2))[-2:]
    assert (pressed["text"], answer["text"]) == ("Wheat", "Wheat, coming up.")


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_other_channels_get_numbered_lines(start: Start, channel: str) -> None:
    client = await start()
    await write(client, "bread", channel)
    answer = (await until_answered(client, 1, channel))[-1]
    assert answer["text"] == "Which bread?\n\n1. Rye\n2. Wheat"
    assert "choices" not in answer


@on_both_databases
async def test_an_e_mail_is_answered_in_its_thread(start: Start) -> None:
    client = await start()
    await write(client, "hi", "email", id="first0000", subject="Bread")
    first, answer = await until_answered(client, 1, "email")
    assert (first["subject"], answer["subject"]) == ("Bread", "Re: Bread")
    assert first["thread"] == answer["thread"] == "<first0000@simulator.invalid>"

    await write(client, "bread", "email", subject="Re: Bread", thread=answer["thread"])

    again = (await until_answered(client, 2, "email"))[-1]
    assert (again["subject"], again["thread"]) == ("Re: Bread", first["thread"])


@on_both_databases
async def test_a_message_sent_again_is_one_message(start: Start) -> None:
    client = await start()
    answers = await asyncio.gather(*(write(client, "hi", id="samesame") for _ in range(3)))
    assert [answer.status for answer in answers] == [202, 202, 202]
    assert [each["page_id"] for each in await until_answered(client, 1)] == ["samesame", ""]


@on_both_databases
async def test_what_was_seen_is_reported_as_read(start: Start) -> None:
    client = await start()
    await write(client, "hi")
    answer = (await until_answered(client, 1))[-1]

    reported = await client.post("/simulator/read", json={"ids": [answer["id"]]}, headers=ANA)

    assert reported.status == 204
    assert (await read(client))["messages"][-1]["status"] == "read"


@on_both_databases
async def test_a_question_for_news_is_answered_when_there_is_some(start: Start) -> None:
    client = await start()
    first = await client.get("/simulator/messages?channel=sms", headers=ANA)
    known = {**ANA, "If-None-Match": first.headers["ETag"]}

    unchanged = await client.get("/simulator/messages?channel=sms", headers=known)
    assert unchanged.status == 304

    waiting = asyncio.create_task(client.get("/simulator/messages?channel=sms", headers=known))
    await write(client, "hi", "sms")
    news = await waiting
    assert news.status == 200
    assert (await news.json())["messages"][0]["text"] == "hi"


async def test_a_stopping_server_does_not_wait_for_news(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "WAIT_SECONDS", 60.0)
    client = await start()
    first = await client.get("/simulator/messages?channel=sms", headers=ANA)
    known = {**ANA, "If-None-Match": first.headers["ETag"]}
    waiting = asyncio.create_task(client.get("/simulator/messages?channel=sms", headers=known))
    await asyncio.sleep(0.05)

    await asyncio.wait_for(client.server.close(), 5)

    assert (await waiting).status == 304


@on_both_databases
async def test_suggestions_begin_with_the_browsers_language(start: Start) -> None:
    client = await start()
    assert (await read(client))["suggestions"] == ["hi", "bread", "Olá"]
    assert (await read(client, **{"Accept-Language": "pt"}))["suggestions"] == ["Olá", "hi", "bread"]


@on_both_databases
async def test_hostile_text_is_kept_and_answered_never_an_error(start: Start) -> None:
    client = await start()
    for text in ("a" * 100_000, "nul \0 byte", "lone \ud800 surrogate", "👩‍👩‍👧‍👦" * 50, "مرحبا"):
        assert (await write(client, text)).status == 202
    messages = (await read(client))["messages"]
    assert messages[0]["text"].endswith("…")
    assert [each["text"] for each in messages[1:3]] == ["nul  byte", "lone  surrogate"]


async def test_a_body_that_is_not_a_message_is_refused(start: Start) -> None:
    client = await start()
    nothing = [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000]
    for body in (
        *nothing,
        b'{"id": "page0000"}',
        b'{"id": "page0000", "text": "\\u0000"}',
        b'{"id": "../..", "text": "hi"}',
    ):
        answer = await client.post("/simulator/messages?channel=sms", data=body, headers=ANA)
        assert answer.status == 400, body[:40]


async def test_only_made_up_people_may_speak(start: Start) -> None:
    client = await start()
    for person in ("", "ana", "+1", "ana@else.where", "+5511912345678/x"):
        assert (await write(client, "hi", headers={"Recado-Person": person})).status == 400, person


async def test_an_unknown_channel_is_refused(start: Start) -> None:
    client = await start()
    assert (await write(client, "hi", "pigeon")).status == 400


async def test_a_page_elsewhere_cannot_write(start: Start) -> None:
    client = await start()
    answer = await write(client, "hi", headers={**ANA, "Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403


async def test_a_tunnel_is_told_how_to_open_the_simulator(start: Start) -> None:
    client, public = await start(), await start(BOT_SIMULATOR="public")
    through = {**ANA, "X-Forwarded-For": "203.0.113.9"}
    for path in ("/simulator", "/simulator/messages?channel=sms"):
        answer = await client.get(path, headers=through)
        assert answer.status == 403
        assert "BOT_SIMULATOR=public" in await answer.text()
        assert (await public.get(path, headers=through)).status == 200


async def test_where_everyone_is_let_in_only_this_computer_sends_files(start: Start) -> None:
    client = await start(BOT_SIMULATOR="public")
    through = {**ANA, "X-Forwarded-For": "203.0.113.9"}
    file = {"name": "menu.pdf", "type": "application/pdf", "content": b64encode(b"%PDF-1.7").decode()}

    assert (await write(client, "hi", file=file)).status == 202
    assert (await write(client, "hi", headers=through, file=file)).status == 403
    assert (await write(client, "hi", headers=through)).status == 202
    hidden = 'id="attach" hidden'
    assert hidden in await (await client.get("/simulator", headers=through)).text()
    assert hidden not in await (await client.get("/simulator", headers=ANA)).text()


async def test_switched_off_it_is_not_there(start: Start) -> None:
    client = await start(BOT_SIMULATOR="off")
    assert (await client.get("/simulator")).status == 404
    assert (await write(client, "hi")).status == 404


async def test_the_page_allows_nothing_inline_and_nothing_from_elsewhere(start: Start) -> None:
    client = await start()
    answer = await client.get("/")
    assert answer.url.path == "/simulator"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    text = await answer.text()
    assert "style=" not in text
    assert "http://" not in text
    assert "https://" not in text


async def test_static_files_are_cached_for_good_under_their_contents_name(start: Start) -> None:
    client = await start()
    text = await (await client.get("/simulator")).text()
    path = text.split('src="')[1].split('"')[0]
    assert path.endswith("/simulator.js")

    asset = await client.get(path)
    assert (asset.status, asset.content_type) == (200, "text/javascript")
    assert "immutable" in asset.headers["Cache-Control"]

    older = await client.get("/simulator/assets/0000/simulator/simulator.js")
    assert older.headers["Cache-Control"] == "no-cache"
    assert (await client.get("/simulator/assets/0000/simulator/simulator.html")).status == 404


_numbers = iter(range(1, 1_000_000_000))


@on_both_databases
async def test_why_names_steps_with_their_words(start: Start) -> None:
    client = await start()
    await write(client, "bread")
    await until_answered(client, 1)
    await write(client, "Rye")

    messages = await until_answered(client, 2)

    told = [each["why"] for each in messages if each["direction"] == "inbound"]
    assert told[0][2] == "The flow bakery/order comes to the step bread “Which bread?” (a question)."
    assert told[1][:2] == [
        "The step bread “Which bread?” of the flow bakery/order takes this answer and keeps it as bread.",
        "From the step bread “Which bread?” it goes on to done “…Dark …, coming up”.",
    ]
