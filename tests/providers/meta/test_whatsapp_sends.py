"""Sending on WhatsApp: what goes to Meta, and what its answers mean."""

import json
from dataclasses import replace
from typing import Any

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import ApprovedTemplate, Choice, Location, Media, MediaKind, OutboundMessage
from bot.providers.base import Credentials, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.meta.whatsapp import PROVIDER
from tests.support.sends import built, probed
from tests.support.tables import for_each

CREDENTIALS = Credentials(
    {"api_url": "https://graph.example.com/v24.0/", "access_token": "token", "phone_number_id": "7002, 7003"}, {}
)
PHONE = Address(AddressKind.PHONE, "+5511999990000")


def message(
    text: str = "Oi!", choices: tuple[Choice, ...] = (), to: Address = PHONE, label: str = ""
) -> OutboundMessage:
    return OutboundMessage("cmessage1", "whatsapp:7002", Channel.WHATSAPP, to, text, choices, label)


def sent(what: OutboundMessage) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(built(PROVIDER, what, CREDENTIALS, "https://bot.example.com/x").body)
    return body


def choices(*labels: str) -> tuple[Choice, ...]:
    return tuple(Choice(f"id-{number}", label) for number, label in enumerate(labels))


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return PROVIDER.read(HttpResponse(status, headers or {}, raw))


def refused(code: int, status: int = 400) -> Refused:
    outcome = answer({"error": {"message": "call +5511999990000", "code": code}}, status)
    assert isinstance(outcome, Refused)
    assert outcome.code == str(code)
    assert outcome.reason.endswith(".")
    assert "5511999990000" not in outcome.reason
    return outcome


def test_a_text_goes_out_from_the_accounts_own_number() -> None:
    request = built(PROVIDER, message(), CREDENTIALS)
    assert (request.method, request.url) == ("POST", "https://graph.example.com/v24.0/7002/messages")
    assert request.headers == {"Authorization": "Bearer token", "Content-Type": "application/json"}
    assert "token" not in repr(request)
    assert json.loads(request.body) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+5511999990000",
        "biz_opaque_callback_data": "cmessage1",
        "type": "text",
        "text": {"body": "Oi!", "preview_url": False},
    }


def test_a_person_without_a_number_is_written_to_by_user_id() -> None:
    body = sent(message(to=Address(AddressKind.WA_USER, "BR.123")))
    assert body["recipient"] == "BR.123"
    assert "to" not in body


def test_a_text_that_is_too_long_is_cut() -> None:
    text = sent(message("a" * 5000))["text"]["body"]
    assert len(text) == 4096
    assert text.endswith("a…")


def test_up_to_three_short_choices_are_buttons() -> None:
    body = sent(message("Qual?", choices("Margherita", "Calabresa", "x" * 20)))
    assert body["type"] == "interactive"
    assert body["interactive"] == {
        "type": "button",
        "body": {"text": "Qual?"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "id-0", "title": "Margherita"}},
                {"type": "reply", "reply": {"id": "id-1", "title": "Calabresa"}},
                {"type": "reply", "reply": {"id": "id-2", "title": "x" * 20}},
            ]
        },
    }


@for_each(
    "what",
    [
        message("Qual?", choices(*"abcd")),
        message("Qual?", choices(*"abcdefghij")),
        message("Qual?", choices("x" * 21)),
        message("Qual?", choices("x" * 24)),
        message("a" * 1025, choices("sim")),
    ],
)
def test_more_or_longer_choices_are_list_rows(what: OutboundMessage) -> None:
    interactive = sent(what)["interactive"]
    assert interactive["type"] == "list"
    (section,) = interactive["action"]["sections"]
    assert [row["title"] for row in section["rows"]] == [each.label for each in what.choices]


def test_the_button_that_opens_a_list_bears_the_messages_words() -> None:
    assert sent(message("Qual?", choices(*"abcd"), label="Escolher"))["interactive"]["action"]["button"] == "Escolher"
    cut = sent(message("Qual?", choices(*"abcd"), label="Escolha um dos sabores"))["interactive"]["action"]["button"]
    assert cut == "Escolha um dos sabo…"
    assert sent(message("Qual?", choices(*"abcd")))["interactive"]["action"]["button"] == "☰"


@for_each(
    "what",
    [
        message("Qual?", choices(*"abcdefghijk")),
        message("Qual?", choices("x" * 25)),
        message("Qual?", choices("sim", "sim")),
        message("Qual?", (Choice("a", "sim"), Choice("a", "não"))),
        message("Qual?", choices("")),
        message("Qual?", (Choice("", "sim"),)),
        message("Qual?", (Choice("a" * 257, "sim"),)),
        message("", choices("sim")),
        message("a" * 4097, choices("sim")),
    ],
)
def test_choices_beyond_metas_limits_are_numbered_lines(what: OutboundMessage) -> None:
    body = sent(what)
    assert body["type"] == "text"
    assert body["text"]["body"].endswith(f"{len(what.choices)}. {what.choices[-1].label}")
    assert len(body["text"]["body"]) <= 4096


URL = "https://cdn.example.com/pizza.jpg"
PLACE = Location(-23.55, -46.63, "Pizzaria", "Rua Um, 1")


def with_file(kind: MediaKind, text: str = "", options: tuple[Choice, ...] = (), filename: str = "") -> OutboundMessage:
    return replace(message(text, options), media=Media(kind, URL, filename))


@for_each("kind", list(MediaKind))
def test_a_file_goes_out_by_its_link(kind: MediaKind) -> None:
    body = sent(with_file(kind))
    assert (body["type"], body[kind.value]) == (kind.value, {"link": URL})


@for_each("kind", [MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.DOCUMENT])
def test_words_that_fit_a_caption_stand_below_the_file(kind: MediaKind) -> None:
    text = "a" * 1024
    assert sent(with_file(kind, text))[kind.value] == {"link": URL, "caption": text}


def test_a_document_bears_its_name_and_a_picture_none() -> None:
    document = sent(with_file(MediaKind.DOCUMENT, filename="cardápio.pdf"))["document"]
    assert document == {"link": URL, "filename": "cardápio.pdf"}
    assert "filename" not in sent(with_file(MediaKind.IMAGE, filename="pizza.jpg"))["image"]


@for_each(
    "what",
    [
        with_file(MediaKind.IMAGE, "a" * 1025),
        with_file(MediaKind.AUDIO, "Ouça"),
        with_file(MediaKind.STICKER, "Oi!"),
    ],
)
def test_words_that_cannot_go_along_are_kept_and_the_files_url_stands_below_them(what: OutboundMessage) -> None:
    body = sent(what)
    assert body["type"] == "text"
    assert body["text"]["body"] == f"{what.text}\n\n{URL}"


@for_each("kind", [MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.DOCUMENT])
def test_a_file_stands_above_buttons(kind: MediaKind) -> None:
    interactive = sent(with_file(kind, "Qual?", choices("sim", "não")))["interactive"]
    assert interactive["type"] == "button"
    assert interactive["header"] == {"type": kind.value, kind.value: {"link": URL}}
    assert interactive["body"] == {"text": "Qual?"}
    assert len(interactive["action"]["buttons"]) == 2


def test_a_list_takes_no_file_so_its_url_stands_in_the_words() -> None:
    interactive = sent(with_file(MediaKind.IMAGE, "Qual?", choices(*"abcd")))["interactive"]
    assert interactive["type"] == "list"
    assert interactive["body"] == {"text": f"Qual?\n\n{URL}"}
    assert "header" not in interactive


def test_neither_do_buttons_take_a_sound() -> None:
    interactive = sent(with_file(MediaKind.AUDIO, "Qual?", choices("sim")))["interactive"]
    assert (interactive["type"], interactive["body"]) == ("button", {"text": f"Qual?\n\n{URL}"})
    assert "header" not in interactive


def test_choices_that_are_lines_are_above_the_files_url() -> None:
    body = sent(with_file(MediaKind.IMAGE, "Qual?", choices("x" * 25)))
    assert body["text"]["body"] == f"Qual?\n\n1. {'x' * 25}\n\n{URL}"


def test_a_place_alone_is_shown_on_a_map() -> None:
    body = sent(replace(message(""), location=PLACE))
    assert body["type"] == "location"
    assert body["location"] == {
        "latitude": -23.55,
        "longitude": -46.63,
        "name": "Pizzaria",
        "address": "Rua Um, 1",
    }
    assert sent(replace(message(""), location=Location(1.5, 2.5)))["location"] == {"latitude": 1.5, "longitude": 2.5}


def test_a_place_beside_words_is_written_below_them() -> None:
    below = "Pizzaria\nRua Um, 1\nhttps://maps.google.com/?q=-23.55,-46.63"
    assert sent(replace(message("Venha"), location=PLACE))["text"]["body"] == f"Venha\n\n{below}"
    asked = sent(replace(message("Vem?", choices("sim")), location=PLACE))["interactive"]
    assert (asked["type"], asked["body"]) == ("button", {"text": f"Vem?\n\n{below}"})


def test_a_place_beside_a_file_is_its_caption() -> None:
    body = sent(replace(with_file(MediaKind.IMAGE), location=PLACE))
    assert body["image"]["caption"].endswith("https://maps.google.com/?q=-23.55,-46.63")


def test_choices_with_descriptions_are_rows_that_show_them() -> None:
    described = (Choice("m", "Margherita", "com manjericão"), Choice("c", "Calabresa", "x" * 80), Choice("n", "Nada"))
    interactive = sent(message("Qual?", described))["interactive"]
    assert interactive["type"] == "list"
    assert interactive["action"]["sections"] == [
        {
            "rows": [
                {"id": "m", "title": "Margherita", "description": "com manjericão"},
                {"id": "c", "title": "Calabresa", "description": "x" * 71 + "…"},
                {"id": "n", "title": "Nada"},
            ]
        }
    ]


def templated(template: ApprovedTemplate) -> dict[str, Any]:
    body = sent(replace(message("unseen", choices("sim")), media=Media(MediaKind.IMAGE, URL), template=template))
    assert body["type"] == "template"
    content: dict[str, Any] = body["template"]
    return content


def test_an_approved_template_takes_the_place_of_all_else() -> None:
    assert templated(ApprovedTemplate("hello_world", "en_US")) == {
        "name": "hello_world",
        "language": {"code": "en_US"},
    }


def test_a_templates_parameters_go_in_order_or_by_name_on_one_line_each() -> None:
    positional = templated(ApprovedTemplate("order", "pt_BR", (("", "Rui"), ("", "rua 1\n\tcasa    2"))))
    assert positional["components"] == [
        {"type": "body", "parameters": [{"type": "text", "text": "Rui"}, {"type": "text", "text": "rua 1 casa 2"}]}
    ]
    named = templated(ApprovedTemplate("order", "pt_BR", (("guest", "Rui"),)))
    assert named["components"] == [
        {"type": "body", "parameters": [{"type": "text", "text": "Rui", "parameter_name": "guest"}]}
    ]


def test_a_template_has_a_file_in_its_header_and_says_what_its_buttons_bring_back() -> None:
    header = Media(MediaKind.DOCUMENT, URL, "pedido.pdf")
    assert templated(ApprovedTemplate("order", "pt_BR", header=header, buttons=("yes", "no")))["components"] == [
        {
            "type": "header",
            "parameters": [{"type": "document", "document": {"link": URL, "filename": "pedido.pdf"}}],
        },
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": "0",
            "parameters": [{"type": "payload", "payload": "yes"}],
        },
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": "1",
            "parameters": [{"type": "payload", "payload": "no"}],
        },
    ]


def test_the_probe_asks_for_our_number() -> None:
    request = probed(PROVIDER, CREDENTIALS)
    assert (request.method, request.body) == ("GET", b"")
    assert request.url == "https://graph.example.com/v24.0/7002?fields=display_phone_number"


def test_a_taken_message_brings_its_id() -> None:
    assert answer({"messages": [{"id": "wamid.1"}]}) == Sent("wamid.1")


@for_each(
    "body",
    [b"", b"<html>", b"[]", {}, {"messages": []}, {"messages": [{}]}, {"messages": 1}, {"messages": [{"id": ""}]}],
)
def test_a_taken_message_without_an_id_is_of_unknown_outcome(body: object) -> None:
    assert isinstance(answer(body), Unknown)


@for_each("code", [2, 4, 80007, 130429, 131056, 131000, 131016, 131057, 133004, 131049, 132015, 131048])
def test_a_busy_provider_is_asked_again_whatever_the_http_status(code: int) -> None:
    outcome = refused(code)
    assert outcome.retryable
    assert not outcome.operator


@for_each("code", [131047, 131026, 131021, 131030, 130472, 100, 131008, 131009, 131051, 131053, 135000])
def test_what_cannot_succeed_is_not_tried_again(code: int) -> None:
    outcome = refused(code)
    assert (outcome.retryable, outcome.operator, outcome.opt_out) == (False, False, None)


@for_each("code", [132000, 132001, 132005, 132007, 132012, 132016, 424242])
def test_neither_is_a_faulty_template_or_a_code_that_is_not_known(code: int) -> None:
    assert (refused(code).retryable, refused(code).operator) == (False, False)


@for_each("code", [0, 190, 3, 10, 200, 299, 131005, 368, 131031, 130497, 131042, 131045, 133010, 131037])
def test_what_only_the_owner_can_mend_says_so(code: int) -> None:
    assert refused(code).operator


def test_a_person_who_wants_no_more_has_opted_out() -> None:
    assert refused(131050).opt_out


@for_each("code", [4, 80007, 130429])
def test_an_account_that_sends_too_fast_is_to_slow_down(code: int) -> None:
    assert refused(code).throttled


@for_each("code", [131056, 131048, 131049, 2, 190, 131026])
def test_what_is_about_one_person_or_no_speed_slows_nothing_down(code: int) -> None:
    assert not refused(code).throttled


def test_a_closed_window_is_told_from_every_other_refusal() -> None:
    assert refused(131047).window_closed
    assert not any(refused(code).window_closed for code in (131026, 131049, 130429, 100, 190))


def test_each_limit_has_its_own_pause() -> None:
    assert refused(131056).retry_after == 6
    assert refused(131048).retry_after == 3600
    assert refused(131049).retry_after == 86400
    assert refused(130429).retry_after is None


@for_each(("header", "seconds"), [("7", 7.0), ("1.5", 1.5), ("soon", None), ("inf", None), ("-1", None)])
def test_a_pause_the_answer_asks_for_is_kept(header: str, seconds: float | None) -> None:
    outcome = answer(b"", 429, {"retry-after": header})
    reason = "WhatsApp's rate limit is reached."
    assert outcome == Refused("http_429", reason, retryable=True, retry_after=seconds, throttled=True)


@for_each("status", [500, 503])
def test_a_failure_of_metas_own_is_tried_again(status: int) -> None:
    outcome = answer(b"", status)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.retryable) == (f"http_{status}", True)


@for_each("status", [502, 504])
def test_an_answer_lost_on_the_way_is_of_unknown_outcome(status: int) -> None:
    assert isinstance(answer(b"<html>", status), Unknown)
    assert isinstance(answer({"error": {"code": 131000}}, status), Refused)


@for_each("status", [401, 403])
def test_a_refused_token_is_the_owners_to_mend(status: int) -> None:
    outcome = answer(b"no", status)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator) == (f"http_{status}", True)


@for_each("body", [b"", {"error": "no"}, {"error": {"code": []}}])
def test_any_other_refusal_is_final(body: object) -> None:
    assert answer(body, 404) == Refused("http_404", "WhatsApp refused it (http_404).")
