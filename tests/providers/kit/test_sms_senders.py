"""Who sent an SMS, how our numbers are spelled, how a text fits, and what a file is: shared by the providers of SMS."""

from datetime import UTC, datetime

import pytest

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.errors import UnparsableError
from bot.core.messages import Choice, MediaKind, OutboundMessage
from bot.core.sms import segments
from bot.providers.kit.media_kinds import media_kind
from bot.providers.kit.sms_sender import own_number, sms_sender
from bot.providers.kit.sms_text import sms_text
from bot.providers.kit.timestamps import moment
from tests.support.tables import for_each

CANNOT = "sender cannot be answered"


@for_each(
    ("spelled", "has_plus", "address", "automatic"),
    [
        ("+15551230001", True, "+15551230001", ""),
        ("+15551230001", False, "+15551230001", ""),
        ("15551230001", False, "+15551230001", ""),
        ("1555123", False, "+1555123", ""),
        ("15551230001", True, "15551230001", CANNOT),
        ("12345", True, "12345", ""),
        ("12345", False, "12345", ""),
        ("123", False, "123", ""),
        ("12", False, "12", CANNOT),
        ("012345678", False, "012345678", CANNOT),
        ("BANK", False, "BANK", CANNOT),
        ("B\0ANK", True, "BANK", CANNOT),
        ("+1" + "5" * 300, True, "+1" + "5" * 252 + "…", CANNOT),
    ],
)
def test_a_sender_is_a_number_a_short_code_or_a_name(
    spelled: str, has_plus: bool, address: str, automatic: str
) -> None:
    assert sms_sender(spelled, has_plus=has_plus) == (Address(AddressKind.PHONE, address), automatic)


@for_each("spelled", ["", "\0"])
def test_without_a_sender_there_is_no_message(spelled: str) -> None:
    with pytest.raises(UnparsableError):
        sms_sender(spelled, has_plus=True)


@for_each(
    ("spelled", "with_plus", "without"),
    [
        ("+1 (555) 987-0002", "+15559870002", "15559870002"),
        ("15559870002", "15559870002", "15559870002"),
        ("12345", "12345", "12345"),
        ("PIZZA-RIA", "PIZZA-RIA", "PIZZA-RIA"),
    ],
)
def test_our_number_is_spelled_as_the_posts_have_it(spelled: str, with_plus: str, without: str) -> None:
    assert own_number(spelled, has_plus=True) == with_plus
    assert own_number(spelled, has_plus=False) == without


def message(text: str, *labels: str) -> OutboundMessage:
    to = Address(AddressKind.PHONE, "+15551230001")
    choices = tuple(Choice(label, label) for label in labels)
    return OutboundMessage("c1", "plivo:15559870002", Channel.SMS, to, text, choices)


@for_each("text", ["a" * 160, "é" * 160, "ã" * 70, "\U0001f600" * 35])
def test_a_text_that_fits_stays_as_it_is(text: str) -> None:
    assert sms_text(message(text), gsm=160, ucs2=70) == text


def test_a_gsm_text_is_cut_without_leaving_its_encoding() -> None:
    text = sms_text(message("a" * 500, "Yes"), gsm=160, ucs2=70)
    assert text == f"{'a' * 149}...\n\n1. Yes"
    assert (segments(text).units, segments(text).parts) == (160, 1)


@for_each("character", ["ã", "\U0001f600", "€\U0001f600a", "[ã"])
def test_a_cut_text_has_no_more_units_than_are_taken(character: str) -> None:
    text = sms_text(message(character * 400, "Sim"), gsm=160, ucs2=70)
    assert 60 < segments(text).units <= 70
    assert text.endswith("…\n\n1. Sim")


def test_doubled_characters_of_gsm_count_as_two() -> None:
    text = sms_text(message("€" * 400), gsm=160, ucs2=70)
    assert text == "€" * 78 + "..."


def test_lines_that_exceed_all_room_are_left_for_the_provider_to_refuse() -> None:
    assert sms_text(message("Qual?", "a" * 100, "b" * 100), gsm=160, ucs2=70) == f"1. {'a' * 100}\n2. {'b' * 100}"


@for_each(
    ("mime_type", "kind"),
    [
        ("image/jpeg", MediaKind.IMAGE),
        ("Audio/AMR", MediaKind.AUDIO),
        ("video/mp4", MediaKind.VIDEO),
        ("application/pdf", MediaKind.DOCUMENT),
        ("document/x", MediaKind.DOCUMENT),
        ("", MediaKind.DOCUMENT),
    ],
)
def test_a_file_is_shown_by_its_type(mime_type: str, kind: MediaKind) -> None:
    assert media_kind(mime_type) is kind


@for_each(
    ("spelled", "found"),
    [
        ("2026-10-09T08:53:20Z", datetime(2026, 10, 9, 8, 53, 20, tzinfo=UTC)),
        ("2026-10-09T10:53:20+02:00", datetime(2026, 10, 9, 8, 53, 20, tzinfo=UTC)),
        ("2026-10-09 08:53:20", datetime(2026, 10, 9, 8, 53, 20, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_moment_is_in_utc(spelled: str, found: datetime | None) -> None:
    assert moment(spelled) == found
