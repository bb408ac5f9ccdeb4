"""Posts that come twice, together, early, or while the database is away: nothing is lost, nothing is there twice."""

import asyncio
from typing import Any, NoReturn

import pytest
from sqlalchemy.exc import DataError, OperationalError
from structlog.testing import capture_logs

from bot.conversations import intake
from bot.messages import service as messages
from tests.support import posts
from tests.support.bridge import bridge_to
from tests.support.served import PROVIDER_NAMES, PUBLIC_URL, Served, serving, signed
from tests.support.waiting import eventually


@pytest.mark.parametrize("provider", PROVIDER_NAMES)
async def test_the_same_message_twice_at_once_is_one_message_and_one_turn(bot_on_both: Served, provider: str) -> None:
    named = {"message_sid": "SM1"} if provider == "twilio" else {"message_id": "<1@mail.example.com>"}
    twice = [signed(provider, "hi", **named) for _ in range(2)]

    answers = await asyncio.gather(*(bot_on_both.post(provider, each) for each in twice))

    assert [each.status for each in answers] == [200, 200]
    assert await bot_on_both.texts() == ["hi"]
    assert await bot_on_both.texts("outbound") == ["Hello!"]


async def test_the_same_message_at_once_to_two_servers_is_one_message_and_one_turn(postgres_url: str) -> None:
    async with serving(postgres_url) as one, serving(postgres_url) as other:
        for number in range(10):
            post = signed("whatsapp", "hi", sender=f"1555123000{number}", message_id=f"wamid.{number}")
            answers = await asyncio.gather(*(each.post("whatsapp", post) for each in (one, other)))
            assert [each.status for each in answers] == [200, 200]

        assert await one.texts() == ["hi"] * 10
        assert await one.texts("outbound") == ["Hello!"] * 10


def _post_of_everything() -> dict[str, Any]:
    """Two messages of one person, one of another, one to a number that is not ours, statuses, and what is unknown."""
    parts = [
        posts.whatsapp_message("hi", message_id="wamid.1"),
        posts.whatsapp_message("wheat", message_id="wamid.2"),
        posts.whatsapp_message("hi", sender="15551230002", name="Ana", message_id="wamid.3", new_field={"a": [1]}),
        posts.whatsapp_message("hi", number="999", message_id="wamid.4"),
        posts.whatsapp_status("delivered", "wamid.unheard-of"),
        posts.whatsapp_message("", message_id="wamid.5", type="hologram", hologram={"id": "1"}),
    ]
    entries = [entry for part in parts for entry in part["entry"]]
    entries.append({"id": "1", "changes": [{"field": "account_alerts", "value": {"alert": 1}}], "more": None})
    return {"object": "whatsapp_business_account", "entry": entries, "new": True}


async def test_one_post_with_everything_loses_nothing_and_a_repeat_adds_nothing(bot_on_both: Served) -> None:
    post = posts.signed_whatsapp(_post_of_everything())

    assert (await bot_on_both.post("whatsapp", post)).status == 200

    inbound = await bot_on_both.messages("inbound")
    assert {each.provider_message_id for each in inbound} == {"wamid.1", "wamid.2", "wamid.3"}
    assert {each.account for each in inbound} == {f"whatsapp:{posts.PHONE_NUMBER_ID}"}
    assert sorted(await bot_on_both.kept()) == ["status", "unknown", "unknown_account"]
    said = sorted(await bot_on_both.texts("outbound"))
    assert said == ["Hello!", "Hello!", "Rye or wheat?"]
    rui = [each for each in inbound if each.address == "+15551230001"]
    assert [each.content for each in rui] == ["hi", "wheat"]

    assert (await bot_on_both.post("whatsapp", post)).status == 200
    assert await bot_on_both.messages("inbound") == inbound
    assert sorted(await bot_on_both.texts("outbound")) == said


async def test_one_post_may_carry_several_numbers_of_ours_and_each_answers_its_own(sqlite_url: str) -> None:
    second = "700000000000009"
    async with serving(sqlite_url, WHATSAPP_PHONE_NUMBER_ID=f"{posts.PHONE_NUMBER_ID},{second}") as bot:
        to_first, to_second = posts.whatsapp_message("hi"), posts.whatsapp_message("wheat", number=second)
        both = {**to_first, "entry": to_first["entry"] + to_second["entry"]}

        assert (await bot.post("whatsapp", posts.signed_whatsapp(both))).status == 200
        await bot.until_sent(2)

        sent = {each.sender: each.payload["text"]["body"] for each in bot.providers.sends("whatsapp")}
        assert sent == {posts.PHONE_NUMBER_ID: "Hello!", second: "Rye or wheat?"}


async def test_a_status_that_comes_before_our_own_record_is_applied_when_that_appears(bot_on_both: Served) -> None:
    early = posts.whatsapp_status("read", "wamid.OUT1")
    assert (await bot_on_both.post("whatsapp", posts.signed_whatsapp(early))).status == 200
    assert await bot_on_both.kept() == ["status"]

    await bot_on_both.post("whatsapp", signed("whatsapp", "hi"))

    async def read() -> bool:
        return [each.status for each in await bot_on_both.messages("outbound")] == ["read"]

    await eventually(read)


async def test_twilios_status_callback_finds_its_message_by_our_own_id(bot_on_both: Served) -> None:
    await bot_on_both.post("twilio", signed("twilio", "hi"))
    (message,) = await bot_on_both.messages("outbound")
    path = f"?message={message.id}"
    form = posts.twilio_status("delivered", "SM" + "f" * 32)

    answer = await bot_on_both.post("twilio", posts.signed_twilio(form, f"{PUBLIC_URL}/webhooks/twilio{path}"), path)

    assert answer.status == 204
    (message,) = await bot_on_both.messages("outbound")
    assert message.status == "delivered"


async def test_what_could_not_even_be_kept_is_asked_for_again(bot: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_args: object, **_named: object) -> NoReturn:
        raise DataError("INSERT …", None, ValueError())

    async def away(*_args: object, **_named: object) -> NoReturn:
        raise OperationalError("INSERT …", None, ConnectionError())

    monkeypatch.setattr(intake, "take", refused)
    monkeypatch.setattr(messages, "keep", away)

    answer = await bot.post("whatsapp", signed("whatsapp", "hi"))

    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0


async def test_while_the_database_is_away_a_provider_is_told_to_come_back(postgres_url: str) -> None:
    async with bridge_to(postgres_url) as bridge, serving(bridge.url) as bot:
        assert (await bot.post("whatsapp", signed("whatsapp", "hi"))).status == 200
        late = signed("whatsapp", "wheat")
        await bridge.close()

        with capture_logs() as logs:
            answer = await bot.post("whatsapp", late)
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert ("webhook not taken", "the database does not answer") in [(e["event"], e.get("error")) for e in logs]
        assert (await bot.ask("GET", "/health/live")).status == 200
        assert (await bot.ask("GET", "/health/ready")).status == 503
        assert (await bot.ask("GET", "/metrics", headers=bot.operator)).status == 200

        await bridge.open()

        async def taken() -> bool:
            return (await bot.post("whatsapp", late)).status == 200

        async def is_ready() -> bool:
            return (await bot.ask("GET", "/health/ready")).status == 200

        await eventually(taken)
        # The answer is kept for a second.
        await eventually(is_ready)
        await bot.engine.dispose()
        assert await bot.texts() == ["hi", "wheat"]
