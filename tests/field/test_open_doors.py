"""What strangers can reach, what they can print, and what is kept of what they send."""

import asyncio
import json
import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http.cookies import SimpleCookie
from itertools import product
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs
from yarl import URL

from bot.app.logs import configure_logs, without_steering
from bot.cli.common import print_line, print_table
from bot.cli.findings import Verdict
from bot.cli.public_doors import check_doors
from bot.contacts.models import Contact
from bot.core.clock import utc_now
from bot.core.messages import Status, StatusUpdate
from bot.db.engine import create_engine
from bot.messages.kept.early_statuses import keep_statuses
from bot.messages.kept.models import WebhookEvent
from bot.messages.models import Message
from bot.messages.service import Bound, RawPost, keep, spend, trim
from bot.providers.base import WebhookRequest
from bot.providers.kit.kept_body import MOST_BYTES
from bot.settings import Settings
from tests.app.conftest import bot_on_both
from tests.cli.conftest import Recado, recado, shell
from tests.support import posts, rows
from tests.support.bundles import published
from tests.support.mail_posts import multipart
from tests.support.served import BUNDLE, PUBLIC_URL, Served, serving, signed

__all__ = ["bot_on_both", "recado", "shell"]

DOORS = ["/simulator", "/simulator/messages?channel=sms", "/metrics"]
PERSON = {"Recado-Person": "+5511912345678"}
UNSIGNED = {"Content-Type": "application/json"}, json.dumps(posts.whatsapp_message("hi")).encode()


async def raw(bot: Served, request: str) -> str:
    """The first line of the answer to `request`, sent byte for byte as a tunnel does."""
    reader, writer = await asyncio.open_connection("127.0.0.1", bot.client.port)
    writer.write(request.encode())
    line = (await reader.readline()).decode()
    writer.close()
    return line


async def test_D08_what_a_tcp_tunnel_brings_opens_nothing(sqlite_url: str) -> None:
    async with serving(sqlite_url) as bot:
        for door, host in product(DOORS, ["localhost", "127.0.0.1:8080", "[::1]"]):
            closed = await raw(bot, f"GET {door} HTTP/1.1\r\nHost: {host}\r\nRecado-Person: +5511912345678\r\n\r\n")
            wrong = await bot.ask("GET", door, headers={**PERSON, "Host": host, "Authorization": "Bearer guessed"})
            right = await bot.ask("GET", door, headers={**PERSON, "Host": host, **bot.operator})

            assert closed.startswith("HTTP/1.1 403 "), (door, host)
            assert (wrong.status, right.status) == (403, 200), (door, host)


async def test_D08_a_proxy_that_passes_nothing_on_is_known_by_its_http_1_0(sqlite_url: str) -> None:
    """nginx's `proxy_pass http://127.0.0.1:PORT` speaks HTTP/1.0 and names this computer as the Host."""
    async with serving(sqlite_url) as bot:
        passed_on = (
            f"Host: 127.0.0.1:8080\r\nRecado-Person: +5511912345678\r\nAuthorization: Bearer {bot.token}\r\n\r\n"
        )

        for door in DOORS:
            assert " 403 " in await raw(bot, f"GET {door} HTTP/1.0\r\n{passed_on}"), door
            assert " 200 " in await raw(bot, f"GET {door} HTTP/1.1\r\n{passed_on}"), door


async def test_D08_the_printed_link_opens_the_simulator_and_the_address_bar_forgets_its_token(sqlite_url: str) -> None:
    async with serving(sqlite_url) as bot:
        link = await bot.ask("GET", "/simulator", params={"token": bot.token}, allow_redirects=False)
        cookie = SimpleCookie(link.headers["Set-Cookie"])[f"recado_{bot.client.port}"]
        opened = await bot.ask("GET", "/simulator", headers={"Cookie": f"{cookie.key}={cookie.value}"})
        told = await bot.ask("GET", DOORS[1], headers={**PERSON, "Cookie": f"{cookie.key}={cookie.value}"})

    assert (link.status, link.headers["Location"]) == (302, "/simulator")
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/simulator")
    assert link.headers["Referrer-Policy"] == "no-referrer"
    assert link.headers["Cache-Control"] == "no-store"
    assert (opened.status, told.status) == (200, 200)
    assert bot.token not in opened.text


async def test_D08_the_first_page_passes_the_token_on(sqlite_url: str) -> None:
    async with serving(sqlite_url) as bot:
        answer = await bot.ask("GET", "/", params={"token": bot.token}, allow_redirects=False)
        assert answer.headers["Location"] == f"/simulator?token={bot.token}"


async def test_D08_whoever_lost_the_link_reads_how_to_get_it_again(sqlite_url: str) -> None:
    async with serving(sqlite_url) as bot:
        page = await bot.ask("GET", "/", headers={"Accept-Language": "pt-BR"})
        english = await bot.ask("GET", "/simulator?token=guessed")
        address = bot.client.make_url("").host, bot.client.port

    assert page.status == english.status == 403
    assert "{}:{}/simulator?token=…".format(*address) in page.text
    assert "Abra o link que o servidor mostrou" in page.text
    assert "Open the link that the server printed" in english.text
    assert "Set-Cookie" not in english.headers


async def test_D08_unsigned_posts_carry_the_token(sqlite_url: str) -> None:
    async with serving(sqlite_url, BOT_INSECURE_WEBHOOKS="1") as bot:
        through_a_tunnel = await bot.post("whatsapp", UNSIGNED, headers={"Host": "localhost"})
        guessed = await bot.post("whatsapp", UNSIGNED, "?token=guessed")
        assert await bot.nothing_stored()
        with_token = await bot.post("whatsapp", UNSIGNED, f"?token={bot.token}")

        assert (through_a_tunnel.status, guessed.status, with_token.status) == (401, 401, 200)
        assert await bot.texts() == ["hi"]


async def test_D08_the_token_is_no_part_of_what_an_unsigned_post_says(sqlite_url: str) -> None:
    """Vonage's messages may come as a GET: what nobody understands is kept, and that is its query."""
    async with serving(sqlite_url, BOT_INSECURE_WEBHOOKS="1") as bot:
        answer = await bot.ask("GET", "/webhooks/vonage", params={"surprise": "yes", "token": bot.token})

        assert answer.status == 200
        assert await bot.kept_payloads() == [b"surprise=yes"]


async def test_D08_the_token_is_never_logged(sqlite_url: str) -> None:
    async with serving(sqlite_url, BOT_INSECURE_WEBHOOKS="1") as bot:
        with capture_logs() as logs:
            from_elsewhere = {"Host": "bot.example.com"}
            refused = await bot.post("twilio", ({}, b"Body=hi"), f"?token={bot.token}", headers=from_elsewhere)
            await bot.ask("GET", "/metrics", params={"token": bot.token}, headers=from_elsewhere)

    assert refused.status == 401
    assert "webhook signature refused" in [line["event"] for line in logs]
    assert bot.token not in str(logs)


async def test_D08_where_everyone_may_use_the_simulator_a_tunnel_sends_no_files(sqlite_url: str) -> None:
    body = {"id": "abcdefgh12", "text": "", "file": {"name": "a.txt", "type": "text/plain", "content": "aGk="}}
    async with serving(sqlite_url, BOT_SIMULATOR="public") as bot:
        stranger = await bot.ask("POST", DOORS[1], json=body, headers=PERSON)
        operator = await bot.ask("POST", DOORS[1], json=body, headers={**PERSON, **bot.operator})

    assert (stranger.status, operator.status) == (403, 202)


async def test_D08_the_token_lasts_as_long_as_the_secret_key(sqlite_url: str) -> None:
    tokens = []
    for key in ("a" * 32, "a" * 32, "b" * 32, "", ""):
        async with serving(sqlite_url, BOT_SECRET_KEY=key) as bot:
            tokens.append(bot.token)

    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 4


async def doors_found(bot: Served, **settings: str) -> dict[str, Verdict]:
    """What `doctor` finds where the public address leads to the server by a tunnel that hides it."""
    public = {"BOT_PUBLIC_URL": str(bot.client.make_url("")).rstrip("/")}
    async with aiohttp.ClientSession() as session:
        found = await check_doors(session, Settings.read({**public, **settings}))
    return {each.subject: each.verdict for each in found}


async def test_D08_doctor_tries_the_doors_through_the_public_address(sqlite_url: str) -> None:
    async with serving(sqlite_url, BOT_INSECURE_WEBHOOKS="1") as bot:
        assert await doors_found(bot) == {
            "/simulator": Verdict.GOOD,
            "/metrics": Verdict.GOOD,
            "Unsigned posts": Verdict.GOOD,
            # The tunnel shows nothing of where its requests come from.
            "Public address": Verdict.NOTE,
        }
    async with serving(sqlite_url, BOT_SIMULATOR="public", BOT_METRICS="public") as bot:
        found = await doors_found(bot, BOT_METRICS="public")
        assert (found["/simulator"], found["/metrics"]) == (Verdict.FAULT, Verdict.NOTE)


HOSTILE = "Ana\u009b31m\x1b[2J\u202etxt.exe\u2066\u2028\u200b\U000e0041[link=https://evil.example]pay[/link]\nPaid: yes"
RAW = [each for each in HOSTILE if not each.isprintable() and each != "\n"]


async def a_hostile_message(url: str) -> None:
    engine = create_engine(url)
    body = {"media": [{"type": "document", "filename": f"{HOSTILE}.pdf"}]}
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        await connection.execute(update(Contact).values(name=HOSTILE))
        await rows.add_inbound(connection, person, content=HOSTILE, body=body, error_reason=HOSTILE)
    await engine.dispose()


@pytest.mark.parametrize(
    "command", [("messages", "list"), ("contacts", "list"), ("contacts", "show", "+5511999990000"), ("why", "--last")]
)
@pytest.mark.parametrize("as_json", [False, True], ids=["words", "json"])
async def test_D13_what_strangers_write_never_steers_a_terminal(
    recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str, command: tuple[str, ...], *, as_json: bool
) -> None:
    shell.setenv("DATABASE_URL", sqlite_url)
    await a_hostile_message(sqlite_url)

    result = await recado(*command, *(["--json"] if as_json else []))

    assert [each for each in RAW if each in result.out] == []
    assert r"\u202e" in result.out
    # A line break within the words makes no line of its own.
    assert not any(line.startswith("Paid") for line in result.out.splitlines())
    if as_json:
        assert HOSTILE in set(_strings(json.loads(result.out)))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def test_D13_a_table_on_a_terminal_shows_markup_as_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "400")

    print_table(("Name",), [(HOSTILE,)])
    print_line(HOSTILE, style="bold")

    shown = capsys.readouterr().out
    assert "\x1b]8;" not in shown
    assert "[link=https://evil.example]pay[/link]" in shown
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown
    assert "\u009b" not in shown


@pytest.mark.parametrize("form", ["console", "json"])
def test_D13_the_log_shows_a_hosts_tricks_by_their_numbers(
    form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    configure_logs(Settings.read({"BOT_LOG_FORMAT": form}))
    try:
        structlog.get_logger().warning("refused", url=f"http://{HOSTILE}\udcff/", tried=[HOSTILE])
        logging.getLogger("aiohttp.server").warning("bad request from %s", HOSTILE)
    finally:
        structlog.reset_defaults()

    said = capsys.readouterr().err
    assert [each for each in (*RAW, "\udcff") if each in said] == []
    assert len(said.splitlines()) == 2
    assert r"\u202e" in said


async def test_D13_names_of_files_are_shown_and_saved_without_tricks(sqlite_url: str) -> None:
    sent = {"name": "receipt\u202efdp.exe", "type": "text/plain", "content": "aGVsbG8="}
    async with serving(sqlite_url, BOT_OUTBOX="off") as bot:
        headers = {**PERSON, **bot.operator}
        await bot.ask("POST", DOORS[1], json={"id": "abcdefgh12", "text": "", "file": sent}, headers=headers)
        shown = json.loads((await bot.ask("GET", DOORS[1], headers=headers)).text)["messages"][0]["media"][0]

    assert "\u202e" not in shown["name"]


async def test_D13_the_persons_own_words_stay_as_they_are(sqlite_url: str) -> None:
    async with serving(sqlite_url) as bot:
        await bot.post("whatsapp", signed("whatsapp", "\u202eolleh\u009b\u200d"))
        assert await bot.texts() == ["\u202eolleh\u009b\u200d"]


FILE = bytes(range(256)) * 3_000


async def kept_rows(bot: Served) -> list[Any]:
    async with bot.engine.connect() as connection:
        return list((await connection.execute(select(WebhookEvent.__table__).order_by(WebhookEvent.id))).all())


def mailgun_with_a_file(text: str, **fields: str) -> posts.Post:
    form = posts.mailgun_message(text, **fields)
    seconds = int(utc_now().timestamp())
    _headers, signed_form = posts.signed_mailgun(form, seconds)
    values = dict(parse_qsl(signed_form.decode(), keep_blank_values=True))
    return multipart(values, {"attachment-1": ("photo.jpg", "image/jpeg", FILE)})


@pytest.mark.parametrize("text", ["one\0two", "a" * 20_001], ids=["NUL", "long"])
async def test_D10_a_mail_whose_words_were_cleaned_is_kept_without_its_files(sqlite_url: str, text: str) -> None:
    async with serving(sqlite_url) as bot:
        assert (await bot.post("mailgun", mailgun_with_a_file(text))).status == 200
        (row,) = await kept_rows(bot)

    assert (row.kind, row.cut) == ("cleaned", "files")
    assert row.size > len(FILE) > 10 * len(row.payload)
    assert b"photo.jpg" in row.payload


async def test_D10_mails_without_a_sender_are_kept_without_their_files_and_counted(bot_on_both: Served) -> None:
    before = await bot_on_both.metric("recado_webhook_events_cut_total", provider="mailgun")
    for number in range(5):
        post = mailgun_with_a_file(f"mail {number}", sender="", **{"from": ""})
        assert (await bot_on_both.post("mailgun", post)).status == 200

    kept = await kept_rows(bot_on_both)
    assert [row.cut for row in kept] == ["files"] * 5
    assert sum(len(row.payload) for row in kept) < 50_000
    assert all(f"mail {number}".encode() in row.payload for number, row in enumerate(kept))
    assert await bot_on_both.metric("recado_webhook_events_cut_total", provider="mailgun") == before + 5


async def test_D10_what_is_too_long_is_cut(sqlite_url: str) -> None:
    value = {
        "object": "whatsapp_business_account",
        "entry": [{"changes": [{"field": "x", "value": {"v": "v" * 1_000_000}}]}],
    }
    async with serving(sqlite_url) as bot:
        assert (await bot.post("whatsapp", posts.signed_whatsapp(value))).status == 200
        (row,) = await kept_rows(bot)

    assert (row.kind, row.cut, len(row.payload)) == ("unknown", "length", MOST_BYTES)


async def test_D10_the_same_post_is_kept_once_however_often_it_comes(bot_on_both: Served) -> None:
    odd = posts.whatsapp_message("", type="hologram", hologram={"id": "1"})
    parts = [odd, posts.whatsapp_message("hi", number="999")]
    post = posts.signed_whatsapp({**parts[0], "entry": [entry for part in parts for entry in part["entry"]]})
    for _ in range(3):
        assert (await bot_on_both.post("whatsapp", post)).status == 200

    kept = await kept_rows(bot_on_both)
    assert sorted(row.kind for row in kept) == ["unknown", "unknown_account"]
    assert sorted(row.payload or b"" for row in kept) == [b"", post[1]]


async def test_D10_all_that_is_kept_is_bounded_and_the_oldest_go_first(engine: AsyncEngine) -> None:
    bound, now = Bound(most=200_000), utc_now()
    async with engine.begin() as connection:
        early = StatusUpdate("whatsapp:1", "wamid.1", Status.SENT)
        await keep_statuses(connection, [early], now)
        for number in range(40):
            post = RawPost("whatsapp", b"%02d" % number + b"x" * 9_998)
            bound.grown(await keep(connection, post, "unknown", None, None, now))
            if bound.is_due:
                bound.is_due = False
                bound.held(await trim(connection, bound.most))
        kept = list(await connection.scalars(select(WebhookEvent.payload).order_by(WebhookEvent.id)))

    assert kept[0] is None
    assert [(row or b"")[:2] for row in kept[1:]] == [b"%02d" % number for number in range(40 - len(kept[1:]), 40)]
    assert 15 < len(kept[1:]) <= 19


OURS = f"whatsapp:{posts.PHONE_NUMBER_ID}"


def whatsapp_in(shell: pytest.MonkeyPatch, url: str) -> None:
    settings = {
        "DATABASE_URL": url,
        "WHATSAPP_PHONE_NUMBER_ID": posts.PHONE_NUMBER_ID,
        "WHATSAPP_ACCESS_TOKEN": "token",
        "WHATSAPP_APP_SECRET": posts.APP_SECRET,
    }
    for name, value in settings.items():
        shell.setenv(name, value)


async def kept_before(
    engine: AsyncEngine, *payloads: Mapping[str, Any], kind: str = "unknown", proven_by: str = OURS, **columns: Any
) -> None:
    """Posts that an older version kept as not understood, ten minutes ago."""
    async with engine.begin() as connection:
        for payload in payloads:
            headers, body = posts.signed_whatsapp(payload)
            lower = {name.lower(): value for name, value in headers.items()}
            request = WebhookRequest("POST", f"{PUBLIC_URL}/webhooks/whatsapp", lower, {}, b"")
            post = RawPost("whatsapp", body, request, proven_by)
            await keep(connection, post, kind, {"events": ["hologram"]}, None, utc_now() - timedelta(minutes=10))
        if columns:
            await connection.execute(update(WebhookEvent).values(columns))


async def said(engine: AsyncEngine) -> list[tuple[str, str]]:
    statement = select(Message.direction, Message.content).order_by(Message.contact_id, Message.seq)
    async with engine.connect() as connection:
        return [(row.direction, row.content) for row in await connection.execute(statement)]


async def test_D10_what_is_understood_after_an_upgrade_is_played_again_once(
    recado: Recado, shell: pytest.MonkeyPatch, database_url: str
) -> None:
    whatsapp_in(shell, database_url)
    engine = create_engine(database_url)
    await published(engine, BUNDLE)
    late = posts.whatsapp_message("hi", sender="15551230002", seconds=posts.present() - 30 * 86_400)
    odd = posts.whatsapp_message("", type="hologram", hologram={"id": "1"})
    await kept_before(engine, posts.whatsapp_message("hi"), late, odd)

    listed = json.loads((await recado("webhooks", "list", "--provider", "whatsapp", "--since", "1h", "--json")).out)
    first = await recado("webhooks", "replay", "--all", "--json")
    again = await recado("webhooks", "replay", "--all", "--json")
    async with engine.begin() as connection:
        # As after a kill between the commit of the messages and the mark.
        await connection.execute(update(WebhookEvent).values(replayed_at=None))
    once_more = await recado("webhooks", "replay", "--all")

    assert [each["kind"] for each in listed] == ["unknown"] * 3
    results = [each["result"] for each in json.loads(first.out)]
    assert results == ["understood", "understood", "not understood"], first.err
    assert [each["result"] for each in json.loads(again.out)] == ["not understood"]
    assert "2  understood" in once_more.out
    assert sorted(await said(engine)) == [("inbound", "hi"), ("inbound", "hi"), ("outbound", "Hello!")]
    async with engine.connect() as connection:
        assert len((await connection.execute(select(WebhookEvent.id))).all()) == 3
    await engine.dispose()


async def test_D10_a_token_that_stood_for_something_unknown_is_no_bar_to_what_is_understood_now(
    recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    """The first such post ended the whole of it."""
    # Given a mail that an older version took for something else, with the token that signed it spent on that,
    shell.setenv("DATABASE_URL", sqlite_url)
    shell.setenv("MAILGUN_DOMAIN", posts.MAILGUN_DOMAIN)
    shell.setenv("MAILGUN_SIGNING_KEY", posts.MAILGUN_SIGNING_KEY)
    engine = create_engine(sqlite_url)
    headers, body = posts.signed_mailgun(posts.mailgun_message("hi"), posts.present(), token="t" * 50)
    request = WebhookRequest("POST", f"{PUBLIC_URL}/webhooks/mailgun", headers, {}, b"")
    post = RawPost("mailgun", body, request, f"mailgun:{posts.MAILGUN_DOMAIN}")
    async with engine.begin() as connection:
        assert not await spend(connection, {("mailgun", "t" * 50): "hologram"}, utc_now())
        await keep(connection, post, "unknown", {"events": ["hologram"]}, None, utc_now())

    # when it is read again,
    replayed = await recado("webhooks", "replay", "--all", "--json")

    # then it is recorded.
    assert [each["result"] for each in json.loads(replayed.out)] == ["understood"], replayed.err
    assert [content for _way, content in await said(engine)] == ["hi"]
    await engine.dispose()


async def test_D10_posts_of_which_something_is_missing_say_why_they_cannot_be_played_again(
    recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    whatsapp_in(shell, sqlite_url)
    engine = create_engine(sqlite_url)
    await kept_before(engine, posts.whatsapp_message("one"), cut="files")
    await kept_before(engine, posts.whatsapp_message("two"), proven_by="whatsapp:gone")
    async with engine.begin() as connection:
        await keep(connection, RawPost("whatsapp", b"{}"), "unknown", None, None, utc_now())

    replayed = await recado("webhooks", "replay", "--all", "--json")

    assert [each["result"] for each in json.loads(replayed.out)] == ["cut", "no account", "not readable"]
    assert await said(engine) == []
    await engine.dispose()


async def test_D10_a_post_speaks_for_no_more_accounts_when_it_is_played_again(
    recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    whatsapp_in(shell, sqlite_url)
    engine = create_engine(sqlite_url)
    both = posts.whatsapp_message("ours")
    both["entry"] += posts.whatsapp_message("another's", number="999", sender="15551230002")["entry"]
    await kept_before(engine, both, kind="unknown_account")

    replayed = await recado("webhooks", "replay", "--all", "--kind", "unknown_account")

    assert replayed.out == "1  understood in part; the rest stays kept\n"
    assert [content for _way, content in await said(engine)] == ["ours"]
    await engine.dispose()


async def test_D10_a_kept_post_is_shown_without_effect(
    recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    whatsapp_in(shell, sqlite_url)
    engine = create_engine(sqlite_url)
    async with engine.begin() as connection:
        await keep(connection, RawPost("whatsapp", HOSTILE.encode()), "unknown", {"events": [HOSTILE]}, None, utc_now())
        await keep(connection, RawPost("whatsapp", b"\xff"), "unknown", None, None, utc_now())
    ids = [each["id"] for each in json.loads((await recado("webhooks", "list", "--json")).out)]

    shown = await recado("webhooks", "show", ids[1])
    binary = json.loads((await recado("webhooks", "show", ids[0], "--json")).out)

    assert [each for each in RAW if each in shown.out] == []
    assert "Paid: yes" in shown.out
    assert binary["payload_base64"] == "/w=="
    await engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("replay",), 2),
        (("replay", "cmwq7sw6e0000caawbcvyiw70", "--all"), 2),
        (("replay", "cmwq7sw6e0000caawbcvyiw70"), 1),
        (("show", "cmwq7sw6e0000caawbcvyiw70"), 1),
        (("list", "--since", "yesterday"), 2),
        (("list", "--provider", "whatsap"), 2),
        (("list",), 0),
    ],
)
async def test_D10_what_is_asked_wrongly_is_told(
    recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str, arguments: tuple[str, ...], code: int
) -> None:
    whatsapp_in(shell, sqlite_url)
    assert (await recado("webhooks", *arguments)).code == code


async def test_D13_a_path_makes_no_line_of_its_own_in_the_log(sqlite_url: str) -> None:
    """As reported of a proxy whose paths are decoded before they are logged."""
    async with serving(sqlite_url, BOT_PUBLIC_URL="") as bot:
        with capture_logs() as logs:
            path = "/%1b%5b2J%0a12:00%20forged"
            unknown = await bot.ask("POST", URL(f"/webhooks/twilio{path}", encoded=True), data=b"Body=hi")
            refused = await bot.ask("POST", URL(f"/webhooks/twilio?{path}", encoded=True), data=b"Body=hi")

    assert (unknown.status, refused.status) == (404, 401)
    shown = [value for line in logs for value in without_steering(None, "", dict(line)).values()]
    assert not any("\x1b" in str(value) or "\n" in str(value) for value in shown)
