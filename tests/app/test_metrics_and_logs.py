"""What an operator sees: the figures move with what happens, and the log tells it without anybody's words."""

import asyncio
import json
import logging
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from io import StringIO

import pytest
from prometheus_client.metrics import MetricWrapperBase

from bot.app.logs import configure_logs, faults_without_words
from bot.conversations import runner
from bot.core.clock import utc_now
from bot.endpoints.service import delete_endpoint, enable_endpoint
from bot.engine.turn import turn
from bot.settings import Settings
from bot.web import metrics
from tests.support import due, posts, rows
from tests.support.endpoints import BY, add_row
from tests.support.processes import ROOT
from tests.support.served import PROVIDER_NAMES, Served, serving, signed
from tests.support.standins import ACCESS_TOKEN, MAILGUN_API_KEY, Behaviour
from tests.support.waiting import eventually

CHANNELS = {"whatsapp": "whatsapp", "twilio": "sms", "mailgun": "email"}
COLLECTORS = {name: each for name, each in vars(metrics).items() if isinstance(each, MetricWrapperBase)}


def test_every_metric_is_counted_somewhere() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    assert [name for name in COLLECTORS if f"metrics.{name}." not in sources] == []


@pytest.mark.parametrize("provider", PROVIDER_NAMES)
async def test_a_conversation_moves_the_figures_of_its_provider(bot: Served, provider: str) -> None:
    async def figures() -> dict[str, float]:
        named = {"provider": provider}
        series: dict[str, tuple[str, Mapping[str, str]]] = {
            "inbound": ("recado_inbound_messages_total", {**named, "channel": CHANNELS[provider]}),
            "taken": ("recado_webhooks_total", {**named, "status": "200"}),
            "refused": ("recado_webhooks_total", {**named, "status": "401"}),
            "timed": ("recado_webhook_seconds_count", named),
            "quick": ("recado_webhook_seconds_bucket", {**named, "le": "5.0"}),
            "turns": ("recado_turns_total", {"result": "answered"}),
            "sent": ("recado_sends_total", {**named, "result": "sent"}),
        }
        return {key: await bot.metric(name, **labels) for key, (name, labels) in series.items()}

    before = await figures()
    assert (await bot.post(provider, signed(provider, "hi"))).status == 200
    assert (await bot.post(provider, ({}, b""))).status == 401
    await bot.until_sent(1)

    moved = {key: value - before[key] for key, value in (await figures()).items()}
    assert moved == dict.fromkeys(before, 1.0)


@pytest.mark.parametrize("provider", PROVIDER_NAMES)
async def test_a_repeat_is_counted_apart(bot: Served, provider: str) -> None:
    post = signed(provider, "hi")
    await bot.post(provider, post)
    inbound = {"provider": provider, "channel": CHANNELS[provider]}
    before = [
        await bot.metric("recado_inbound_duplicates_total", provider=provider),
        await bot.metric("recado_inbound_messages_total", **inbound),
    ]

    assert (await bot.post(provider, post)).status == 200

    assert await bot.metric("recado_inbound_duplicates_total", provider=provider) == before[0] + 1
    assert await bot.metric("recado_inbound_messages_total", **inbound) == before[1]


@pytest.mark.parametrize(
    ("behaviour", "result"),
    [(Behaviour.refuse(400, code=100), "failed"), (Behaviour.refuse(500), "retry"), (Behaviour("reset"), "unknown")],
    ids=["failed", "retry", "unknown"],
)
async def test_sends_are_counted_by_what_came_of_them(bot: Served, behaviour: Behaviour, result: str) -> None:
    labels = {"provider": "whatsapp", "result": result}
    before = await bot.metric("recado_sends_total", **labels)
    bot.providers.next("whatsapp", behaviour)

    await bot.post("whatsapp", signed("whatsapp", "hi"))

    async def counted() -> bool:
        return await bot.metric("recado_sends_total", **labels) == before + 1

    await eventually(counted)


async def test_a_message_sent_again_after_a_crash_is_counted_as_unknown(bot: Served) -> None:
    before = await bot.metric("recado_sends_unknown_total", provider="whatsapp")
    async with bot.engine.begin() as connection:
        person = await rows.add_person(connection)
        await rows.add_outbound(
            connection, person, account=f"whatsapp:{posts.PHONE_NUMBER_ID}", attempt_started_at=utc_now(), attempts=1
        )

    await bot.until_sent(1)

    assert await bot.metric("recado_sends_unknown_total", provider="whatsapp") == before + 1


async def test_status_callbacks_are_counted(bot: Served) -> None:
    labels = {"provider": "whatsapp", "status": "read"}
    before = await bot.metric("recado_statuses_total", **labels)

    await bot.post("whatsapp", posts.signed_whatsapp(posts.whatsapp_status("read", "wamid.other")))

    assert await bot.metric("recado_statuses_total", **labels) == before + 1


async def test_the_outbox_and_the_turns_that_wait_are_shown_with_their_age(
    bot_on_both: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_named: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(runner, "turn", broken)
    await bot_on_both.post("whatsapp", signed("whatsapp", "hi"))
    monkeypatch.setattr(runner, "turn", turn)
    paused = "whatsapp:paused"
    async with bot_on_both.engine.begin() as connection:
        # Nobody delivers a paused account, and no sweeper takes a turn that is put off.
        await rows.add_account(connection, paused, paused=True)
        for number in range(2):
            person = await rows.add_person(connection, f"+551199999000{number}")
            await rows.add_outbound(connection, person, account=paused, created_at=_ago(60))
        await rows.add_inbound(connection, person, account=paused, turn_state="pending", next_attempt_at=_ago(-60))

    assert await bot_on_both.metric("recado_outbox_depth", account=paused, lane="reply") == 2
    assert 60 <= await bot_on_both.metric("recado_outbox_oldest_seconds", account=paused, lane="reply") < 90
    assert await bot_on_both.metric("recado_account_paused", account=paused) == 1
    assert await bot_on_both.metric("recado_account_slowed", account=paused) == 1
    assert await bot_on_both.metric("recado_account_paused", account=f"whatsapp:{posts.PHONE_NUMBER_ID}") == 0
    assert await bot_on_both.metric("recado_turns_pending") == 1
    assert await bot_on_both.metric("recado_turns_parked") == 1
    assert await bot_on_both.metric("recado_turns_total", result="parked") >= 1


async def test_due_work_is_shown_by_type_and_a_type_without_any_as_none(bot_on_both: Served) -> None:
    async def shown(type_: str) -> list[float]:
        names = ("recado_jobs_pending", "recado_jobs_failed", "recado_job_oldest_due_seconds")
        return [await bot_on_both.metric(name, type=type_) for name in names]

    # Nobody here runs jobs of the type `work`.
    await due.put(bot_on_both.engine, "late", due_in=-90)
    await due.put(bot_on_both.engine, "later", due_in=60)
    for key in ("bad", "worse"):
        await due.put(bot_on_both.engine, key, due_in=3600, type_="send")
        await due.change(bot_on_both.engine, key, status="failed")

    pending, failed, oldest = await shown("work")
    assert (pending, failed) == (2, 0)
    assert 90 <= oldest < 120
    assert await shown("send") == [0, 2, 0]
    text = (await bot_on_both.ask("GET", "/metrics", headers=bot_on_both.operator)).text
    assert 'recado_jobs_failed{type="listener"} 0.0' in text

    await due.change(bot_on_both.engine, "bad", status="done")
    await due.change(bot_on_both.engine, "worse", status="done")
    assert await shown("send") == [0, 0, 0]


async def test_an_endpoint_that_was_disabled_by_itself_is_shown_until_somebody_sees_to_it(bot_on_both: Served) -> None:
    reasons = ("failing", "gone", "asked")
    ids = [await add_row(bot_on_both.engine, status="disabled", disabled_reason=each) for each in reasons]

    async def shown() -> list[float]:
        return [await bot_on_both.metric("recado_endpoint_disabled", endpoint=each) for each in ids]

    assert await shown() == [1, 1, 0]
    async with bot_on_both.engine.begin() as connection:
        await enable_endpoint(connection, ids[0], BY, utc_now())
        await delete_endpoint(connection, ids[1], BY, utc_now())
    assert await shown() == [0, 0, 0]


def _ago(seconds: float) -> datetime:
    return utc_now() - timedelta(seconds=seconds)


def test_a_logged_exception_is_its_type_and_its_place_never_its_words() -> None:
    try:
        int("blue heron")
    except ValueError as error:
        told = [
            faults_without_words(None, "error", {"event": "failed", "exc_info": given})
            for given in (True, error, sys.exc_info())
        ]

    assert [each["error"] for each in told] == ["ValueError"] * 3
    assert all("test_metrics_and_logs.py" in each["at"][-1] for each in told)
    assert "heron" not in str(told)
    assert faults_without_words(None, "info", {"event": "well", "exc_info": False}) == {"event": "well"}


SECRETS = (
    posts.APP_SECRET,
    posts.VERIFY_TOKEN,
    posts.AUTH_TOKEN,
    posts.MAILGUN_SIGNING_KEY,
    ACCESS_TOKEN,
    MAILGUN_API_KEY,
)
PERSON = ("15551230001", "rui@example.com", "Rui", "blue heron")
ANSWERS = ("Hello!", "Rye or wheat?")


async def test_the_log_is_json_that_names_messages_and_never_a_word_an_address_or_a_secret(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    configure_logs(Settings.read({"BOT_LOG_FORMAT": "json", "BOT_LOG_LEVEL": "debug"}))
    async with serving(sqlite_url) as bot:
        bot.providers.next("twilio", Behaviour.refuse(400, code=21211))
        bot.providers.next("mailgun", Behaviour("not_json"))
        for provider in PROVIDER_NAMES:
            forged = {**signed(provider, "blue heron")[0], "X-Hub-Signature-256": "sha256=0"}, b"Body=blue+heron"
            assert (await bot.post(provider, signed(provider, "blue heron \0"))).status == 200
            assert (await bot.post(provider, forged)).status == 401
        reader, writer = await asyncio.open_connection(bot.client.server.host, bot.client.server.port)
        writer.write(b"POST /webhooks/whatsapp HTTP/1.1\r\nblue heron\r\n\r\n")
        assert b" 400 " in await reader.readline()
        writer.close()

        async def attempted() -> bool:
            return told.getvalue().count('"event":"attempt"') >= len(PROVIDER_NAMES)

        await eventually(attempted)
        inbound, outbound = [{each.id for each in await bot.messages(way)} for way in ("inbound", "outbound")]

    for word in (*SECRETS, *PERSON, *ANSWERS):
        assert word not in told.getvalue()
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
    assert {line["message"] for line in lines if line["event"] == "turn"} == inbound
    assert {line["message"] for line in lines if line["event"] == "attempt"} == outbound
    assert sum(line["event"] == "webhook signature refused" for line in lines) == len(PROVIDER_NAMES)
