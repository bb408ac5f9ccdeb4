"""The webhooks over HTTP: what each kind of post is answered, and what is there by then."""

import json

import pytest
from structlog.testing import capture_logs
from yarl import URL

from bot.conversations import intake
from bot.core.clock import utc_now
from tests.support import posts
from tests.support.served import PROVIDER_NAMES, PUBLIC_URL, Served, serving, signed

MIB = 1024 * 1024


@pytest.mark.parametrize("provider", PROVIDER_NAMES)
async def test_when_the_answer_comes_the_message_and_its_reply_are_committed(
    bot_on_both: Served, provider: str
) -> None:
    answer = await bot_on_both.post(provider, signed(provider, "hi"))

    assert answer.status == 200
    assert await bot_on_both.texts() == ["hi"]
    assert await bot_on_both.texts("outbound") == ["Hello!"]


def _damaged(provider: str, spelled: str | None) -> posts.Post:
    """A post whose signature is `spelled` instead; without one where it is None."""
    headers, body = signed(provider, "hi")
    if provider == "mailgun":
        kept = [part for part in body.split(b"&") if not part.startswith(b"signature=")]
        return headers, b"&".join(
            kept if spelled is None else [*kept, b"signature=" + spelled.encode(errors="surrogateescape")]
        )
    name = {"whatsapp": "X-Hub-Signature-256", "twilio": "X-Twilio-Signature"}[provider]
    right = headers.pop(name)
    prefix = "sha256=" if right.startswith("sha256=") else ""
    return (headers if spelled is None else {**headers, name: prefix + spelled}), body


@pytest.mark.parametrize("provider", PROVIDER_NAMES)
async def test_a_post_whose_signature_is_not_right_is_refused_and_leaves_nothing(bot: Served, provider: str) -> None:
    for spelled in (None, "", "0" * 64, "0", "é" * 64, "\udcff", "0" * 5000):
        with capture_logs() as logs:
            answer = await bot.post(provider, _damaged(provider, spelled))

        assert answer.status == 401, ascii(spelled)
        # The server may still be telling what it will do, and when.
        told = [(line["event"], line["log_level"]) for line in logs if line["event"] != "recurring job"]
        assert told == [("webhook signature refused", "warning")], ascii(spelled)

    assert await bot.nothing_stored()


async def test_a_body_changed_by_one_byte_is_refused(bot: Served) -> None:
    headers, body = signed("whatsapp", "hi")

    assert (await bot.post("whatsapp", (headers, body + b" "))).status == 401
    assert await bot.nothing_stored()


@pytest.mark.parametrize(
    ("provider", "setting"),
    [
        ("whatsapp", "WHATSAPP_APP_SECRET"),
        ("twilio", "TWILIO_AUTH_TOKEN"),
        ("mailgun", "MAILGUN_SIGNING_KEY"),
    ],
)
async def test_without_its_secret_a_provider_is_told_to_come_back_and_the_log_names_the_setting(
    sqlite_url: str, provider: str, setting: str
) -> None:
    async with serving(sqlite_url, **{setting: ""}) as bot:
        with capture_logs() as logs:
            answer = await bot.post(provider, signed(provider, "hi"))

        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert setting not in answer.text
        assert [line["missing"] for line in logs if line["log_level"] == "error"] == [setting]
        assert await bot.nothing_stored()


async def test_a_signed_body_that_cannot_be_parsed_is_a_bad_request(bot: Served) -> None:
    assert (await bot.post("whatsapp", posts.signed_whatsapp(b""))).status == 400
    assert await bot.kept() == []

    bodies = [b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"entry": {}}']
    for body in bodies:
        assert (await bot.post("whatsapp", posts.signed_whatsapp(body))).status == 400, body[:20]
    # It may not come again.
    assert await bot.kept() == ["unknown"] * len(bodies)


async def test_what_is_authentic_and_not_understood_is_kept_counted_and_logged(bot_on_both: Served) -> None:
    labels = {"provider": "whatsapp", "kind": "unknown"}
    before = await bot_on_both.metric("recado_webhook_events_kept_total", **labels)
    payload = {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "new_thing", "value": {}}]}]}

    with capture_logs() as logs:
        answer = await bot_on_both.post("whatsapp", posts.signed_whatsapp(payload))

    assert answer.status == 200
    assert await bot_on_both.kept() == ["unknown"]
    assert await bot_on_both.metric("recado_webhook_events_kept_total", **labels) == before + 1
    assert [line["kind"] for line in logs if line["event"] == "webhook event kept"] == ["unknown"]


async def test_when_too_much_waits_a_provider_is_told_to_come_back(
    bot: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_WAITING", 0)

    answer = await bot.post("whatsapp", signed("whatsapp", "hi"))

    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert await bot.nothing_stored()


async def test_a_further_account_of_a_provider_has_its_own_path(sqlite_url: str) -> None:
    second = "+15559870009"
    async with serving(sqlite_url, TWILIO_FROM=f"{posts.TWILIO_NUMBER}, {second}") as bot:
        for spelled in (second, "%2B15559870009"):
            path = f"/{spelled}"
            post = posts.signed_twilio(posts.twilio_message("hi", to=second), f"{PUBLIC_URL}/webhooks/twilio{path}")
            assert (await bot.ask("POST", _raw(f"/webhooks/twilio{path}"), data=post[1], headers=post[0])).status == 200

        assert {each.account for each in await bot.messages("inbound")} == {f"twilio:{second}"}
        assert len(await bot.texts()) == 2


def _raw(path: str) -> URL:
    """A path that the client sends as it is spelled."""
    return URL(path, encoded=True)


async def test_meta_proves_that_the_url_is_ours_by_the_verify_token(bot: Served) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": posts.VERIFY_TOKEN, "hub.challenge": "<b>11 58</b>"}

    answer = await bot.ask("GET", "/webhooks/whatsapp", params=query)

    assert (answer.status, answer.text) == (200, "<b>11 58</b>")
    assert answer.headers["Content-Type"].partition(";")[0] == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    path = f"/webhooks/whatsapp/{posts.PHONE_NUMBER_ID}"
    assert (await bot.ask("GET", path, params=query)).text == "<b>11 58</b>"


async def test_a_wrong_verify_token_is_forbidden_and_logged(bot: Served) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": posts.VERIFY_TOKEN, "hub.challenge": "1158"}
    wrongs: tuple[dict[str, str], ...] = (
        {"hub.verify_token": "guess"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "é"},
        {"hub.mode": "unsubscribe"},
    )
    for wrong in wrongs:
        with capture_logs() as logs:
            answer = await bot.ask("GET", "/webhooks/whatsapp", params={**query, **wrong})

        assert answer.status == 403, wrong
        assert "1158" not in answer.text
        assert posts.VERIFY_TOKEN not in answer.text
        assert [line["event"] for line in logs if line["event"].startswith("webhook")] == ["webhook challenge refused"]


async def test_unsigned_posts_are_taken_from_this_computer_alone(sqlite_url: str) -> None:
    post = {"Content-Type": "application/json"}, json.dumps(posts.whatsapp_message("hi")).encode()
    async with serving(sqlite_url, BOT_INSECURE_WEBHOOKS="1") as bot:
        for header, value in (
            ("Host", "bot.example.com"),
            ("X-Forwarded-For", "127.0.0.1"),
            ("Forwarded", "for=127.0.0.1"),
            ("CF-Connecting-IP", "127.0.0.1"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Origin", "https://evil.example"),
        ):
            answer = await bot.post("whatsapp", post, params={"token": bot.token}, headers={header: value})
            assert answer.status == 401, header
        assert await bot.nothing_stored()

        assert (await bot.post("whatsapp", post, params={"token": bot.token})).status == 200
        assert await bot.texts() == ["hi"]


@pytest.mark.parametrize(("path", "setting"), [("/metrics", "BOT_METRICS"), ("/simulator", "BOT_SIMULATOR")])
async def test_pages_for_this_computer_alone_are_opened_by_their_setting(
    sqlite_url: str, path: str, setting: str
) -> None:
    from_elsewhere = [{"Host": "bot.example.com"}, {"X-Forwarded-For": "203.0.113.9"}, {"Via": "1.1 tunnel"}]
    async with serving(sqlite_url) as bot:
        assert (await bot.ask("GET", path, headers=bot.operator)).status == 200
        for headers in from_elsewhere:
            answer = await bot.ask("GET", path, headers={**headers, **bot.operator})
            assert answer.status == 403, headers
            assert f"{setting}=public" in answer.text
    async with serving(sqlite_url, **{setting: "public"}) as bot:
        for headers in from_elsewhere:
            assert (await bot.ask("GET", path, headers=headers)).status == 200, headers


async def test_a_refused_url_signature_tells_the_url_and_the_setting_that_mends_it(sqlite_url: str) -> None:
    post = signed("twilio", "hi")
    async with serving(sqlite_url, BOT_PUBLIC_URL="") as bot:
        with capture_logs() as logs:
            answer = await bot.post("twilio", post, "?a=1", headers={"Host": "10.0.0.7:8080"})

        assert answer.status == 401
        (line,) = logs
        assert line["url"] == "http://10.0.0.7:8080/webhooks/twilio?a=1"
        assert "BOT_PUBLIC_URL" in line["mend"]


async def test_the_signature_of_the_public_url_is_accepted_as_it_is_spelled(bot: Served) -> None:
    targets = ("?a=1&b=2", "?message=c%2Fd%20e+f", "?a=%e2%82%ac&a=%E2%82%AC", "?x=a%2Bb&empty=")
    for target in targets:
        post = posts.signed_twilio(posts.twilio_message(target), f"{PUBLIC_URL}/webhooks/twilio{target}")
        headers = {**post[0], "Host": "10.0.0.7"}
        answer = await bot.ask("POST", _raw(f"/webhooks/twilio{target}"), data=post[1], headers=headers)
        assert answer.status == 200, target

    assert await bot.texts() == list(targets)


@pytest.mark.parametrize(
    ("trusted", "told"),
    [("", "127.0.0.1"), ("10.0.0.0/8", "127.0.0.1"), ("127.0.0.0/8, 10.0.0.0/8", "203.0.113.9")],
)
async def test_a_refused_signature_tells_who_knocked(sqlite_url: str, trusted: str, told: str) -> None:
    headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9, 10.0.0.3"}
    async with serving(sqlite_url, BOT_TRUSTED_PROXIES=trusted) as bot:
        with capture_logs() as logs:
            await bot.post("whatsapp", _damaged("whatsapp", None), headers=headers)
    assert [line["client"] for line in logs if line["event"] == "webhook signature refused"] == [told]


async def test_stale_mail_is_refused_by_its_signed_time(bot: Served) -> None:
    old = posts.signed_mailgun(posts.mailgun_message("hi"), int(utc_now().timestamp()) - 10 * 3600)
    assert (await bot.post("mailgun", old)).status == 401
    assert await bot.nothing_stored()
