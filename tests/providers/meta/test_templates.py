"""The templates that Meta and 360dialog list: read as they answer, filled in, and sent as Meta takes them."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.errors import UnparsableError
from bot.core.listed_templates import Filled, ListedTemplate, TemplateButton, fill, from_json, pieces, to_json
from bot.core.messages import ApprovedTemplate, ButtonValue, Media, MediaKind, OutboundMessage
from bot.providers.base import Credentials, HttpResponse, Refused, TemplatePage
from bot.providers.meta import dialog360
from bot.providers.meta.templates import templates, templates_found
from bot.providers.meta.whatsapp_outbound import payload

FIXTURES = Path(__file__).parents[2] / "fixtures" / "whatsapp_templates"
GIVEN = Credentials(
    {"api_url": "https://graph.example/v24.0/", "access_token": "EAAG", "business_account_id": "1022"}, {}
)
OF_360 = Credentials({"api_url": "https://waba.example", "api_key": "key"}, {})
PICTURE = Media(MediaKind.IMAGE, "https://files.example/table.jpg")


def answer(name: str) -> HttpResponse:
    return HttpResponse(200, {}, (FIXTURES / f"{name}.json").read_bytes())


def page(name: str) -> TemplatePage:
    found = templates_found(answer(name), GIVEN)
    assert isinstance(found, TemplatePage)
    return found


def refused(status: int, **error: object) -> Refused:
    found = templates_found(HttpResponse(status, {"retry-after": "7"}, orjson.dumps({"error": error})), GIVEN)
    assert isinstance(found, Refused)
    return found


def test_it_is_asked_for_a_part_at_a_time_and_not_where_nobody_said_whose_they_are() -> None:
    first, second = templates("", GIVEN), templates("MjQZD", GIVEN)
    assert first is not None
    assert second is not None
    assert first.url.startswith("https://graph.example/v24.0/1022/message_templates?fields=name%2Clanguage%2Cstatus")
    assert first.headers == {"Authorization": "Bearer EAAG"}
    assert "after" not in first.url
    assert second.url.endswith("limit=50&after=MjQZD")
    assert templates("", Credentials({"api_url": "https://graph.example", "access_token": "EAAG"}, {})) is None


def test_templates_are_read_as_meta_lists_them() -> None:
    found = page("first_part")
    assert found.cursor == "MjQZD"
    reservation, pickup = found.templates
    assert reservation == ListedTemplate(
        "reservation_confirmation",
        "en_US",
        category="UTILITY",
        quality="GREEN",
        header_file=MediaKind.IMAGE,
        body="*You're all set!*\n\nYour table for {{number_of_guests}} on {{day}} is confirmed.",
        footer="Lucky Shrub Eatery: The Luckiest Eatery in Town!",
        buttons=(
            TemplateButton("URL", "Change reservation", "https://www.example.com/reservations"),
            TemplateButton("PHONE_NUMBER", "Call us", "+15550051310"),
            TemplateButton("QUICK_REPLY", "Cancel reservation"),
        ),
        is_named=True,
        examples={"body.number_of_guests": "4", "body.day": "Saturday"},
    )
    assert [(each.key, each.label, each.example) for each in pickup.blanks] == [
        ("header.1", "", "1042"),
        ("body.1", "", "Ana"),
        ("body.2", "", "18h"),
        ("button.0", "Acompanhar", "https://loja.example/p/1042"),
        ("button.1", "", "250FF"),
    ]
    assert (pickup.quality, pickup.is_sendable) == ("", True)


def test_what_nothing_here_can_fill_in_is_named_and_not_offered() -> None:
    found = page("last_part")
    assert found.cursor == ""
    assert [(each.name, each.unknown, each.is_sendable) for each in found.templates] == [
        ("login_code", "OTP", False),
        ("plain_code", "AUTHENTICATION", False),
        ("summer_cards", "CAROUSEL", False),
        ("we_are_here", "LOCATION", False),
        ("odd", "", False),
    ]
    assert [each.status for each in found.templates][-2:] == ["PAUSED", "7"]


@pytest.mark.parametrize("body", [b"no", b"[]", b"{}", b'{"data": {}}'])
def test_an_answer_that_lists_nothing_is_none(body: bytes) -> None:
    with pytest.raises(UnparsableError):
        templates_found(HttpResponse(200, {}, body), GIVEN)


def test_why_there_are_none_is_said_with_the_mend() -> None:
    assert "WHATSAPP_BUSINESS_ACCOUNT_ID" in refused(400, code=100, error_subcode=33).reason
    assert "whatsapp_business_management" in refused(403, code=200).reason
    assert "expired" in refused(401, code=190, error_subcode=463).reason
    busy = refused(503, code=2)
    assert (busy.retryable, busy.retry_after) == (True, 7.0)
    assert isinstance(templates_found(HttpResponse(500, {}, b"<html>"), GIVEN), Refused)


def test_360dialog_lists_them_by_place() -> None:
    first, later = dialog360.templates("", OF_360), dialog360.templates("50", OF_360)
    assert first.url == "https://waba.example/v1/configs/templates?limit=50&offset=0"
    assert (later.url[-10:], later.headers) == ("&offset=50", {"D360-API-KEY": "key"})
    found = dialog360.templates_found(answer("dialog360"), OF_360)
    assert isinstance(found, TemplatePage)
    assert found.cursor == "51"
    assert found.templates[0].is_sendable
    none = HttpResponse(200, {}, orjson.dumps({"waba_templates": [], "total": 9, "offset": "?"}))
    assert dialog360.templates_found(none, OF_360) == TemplatePage(())
    last = HttpResponse(200, {}, orjson.dumps({"waba_templates": [{"name": "a", "language": "b"}], "total": 1}))
    assert dialog360.templates_found(last, OF_360) == TemplatePage((ListedTemplate("a", "b", status=""),))


@pytest.mark.parametrize(("status", "retryable"), [(401, False), (502, True)])
def test_360dialog_says_why_not(status: int, *, retryable: bool) -> None:
    found = dialog360.templates_found(HttpResponse(status, {}, b""), OF_360)
    assert isinstance(found, Refused)
    assert found.retryable is retryable


def test_a_template_is_filled_in_by_number() -> None:
    (_, pickup) = page("first_part").templates
    values = {"header.1": "7", "body.1": " Ana\nMaria ", "body.2": "18h", "button.0": "7?a", "button.1": "OFF10"}
    filled = fill(pickup, values, None)
    assert isinstance(filled, Filled)
    assert filled.text == "Pedido 7\n\nOi Ana Maria, seu pedido está pronto até 18h. Até já, Ana Maria!"
    assert filled.approved == ApprovedTemplate(
        "pickup",
        "pt_BR",
        parameters=(("", "Ana Maria"), ("", "18h")),
        header_parameters=(("", "7"),),
        button_values=(ButtonValue(0, "url", "7?a"), ButtonValue(1, "copy_code", "OFF10")),
        is_chosen=True,
    )
    assert _components(filled.approved) == [
        {"type": "header", "parameters": [{"type": "text", "text": "7"}]},
        {"type": "body", "parameters": [{"type": "text", "text": "Ana Maria"}, {"type": "text", "text": "18h"}]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "7?a"}]},
        {
            "type": "button",
            "sub_type": "copy_code",
            "index": "1",
            "parameters": [{"type": "coupon_code", "coupon_code": "OFF10"}],
        },
    ]


def test_a_template_is_filled_in_by_name_with_its_file() -> None:
    (reservation, _) = page("first_part").templates
    values = {"body.number_of_guests": "4", "body.day": "sábado", "body.nobody": "x"}
    filled = fill(reservation, values, PICTURE)
    assert isinstance(filled, Filled)
    assert _components(filled.approved) == [
        {"type": "header", "parameters": [{"type": "image", "image": {"link": PICTURE.url}}]},
        {
            "type": "body",
            "parameters": [
                {"type": "text", "text": "4", "parameter_name": "number_of_guests"},
                {"type": "text", "text": "sábado", "parameter_name": "day"},
            ],
        },
    ]


def test_what_is_missing_is_named() -> None:
    (reservation, pickup) = page("first_part").templates
    assert fill(reservation, {"body.day": "  "}, None) == ("header", "body.number_of_guests", "body.day")
    sound = Media(MediaKind.AUDIO, "https://files.example/a.ogg")
    assert fill(reservation, {"body.number_of_guests": "1", "body.day": "2"}, sound) == ("header",)
    assert fill(pickup, {}, None) == ("header.1", "body.1", "body.2", "button.0", "button.1")


def test_numbers_count_by_their_order_and_not_by_where_they_stand() -> None:
    template = ListedTemplate("a", "b", body="{{2}} then {{1}}, {{ x }}")
    filled = fill(template, {"body.1": "one", "body.2": "two", "body.x": "no"}, None)
    assert isinstance(filled, Filled)
    assert [text for _, text in filled.approved.parameters] == ["no", "one", "two"]
    assert list(pieces("{{1}}{{2}} end", "body")) == [("", "body.1"), ("", "body.2"), (" end", "")]


def test_a_template_is_kept_as_it_is() -> None:
    for each in (*page("first_part").templates, *page("last_part").templates):
        columns = {name: getattr(each, name) for name in ("name", "language", "category", "status", "quality")}
        assert from_json(orjson.loads(orjson.dumps(to_json(each))), **columns) == each


def _components(approved: ApprovedTemplate) -> Any:
    to = Address(AddressKind.PHONE, "+5511987654321")
    sent = payload(OutboundMessage("m1", "whatsapp:1", Channel.WHATSAPP, to, "words", template=approved))
    return sent["template"]["components"]
