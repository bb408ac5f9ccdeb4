"""Who wrote a mail, its thread, and whether a machine may answer it."""

from hypothesis import given
from hypothesis import strategies as st

from bot.providers.kit.mime import Headers
from bot.providers.mail.headers import (
    author,
    automatic,
    email_address,
    header_line,
    message_id,
    message_ids,
    thread_headers,
)
from tests.support.tables import for_each


def reason(*pairs: tuple[str, str], envelope_sender: str = "ana@example.com", sender: str = "ana@example.com") -> str:
    return automatic(Headers(pairs), envelope_sender=envelope_sender, sender=sender, own={"oi@mg.example.com"})


@for_each(
    ("pairs", "expected"),
    [
        ([], ""),
        ([("Return-Path", "< >")], "bounce"),
        ([("Return-Path", "<ana@example.com>")], ""),
        ([("AUTO-SUBMITTED", "Auto-Generated")], "auto-submitted"),
        ([("Auto-Submitted", "no")], ""),
        ([("Auto-Submitted", "")], ""),
        ([("Auto-Submitted", "no; x=(1)"), ("Auto-Submitted", "auto-replied")], "auto-submitted"),
        ([("Auto-Submitted", "no) (")], ""),
        ([("Content-Type", "Multipart/Report; boundary=b")], "bounce"),
        ([("Content-Type", "multipart/mixed; boundary=b")], ""),
        ([("Precedence", "JUNK")], "bulk mail"),
        ([("Precedence", "list")], "bulk mail"),
        ([("Precedence", "auto_reply")], "bulk mail"),
        ([("Precedence", "first-class")], ""),
        ([("X-Autoreply", "yes")], "auto-reply"),
        ([("X-Autorespond", "on holiday")], "auto-reply"),
        ([("List-Unsubscribe", "<mailto:x@example.com>")], "mailing list"),
        ([("X-Recado", "c1")], "own mail"),
        ([("X-Auto-Response-Suppress", "All")], ""),
    ],
)
def test_headers_tell_that_a_machine_wrote_it(pairs: list[tuple[str, str]], expected: str) -> None:
    assert reason(*pairs) == expected


@for_each(
    "robot", ["mailer-daemon", "postmaster", "owner-people", "people-request", "no-reply", "noreply", "noreply+a1"]
)
def test_robots_are_known_by_their_mailbox(robot: str) -> None:
    assert reason(envelope_sender=f"{robot}@example.com") == "robot"
    assert reason(sender=f"{robot}@example.com") == "robot"


def test_our_own_address_writes_to_us_only_in_a_loop() -> None:
    assert reason(sender="oi@mg.example.com") == "own mail"
    assert reason(envelope_sender="oi@mg.example.com") == "own mail"


def test_a_null_envelope_is_a_bounce() -> None:
    assert reason(envelope_sender="") == "bounce"


@for_each(
    ("value", "expected"),
    [
        ("ana@example.com", ("", "ana@example.com")),
        ("<Ana@Example.COM>", ("", "ana@example.com")),
        ('"Souza, Ana" <ana@example.com>', ("Souza, Ana", "ana@example.com")),
        ('"eve@example.net" <ana@example.com>', ("eve@example.net", "ana@example.com")),
        ("=?iso-8859-1?q?Jo=E3o?= <joao@example.com>", ("João", "joao@example.com")),
        ("=?nope?q?x?= <joao@example.com>", ("=?nope?q?x?=", "joao@example.com")),
        ("=?utf-8?q?=0AX=3A_y?= <a@example.com>", ("X: y", "a@example.com")),
        ("", ("", "")),
        ("<", ("", "")),
        ("Ana", ("", "")),
        ("ana@example.com, rui@example.com", ("", "")),
        ("alice@example.org)bob@example.com", ("", "")),
        ("a@example.com <b@example.com> c", ("", "")),
        ("(" * 1_900 + "a@example.com", ("", "")),
        (":" * 1_900 + "a@example.com", ("", "")),  # more than any version of Python's parser can follow
        ("Ana <ana@>", ("", "")),
    ],
)
def test_the_author_is_the_one_address_a_reader_sees(value: str, expected: tuple[str, str]) -> None:
    assert author(value) == expected


@given(st.text(alphabet=st.sampled_from('ab@.<>()[]\\",;:= ?\r\n\0é'), max_size=60))
def test_no_author_breaks_the_reader(value: str) -> None:
    _, address = author(value)
    assert address == email_address(address)


@for_each(
    ("value", "expected"),
    [
        (" Ana@Example.com ", "ana@example.com"),
        ("<ana@example.com>", "ana@example.com"),
        ("josé@exemplo.com.br", "josé@exemplo.com.br"),
        ("", ""),
        ("<>", ""),
        ("ana", ""),
        ("@example.com", ""),
        ("ana@", ""),
        ("a@b@example.com", ""),
        ("a b@example.com", ""),
        ("a,b@example.com", ""),
        ("a\nb@example.com", ""),
        ("a\ud800b@example.com", ""),
        (f"{'a' * 250}@example.com", ""),
        (f"{'İ' * 240}@example.com", ""),
    ],
)
def test_an_address_is_one_that_a_provider_takes(value: str, expected: str) -> None:
    assert email_address(value) == expected


def test_the_thread_is_read_from_hostile_headers() -> None:
    headers = Headers(
        [
            ("message-id", " <a9@x> "),
            ("In-Reply-To", "<a7@x> <a8@x>"),
            ("References", " ".join(f"<r{n}@x>" for n in range(50))),
        ]
    )

    thread = thread_headers(headers, "a\r\nBcc: eve@example.com\t" + "x" * 2_000)

    assert thread.message_id == "<a9@x>"
    assert thread.in_reply_to == ""
    assert thread.references == ("<r0@x>", *(f"<r{n}@x>" for n in range(31, 50)))
    assert thread.subject.startswith("a Bcc: eve@example.com xxx")
    assert len(thread.subject) == 500


@for_each(
    ("value", "expected"),
    [
        ("<a@x>", "<a@x>"),
        ("a@x", "<a@x>"),
        ("", ""),
        ("<>", ""),
        ("<[x]>", "<[x]>"),
        ("<a b@x>", ""),
        ("<a\x01@x>", ""),
        (f"<{'a' * 401}>", ""),
    ],
)
def test_a_message_id_has_its_angle_brackets(value: str, expected: str) -> None:
    assert message_id(value) == expected


def test_ids_without_an_end_are_none() -> None:
    assert message_ids("<a@x> <b@x") == ("<a@x>",)


def test_a_header_line_keeps_emoji_sequences() -> None:
    assert header_line("👩‍👩‍👧 \x00oi\x9f\n") == "👩‍👩‍👧 oi"
