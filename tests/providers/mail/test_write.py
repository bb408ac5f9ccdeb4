"""The mails that go out: read again by the standard library, as any mail program would."""

import email
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

from hypothesis import given
from hypothesis import strategies as st

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Choice, EmailHeaders, Location, Media, MediaKind, OutboundMessage
from bot.providers.mail.write import (
    answers_to,
    ascii_recipient,
    headers,
    own_message_id,
    page,
    recipient,
    subject,
    words,
    write_mail,
)
from tests.support.tables import for_each

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
SENDER = "Pizzaria da Praça <oi@example.com>"
MESSAGE = OutboundMessage(
    id="cmgfixture000000000000001",
    account="smtp:oi@example.com",
    channel=Channel.EMAIL,
    to=Address(AddressKind.EMAIL, "ana@example.net"),
    text="Qual sabor?",
    email=EmailHeaders(
        subject="Re: pedido", in_reply_to="<a2@example.net>", references=("<a1@example.net>", "<a2@example.net>")
    ),
)
IMAGE = Media(MediaKind.IMAGE, "https://example.com/menu.jpg?a=1&b=2", "menu.jpg")
PLACE = Location(-23.5, -46.6, "Praça", "Rua <A>, 1")


def written(message: OutboundMessage, **how: str) -> EmailMessage:
    raw = write_mail(message, sender=SENDER, now=NOW, **how)
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    read = email.message_from_bytes(raw, policy=default)
    assert isinstance(read, EmailMessage)
    return read


def test_an_answer_stands_in_its_thread_and_says_that_a_machine_wrote_it() -> None:
    assert headers(MESSAGE) == [
        ("In-Reply-To", "<a2@example.net>"),
        ("References", "<a1@example.net> <a2@example.net>"),
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Recado", MESSAGE.id),
    ]


def test_what_comes_unasked_says_so_and_tells_how_to_unsubscribe() -> None:
    url = "https://bot.example.com/u/abc-DEF_123?x=1"
    unasked = replace(MESSAGE, email=EmailHeaders(subject="Novidades"), is_reply=False, unsubscribe_url=url)

    assert dict(headers(unasked)) == {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Recado": MESSAGE.id,
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert subject(unasked) == "Novidades"


@for_each(
    "url",
    [
        "",
        "http://bot.example.com/u",
        "https://x/a>,<b",
        "https://x/a b",
        "https://x/\r\nBcc: a",
        "https://x/é",
        "https://x/" + "a" * 900,
    ],
)
def test_a_link_that_is_none_is_left_out(url: str) -> None:
    assert "List-Unsubscribe" not in dict(headers(replace(MESSAGE, unsubscribe_url=url)))


def test_a_mail_without_a_subject_is_called_by_its_first_words() -> None:
    assert subject(replace(MESSAGE, email=None)) == "Qual sabor?"
    assert subject(replace(MESSAGE, email=EmailHeaders(subject=" \n"), text="a " * 100)) == "a " * 29 + "a…"


def test_choices_files_and_places_are_lines_and_links() -> None:
    full = replace(MESSAGE, choices=(Choice("m", "Margherita"), Choice("c", "Calabresa")), media=IMAGE, location=PLACE)

    assert words(full) == (
        "Qual sabor?\n\n1. Margherita\n2. Calabresa\n\nhttps://example.com/menu.jpg?a=1&b=2\n\n"
        "Praça\nRua <A>, 1\nhttps://maps.google.com/?q=-23.5,-46.6"
    )
    assert page(full) == ""


def test_html_has_a_list_a_picture_and_a_link_to_the_map() -> None:
    full = replace(
        MESSAGE, html="<p>Qual <b>sabor</b>?</p>", choices=(Choice("m", "Margh & rita"),), media=IMAGE, location=PLACE
    )

    assert page(full) == (
        "<p>Qual <b>sabor</b>?</p><ol><li>Margh &amp; rita</li></ol>"
        '<p><img src="https://example.com/menu.jpg?a=1&amp;b=2" alt="menu.jpg" style="max-width:100%"></p>'
        "<p>Praça<br>Rua &lt;A&gt;, 1<br>"
        '<a href="https://maps.google.com/?q=-23.5,-46.6">https://maps.google.com/?q=-23.5,-46.6</a></p>'
    )


def test_what_goes_along_stands_before_the_end_of_the_body() -> None:
    file = replace(MESSAGE, html="<html><body>oi</body></html>", media=Media(MediaKind.DOCUMENT, "https://x/a.pdf"))
    assert page(file) == '<html><body>oi<p><a href="https://x/a.pdf">https://x/a.pdf</a></p></body></html>'


def test_a_whole_mail_is_what_a_mail_program_expects() -> None:
    mail = written(MESSAGE)

    assert mail["From"] == "Pizzaria da Praça <oi@example.com>"
    assert mail["To"] == "ana@example.net"
    assert mail["Subject"] == "Re: pedido"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == f"<{MESSAGE.id}@example.com>"
    assert mail["References"] == "<a1@example.net> <a2@example.net>"
    assert mail["Reply-To"] is None
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content() == "Qual sabor?\r\n"


def test_html_goes_beside_the_plain_words() -> None:
    mail = written(replace(MESSAGE, html="<p>Qual sabor? 🍕</p>", text="Qual sabor? 🍕"), reply_to="oi@in.example.com")

    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert mail.get_content_type() == "multipart/alternative"
    assert plain is not None
    assert html is not None
    assert (plain.get_content(), html.get_content()) == ("Qual sabor? 🍕\r\n", "<p>Qual sabor? 🍕</p>\r\n")
    assert mail["Reply-To"] == "oi@in.example.com"


def test_the_same_mail_is_written_the_same_way_again() -> None:
    both = replace(MESSAGE, html="<p>oi</p>")
    assert write_mail(both, sender=SENDER, now=NOW) == write_mail(both, sender=SENDER, now=NOW)


def test_long_ids_subjects_and_texts_survive() -> None:
    ids = tuple(f"<{'x' * 350}{n}@mail.outlook.example>" for n in range(20))
    long = replace(
        MESSAGE, email=EmailHeaders(subject="pão " * 120, in_reply_to=ids[-1], references=ids), text="ã" * 5_000
    )
    mail = written(long)

    assert tuple(mail["References"].split()) == ids
    assert mail["In-Reply-To"] == ids[-1]
    assert mail["Subject"] == ("pão " * 120).strip()
    assert mail.get_content() == "ã" * 5_000 + "\r\n"


_BREAKING = st.text(alphabet=st.sampled_from('ab@.<>,;:"\\() \r\n\0\x0b\x85\u2028é🍕\ud800=?'), max_size=60)


@given(to=_BREAKING, title=_BREAKING, parent=_BREAKING, text=_BREAKING, html=_BREAKING, url=_BREAKING, sender=_BREAKING)
def test_nothing_a_person_wrote_adds_a_header_or_a_recipient(
    to: str, title: str, parent: str, text: str, html: str, url: str, sender: str
) -> None:
    hostile = replace(
        MESSAGE,
        to=Address(AddressKind.EMAIL, to),
        email=EmailHeaders(subject=title, in_reply_to=parent, references=(parent, f"<{parent}>")),
        text=text,
        html=html,
        unsubscribe_url=f"https://{url}",
    )
    raw = write_mail(hostile, sender=sender, now=NOW, reply_to=sender)
    names = [line.partition(b":")[0] for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n") if line[:1] != b" "]

    known = {
        *(b"From", b"To", b"Reply-To", b"Subject", b"Date", b"Message-ID", b"In-Reply-To", b"References", b"X-Recado"),
        *(b"Auto-Submitted", b"X-Auto-Response-Suppress", b"List-Unsubscribe", b"List-Unsubscribe-Post"),
        *(b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version"),
    }
    assert set(names) <= known
    assert len(names) == len(set(names))
    assert recipient(hostile).count("@") <= 1
    assert "," not in recipient(hostile)


def test_an_address_beyond_ascii_is_for_carriers_that_take_it() -> None:
    person = replace(MESSAGE, to=Address(AddressKind.EMAIL, "josé@example.net"))

    assert (recipient(person), ascii_recipient(person)) == ("josé@example.net", "invalid")
    assert ascii_recipient(MESSAGE) == "ana@example.net"


@for_each(
    ("sender", "inbox", "expected"),
    [
        (SENDER, "", ""),
        (SENDER, "example.com", ""),
        (SENDER, "oi@example.com", ""),
        (SENDER, "in.example.com", "oi@in.example.com"),
        (SENDER, "1a2b@inbound.example.com", "1a2b@inbound.example.com"),
        ("nobody", "in.example.com", ""),
    ],
)
def test_answers_are_asked_for_where_they_reach_us(sender: str, inbox: str, expected: str) -> None:
    assert answers_to(sender, inbox) == expected


def test_our_message_id_has_the_senders_domain() -> None:
    assert own_message_id(MESSAGE, SENDER) == f"<{MESSAGE.id}@example.com>"
    assert own_message_id(MESSAGE, "nobody") == f"<{MESSAGE.id}@localhost>"
