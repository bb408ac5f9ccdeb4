"""What a raw mail means: a message with its files, or a mail server's report about a mail of ours."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.consents import ConsentReason
from bot.core.messages import Delivery, InboundMessage, MessageKind, Status, StatusUpdate, UnknownEvent
from bot.core.text import MAX_TEXT
from bot.providers.kit.charsets import decode_text
from bot.providers.kit.mime import Attachment, Headers
from bot.providers.mail.parse import MAX_FILE, MAX_FILES, Letter, open_mail, read_letter
from tests.support.mail_posts import bounce, raw_mail
from tests.support.tables import for_each

ACCOUNT = "smtp:bot@in.example.com"
RECIPIENT = "bot@in.example.com"
OWN_ID = "cmgfixture000000000000001"


def letter(raw: bytes) -> Letter:
    return open_mail(raw, account=ACCOUNT, recipient=RECIPIENT)


def message(raw: bytes) -> InboundMessage:
    (found,) = read_letter(letter(raw)).messages
    return found


def with_files(*parts: str, text: str = "segue") -> bytes:
    inner = "".join(f"--b\n{part}\n" for part in (f"Content-Type: text/plain\n\n{text}", *parts))
    return raw_mail(f"{inner}--b--\n", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b")


def file(kind: str, name: str, content: bytes, *headers: str) -> str:
    lines = [f'Content-Type: {kind}; name="{name}"', "Content-Transfer-Encoding: base64", *headers]
    return "\n".join([*lines, "", base64.b64encode(content).decode()])


def test_a_mail_is_a_message_of_its_author_to_its_recipient() -> None:
    found = message(raw_mail("uma calabresa", "In-Reply-To: <b1@in.example.com>", "References: <b1@in.example.com>"))

    assert (found.account, found.text, found.name) == (ACCOUNT, "uma calabresa", "Ana")
    assert [each.value for each in found.addresses] == ["ana@example.net"]
    assert found.provider_message_id == "<r1@mail.example.net> bot@in.example.com"
    assert found.body == {"recipient": RECIPIENT}
    assert found.email is not None
    assert (found.email.subject, found.email.in_reply_to) == ("Table", "<b1@in.example.com>")
    assert (found.automatic, found.files) == ("", ())


def test_a_quote_is_left_out_of_the_text_and_kept_beside_it() -> None:
    found = message(raw_mail("a large one\r\n\r\nOn Mon, 5 Oct 2026, Bot <bot@in.example.com> wrote:\r\n> Which?"))

    assert found.text == "a large one"
    assert found.body["full_text"] == "a large one\n\nOn Mon, 5 Oct 2026, Bot <bot@in.example.com> wrote:\n> Which?"


def test_a_mail_of_html_alone_is_turned_into_text() -> None:
    raw = raw_mail("<p>uma <b>calabresa</b></p><blockquote>x</blockquote>", "Content-Type: text/html")
    assert message(raw).text == "uma calabresa\nx"


@for_each(
    ("charset", "encoded"), [("iso-8859-1", "pão".encode("latin-1")), ("utf-8", "pão".encode()), ("cp1252", b"p\xe3o")]
)
def test_a_text_is_read_in_the_character_set_it_names(charset: str, encoded: bytes) -> None:
    head = raw_mail("", f"Content-Type: text/plain; charset={charset}")
    assert message(head + encoded).text == "pão"


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "no", "\0"]
)
def test_a_character_set_that_no_mail_is_written_in_is_not_tried(charset: str) -> None:
    began = time.process_time()

    assert decode_text(b"a" * 2**20, charset) == "a" * 2**20
    assert time.process_time() - began < 1


def test_files_are_listed_and_handed_over_by_their_place_in_the_list() -> None:
    found = message(
        with_files(
            file("image/jpeg", "foto.jpg", b"jpeg"),
            file("audio/ogg", "voz.ogg", b"ogg"),
            file("application/pdf", "../nota.pdf", b"pdf"),
            file("image/svg+xml", "a.svg", b"svg"),
            file("image/png", "logo.png", b"png", "Content-ID: <logo>", "Content-Disposition: inline"),
        )
    )

    assert found.body["media"] == [
        {"type": "image", "mime_type": "image/jpeg", "filename": "foto.jpg", "size": 4},
        {"type": "audio", "mime_type": "audio/ogg", "filename": "voz.ogg", "size": 3},
        {"type": "document", "mime_type": "application/pdf", "filename": "nota.pdf", "size": 3},
        {"type": "document", "mime_type": "image/svg+xml", "filename": "a.svg", "size": 3},
        {"type": "image", "mime_type": "image/png", "filename": "logo.png", "size": 3, "inline": True},
    ]
    assert [tuple(each) for each in found.files] == [(0, b"jpeg"), (1, b"ogg"), (2, b"pdf"), (3, b"svg"), (4, b"png")]
    assert (found.kind, found.text) == (MessageKind.TEXT, "segue")


def test_a_mail_of_files_alone_is_media() -> None:
    assert message(with_files(file("image/png", "", b"png"), text="")).kind is MessageKind.MEDIA


def test_files_beyond_the_bounds_are_left_out() -> None:
    found = message(with_files(*[file("image/png", f"{n}.png", b"x") for n in range(MAX_FILES + 5)]))
    assert len(found.body["media"]) == len(found.files) == MAX_FILES

    huge = (Attachment("big.bin", "application/zip", b"x" * (MAX_FILE + 1)), Attachment("empty.txt", "text/plain", b""))
    (found,) = read_letter(letter(raw_mail("oi"))._replace(attachments=huge)).messages
    assert [each["size"] for each in found.body["media"]] == [MAX_FILE + 1, 0]
    assert found.files == ()


def test_a_mail_without_a_message_id_is_known_by_its_bytes() -> None:
    raw = b"From: ana@example.net\n\noi"

    assert message(raw).provider_message_id == message(raw).provider_message_id
    assert message(raw).provider_message_id != message(raw + b"!").provider_message_id


def test_the_providers_own_words_win_over_what_the_mail_says() -> None:
    told = letter(raw_mail("sim\n\n> x"))._replace(
        reply="só sim", name="Ana Souza", id="pm-1", envelope_sender="bounces@example.net", distrusted="spam"
    )
    (found,) = read_letter(told).messages

    assert (found.text, found.name, found.provider_message_id) == ("sim", "Ana Souza", "pm-1")
    assert found.body["full_text"] == "sim\n\n> x"
    assert found.automatic == "spam"


@for_each(
    ("raw", "changed", "expected"),
    [
        (raw_mail("oi", "Return-Path: <>"), {}, "bounce"),
        (raw_mail("oi"), {"envelope_sender": ""}, "bounce"),
        (raw_mail("oi", "Auto-Submitted: auto-replied"), {}, "auto-submitted"),
        (raw_mail("oi", "X-Recado: c1"), {}, "own mail"),
        (raw_mail("oi"), {"own": frozenset({"ana@example.net"})}, "own mail"),
        (raw_mail("oi"), {"recipient": "ana@example.net"}, "own mail"),
        (raw_mail("oi"), {}, ""),
    ],
)
def test_a_machine_is_not_answered(raw: bytes, changed: dict[str, object], expected: str) -> None:
    (found,) = read_letter(letter(raw)._replace(**changed)).messages  # type: ignore[arg-type]
    assert found.automatic == expected


def test_a_mail_that_names_no_author_is_kept_as_it_is() -> None:
    assert read_letter(letter(b"Subject: x\n\noi")) == Delivery(
        unknown=(UnknownEvent("mail without a sender", ACCOUNT),)
    )


def test_an_envelope_does_for_an_author_that_cannot_be_read() -> None:
    (found,) = read_letter(letter(b"From: <\n\noi")._replace(envelope_sender="ana@example.net")).messages
    assert found.addresses[0].value == "ana@example.net"


def test_a_very_long_text_is_cut() -> None:
    assert len(message(raw_mail("oi " * 20_000)).text) == MAX_TEXT


# Reports.

ORIGINAL = f"From: bot@in.example.com\nMessage-ID: <{OWN_ID}@in.example.com>\nX-Recado: {OWN_ID}\n"


@for_each("part", ["text/rfc822-headers", "message/rfc822", "message/rfc822-headers"])
@for_each(
    "original",
    [
        ORIGINAL,
        f"Message-ID: <{OWN_ID}@in.example.com>\n",
        f"Subject: Table\nX-Recado: {OWN_ID}\nMessage-ID: <{OWN_ID}@in.example.com>\n\nthe text",
    ],
)
def test_a_bounce_of_our_mail_fails_it_and_ends_the_mails_to_its_address(part: str, original: str) -> None:
    expected = StatusUpdate(
        ACCOUNT,
        f"<{OWN_ID}@in.example.com>",
        Status.FAILED,
        OWN_ID,
        code="5.1.1",
        reason="The recipient's address does not exist.",
        opt_out=ConsentReason.BOUNCE,
    )
    assert read_letter(letter(bounce(original, part=part))) == Delivery(statuses=(expected,))


def reported(**changed: str) -> StatusUpdate:
    (status,) = read_letter(letter(bounce(ORIGINAL, **changed))).statuses
    return status


@for_each("code", ["5.0.0", "5.1.1", "5.1.10", "5.2.1", "5.4.4", "5.5.0"])
def test_an_address_that_takes_no_mail_for_good_is_opted_out(code: str) -> None:
    assert (reported(status=code).status, reported(status=code).opt_out) == (Status.FAILED, ConsentReason.BOUNCE)


@for_each("code", ["5.2.2", "5.2.3", "5.3.4", "5.6.1", "5.7.1", "4.4.7", "2.0.0"])
def test_an_address_that_is_good_is_not(code: str) -> None:
    assert (reported(status=f"{code} (some words)").status, reported(status=code).opt_out) == (Status.FAILED, None)
    assert reported(status=code).code == code


def test_a_report_without_a_code_is_a_failure_all_the_same() -> None:
    assert reported(status="unknown") == StatusUpdate(
        ACCOUNT,
        f"<{OWN_ID}@in.example.com>",
        Status.FAILED,
        OWN_ID,
        reason="The recipient's mail server sent it back.",
    )


@for_each(
    ("action", "status"),
    [("delayed", Status.SENT), ("relayed", Status.SENT), ("EXPANDED", Status.SENT), ("delivered", Status.DELIVERED)],
)
def test_a_report_of_anything_else_says_how_far_it_is(action: str, status: Status) -> None:
    assert (reported(action=action, status="4.0.0").status, reported(action=action).opt_out) == (status, None)


@for_each(
    "raw",
    [
        bounce("Message-ID: <x@in.example.com>\n"),
        bounce("Subject: of somebody else\n"),
        bounce("X-Recado: not-an-id\n"),
        bounce(ORIGINAL, part="image/png"),
        bounce(ORIGINAL, action="considered"),
        bounce(ORIGINAL).replace(b"report-type=delivery-status", b"report-type=feedback-report"),
        bounce(ORIGINAL).replace(b"message/delivery-status", b"text/plain"),
    ],
)
def test_a_report_about_no_mail_of_ours_is_a_message_that_no_machine_answers(raw: bytes) -> None:
    found = message(raw)

    assert found.automatic == "bounce"
    assert found.text.startswith("Your mail could not be delivered.")


def test_a_report_inside_another_mail_is_only_a_file() -> None:
    assert message(with_files(f"Content-Type: message/rfc822\n\n{bounce(ORIGINAL).decode()}")).automatic == ""


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: bounce(text, status=text, action=text)))
def test_no_mail_breaks_the_reader(raw: bytes) -> None:
    delivery = read_letter(letter(raw))
    assert len(delivery.messages) + len(delivery.statuses) + len(delivery.unknown) == 1


def test_headers_alone_are_a_letter_too() -> None:
    bare = Letter(
        ACCOUNT,
        RECIPIENT,
        Headers([("Message-ID", "<h1@x>")]),
        author="ana@example.net",
        subject="=?utf-8?q?p=C3=A3o?=",
    )
    (found,) = read_letter(bare).messages

    assert (found.text, found.kind) == ("", MessageKind.TEXT)
    assert found.email is not None
    assert found.email.subject == "pão"
