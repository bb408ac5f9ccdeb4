"""Plivo's webhooks: what is taken for Plivo's, and what its posts mean."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.plivo.provider import CREDENTIALS, PROVIDER
from tests.support.captured import Case, cases, normalised
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = {each.key: each.setting for each in CREDENTIALS}
FORM = "application/x-www-form-urlencoded"
TOKEN = "plivo-auth-token-for-tests"

# Vectors; Plivo's own library (4.63.0) accepts those of V3.
URL = "https://bot.example.com/hooks/plivo"
NONCE = "05429567804466091622"
PARAMETERS = {
    "From": "15551230001",
    "MessageUUID": "aaaaaaaa-0000-4000-8000-000000000001",
    "Text": "hello there",
    "To": "15559870002",
    "Type": "sms",
}
V2 = "MuyiOExqHIANtPNyabOOV5Frq/hh3HDXAI5PhCLTBeI="
V3 = "cI86o6qWxejjhyBEtueSU2lmVAfig629XVXG0YyCKLU="
V3_WITH_QUERY = "cQba1V6Ot3zAkpiVjOHKdI7RLt9nKGmHJLFG6Mm49f8="


def held(signature: str = "v2", auth_token: str = TOKEN) -> Credentials:
    return Credentials({"auth_token": auth_token, "signature": signature}, NAMES)


def post(
    headers: Mapping[str, str], url: str = URL, parameters: Mapping[str, str] = PARAMETERS, **replaced: str
) -> WebhookRequest:
    return WebhookRequest(
        replaced.get("method", "POST"),
        url,
        {"content-type": replaced.get("content_type", FORM), **headers},
        {},
        replaced["body"].encode() if "body" in replaced else urlencode(parameters).encode(),
    )


def v2(signature: str = V2, nonce: str = NONCE, *, main: bool = False) -> dict[str, str]:
    name = "x-plivo-signature-ma-v2" if main else "x-plivo-signature-v2"
    return {name: signature, "x-plivo-signature-v2-nonce": nonce}


def v3(signature: str = V3, nonce: str = NONCE) -> dict[str, str]:
    return {"x-plivo-signature-v3": signature, "x-plivo-signature-v3-nonce": nonce}


def sign(text: str) -> str:
    return b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha256).digest()).decode()


@for_each("case", cases("plivo"))
def test_a_post_means_what_its_fixture_says(case: Case) -> None:
    assert normalised(PROVIDER.parse(case.request, NO_CREDENTIALS)) == case.expected


@for_each("case", [case for case in cases("plivo") if case.request.method == "POST"])
def test_a_post_signed_by_v3_is_taken_for_its_form_alone(case: Case) -> None:
    base, mark, query = case.request.url.partition("?")
    fields = "".join(name + case.body[name] for name in sorted(case.body))
    signature = sign(f"{base}?{query}{'.' if mark else ''}{fields}.{NONCE}")
    request = case.request._replace(headers={**case.request.headers, **v3(signature)})
    PROVIDER.verify(request, held("v3"), NOW)
    with pytest.raises(SignatureError):
        PROVIDER.verify(request._replace(body=request.body + b"1"), held("v3"), NOW)


def test_v2_is_taken_whatever_the_query_and_the_form_are() -> None:
    PROVIDER.verify(post(v2()), held(), NOW)
    PROVIDER.verify(post(v2(), f"{URL}?tenant=7", {"From": "1"}), held(), NOW)


def test_a_subaccounts_post_is_taken_by_the_main_accounts_token() -> None:
    PROVIDER.verify(post(v2(main=True)), held(), NOW)


def test_the_nonce_of_v2_is_a_token_for_one_message() -> None:
    delivery = PROVIDER.parse(post(v2()), held())
    assert (delivery.token, delivery.token_for) == (NONCE, PARAMETERS["MessageUUID"])
    other = PROVIDER.parse(post(v2(), parameters=PARAMETERS | {"MessageUUID": "another"}), held())
    assert (other.token, other.token_for) == (NONCE, "another")


def test_a_nonce_that_came_with_one_persons_opt_out_is_for_no_other_person() -> None:
    def token_for(**changed: str) -> str:
        return PROVIDER.parse(post(v2(), parameters=PARAMETERS | changed), held()).token_for

    opted_out = token_for(MessageIntent="optout")
    assert opted_out == token_for(MessageIntent="optout")
    others = {token_for(), token_for(MessageIntent="optin"), token_for(MessageIntent="optout", From="15551230009")}
    assert opted_out not in others
    assert len(others) == 3


def test_a_nonce_that_came_with_a_failure_is_for_no_opt_out() -> None:
    failed = {"From": "15559870002", "To": "15551230001", "MessageUUID": "b", "Status": "failed", "ErrorCode": "80"}

    def token_for(code: str, query: dict[str, str]) -> str:
        request = post(v2(), parameters=failed | {"ErrorCode": code})._replace(query=query)
        return PROVIDER.parse(request, held()).token_for

    tokens = [token_for("80", {}), token_for("200", {}), token_for("80", {"message": "cmessage1"})]
    assert tokens == ["failed b", "failed provider b", "failed b cmessage1"]


def test_v3_needs_no_token_since_it_covers_the_form() -> None:
    delivery = PROVIDER.parse(post(v3()), held("v3"))
    assert (delivery.token, delivery.token_for) == ("", "")


@for_each(
    "request_",
    [
        post(v3()),
        post(v3(V3_WITH_QUERY), f"{URL}?tenant=7"),
        post(v3(f"AAAA, {V3}")),
        post(v3(sign(f"{URL}?a=1&b=2&b=3.{NONCE}")), f"{URL}?b=3&b=2&a=1", method="GET"),
        post(v3(sign(f"{URL}.{NONCE}")), method="GET"),
        post(v3(sign(f"{URL}?a=Ol\u00e1 +.a1a2b.{NONCE}")), f"{URL}?a=Ol%C3%A1%20%2B", body="b=&a=2&a=1"),
    ],
)
def test_v3_is_taken_where_it_is_asked_for(request_: WebhookRequest) -> None:
    PROVIDER.verify(request_, held("v3"), NOW)


@for_each(
    "request_",
    [
        post({}),
        post(v2()),
        post({**v2(), **v3("")}),
        post(v3(V2)),
        post(v3(V3.lower())),
        post(v3("\udcff")),
        post(v3(nonce="")),
        post(v3(nonce="1" * 201)),
        post(v3(nonce="05429567804466091623")),
        post(v3("A," * 10 + V3)),
        post(v3(), f"{URL}?tenant=7"),
        post(v3(V3_WITH_QUERY), f"{URL}?tenant=8"),
        post(v3(), "https://[bot.example.com/"),
        post(v3(), f"{URL}?{'a=1&' * 2000}"),
        post(v3(), parameters=PARAMETERS | {"Text": "hello There"}),
        post(v3(), parameters=PARAMETERS | {"More": "1"}),
        post(v3(), body=""),
        post(v3(), content_type="application/json", body="{}"),
    ],
)
def test_a_missing_or_wrong_v3_is_refused(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(request_, held("v3"), NOW)


@for_each(
    "request_",
    [
        post({}),
        post(v3()),
        post(v2(V3)),
        post(v2("")),
        post(v2(nonce="")),
        post(v2(nonce="05429567804466091623")),
        post(v2(), "https://bot.example.com/hooks/other"),
        post(v2(), "https://[bot.example.com/"),
    ],
)
def test_a_missing_or_wrong_v2_is_refused(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(request_, held(), NOW)


def test_either_of_two_tokens_is_taken_while_they_rotate() -> None:
    PROVIDER.verify(post(v3()), held("v3", f"a-new-one, {TOKEN}"), NOW)


@for_each(
    ("credentials", "setting"),
    [(held(auth_token=""), "PLIVO_AUTH_TOKEN"), (held("v1"), "PLIVO_SIGNATURE (as v2 or v3)")],
)
def test_without_its_settings_nothing_is_taken(credentials: Credentials, setting: str) -> None:
    with pytest.raises(NotConfiguredError) as caught:
        PROVIDER.verify(post(v2()), credentials, NOW)
    assert caught.value.setting == setting


@for_each(
    "request_",
    [post(v2(), body=""), post(v2(), content_type="text/plain"), post(v2(), content_type="application/json")],
)
def test_a_body_that_is_not_plivos_is_named(request_: WebhookRequest) -> None:
    with pytest.raises(UnparsableError):
        PROVIDER.parse(request_, NO_CREDENTIALS)


def test_the_numbers_of_the_settings_are_the_accounts() -> None:
    assert PROVIDER.identity(Credentials({"from": "+1 (555) 987-0002, PIZZARIA"}, {})) == ("15559870002", "PIZZARIA")
    assert PROVIDER.identity(NO_CREDENTIALS) == ()


def test_a_post_is_answered_200() -> None:
    assert PROVIDER.parse(post(v2()), NO_CREDENTIALS).answer.status == 200
