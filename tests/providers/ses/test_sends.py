"""Sending through Amazon SES: what goes to its API, and what its answers mean."""

import base64
import json
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.service import Accounts
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason
from bot.core.errors import NotConfiguredError
from bot.core.messages import Choice, EmailHeaders, OutboundMessage
from bot.messages.outbox.sending import send
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.ses.provider import CREDENTIALS, PROVIDER
from bot.providers.ses.sigv4 import Key, signed
from bot.settings import Settings
from tests.support.sends import probed
from tests.support.tables import for_each

NOW = datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)
NAMES = {each.key: each.setting for each in CREDENTIALS}
VALUES = {
    "region": "us-east-1",
    "access_key_id": "AKIDEXAMPLE",
    "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "from": "Pizzaria <oi@example.org>",
}
HELD = Credentials(VALUES, NAMES)
MESSAGE = OutboundMessage(
    id="cmgj3v5s00000abcdefghijkl",
    account="ses:oi@example.org",
    channel=Channel.EMAIL,
    to=Address(AddressKind.EMAIL, "ana@example.com"),
    text="Qual sabor? Maçã!",
    choices=(Choice("1", "Margherita"), Choice("2", "Calabresa")),
    email=EmailHeaders(subject="Re: Pedido", in_reply_to="<a1@x>", references=("<a1@x>",)),
)


def built(credentials: Credentials = HELD, message: OutboundMessage = MESSAGE) -> HttpRequest:
    request = PROVIDER.build(message, credentials, Circumstances(NOW))
    assert isinstance(request, HttpRequest)
    return request


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return PROVIDER.read(HttpResponse(status, headers or {}, raw))


def refused(name: str, status: int = 400, message: str = "", **headers: str) -> Refused:
    spelled = {"x-amzn-errortype": f"{name}:http://internal.amazon.com/coral/"} if name else {}
    outcome = answer({"message": message}, status, {**spelled, **headers})
    assert isinstance(outcome, Refused)
    assert outcome.reason.endswith(".")
    return outcome


def test_a_mail_goes_out_whole_and_signed() -> None:
    request = built()
    body = json.loads(request.body)
    assert (request.method, request.url) == ("POST", "https://email.us-east-1.amazonaws.com/v2/email/outbound-emails")
    assert body["Destination"] == {"ToAddresses": ["ana@example.com"]}
    assert body["EmailTags"] == [{"Name": "bot_msg", "Value": MESSAGE.id}]
    assert "ConfigurationSetName" not in body
    mail = message_from_bytes(base64.b64decode(body["Content"]["Raw"]["Data"]))
    assert (mail["From"], mail["To"], mail["Subject"]) == ("Pizzaria <oi@example.org>", "ana@example.com", "Re: Pedido")
    assert (mail["In-Reply-To"], mail["X-Recado"]) == ("<a1@x>", MESSAGE.id)
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert "1. Margherita" in payload.decode()
    key = Key(VALUES["access_key_id"], VALUES["secret_access_key"], "us-east-1", "ses")
    assert request.headers == signed(
        "POST",
        "email.us-east-1.amazonaws.com",
        "/v2/email/outbound-emails",
        headers={"Content-Type": "application/json"},
        body=request.body,
        key=key,
        now=NOW,
    )
    assert "EXAMPLEKEY" not in repr(request)


def test_the_configuration_set_goes_along() -> None:
    assert (
        json.loads(built(Credentials(VALUES | {"configuration_set": "recado"}, NAMES)).body)["ConfigurationSetName"]
        == "recado"
    )


def test_an_address_of_ones_own_is_called_instead() -> None:
    request = built(Credentials(VALUES | {"api_url": "http://127.0.0.1:4566/aws/"}, NAMES))
    assert request.url == "http://127.0.0.1:4566/aws/v2/email/outbound-emails"


@for_each("missing", sorted(VALUES))
def test_the_missing_setting_is_named(missing: str) -> None:
    with pytest.raises(NotConfiguredError) as caught:
        built(Credentials({name: value for name, value in VALUES.items() if name != missing}, NAMES))
    assert caught.value.setting == NAMES[missing]


def test_doctor_asks_for_the_accounts_standing() -> None:
    request = probed(PROVIDER, HELD)
    assert (request.method, request.url) == ("GET", "https://email.us-east-1.amazonaws.com/v2/email/account")
    assert "Content-Type" not in request.headers


def test_the_id_is_the_one_that_its_events_name() -> None:
    assert answer({"MessageId": "0100-1"}) == Sent("0100-1")


@for_each("body", [b"<html>", {}, {"MessageId": ""}, {"MessageId": {}}])
def test_an_answer_that_cannot_be_read_leaves_it_unknown(body: object) -> None:
    assert isinstance(answer(body), Unknown)


@for_each("status", [502, 504])
def test_an_answer_that_a_gateway_lost_leaves_it_unknown(status: int) -> None:
    assert isinstance(answer(b"<html>", status), Unknown)


@for_each(
    ("name", "status", "message", "after"),
    [
        ("TooManyRequestsException", 429, "", 5.0),
        ("ThrottlingException", 400, "Maximum sending rate exceeded.", 5.0),
        ("", 429, "", 5.0),
    ],
)
def test_who_sends_too_much_is_slowed_down(name: str, status: int, message: str, after: float) -> None:
    outcome = refused(name, status, message)
    assert (outcome.retryable, outcome.throttled, outcome.retry_after) == (True, True, after)
    assert outcome.code == (name or "http_429")


def test_the_days_quota_is_waited_for_and_slows_nothing_down() -> None:
    outcome = refused("ThrottlingException", 400, "Daily message quota exceeded.")
    assert (outcome.retryable, outcome.throttled, outcome.retry_after) == (True, False, 3600.0)


def test_the_wait_that_the_answer_asks_for_goes_before() -> None:
    assert refused("TooManyRequestsException", 429, **{"retry-after": "2"}).retry_after == 2


@for_each(("name", "status"), [("InternalServiceErrorException", 500), ("", 503), ("Busy", 502)])
def test_a_fault_of_sess_is_tried_again(name: str, status: int) -> None:
    outcome = refused(name, status)
    assert (outcome.retryable, outcome.operator, outcome.throttled) == (True, False, False)


@for_each(
    ("name", "status", "pauses"),
    [
        ("AccountSuspendedException", 400, True),
        ("SendingPausedException", 400, True),
        ("InvalidSignatureException", 403, True),
        ("UnrecognizedClientException", 403, True),
        ("AccessDeniedException", 403, True),
        ("", 401, True),
        ("", 403, True),
        ("MailFromDomainNotVerifiedException", 400, False),
        ("LimitExceededException", 400, False),
        ("NotFoundException", 404, False),
        ("", 301, False),
    ],
)
def test_what_only_the_operator_can_mend_is_theirs(name: str, status: int, pauses: bool) -> None:
    outcome = refused(name, status)
    assert (outcome.operator, outcome.credentials, outcome.retryable) == (True, pauses, False)


@for_each(
    ("name", "message", "opt_out"),
    [
        ("MessageRejected", "Email address is not verified. The following identities failed", None),
        ("MessageRejected", "Address is on the suppression list", ConsentReason.BOUNCE),
        ("MessageRejected", "Bad content", None),
        ("BadRequestException", "Illegal address", None),
        ("", "", None),
    ],
)
def test_what_ses_does_not_take_has_failed(name: str, message: str, opt_out: ConsentReason | None) -> None:
    outcome = refused(name, 400, message)
    assert (outcome.code, outcome.retryable, outcome.operator) == (name or "http_400", False, False)
    assert outcome.opt_out is opt_out


@for_each(
    ("body", "code"),
    [
        ({"__type": "com.amazonaws.ses#MessageRejected"}, "MessageRejected"),
        ({"__type": ["x"]}, "http_400"),
        ({"__type": "a b"}, "http_400"),
        ({"__type": "x" * 200}, "http_400"),
    ],
)
def test_the_errors_name_may_stand_in_the_body(body: dict[str, Any], code: str) -> None:
    outcome = answer(body, 400)
    assert isinstance(outcome, Refused)
    assert outcome.code == code


async def test_a_mail_is_sent_over_http() -> None:
    taken: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        taken.append((request.headers["Authorization"].partition("/")[0], request.headers["Host"]))
        return web.json_response({"MessageId": "0100-1"})

    app = web.Application()
    app.router.add_post("/v2/email/outbound-emails", take)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        settings = {NAMES[name]: value for name, value in VALUES.items()}
        settings["SES_API_URL"] = str(server.make_url("")).rstrip("/")
        outcome = await send(session, Accounts(Settings.read(settings)), MESSAGE, "")
        host = f"{server.host}:{server.port}"

    assert outcome == Sent("0100-1")
    assert taken == [("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE", host)]
