"""Who may use the simulator by their role, and answering in it as a person of the shop."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.app.server import make_app
from bot.audit.service import AuditFilter, lines
from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.db.engine import create_engine, reading
from bot.settings import Settings
from bot.simulator import views
from bot.users.rules import Role
from bot.users.service import add_user
from bot.web.access import Identity
from bot.web.keys import ENGINE
from tests.simulator.test_http import ANA, TOKEN, Client, on_both_databases, read, until_answered, url, write
from tests.support.bundles import published
from tests.support.framed import identity, sign_in

__all__ = ["url"]

BUNDLE = """
bundle: help
locale: en
templates:
  ask: {content: What is it about?}
  wait: {content: Somebody will write to you.}
triggers: [{type: equals, pattern: help, flow: desk}]
flows:
  desk:
    steps:
      - {key: about, type: collect_input, template: ask, save_as: about}
      - {key: wait, type: end, template: wait, handoff: true}
"""
SMS = "/simulator/messages?channel=sms"
ANSWERS, HAND_BACK = "/simulator/answers?channel=sms", "/simulator/hand-back?channel=sms"

Start = Callable[..., Awaitable[Client]]


@pytest.fixture
async def start(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> AsyncIterator[Start]:
    """Starts the real application for who is signed in, or for who shows the token."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(views, "WAIT_SECONDS", 0.3)
    monkeypatch.setattr(views, "LOOK_SECONDS", 0.02)
    engine = create_engine(url)
    await published(engine, BUNDLE)
    await engine.dispose()
    clients: list[Client] = []

    async def started(who: Identity | None = None, *, shows_token: bool = True, **settings: str) -> Client:
        app = make_app(Settings.read({"DATABASE_URL": url, **settings}), token=TOKEN)
        if who is not None:
            sign_in(app, who)
        headers = {"Authorization": f"Bearer {TOKEN}"} if shows_token else {}
        client: Client = TestClient(TestServer(app), headers=headers)
        await client.start_server()
        clients.append(client)
        return client

    yield started
    for client in clients:
        await client.close()


async def handed_over(client: Client) -> None:
    await write(client, "help", "sms")
    await until_answered(client, 1, "sms")
    await write(client, "my order", "sms")
    await until_answered(client, 2, "sms")


@on_both_databases
async def test_a_person_of_the_shop_answers_after_a_hand_off_and_gives_the_conversation_back(start: Start) -> None:
    client = await start()
    await handed_over(client)
    stands = (await read(client, "sms"))["stands"]
    assert (stands["handed_over"], stands["flow"], stands["values"]) == (True, "help/desk", [["about", "my order"]])

    answered = await client.post(ANSWERS, json={"text": "  Hello, I am Rui. "}, headers=ANA)

    assert answered.status == 202
    last = (await until_answered(client, 3, "sms"))[-1]
    assert (last["text"], last["by_hand"], last["replies_to"]) == ("Hello, I am Rui.", True, "")
    await write(client, "help", "sms")
    assert (await client.post(HAND_BACK, headers=ANA)).status == 204
    assert (await client.post(HAND_BACK, headers=ANA)).status == 204
    assert (await read(client, "sms"))["stands"]["handed_over"] is False
    await write(client, "help", "sms")
    assert (await until_answered(client, 4, "sms"))[-1]["text"] == "What is it about?"
    async with reading(client.server.app[ENGINE]) as connection:  # type: ignore[attr-defined]
        told = await lines(connection, AuditFilter(), 10, None)
    assert [(each.action, each.actor, "Hello" in str(each.detail)) for each in told[:2]] == [
        ("contact.resume", "simulator", False),
        ("message.send", "simulator", False),
    ]


async def test_why_the_bot_is_silent_is_told_in_the_zone_in_which_the_page_tells_till_when(start: Start) -> None:
    await handed_over(await start())
    chosen, told = [], []
    for zone, cookie in (("Asia/Tokyo", "America/Sao_Paulo"), (None, "America/Sao_Paulo"), (None, "")):
        client = await start(identity(timezone=zone))
        client.session.cookie_jar.update_cookies({"recado_zone": cookie})
        chosen.append('data-zone="Asia/Tokyo"' in await (await client.get("/simulator")).text())
        last = [each for each in (await read(client, "sms"))["messages"] if "why" in each][-1]
        told += [each.partition("silent until ")[2] for each in last["why"] if "silent until" in each]
    assert chosen == [True, False, False]
    tokyo, sao_paulo = (
        datetime.strptime(each.replace("\u202f", " "), "%m/%d/%y, %I:%M %p.").replace(tzinfo=UTC) for each in told[:2]
    )
    assert tokyo - sao_paulo == timedelta(hours=12)
    assert told[2].endswith(" UTC.")


async def test_what_cannot_be_sent_says_why(start: Start) -> None:
    client = await start()
    assert (await client.post(ANSWERS, json={"text": "hi"}, headers=ANA)).status == 404
    await handed_over(client)
    for body in (b"", b"{}", b'{"text": "  "}', b'{"text": 1}', b"["):
        assert (await client.post(ANSWERS, data=body, headers=ANA)).status == 400, body
    await write(client, "STOP", "sms")

    refused = await client.post(ANSWERS, json={"text": "hi"}, headers=ANA)

    assert refused.status == 409
    assert "START" in await refused.text()


@on_both_databases
async def test_where_there_are_users_the_token_alone_answers_for_nobody(start: Start) -> None:
    client = await start()
    await handed_over(client)
    async with client.server.app[ENGINE].begin() as connection:  # type: ignore[attr-defined]
        await add_user(connection, "ana@example.com", Role.ADMIN, Actor("test"), utc_now())

    assert (await client.post(ANSWERS, json={"text": "hi"}, headers=ANA)).status == 403
    assert (await client.post(HAND_BACK, headers=ANA)).status == 403
    assert (await write(client, "hi", "sms")).status == 202
    assert '"answers": false' in await (await client.get("/simulator")).text()


async def test_who_may_send_messages_uses_it_from_anywhere_and_others_are_led_to_sign_in(start: Start) -> None:
    elsewhere = {"X-Forwarded-For": "203.0.113.9", "Accept": "text/html"}
    editor, viewer = await start(identity(Role.EDITOR)), await start(identity(Role.VIEWER))
    nobody = await start(shows_token=False)
    async with nobody.server.app[ENGINE].begin() as connection:  # type: ignore[attr-defined]
        await add_user(connection, "ana@example.com", Role.ADMIN, Actor("test"), utc_now())

    assert (await editor.get("/simulator", headers=elsewhere)).status == 200
    assert (await viewer.get("/simulator", headers=elsewhere)).status == 403
    led = await nobody.get("/simulator", headers=elsewhere, allow_redirects=False)
    assert (led.status, led.headers["Location"]) == (303, "/sign-in?next=/simulator")
    assert (await nobody.get(SMS, headers={**ANA, "X-Forwarded-For": "203.0.113.9"})).status == 401
    here = await nobody.get("/simulator")
    assert here.status == 403
    assert "/sign-in?next=/simulator" in await here.text()


async def test_posts_of_who_is_signed_in_carry_their_token(start: Start) -> None:
    async with (await start()).server.app[ENGINE].begin() as connection:  # type: ignore[attr-defined]
        user = await add_user(connection, "ana@example.com", Role.EDITOR, Actor("test"), utc_now())
    who = replace(identity(Role.EDITOR), user_id=user.id)
    client = await start(who)

    assert (await write(client, "hi", "sms")).status == 403
    assert (await client.post(ANSWERS, json={"text": "hi"}, headers=ANA)).status == 403
    mine = {**ANA, "X-CSRF-Token": who.csrf}
    assert (await write(client, "help", "sms", headers=mine)).status == 202

    assert (await client.post(ANSWERS, json={"text": "I am Ana"}, headers=mine)).status == 202

    async with reading(client.server.app[ENGINE]) as connection:  # type: ignore[attr-defined]
        line, *_before = await lines(connection, AuditFilter(), 10, None)
    assert (line.action, line.actor, line.user_id) == ("message.send", "Ana Souza", who.user_id)


async def test_a_viewer_whom_the_token_lets_in_talks_and_does_not_answer(start: Start) -> None:
    who = identity(Role.VIEWER)
    client = await start(who)
    mine = {**ANA, "X-CSRF-Token": who.csrf}
    assert (await write(client, "help", "sms", headers=mine)).status == 202
    assert (await client.post(ANSWERS, json={"text": "hi"}, headers=mine)).status == 403


async def test_a_viewer_is_told_what_keeps_them_out_and_is_not_led_to_sign_in_once_more(start: Start) -> None:
    client = await start(identity(Role.VIEWER), shows_token=False)
    async with client.server.app[ENGINE].begin() as connection:  # type: ignore[attr-defined]
        await add_user(connection, "ana@example.com", Role.ADMIN, Actor("test"), utc_now())

    page = await client.get("/simulator")

    assert page.status == 403
    assert "Your role may not send messages" in await page.text()
    assert "/sign-in" not in await page.text()


async def test_the_page_speaks_as_who_is_signed_in_has_chosen(start: Start) -> None:
    client = await start(identity(Role.ADMIN, locale="pt-BR"))
    page = await client.get("/simulator", headers={"Accept-Language": "en"})
    assert 'lang="pt-BR"' in await page.text()


@on_both_databases
async def test_the_person_speaks_the_language_that_was_picked_on_any_channel(start: Start) -> None:
    client = await start()
    someone = {"Recado-Person": "ana.12345678"}
    body = {"id": "page0000", "name": "Ana", "text": "help"}

    sent = await client.post("/simulator/messages?channel=telegram&language=es-ES", json=body, headers=someone)

    assert sent.status == 202
    told = await client.get("/simulator/messages?channel=telegram&language=es-ES", headers=someone)
    assert (await told.json())["stands"]["locale"] == "es-ES"
    for bad in ("es", "ES-es", "es-ES%0a", "../.."):
        answer = await client.get(f"/simulator/messages?channel=telegram&language={bad}", headers=someone)
        assert answer.status == 400, bad


@on_both_databases
async def test_values_are_told_as_they_stand_however_hostile_or_long(start: Start) -> None:
    client = await start()
    await write(client, "help", "sms")
    asked = (await read(client, "sms"))["stands"]
    assert (asked["flow"], asked["step"], asked["values"]) == ("help/desk", "about “What is it about?”", [])

    await write(client, "<script>\u202e\n" + "x" * 5000, "sms")

    ((name, value),) = (await read(client, "sms"))["stands"]["values"]
    assert name == "about"
    assert value.startswith("<script>\\u202e xxx")
    assert len(value) < 400
