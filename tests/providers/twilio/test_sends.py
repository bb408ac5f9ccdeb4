"""Sending through Twilio: what goes out, and what its answers mean."""

import json
from base64 import b64encode
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.errors import UnparsableError
from bot.core.messages import ApprovedTemplate, Choice, Location, Media, MediaKind, OutboundMessage
from bot.providers.base import Credentials, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.twilio.provider import PROVIDER
from tests.support.sends import built, probed
from tests.support.tables import for_each

CREDENTIALS = Credentials(
    {"api_url": "https://api.example.com/", "account_sid": "AC1", "auth_token": "new-token, old-token"}, {}
)
BASIC = f"Basic {b64encode(b'AC1:new-token').decode()}"
PHONE = Address(AddressKind.PHONE, "+15551230001")
MESSAGE = OutboundMessage("cmessage1", "twilio:+15559870002", Channel.SMS, PHONE, "Olá & oi!")
ON_WHATSAPP = OutboundMessage("cmessage1", "twilio:whatsapp:+15559870003", Channel.WHATSAPP, PHONE, "oi")
MENU = Media(MediaKind.IMAGE, "https://cdn.example.com/menu.png")
PDF = Media(MediaKind.DOCUMENT, "https://cdn.example.com/menu.pdf", "menu.pdf")
SHOP = Location(-23.5, -46.6, "Pizzaria da Ana", "Rua Augusta, 100")


def sent(message: OutboundMessage, callback_url: str = "") -> dict[str, list[str]]:
    return parse_qs(built(PROVIDER, message, CREDENTIALS, callback_url).body.decode(), keep_blank_values=True)


def answer(body: object, status: int = 201, headers: dict[str, str] | None = None) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return PROVIDER.read(HttpResponse(status, headers or {}, raw))


def refused(code: int, status: int = 400) -> Refused:
    outcome = answer({"code": code, "message": "The number +15551230001 ...", "status": status}, status)
    assert isinstance(outcome, Refused)
    assert outcome.code == str(code)
    assert outcome.reason.endswith(".")
    assert "15551230001" not in outcome.reason
    return outcome


def test_an_sms_goes_out_from_the_accounts_number() -> None:
    request = built(PROVIDER, MESSAGE, CREDENTIALS, "https://bot.example.com/webhooks/twilio")
    assert (request.method, request.url) == (
        "POST",
        "https://api.example.com/2010-04-01/Accounts/AC1/Messages.json",
    )
    assert request.headers == {"Authorization": BASIC, "Content-Type": "application/x-www-form-urlencoded"}
    assert parse_qs(request.body.decode()) == {
        "To": ["+15551230001"],
        "From": ["+15559870002"],
        "Body": ["Olá & oi!"],
        "StatusCallback": ["https://bot.example.com/webhooks/twilio?message=cmessage1"],
    }


def test_without_a_public_url_no_status_is_asked_for() -> None:
    assert "StatusCallback" not in sent(MESSAGE)


def test_a_whatsapp_message_goes_from_and_to_whatsapp() -> None:
    assert sent(ON_WHATSAPP)["From"] == ["whatsapp:+15559870003"]
    assert sent(ON_WHATSAPP)["To"] == ["whatsapp:+15551230001"]


def test_choices_are_numbered_lines_and_the_text_gives_way_to_them() -> None:
    choices = (Choice("m", "Margherita"), Choice("c", "Calabresa"))
    (body,) = sent(OutboundMessage("c1", MESSAGE.account, Channel.SMS, PHONE, "Qual?", choices))["Body"]
    assert body == "Qual?\n\n1. Margherita\n2. Calabresa"
    (body,) = sent(OutboundMessage("c1", MESSAGE.account, Channel.SMS, PHONE, "a" * 2000, choices))["Body"]
    assert len(body) == 1600
    assert body.endswith("a…\n\n1. Margherita\n2. Calabresa")


def through_a_service(message: OutboundMessage) -> dict[str, list[str]]:
    held = Credentials(
        {"api_url": "https://a.b", "account_sid": "AC1", "auth_token": "t", "messaging_service_sid": "MG1"}, {}
    )
    return parse_qs(built(PROVIDER, message, held).body.decode())


def test_a_messaging_service_sends_sms_from_the_number_the_person_wrote_to() -> None:
    assert through_a_service(MESSAGE)["MessagingServiceSid"] == ["MG1"]
    assert through_a_service(MESSAGE)["From"] == ["+15559870002"]
    assert "MessagingServiceSid" not in through_a_service(ON_WHATSAPP)


@for_each("message", [MESSAGE, ON_WHATSAPP], ids=["mms", "whatsapp"])
def test_a_picture_goes_out_beside_the_words(message: OutboundMessage) -> None:
    form = sent(replace(message, text="Qual?", choices=(Choice("m", "Margherita"),), media=MENU))
    assert form["MediaUrl"] == [MENU.url]
    assert form["Body"] == ["Qual?\n\n1. Margherita"]
    assert "Body" not in sent(replace(message, text="", media=MENU))


def test_on_whatsapp_a_document_goes_out_alone_and_is_a_link_beside_words() -> None:
    assert sent(replace(ON_WHATSAPP, text="", media=PDF))["MediaUrl"] == [PDF.url]
    assert sent(replace(ON_WHATSAPP, media=PDF))["Body"] == [f"oi\n\n{PDF.url}"]
    assert sent(replace(MESSAGE, media=PDF))["MediaUrl"] == [PDF.url]


@for_each(
    ("text", "location", "body", "action"),
    [
        ("", SHOP, "Pizzaria da Ana", "geo:-23.5,-46.6|Rua Augusta, 100"),
        ("Aqui:", SHOP, "Aqui:", "geo:-23.5,-46.6|Pizzaria da Ana, Rua Augusta, 100"),
        ("", Location(1, 2, address="A|B"), "A|B", "geo:1,2|A B"),
        ("", Location(1, 2), "1,2", "geo:1,2"),
    ],
)
def test_on_whatsapp_a_place_is_on_the_map(text: str, location: Location, body: str, action: str) -> None:
    form = sent(replace(ON_WHATSAPP, text=text, location=location))
    assert (form["Body"], form["PersistentAction"]) == ([body], [action])


def test_elsewhere_and_beside_a_file_a_place_is_a_link() -> None:
    link = "https://maps.google.com/?q=-23.5,-46.6"
    words = f"Pizzaria da Ana\nRua Augusta, 100\n{link}"
    assert sent(replace(MESSAGE, text="", location=SHOP))["Body"] == [words]
    assert sent(replace(ON_WHATSAPP, text="", location=SHOP, media=MENU))["Body"] == [words]
    assert "MediaUrl" not in sent(replace(ON_WHATSAPP, text="", location=SHOP, media=PDF))


@for_each(
    ("parameters", "variables"),
    [
        ((("", "Rui"), ("", "18:00")), {"1": "Rui", "2": "18:00"}),
        ((("name", "Rui"), ("", "18:00")), {"name": "Rui", "2": "18:00"}),
    ],
)
def test_an_approved_template_goes_out_in_place_of_all_else(
    parameters: tuple[tuple[str, str], ...], variables: dict[str, str]
) -> None:
    form = sent(replace(ON_WHATSAPP, media=MENU, template=ApprovedTemplate("HX1", "pt_BR", parameters)))
    assert form["ContentSid"] == ["HX1"]
    assert json.loads(form["ContentVariables"][0]) == variables
    assert not {"Body", "MediaUrl"} & form.keys()


def test_a_template_without_parameters_names_none() -> None:
    assert "ContentVariables" not in sent(replace(ON_WHATSAPP, template=ApprovedTemplate("HX1", "pt_BR")))


@for_each("url", ["https://api.twilio.com/2010-04-01/Media/ME1", "https://api.example.com/Media/ME1"])
def test_a_persons_file_is_asked_for_with_the_token(url: str) -> None:
    assert PROVIDER.media is not None
    request = PROVIDER.media({"type": "image", "url": url}, CREDENTIALS)
    assert (request.method, request.url, request.headers) == ("GET", url, {"Authorization": BASIC})


@for_each(
    "url",
    [
        "http://api.twilio.com/m",
        "https://api.twilio.com:8443/m",
        "https://u:p@api.twilio.com/m",
        "https://api.twilio.com.evil.example/m",
        "https://[/m",
        "",
    ],
)
def test_the_token_goes_to_no_other_host(url: str) -> None:
    assert PROVIDER.media is not None
    with pytest.raises(UnparsableError):
        PROVIDER.media({"url": url}, CREDENTIALS)


def test_the_probe_asks_for_the_account() -> None:
    request = probed(PROVIDER, CREDENTIALS)
    assert (request.method, request.url) == ("GET", "https://api.example.com/2010-04-01/Accounts/AC1.json")
    assert request.headers == {"Authorization": BASIC}


def test_a_taken_message_brings_its_sid() -> None:
    assert answer({"sid": "SM1", "status": "queued", "error_code": None}) == Sent("SM1")


@for_each("body", [b"", b"<html>", b"[]", {}, {"sid": None}, {"sid": []}, {"sid": ""}])
def test_a_taken_message_without_a_sid_is_of_unknown_outcome(body: object) -> None:
    assert isinstance(answer(body), Unknown)


@for_each("status", [500, 502, 503, 504])
def test_a_failure_of_twilios_own_says_nothing_about_the_message(status: int) -> None:
    assert isinstance(answer(b"", status), Unknown)


@for_each("code", [30003, 30008])
def test_a_passing_trouble_is_tried_again(code: int) -> None:
    outcome = refused(code)
    assert (outcome.retryable, outcome.throttled) == (True, False)


@for_each("code", [20429, 21611, 30001, 63017, 63018])
def test_a_reached_limit_slows_the_account_down(code: int) -> None:
    outcome = refused(code)
    assert (outcome.retryable, outcome.throttled) == (True, True)


@for_each("code", [20003, 21408, 21606, 21608, 21660, 21703, 21711, 30002, 30034])
def test_what_only_the_owner_can_mend_says_so(code: int) -> None:
    assert refused(code).operator


@for_each("code", [21211, 21614, 21635, 30004, 30005, 30006, 30007, 63003, 63014, 63016, 424242])
def test_what_cannot_succeed_is_not_tried_again(code: int) -> None:
    outcome = refused(code)
    assert (outcome.retryable, outcome.operator, outcome.opt_out) == (False, False, None)


def test_a_person_whom_twilio_blocks_has_opted_out() -> None:
    assert refused(21610).opt_out


def test_a_closed_window_says_so() -> None:
    assert refused(63016).window_closed
    assert not refused(63014).window_closed


@for_each(("header", "seconds"), [("3", 3.0), ("", None)])
def test_too_many_requests_are_tried_again_when_the_answer_says(header: str, seconds: float | None) -> None:
    outcome = answer(b"", 429, {"retry-after": header})
    reason = "Twilio's rate limit is reached."
    assert outcome == Refused("http_429", reason, retryable=True, retry_after=seconds, throttled=True)


@for_each("status", [401, 403])
def test_refused_credentials_are_the_owners_to_mend(status: int) -> None:
    outcome = answer(b"no", status)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator) == (f"http_{status}", True)


@for_each("body", [b"", {"code": []}, {"code": None}])
def test_any_other_refusal_is_final(body: object) -> None:
    assert answer(body, 404) == Refused("http_404", "Twilio refused it (http_404).")
