"""Messenger's and Instagram's webhooks: what is taken for Meta's, and what their posts mean."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.addresses import AddressKind, Channel
from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.core.text import MAX_ID, MAX_TEXT
from bot.providers.base import Credentials, Provider, WebhookRequest
from bot.providers.meta.instagram import PROVIDER as INSTAGRAM
from bot.providers.meta.messenger import PROVIDER as MESSENGER
from tests.support import posts
from tests.support.captured import PUBLIC_URL, Case, cases, normalised
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PERSON = "7000000000000001"

each_provider = for_each("provider", [MESSENGER, INSTAGRAM])


def credentials(provider: Provider, **values: str) -> Credentials:
    names = {each.key: each.setting for each in provider.credentials}
    return Credentials({"app_secret": posts.APP_SECRET, "verify_token": posts.VERIFY_TOKEN} | values, names)


def post(provider: Provider, body: bytes, headers: dict[str, str] | None = None) -> WebhookRequest:
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    return WebhookRequest("POST", f"{PUBLIC_URL}/webhooks/{provider.name}", lowered, {}, body)


def event(provider: Provider, **what: object) -> WebhookRequest:
    kind, ours = {"messenger": ("page", posts.PAGE_ID), "instagram": ("instagram", posts.INSTAGRAM_ID)}[provider.name]
    return post(provider, json.dumps(posts.messaging_event(kind, ours, PERSON, **what)).encode())


def holds(provider: Provider, case: Case) -> None:
    headers, body = posts.signed_whatsapp(case.body)
    request = post(provider, body, headers)
    provider.verify(request, credentials(provider), NOW)
    assert normalised(provider.parse(request, NO_CREDENTIALS)) == case.expected
    assert provider.parse(request, NO_CREDENTIALS).answer.status == 200


@for_each("case", cases("messenger"))
def test_a_signed_post_of_messenger_means_what_its_fixture_says(case: Case) -> None:
    holds(MESSENGER, case)


@for_each("case", cases("instagram"))
def test_a_signed_post_of_instagram_means_what_its_fixture_says(case: Case) -> None:
    holds(INSTAGRAM, case)


@each_provider
def test_people_are_known_by_ids_of_their_own_kind(provider: Provider) -> None:
    channel, kind = {
        "messenger": (Channel.MESSENGER, AddressKind.MESSENGER),
        "instagram": (Channel.INSTAGRAM, AddressKind.INSTAGRAM),
    }[provider.name]
    (message,) = provider.parse(event(provider, message={"mid": "m_1", "text": "oi"}), NO_CREDENTIALS).messages
    assert (message.channel, message.addresses[0].kind) == (channel, kind)
    assert provider.channels == (channel,)


@each_provider
@for_each("position", range(0, 120, 9))
def test_one_changed_bit_is_refused(provider: Provider, position: int) -> None:
    headers, body = posts.signed_whatsapp(posts.messenger_message("oi"))
    changed = bytearray(body)
    changed[position] ^= 1
    with pytest.raises(SignatureError):
        provider.verify(post(provider, bytes(changed), headers), credentials(provider), NOW)


@each_provider
@for_each("header", [None, "", "sha256=", "sha256=00", "sha1=00", "sha256=ação"])
def test_a_missing_or_wrong_signature_is_refused(provider: Provider, header: str | None) -> None:
    headers = {} if header is None else {"X-Hub-Signature-256": header}
    with pytest.raises(SignatureError):
        provider.verify(post(provider, b"{}", headers), credentials(provider), NOW)


@each_provider
def test_without_a_secret_nothing_is_taken(provider: Provider) -> None:
    headers, body = posts.signed_whatsapp(posts.messenger_message("oi"))
    with pytest.raises(NotConfiguredError) as caught:
        provider.verify(post(provider, body, headers), credentials(provider, app_secret=""), NOW)
    assert caught.value.setting == f"{provider.name.upper()}_APP_SECRET"


@each_provider
def test_the_challenge_comes_back_to_whoever_knows_the_verify_token(provider: Provider) -> None:
    assert provider.challenge is not None
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": posts.VERIFY_TOKEN}
    request = WebhookRequest("GET", PUBLIC_URL, {}, query, b"")
    assert provider.challenge(request, credentials(provider)).body == b"1158201444"
    with pytest.raises(SignatureError):
        provider.challenge(request, credentials(provider, verify_token="another"))


@each_provider
@for_each(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"object": "%s", "entry": {}}',
        b'{"object": "%s", "entry": [1]}',
        b'{"object": "%s", "entry": [{"id": "1", "messaging": {}}]}',
        b'{"object": {}}',
    ],
)
def test_a_body_that_is_not_metas_is_refused(provider: Provider, body: bytes) -> None:
    kind = b"page" if provider is MESSENGER else b"instagram"
    with pytest.raises(UnparsableError):
        provider.parse(post(provider, body.replace(b"%s", kind)), NO_CREDENTIALS)


@each_provider
@for_each(
    "what",
    [
        {"message": {}},
        {"message": 1},
        {"message": {"mid": ""}},
        {"message": {"mid": "m_1", "text": {}}},
        {"message": {"mid": "m_1", "attachments": {}}},
        {"message": {"mid": "m_1", "is_echo": True, "metadata": 1.5, "text": []}},
        {"reaction": {}},
        {"reaction": {"mid": "m" * MAX_ID}},
        {"message_edit": {"mid": "m" * MAX_ID, "num_edit": 1}},
        {"message": {"mid": "m" * MAX_ID, "is_deleted": True}},
        {"postback": {"mid": "m" * (MAX_ID + 1)}},
        {"postback": {"title": "x"}, "timestamp": "\x00"},
        {"delivery": {"mids": [""]}},
        {"delivery": 1},
        {"read": {"mid": ""}},
        {"something_new": {}},
    ],
)
def test_an_event_that_cannot_be_read_is_kept_and_holds_up_nothing(provider: Provider, what: dict[str, Any]) -> None:
    delivery = provider.parse(event(provider, **what), NO_CREDENTIALS)
    (kept,) = delivery.unknown
    assert kept.kind == next(iter(what))
    assert (delivery.messages, delivery.statuses, delivery.echoes) == ((), (), ())


@each_provider
@for_each("moment", ["soon", None, [], 10**30, -(10**30), 10**17])
def test_a_moment_that_is_none_is_left_out(provider: Provider, moment: object) -> None:
    request = event(provider, message={"mid": "m_1", "text": "oi"}, timestamp=moment)
    (message,) = provider.parse(request, NO_CREDENTIALS).messages
    assert message.sent_at is None


@each_provider
def test_a_text_beyond_all_bounds_is_cut_and_says_how_long_it_was(provider: Provider) -> None:
    request = event(provider, message={"mid": "m_1", "text": "a" * 30_000})
    (message,) = provider.parse(request, NO_CREDENTIALS).messages
    assert message.text == "a" * (MAX_TEXT - 1) + "…"
    assert (message.body, message.cleaned) == ({"cut_from": 30_000}, True)


@each_provider
def test_the_page_or_account_of_the_settings_is_the_account(provider: Provider) -> None:
    key = {"messenger": "page_id", "instagram": "account_id"}[provider.name]
    assert provider.identity(credentials(provider, **{key: " 1 "})) == ("1",)
    assert provider.identity(credentials(provider)) == ()
