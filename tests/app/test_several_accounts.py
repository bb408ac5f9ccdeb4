"""Several accounts of one provider at once: each post speaks for those whose secret it proves."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.conversations.views import ACCOUNTS
from bot.providers.table import PROVIDERS
from tests.support import posts, rows, standins
from tests.support.accounts import SECRET_KEY, add_stored
from tests.support.served import PUBLIC_URL, Served, serving, signed
from tests.support.waiting import eventually

OTHER_NUMBER = "800000000000009"
OTHER_SECRET = "the-other-apps-secret"
OTHER_SID = "AC00000000000000000000000000000009"
OTHER_TOKEN = "the-other-accounts-token"
OTHER_SMS = "+15559870009"


@pytest.fixture
async def bot(sqlite_url: str) -> AsyncIterator[Served]:
    """A server with WhatsApp and Twilio configured, and a second account of each with secrets of its own."""
    async with serving(sqlite_url, BOT_SECRET_KEY=SECRET_KEY) as served:
        await _add_whatsapp(served)
        await add_stored(
            served.engine,
            f"twilio:{OTHER_SMS}",
            {
                "api_url": served.providers.url,
                "account_sid": OTHER_SID,
                "auth_token": OTHER_TOKEN,
                "from": OTHER_SMS,
            },
        )
        await _refresh(served)
        yield served


async def _add_whatsapp(served: Served, number: str = OTHER_NUMBER, secret: str = OTHER_SECRET) -> None:
    await add_stored(
        served.engine,
        f"whatsapp:{number}",
        {
            "api_url": f"{served.providers.url}/v24.0",
            "phone_number_id": number,
            "access_token": standins.ACCESS_TOKEN,
            "app_secret": secret,
            "verify_token": f"verify-{number}",
        },
    )


async def _refresh(served: Served) -> None:
    app = served.client.app
    assert app is not None
    await app[ACCOUNTS].refresh(served.engine)


def _whatsapp(number: str, secret: str, text: str = "hi") -> posts.Post:
    return posts.signed_whatsapp(posts.whatsapp_message(text, number=number), secret=secret)


def _twilio(to: str, token: str, path: str = "", text: str = "hi") -> posts.Post:
    return posts.signed_twilio(posts.twilio_message(text, to=to), f"{PUBLIC_URL}/webhooks/twilio{path}", token=token)


async def test_each_account_receives_and_answers_through_itself(bot: Served) -> None:
    assert (await bot.post("whatsapp", signed("whatsapp", "hi"))).status == 200
    assert (await bot.post("whatsapp", _whatsapp(OTHER_NUMBER, OTHER_SECRET))).status == 200
    assert (await bot.post("twilio", _twilio(OTHER_SMS, OTHER_TOKEN))).status == 200

    assert {each.account for each in await bot.messages("inbound")} == {
        f"whatsapp:{posts.PHONE_NUMBER_ID}",
        f"whatsapp:{OTHER_NUMBER}",
        f"twilio:{OTHER_SMS}",
    }
    await bot.until_sent(2, "whatsapp")
    assert {each.sender for each in bot.providers.sends("whatsapp")} == {posts.PHONE_NUMBER_ID, OTHER_NUMBER}


async def test_a_url_of_one_account_takes_that_accounts_posts_alone(bot: Served) -> None:
    own, path = _whatsapp(OTHER_NUMBER, OTHER_SECRET), f"/{OTHER_NUMBER}"
    assert (await bot.post("whatsapp", own, path)).status == 200
    assert (await bot.post("whatsapp", signed("whatsapp", "hi"), path)).status == 401
    assert (await bot.post("twilio", _twilio(OTHER_SMS, OTHER_TOKEN, f"/{OTHER_SMS}"), f"/{OTHER_SMS}")).status == 200
    assert (
        await bot.post("twilio", _twilio(OTHER_SMS, posts.AUTH_TOKEN, f"/{OTHER_SMS}"), f"/{OTHER_SMS}")
    ).status == 401
    assert (await bot.post("whatsapp", own, "/800000000000000")).status == 404
    assert await bot.texts() == ["hi", "hi"]


@pytest.mark.parametrize("path", ["", "own"])
async def test_a_whatsapp_post_does_not_speak_for_another_apps_number(bot: Served, path: str) -> None:
    """Signed with the one app's secret, but saying that it came to the other's number; both ways round."""
    for number, secret, own in (
        (posts.PHONE_NUMBER_ID, OTHER_SECRET, OTHER_NUMBER),
        (OTHER_NUMBER, posts.APP_SECRET, posts.PHONE_NUMBER_ID),
    ):
        answer = await bot.post("whatsapp", _whatsapp(number, secret), f"/{own}" if path else "")
        assert answer.status == 200
    assert await bot.texts() == []
    assert await bot.texts("outbound") == []
    assert await bot.kept() == ["unknown_account", "unknown_account"]


async def test_a_twilio_post_does_not_speak_for_another_accounts_number(bot: Served) -> None:
    for to, token in ((posts.TWILIO_NUMBER, OTHER_TOKEN), (OTHER_SMS, posts.AUTH_TOKEN)):
        assert (await bot.post("twilio", _twilio(to, token))).status == 200
    assert await bot.texts() == []
    assert await bot.kept() == ["unknown_account", "unknown_account"]


async def test_a_status_of_another_accounts_message_changes_nothing(bot: Served) -> None:
    await bot.post("whatsapp", signed("whatsapp", "hi"))
    await bot.until_sent(1, "whatsapp")
    (message,) = await bot.messages("outbound")
    for claimed in (posts.PHONE_NUMBER_ID, OTHER_NUMBER):
        status = posts.whatsapp_status(
            "failed", message.provider_message_id, message_id=message.id, code=131026, number=claimed
        )
        assert (await bot.post("whatsapp", posts.signed_whatsapp(status, secret=OTHER_SECRET))).status == 200
    (after,) = await bot.messages("outbound")
    assert after.status == "sent"
    assert (await bot.kept()).count("unknown_account") == 1

    status = posts.whatsapp_status("read", message.provider_message_id)
    await bot.post("whatsapp", posts.signed_whatsapp(status))
    (after,) = await bot.messages("outbound")
    assert after.status == "read"


async def test_numbers_of_one_app_share_its_url_and_its_posts(bot: Served) -> None:
    await _add_whatsapp(bot, "800000000000010", posts.APP_SECRET)
    await _refresh(bot)
    both = posts.whatsapp_message("one")
    both["entry"] += posts.whatsapp_message("two", number="800000000000010", sender="15551230002")["entry"]
    both["entry"] += posts.whatsapp_message("three", number=OTHER_NUMBER, sender="15551230003")["entry"]
    assert (await bot.post("whatsapp", posts.signed_whatsapp(both))).status == 200
    assert sorted(await bot.texts()) == ["one", "two"]
    assert await bot.kept() == ["unknown_account"]


async def test_a_challenge_is_met_by_any_accounts_words(bot: Served) -> None:
    for path, words, status in (
        ("", posts.VERIFY_TOKEN, 200),
        ("", f"verify-{OTHER_NUMBER}", 200),
        (f"/{OTHER_NUMBER}", f"verify-{OTHER_NUMBER}", 200),
        (f"/{OTHER_NUMBER}", posts.VERIFY_TOKEN, 403),
        ("", "made-up", 403),
    ):
        query = f"hub.mode=subscribe&hub.verify_token={words}&hub.challenge=1158201444"
        answer = await bot.ask("GET", f"/webhooks/whatsapp{path}?{query}")
        assert answer.status == status, (path, words)


async def test_with_one_account_a_post_is_verified_once(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    provider, verified = PROVIDERS["whatsapp"], []

    def verify(*arguments: object) -> None:
        verified.append(1)
        provider.verify(*arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setitem(PROVIDERS, "whatsapp", replace(provider, verify=verify))
    async with serving(sqlite_url) as bot:
        await bot.post("whatsapp", signed("whatsapp", "hi"))
    assert verified == [1]


async def test_where_only_a_stored_account_is_there_the_settings_are_not_missed(sqlite_url: str) -> None:
    unset = dict.fromkeys(("WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"), "")
    async with serving(sqlite_url, BOT_SECRET_KEY=SECRET_KEY, **unset) as bot:
        post = _whatsapp(OTHER_NUMBER, OTHER_SECRET)
        assert (await bot.post("whatsapp", post)).status == 503

        await _add_whatsapp(bot)
        await _refresh(bot)
        assert (await bot.post("whatsapp", post)).status == 200
        assert (await bot.post("whatsapp", signed("whatsapp", "hi"))).status == 401


async def test_an_account_added_to_a_running_server_works_without_a_restart(database_url: str) -> None:
    async with serving(database_url, BOT_SECRET_KEY=SECRET_KEY) as bot:
        post = _whatsapp(OTHER_NUMBER, OTHER_SECRET)
        assert (await bot.post("whatsapp", post)).status == 401
        await _add_whatsapp(bot)

        async def is_taken() -> bool:
            return (await bot.post("whatsapp", post)).status == 200

        await eventually(is_taken)
        await bot.until_sent(1, "whatsapp")
        assert await bot.texts() == ["hi"]


async def test_posts_for_an_account_that_no_key_opens_are_asked_for_again(bot: Served) -> None:
    await add_stored(bot.engine, "whatsapp:3", {"app_secret": "secret-3"}, key="another-key-0123456789-0123456789-ab")
    await _refresh(bot)
    with capture_logs() as logs:
        answer = await bot.post("whatsapp", _whatsapp("3", "secret-3"), "/3")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    # What runs beside the requests may log meanwhile.
    (reason,) = [each["reason"] for each in logs if "reason" in each]
    assert "BOT_SECRET_KEY" in reason
    assert await bot.nothing_stored()


async def test_the_queue_of_an_account_that_no_key_opens_waits_until_one_does(bot: Served) -> None:
    number, values = "3", {"api_url": f"{bot.providers.url}/v24.0", "access_token": standins.ACCESS_TOKEN}
    values |= {"phone_number_id": number, "app_secret": "secret-3", "verify_token": "verify-3"}
    await add_stored(bot.engine, "whatsapp:3", values, key="another-key-0123456789-0123456789-ab")
    async with bot.engine.begin() as connection:
        waiting = await rows.add_outbound(connection, await rows.add_person(connection), account="whatsapp:3")

    async def is_refused() -> bool:
        return bool((await rows.columns(bot.engine, waiting))["error"] == "account_not_configured")

    await _refresh(bot)
    await eventually(is_refused)
    row = await rows.columns(bot.engine, waiting)
    assert row["status"] == "queued"
    assert row["error_reason"] == "The credentials of whatsapp:3 cannot be decrypted."

    await add_stored(bot.engine, "whatsapp:3", values)
    await _refresh(bot)
    await rows.set_columns(bot.engine, waiting, next_attempt_at=None)
    await bot.until_sent(1, "whatsapp")
