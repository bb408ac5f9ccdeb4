"""What mail programs, forms and mail servers send: the words, who wrote them, and whether a machine did."""

import base64
import json
import time
from collections.abc import Callable
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations.shown.explain import explain
from bot.core.consents import ConsentReason
from bot.core.messages import Delivery, InboundMessage, MessageKind, Status
from bot.engine.conversation import TraceEntry
from bot.messages.models import Message
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.kit.charsets import decode_text
from bot.providers.kit.html_text import MAX_SOURCE, html_to_text
from bot.providers.mail.parse import open_mail, read_letter
from bot.providers.mailgun import provider as mailgun
from bot.providers.mime import provider as mime_mail
from bot.providers.postmark import provider as postmark
from bot.providers.sendgrid import provider as sendgrid
from bot.web.i18n import translator
from tests.support.bot import message as heard
from tests.support.bot import running_bot
from tests.support.mail_posts import multipart, postmark_message, request, sendgrid_message, signed_postmark
from tests.support.tables import for_each

OURS = "bot@in.example.com"


def read(raw: bytes, recipient: str = OURS) -> Delivery:
    return read_letter(open_mail(raw, account=f"mime:{recipient}", recipient=recipient))


def message(raw: bytes) -> InboundMessage:
    (found,) = read(raw).messages
    return found


def mail(body: bytes | str, *headers: str, sender: str = "Ana <ana@example.net>") -> bytes:
    head = [f"From: {sender}", f"To: {OURS}", "Subject: pedido", "Message-ID: <a1@example.net>", *headers, "", ""]
    return "\r\n".join(head).encode() + (body.encode() if isinstance(body, str) else body)


def by_sendgrid(text: str | bytes = "oi", **fields: str) -> InboundMessage:
    post = multipart(sendgrid_message("oi") | fields | {"text": text})
    credentials = Credentials({"from": OURS, "domain": "in.example.com"}, {})
    (found,) = sendgrid.PROVIDER.parse(request(post, "sendgrid"), credentials).messages
    return found


def by_mailgun(**fields: str) -> InboundMessage:
    listed = [["From", "Ana <ana@example.net>"], ["Message-Id", "<a1@example.net>"]]
    form = {"recipient": OURS, "sender": "ana@example.net", "from": "Ana <ana@example.net>", "subject": "pedido"}
    form |= {"timestamp": "1760000000", "message-headers": json.dumps(listed), "body-plain": "oi"}
    form |= {name.replace("_", "-"): value for name, value in fields.items()}
    post = WebhookRequest(
        "POST",
        "https://bot.example.com/webhooks/mailgun",
        {"content-type": "application/x-www-form-urlencoded"},
        {},
        urlencode(form).encode(),
    )
    (found,) = mailgun.PROVIDER.parse(post, Credentials({}, {})).messages
    return found


def by_postmark(text: str, **fields: str) -> InboundMessage:
    post = signed_postmark(postmark_message(text, **fields))
    credentials = Credentials({"from": OURS, "inbound": "1a2b@inbound.example.com"}, {})
    (found,) = postmark.PROVIDER.parse(request(post, "postmark"), credentials).messages
    return found


def by_mail_server(raw: bytes) -> InboundMessage:
    headers = {"x-envelope-sender": "ana@example.net", "x-envelope-recipient": OURS}
    post = WebhookRequest("POST", "https://bot.example.com/webhooks/mime", headers, {}, raw)
    (found,) = mime_mail.PROVIDER.parse(post, Credentials({"from": OURS}, {})).messages
    return found


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


# D04: reading a mail takes time in proportion to its size, whatever it is made of.

HTML = {
    "a tag's beginning": "<",
    "paragraphs": "<p>",
    "depth": "<div>",
    "ends": "</div>",
    "an open quotation mark": "<a b='",
    "open comments": "<!--",
    "references": "&#9",
    "attributes": "<p a=b a=c ",
    "quotes": "<blockquote type=cite>",
    "hidden ones": "<div style='display:none'>",
    "crossed ones": "<span></div>",
    "scripts": "<script></x",
    "links": "<a href=http://x.org>y</a>",
}


@for_each("piece", HTML.values(), ids=HTML)
def test_D04_a_megabyte_of_html_takes_no_time(piece: str) -> None:
    source = piece * (1_000_000 // len(piece))

    # 50 ms on a machine of its own; the rest is for a busy one that also counts the lines it runs.
    assert seconds(lambda: html_to_text(source)) < 1


@for_each(
    "source",
    [f"<{'a' * 1_000_000}", f"<p {'a ' * 500_000}>", f"&#{'9' * 1_000_000};", f"{'<b>' * 4_000}<p>{'</b>' * 20_000}"],
    ids=["a name", "attributes", "a number", "ends of what is outside"],
)
def test_D04_one_long_thing_in_html_takes_no_time(source: str) -> None:
    assert seconds(lambda: html_to_text(source)) < 1


def test_D04_html_is_read_near_a_hundred_kilobytes_and_says_that_there_is_more() -> None:
    # Given a page whose style sheet alone is longer than that
    page = f"<style>{'p{} ' * 50_000}</style><p>quero uma pizza</p>{'<p>linha</p>' * 50_000}"

    text = html_to_text(page)

    assert text.startswith("quero uma pizza\nlinha\n")
    assert text.endswith("linha\n…")
    assert len(text) < MAX_SOURCE


MAILS = {
    "parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 140_000,
    "lines that begin as a boundary": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bX\n" * 200_000,
    "headers": b"".join(b"X-%d: y\n" % number for number in range(90_000)) + b"\nx",
    "authors": b"From: " + b"a@x.org, " * 110_000 + b"\n\nx",
    "parentheses": b"From: " + b"(" * 1_000_000 + b"\n\nx",
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 70_000 + b"\n\nx",
    "beginnings of encoded words": b"Subject: " + b"=?a?q?" * 160_000 + b"\n\nx",
    "names of character sets": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + b"".join(b"--b\nContent-Type: text/plain; charset=x%d\n\nx\n" % number for number in range(20_000)),
    "names of files": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + (b'--b\nContent-Type: image/png; name="' + b"=?a?q?" * 800 + b'"\n\nx\n') * 190,
    "parameters": b"Content-Type: text/plain; " + b'a="' * 300_000 + b"\n\nx",
    "ends of base64": b"Content-Transfer-Encoding: base64\n\n" + b"A=" * 500_000,
    "levels": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 20_000,
    "texts of HTML": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + (b"--b\nContent-Type: text/html\n\n" + b"<p>x" * 1_200 + b"\n") * 190
    + b"--b\n\nx",
    "soft line breaks": b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * 300_000,
    "beginnings of quotes": b"\n" + b"On a:\n" * 160_000,
    "marks of quotes": b"\n" + b">\n" * 500_000,
}


@for_each("made", MAILS.values(), ids=MAILS)
def test_D04_a_mail_of_a_megabyte_takes_no_time(made: bytes) -> None:
    raw = b"Message-ID: <a1@example.net>\n" + made

    assert seconds(lambda: read(raw)) < 3


def test_D04_a_mail_to_twenty_of_our_addresses_is_read_once() -> None:
    to = [f"a{number}@in.example.com" for number in range(20)]
    post = multipart(
        sendgrid_message("", html="<p>x" * 250_000, envelope=json.dumps({"to": to, "from": "ana@example.net"}))
    )
    asked = request(post, "sendgrid")
    found: list[Delivery] = []

    spent = seconds(lambda: found.append(sendgrid.PROVIDER.parse(asked, Credentials({"from": OURS}, {}))))

    assert spent < 2
    assert len({each.text for each in found[0].messages}) == 1


# M01: where a part ends.


@for_each("newline", ["\r\n", "\n"])
def test_M01_a_part_that_no_boundary_ends_goes_on_to_the_end(newline: str) -> None:
    body = newline.join(["--b", "Content-Type: text/plain", "", "uma calabresa"])

    assert message(mail(body, "Content-Type: multipart/mixed; boundary=b")).text == "uma calabresa"


def test_M01_an_outer_boundary_ends_an_inner_multipart() -> None:
    # Given an inner boundary that begins as the outer one does
    body = (
        '--b\r\nContent-Type: multipart/alternative; boundary="b1"\r\n\r\n'
        "--b1\r\nContent-Type: text/plain\r\n\r\numa calabresa\r\n"
        "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n"
    )

    found = message(mail(body, "Content-Type: multipart/mixed; boundary=b"))

    assert found.text == "uma calabresa"
    assert [each.content for each in found.files] == [b"hello"]


@for_each(
    ("head", "body"),
    [
        ("multipart/mixed; boundary=b", "--b \t\r\n\r\numa calabresa\r\n--b-- \r\n"),
        ("multipart/mixed; boundary=other", "--b\r\n\r\numa calabresa\r\n--b--\r\n"),
        ("multipart/mixed", "\r\n--b\r\n\r\numa calabresa\r\n--b--\r\n"),
        ("multipart/alternative; boundary=b", "uma calabresa"),
        ("multipart/mixed; boundary=b", "--b\r\n\r\numa calabresa\r\n--b--\r\n--b\r\n\r\nan epilogue"),
    ],
    ids=["blanks after it", "another one than is named", "none is named", "nothing is parted", "an epilogue"],
)
def test_M01_words_are_found_whatever_the_boundary_is(head: str, body: str) -> None:
    assert message(mail(body, f"Content-Type: {head}")).text == "uma calabresa"


# M02: base64.


@for_each(
    "encoded",
    ["dW1hIGNhbGFicmVzYQ!==", "dW1hIGNh\r\n bGFicmVz\r\nYQ==\r\n", "dW1hIGNhbGFicmVzYQ", "dW1h=\r\nIGNhbGFicmVzYQ=="],
    ids=["another character", "line ends and blanks", "without its end", "two ends"],
)
def test_M02_base64_is_read_past_what_is_none(encoded: str) -> None:
    assert message(mail(encoded, "Content-Transfer-Encoding: BASE64;")).text == "uma calabresa"


# M03 and M04: which parts are words.


@for_each("disposition", ["", "Content-Disposition: inline\r\n"])
@for_each("kind", ["text/plain", "text/html"])
def test_M03_a_text_with_a_name_is_the_words_where_there_are_no_others(disposition: str, kind: str) -> None:
    part = f'Content-Type: {kind}; name="body.txt"\r\n{disposition}\r\numa calabresa'

    alone = message(mail("uma calabresa", f'Content-Type: {kind}; name="body.txt"'))
    in_a_part = message(mail(f"--b\r\n{part}\r\n--b--", "Content-Type: multipart/mixed; boundary=b"))

    assert (alone.text, alone.kind, alone.files) == ("uma calabresa", MessageKind.TEXT, ())
    assert (in_a_part.text, in_a_part.files) == ("uma calabresa", ())


def test_M03_a_text_that_is_attached_or_stands_beside_words_is_a_file() -> None:
    named = 'Content-Type: text/plain; name="n.txt"'
    attached = mail("notes", f"{named}\r\nContent-Disposition: attachment")
    beside = mail(
        f"--b\r\n\r\nsim\r\n--b\r\n{named}\r\n\r\nnotes\r\n--b--", "Content-Type: multipart/mixed; boundary=b"
    )

    assert message(attached).kind is MessageKind.MEDIA
    assert (message(beside).text, [each.content for each in message(beside).files]) == ("sim", [b"notes"])


PICTURE = "Content-Type: image/png\r\nContent-ID: <p>\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8="


def test_M04_all_texts_around_a_picture_are_read_in_order() -> None:
    parts = ["Content-Type: text/plain\r\n\r\numa calabresa", PICTURE, "Content-Type: text/plain\r\n\r\ne uma cola"]
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--"

    found = message(mail(body, "Content-Type: multipart/mixed; boundary=b"))

    assert found.text == "uma calabresa\ne uma cola"
    assert len(found.files) == 1


def test_M04_of_alternatives_one_is_read_and_what_stands_beside_them_too() -> None:
    # Given what Apple Mail writes around a file: the HTML is parted, the plain text is not
    html = (
        "--c\r\nContent-Type: text/html\r\n\r\n<b>uma</b>\r\n"
        f"--c\r\n{PICTURE}\r\n--c\r\nContent-Type: text/html\r\n\r\ncola\r\n--c--"
    )
    body = (
        "--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\numa cola\r\n"
        f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{html}\r\n--b--\r\n"
        "--a\r\nContent-Type: text/html\r\n\r\n<p>e pão</p>\r\n--a--"
    )

    found = message(mail(body, "Content-Type: multipart/mixed; boundary=a"))

    assert found.text == "uma cola\ne pão"
    assert len(found.files) == 1


def test_M04_an_empty_plain_text_gives_way_to_the_html_beside_it() -> None:
    body = "--b\r\n\r\n \r\n--b\r\nContent-Type: text/html\r\n\r\n<p>uma cola</p>\r\n--b--"
    assert message(mail(body, "Content-Type: multipart/alternative; boundary=b")).text == "uma cola"


def test_M04_a_mails_page_for_one_program_alone_is_no_file() -> None:
    parts = ["Content-Type: text/plain\r\n\r\numa cola", "Content-Type: text/x-amp-html\r\n\r\n<html amp>"]
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--"

    found = message(mail(body, "Content-Type: multipart/alternative; boundary=b"))

    assert (found.text, found.files, found.body) == ("uma cola", (), {"recipient": OURS})


# M05: character sets.

WRITTEN = [
    ("us-ascii", "pão".encode(), "pão"),
    ("windows-1252", "pão".encode(), "pão"),
    ("iso-8859-1", "pão “quente”".encode("cp1252"), "pão “quente”"),
    ("us-ascii", "pão".encode("cp1252"), "pão"),
    ("gb2312", "鎔基".encode("gbk"), "鎔基"),
    ("gb2312", "披萨".encode(), "披萨"),
    ("x-sjis", "ピザ①".encode("cp932"), "ピザ①"),
    ("x-mac-roman", "pão".encode("mac_roman"), "pão"),
    ("ks_c_5601-1987", "똠방각하".encode("cp949"), "똠방각하"),
    ("iso-8859-8-i", "פיצה".encode("iso8859_8"), "פיצה"),
    ("iso-8859-9", "ığş “”".encode("cp1254"), "ığş “”"),
    ("windows-874", "พิซซ่า".encode("cp874"), "พิซซ่า"),
    ("koi8-ru", "піца".encode("koi8_u"), "піца"),
    ("unicode-1-1-utf-8", "pão".encode(), "pão"),
    ("utf-8", b"\xef\xbb\xbfp\xc3\xa3o", "pão"),
    ("", b"p\xe3o", "pão"),
]


@for_each(("charset", "content", "expected"), WRITTEN)
def test_M05_a_text_is_read_as_its_readers_see_it(charset: str, content: bytes, expected: str) -> None:
    header = f"Content-Type: text/plain{'; charset=' if charset else ''}{charset}"

    assert message(mail(content, header)).text == expected
    assert by_sendgrid(content, charsets=json.dumps({"text": charset})).text == expected


def test_M05_a_character_that_was_cut_in_two_spoils_no_other() -> None:
    assert decode_text("ピザ".encode()[:-1], "") == "ピ"
    assert decode_text("pão".encode(), "é") == "pão"


def test_M05_headers_that_nobody_encoded_are_read_too() -> None:
    raw = (
        b"Subject: p\xe3o\r\nFrom: =?gb2312?B?"
        + base64.b64encode("鎔基".encode("gbk"))
        + b"?= <a@example.net>\r\n\r\noi"
    )

    found = message(raw)

    assert found.name == "鎔基"
    assert found.email is not None
    assert found.email.subject == "pão"


def test_M05_a_character_parted_between_two_encoded_words_is_whole() -> None:
    found = message(
        mail("oi", sender="=?utf-8?q?Jo=C3?= =?utf-8?Q?=A3o_d?=\r\n =?utf-8*pt?b?YSBTaWx2YQ==?= <j@example.net>")
    )
    assert found.name == "João da Silva"


# M06: who wrote it.

AUTHORS = [
    ("Lösung, Ana <ana@example.net>", "Lösung, Ana"),
    ('"Lösung, Ana" <ana@example.net>', "Lösung, Ana"),
    ("=?utf-8?q?L=C3=B6sung=2C_Ana?= <ana@example.net>", "Lösung, Ana"),
    ("ana@example.net (Ana)", "Ana"),
    ("ana@example.net (Ana (da pizza))", "Ana (da pizza)"),
    ("Ana (minha filha) <ana@example.net> (casa)", "Ana"),
    ('"Ana \\"Bia\\" Souza" <ana@example.net>', 'Ana "Bia" Souza'),
    ("Loja: Ana <ana@example.net>;", "Ana"),
    ("<@relay.example.com,@b.example.com:ana@example.net>", ""),
    ("ana @ example.net", ""),
    ("ANA@EXAMPLE.NET, ana@example.net", ""),
    ("=?utf-8?q?Ana_=3Cana=40example=2Enet=3E?=", "Ana"),
]


@for_each(("spelled", "name"), AUTHORS)
def test_M06_the_author_is_who_from_names(spelled: str, name: str) -> None:
    raw = mail("oi", "Return-Path: <bounces+1@relay.example.org>", sender=spelled)
    found = message(raw)
    envelope = json.dumps({"to": [OURS], "from": "bounces+1@relay.example.org"})
    head = f"From: {spelled}\nMessage-ID: <a1@example.net>\n"

    assert (found.addresses[0].value, found.name, found.automatic) == ("ana@example.net", name, "")
    posted = by_sendgrid(headers=head, envelope=envelope, **{"from": "=?broken, Ana <ana@example.net>, x@y.org"})
    assert posted.addresses[0].value == "ana@example.net"
    assert posted.automatic == ""
    assert by_mailgun(sender="bounces+1@relay.example.org", **{"from": spelled}).addresses[0].value == "ana@example.net"


def test_M06_of_several_authors_it_is_who_sent_it_and_never_somebody_else() -> None:
    both = "Ana <ana@example.net>, Rui <rui@example.net>"

    def author(*headers: str, envelope: str = "relay@example.org") -> str:
        letter = open_mail(mail("oi", *headers, sender=both), account="mime:x", recipient=OURS)
        (found,) = read_letter(letter._replace(envelope_sender=envelope)).messages
        return found.addresses[0].value

    assert author() == "ana@example.net"
    assert author("Sender: rui@example.net") == "rui@example.net"
    assert author(envelope="rui@example.net") == "rui@example.net"


def test_M06_a_from_that_can_be_read_in_two_ways_is_not_answered_to_the_envelope() -> None:
    letter = open_mail(mail("oi", sender="<a@x.org> <b@y.org>"), account="mime:x", recipient=OURS)
    assert read_letter(letter._replace(envelope_sender="eve@example.org")).messages == ()


# M07: a site's form.


@for_each(
    "sender", ["Site <noreply@site.example>", "wordpress@site.example", f"Pizzaria <{OURS}>", "forms@site.example"]
)
def test_M07_a_form_is_answered_to_the_person_who_filled_it_in(sender: str) -> None:
    found = message(mail("uma mesa", "Reply-To: Cliente <cliente@example.org>", sender=sender))

    assert (found.addresses[0].value, found.name, found.automatic) == ("cliente@example.org", "Cliente", "")


def test_M07_a_persons_own_reply_to_changes_nothing() -> None:
    assert message(mail("oi", "Reply-To: outra@example.org")).addresses[0].value == "ana@example.net"


@for_each("reply_to", ["", "noreply@site.example", f"<{OURS}>", "a@example.org, b@example.org", "undisclosed:;"])
def test_M07_a_form_that_names_no_person_stays_a_machines(reply_to: str) -> None:
    found = message(mail("oi", f"Reply-To: {reply_to}", sender="noreply@site.example"))
    assert (found.addresses[0].value, found.automatic) == ("noreply@site.example", "robot")


def test_M07_a_form_that_says_it_is_automatic_is_not_answered() -> None:
    raw = mail("oi", "Reply-To: c@example.org", "Auto-Submitted: auto-generated", sender="noreply@site.example")
    assert message(raw).automatic == "auto-submitted"


# M10: what machines write.


@for_each(
    "header",
    [
        "X-Autoresponder: yes",
        "X-Autoreply: yes",
        "X-Autorespond: ana@example.net",
        "X-Auto-Reply-From: ana@example.net",
        "X-Mail-Autoreply: 1",
        "X-Auto-Generated: hd-acknowledgement",
        "X-Vacation: true",
        "X-POST-MessageClass: 9; Autoresponder",
        "Delivered-To: Autoresponder",
        "Precedence: auto-reply",
        "Precedence: auto_reply",
        "X-Precedence: bulk",
        "Auto-Submitted: auto-replied (vacation); owner-email=a@b",
        "Auto-Submitted: auto-notified",
        "List-Id: <x.example.org>",
        "Subject: Out of Office: pedido",
        "Subject: =?utf-8?q?Resposta_autom=C3=A1tica=3A_pedido?=",
        "Subject: Abwesenheitsnotiz",
        "Subject: Automatische Antwort: pedido",
        "Subject: Réponse automatique : pedido",
        "Subject: Automatisch antwoord: pedido",
        "Subject: [Automatic reply] pedido",
    ],
)
def test_M10_a_mail_that_a_program_wrote_is_known(header: str) -> None:
    raw = mail("volto na segunda", header)
    if header.startswith("Subject"):
        raw = raw.replace(b"Subject: pedido\r\n", b"")
    assert message(raw).automatic


@for_each(
    "local",
    [
        *(
            "no_reply",
            "no.reply",
            "NoReply",
            "donotreply",
            "do-not-reply",
            "nao-responda",
            "naoresponder",
            "no-responder",
        ),
        *("ne-pas-repondre", "nicht-antworten", "non-rispondere", "orders-noreply", "noreply+1", "mailer-daemon"),
        *("postmaster", "bounce+abc", "bounces-7", "bounce"),
    ],
)
def test_M10_a_mailbox_that_nobody_reads_is_known(local: str) -> None:
    assert message(mail("oi", sender=f"Loja <{local}@example.net>")).automatic == "robot"


@for_each("local", ["norman", "norepinefrina", "ana.reply", "bouncer", "rooth", "daemonia"])
def test_M10_a_persons_mailbox_is_none(local: str) -> None:
    assert message(mail("oi", sender=f"{local}@example.net")).automatic == ""


@for_each(
    "header",
    [
        "X-Auto-Response-Suppress: All",
        "X-Autoreply: no",
        "Auto-Submitted: no",
        "Subject: Resposta automática não funciona",
        "Subject: Re: Out of office supplies",
        "Subject: Fora do escritório é melhor?",
        "Return-Path: <bounces+7@esp.example.org>",
    ],
)
def test_M10_a_person_who_writes_of_such_things_is_answered(header: str) -> None:
    raw = mail("oi", header)
    if header.startswith("Subject"):
        raw = raw.replace(b"Subject: pedido\r\n", b"")
    assert message(raw).automatic == ""


# M11: nobody else's stripping.


def test_M11_what_mailgun_takes_for_a_signature_stays() -> None:
    found = by_mailgun(
        body_plain="Meus e-mails:\n\na@x.com\n", stripped_text="Meus e-mails:", stripped_signature="a@x.com"
    )
    assert found.text == "Meus e-mails:\n\na@x.com"


def test_M11_what_a_provider_stripped_does_where_it_gives_nothing_else() -> None:
    assert by_mailgun(body_plain="", stripped_text="Grande").text == "Grande"


# M13: what a reader of the mail does not see, or sees as one line.


def test_M13_lines_broken_only_to_be_short_are_joined() -> None:
    flowed = "Content-Type: text/plain; charset=utf-8; format=flowed"
    text = "uma pizza grande \r\nde calabresa\r\n\r\n e \r\num suco\r\n-- \r\nAna"

    assert message(mail(text, flowed)).text == "uma pizza grande de calabresa\n\ne um suco"
    head = f"From: Ana <ana@example.net>\nMessage-ID: <a1@example.net>\n{flowed}\n"
    assert by_sendgrid(text, headers=head).text == "uma pizza grande de calabresa\n\ne um suco"
    listed = json.dumps([["Content-Type", flowed.partition(": ")[2]], ["From", "Ana <ana@example.net>"]])
    assert by_mailgun(body_plain=text, message_headers=listed).text == "uma pizza grande de calabresa\n\ne um suco"


def test_M13_a_blank_that_only_marks_a_soft_break_is_none_of_the_text() -> None:
    raw = mail("ピザを \r\nください", "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes")
    assert message(raw).text == "ピザをください"


HIDDEN = [
    '<div style="display:none;max-height:0">Only today!</div>',
    "<div style='Display : None'><p>Only today!<div>and tomorrow</div></div>",
    "<span hidden>Only today!</span>",
    '<span class="preheader">Only today!</span>',
    '<div style="font-size:0px;color:#fff">Only today!</div>',
    '<p style="mso-hide:all">Only today!</p>',
    '<p style="visibility:hidden">Only today!</p>',
    "<!--[if mso]><p>Only today!</p><![endif]-->",
    "<title>Only today!</title><style>.x{}</style><script>Only('today')</script>",
    "<div><span style=display:none>Only today!</div>",
    "<ul><li hidden>Only today!<li></ul>",
]


@for_each("hidden", HIDDEN)
def test_M13_what_html_hides_is_not_read(hidden: str) -> None:
    assert message(mail(f"{hidden}<p>uma pizza</p>", "Content-Type: text/html")).text == "uma pizza"


@for_each(
    "shown",
    [
        '<div style="font-size:0"><p style="font-size:14px">uma pizza</p></div>',
        '<p style="font-size:0.9em">uma pizza</p>',
        '<p style="max-height:0.5em">uma pizza</p>',
        "<!--[if !mso]><!--><p>uma pizza</p><!--<![endif]-->",
        "<table><tr><td>uma<td>pizza</table>",
        '<p data-x="a>b">uma <img alt="" src="x.png">pizza',
        "<p title='it's>uma pizza",
    ],
)
def test_M13_what_html_shows_is_read(shown: str) -> None:
    assert message(mail(shown, "Content-Type: text/html")).text == "uma pizza"


def test_M11_a_quote_is_left_out_alike_whoever_carries_the_mail() -> None:
    text = "Grande\n\nLe ven. 9 oct. 2025 à 10:00, Pizzaria <oi@example.com> a écrit\u00a0:\n\n> Quelle taille ?\n"

    assert by_mailgun(body_plain=text, stripped_text=text, stripped_signature="").text == "Grande"
    assert by_sendgrid(text).text == "Grande"
    assert by_postmark(text, StrippedTextReply=text).text == "Grande"
    assert by_mail_server(mail(text, "Content-Type: text/plain; charset=utf-8")).text == "Grande"


# M08 and M09 in mails that are HTML alone.

SENDER = '<a href="mailto:oi@mg.example.com">oi@mg.example.com</a>'
PAGES = {
    "Gmail": '<div dir="ltr">a grande</div><br><div class="gmail_quote"><div class="gmail_attr">Em qui., 9 de out. '
    f"de 2025 às 10:00, Pizzaria &lt;{SENDER}&gt; escreveu:<br></div>"
    '<blockquote class="gmail_quote">Qual?</blockquote></div>',
    "Outlook": '<p class="MsoNormal">a grande</p><div style="border-top:solid #E1E1E1 1.0pt"><p><b>De:</b> Pizzaria<br>'
    "<b>Enviada em:</b> 9 de outubro<br><b>Para:</b> Ana<br><b>Assunto:</b> pedido</p></div><p>Qual?</p>",
    "Apple Mail": "<div>a grande</div><br><div dir=ltr>Enviado do meu iPhone</div><div><br><blockquote type=cite>"
    f"No dia 9/10/2025, às 10:00, Pizzaria &lt;{SENDER}&gt; escreveu:<br></blockquote></div>"
    "<blockquote type=cite><div>Qual?</div></blockquote>",
    "Thunderbird, below": "<div class=moz-cite-prefix>Em 09/10/2025 10:00, Pizzaria escreveu:<br></div>"
    '<blockquote type="cite" cite="mid:x@y"><p>Qual?</p></blockquote><p>a grande</p>',
    "Yahoo": '<div>a grande</div><div class="yahoo_quoted"><div>On Thursday, October 9, 2025 at 10:00:00 AM GMT-3, '
    "Pizzaria &lt;oi@mg.example.com&gt; wrote: </div><div>Qual?</div></div>",
    "a signature": '<div>a grande</div><div class="gmail_signature">Ana Souza<br>+55 11 99999-0000</div>',
    "Outlook for iOS": '<div>a grande</div><div id="ms-outlook-mobile-signature">Obter o <a href="https://aka.ms/o0ukef">'
    "Outlook para iOS</a></div>",
}


@for_each("page", PAGES.values(), ids=PAGES)
def test_M08_M09_the_words_of_a_page_remain(page: str) -> None:
    raw = mail(f"<html><body>{page}</body></html>", "Content-Type: text/html; charset=utf-8")
    assert message(raw).text == "a grande"


def test_M08_what_is_only_indented_is_no_quote() -> None:
    page = "<p>o poema</p><blockquote style='margin:0 0 0 40px;border:none'>batatinha quando nasce</blockquote>"
    assert message(mail(page, "Content-Type: text/html")).text == "o poema\nbatatinha quando nasce"


@for_each(
    "piece",
    [
        "On 1 2 3 @:\n",
        "x@y 1 2 3:\n> a\n",
        "De: a@b\n",
        "____________\n",
        "Abraços\n",
        "--\n",
        "> \n:\n",
        "sent via a b c d e",
    ],
)
def test_D04_text_made_to_look_like_quotes_takes_no_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert seconds(lambda: read(mail(text))) < 2


# M12: bounces and complaints.

OWN_ID = "cmgfixture000000000000001"
RETURNED = (
    f"From: {OURS}\nTo: ana@example.net\nX-Recado: {OWN_ID}\nMessage-ID: <{OWN_ID}@in.example.com>\nSubject: Pedido\n"
)
DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example.net>"
NOTICE = (
    "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; ana@example.net\n"
    "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n"
)


def parted(*parts: tuple[str, str], kind: str = "mixed", end: str = "--b--\n") -> bytes:
    body = "".join(f"--b\nContent-Type: {each}\n\n{content}\n" for each, content in parts)
    return mail(body + end, f"Content-Type: multipart/{kind}; boundary=b", sender=DAEMON)


EXIM = (
    "This message was created automatically by mail delivery software.\n\n"
    "A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. "
    "The following address(es) failed:\n\n  ana@example.net\n    host mx.example.net [203.0.113.7]\n"
    "    SMTP error from remote mail server after RCPT TO:<ana@example.net>:\n    550 5.1.1 User unknown\n\n"
    "------ This is a copy of the message, including all the headers. ------\n\n"
    f"Return-path: <{OURS}>\n{RETURNED}\nOi!"
)
QMAIL = (
    "Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message to the "
    "following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<ana@example.net>:\n"
    "Sorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n"
    f"Return-Path: <{OURS}>\n{RETURNED}\nOi!"
)
EXCHANGE = (
    "Delivery has failed to these recipients or groups:\n\nana@example.net\nThe email address you entered couldn't be "
    "found.\n\nDiagnostic information for administrators:\n\nRemote Server returned '550 5.1.10 RESOLVER.ADR."
    f"RecipientNotFound'\n\nOriginal message headers:\n\n{RETURNED}"
)
BOUNCES = {
    "global": parted(
        ("text/plain", "sorry"),
        ("message/global-delivery-status", NOTICE),
        ("message/global-headers", RETURNED),
        kind="report; report-type=delivery-status",
    ),
    "mixed": parted(
        ("text/plain", "sorry"), ("message/delivery-status", NOTICE), ("message/rfc822", RETURNED + "\nOi!")
    ),
    "without its kind": parted(("message/delivery-status", NOTICE), ("text/rfc822-headers", RETURNED), kind="report"),
    "without its end": parted(
        ("message/delivery-status", NOTICE),
        ("text/rfc822-headers", RETURNED),
        kind="report; report-type=delivery-status",
        end="",
    ),
    "without an action": parted(
        ("message/delivery-status", NOTICE.replace("Action: failed\n", "")), ("text/rfc822-headers", RETURNED)
    ),
    "Exim": mail(EXIM, "X-Failed-Recipients: ana@example.net", "Auto-Submitted: auto-replied", sender=DAEMON),
    "qmail": mail(QMAIL, "Return-Path: <>", sender="MAILER-DAEMON@mx.example.net").replace(
        b"pedido", b"failure notice"
    ),
    "Exchange": mail(EXCHANGE, sender="postmaster@example.net").replace(
        b"Subject: pedido", b"Subject: Undeliverable: x"
    ),
    "in HTML": mail(
        "<p>O e-mail não pôde ser entregue.</p><p>usuário desconhecido</p><pre>" + RETURNED + "</pre>",
        "Content-Type: text/html; charset=utf-8",
        sender=DAEMON,
    ),
    "headers in a file": parted(("text/plain", "550 5.1.1 user unknown"), ('text/plain; name="headers.txt"', RETURNED)),
}


@for_each("raw", BOUNCES.values(), ids=BOUNCES)
def test_M12_a_bounce_of_any_make_fails_its_mail_and_opts_its_address_out(raw: bytes) -> None:
    delivery = read(raw)

    (status,) = delivery.statuses
    assert (status.message_id, status.status, status.opt_out) == (OWN_ID, Status.FAILED, ConsentReason.BOUNCE)
    assert status.code in {"5.1.1", "5.1.10"}
    assert status.reason == "The recipient's address does not exist."
    assert delivery.messages == ()


def test_M12_a_bounce_is_matched_whoever_carries_it() -> None:
    raw = BOUNCES["Exim"]
    body = raw.partition(b"\r\n\r\n")[2].decode()
    head = f"From: {DAEMON}\nX-Failed-Recipients: ana@example.net\n"
    post = multipart(sendgrid_message("oi") | {"headers": head, "text": body, "from": DAEMON})
    (status,) = sendgrid.PROVIDER.parse(request(post, "sendgrid"), Credentials({"from": OURS}, {})).statuses
    assert (status.account, status.message_id, status.status) == ("sendgrid:in.example.com", OWN_ID, Status.FAILED)

    listed = [{"Name": "X-Failed-Recipients", "Value": "ana@example.net"}]
    told = signed_postmark(postmark_message(body, Headers=listed))
    (status,) = postmark.PROVIDER.parse(request(told, "postmark"), Credentials({"from": OURS}, {})).statuses
    assert (status.message_id, status.opt_out) == (OWN_ID, ConsentReason.BOUNCE)


@for_each(
    ("words", "status", "code", "opt_out"),
    [
        ("552 5.2.2 mailbox full, delivery failed", Status.FAILED, "5.2.2", None),
        ("could not be delivered: 550 refused by policy", Status.FAILED, "", None),
        ("delivery failed: no such user", Status.FAILED, "5.1.1", ConsentReason.BOUNCE),
        ("Your message is delayed and will be retried. No action is required.", Status.SENT, "", None),
    ],
)
def test_M12_what_is_said_decides_how_far_a_mail_is(
    words: str, status: Status, code: str, opt_out: ConsentReason | None
) -> None:
    (found,) = read(mail(f"{words}\n\n{RETURNED}", "Return-Path: <>", sender=DAEMON)).statuses
    assert (found.status, found.code, found.opt_out) == (status, code, opt_out)


@for_each(
    ("kind", "opt_out"), [("abuse", ConsentReason.COMPLAINT), ("fraud", ConsentReason.COMPLAINT), ("not-spam", None)]
)
def test_M12_a_complaint_opts_its_address_out(kind: str, opt_out: ConsentReason | None) -> None:
    raw = parted(
        ("text/plain", "This is an email abuse report."),
        ("message/feedback-report", f"Feedback-Type: {kind}\nUser-Agent: x/1\nVersion: 1\n"),
        ("message/rfc822", RETURNED + "\nOi!"),
        kind="report; report-type=feedback-report",
    )

    delivery = read(raw)

    found = [(each.message_id, each.status, each.opt_out) for each in delivery.statuses]
    assert found == ([(OWN_ID, Status.DELIVERED, opt_out)] if opt_out else [])
    assert len(delivery.messages) == (0 if opt_out else 1)


@for_each(
    "raw",
    [
        mail(f"what is this?\n\n{RETURNED}"),
        mail(EXIM.replace(OWN_ID, "of-somebody-else"), sender=DAEMON),
        mail(f"I am away until Monday.\n\n{RETURNED}", "Return-Path: <>"),
        parted(
            ("message/disposition-notification", "Disposition: manual-action; displayed"),
            ("text/rfc822-headers", RETURNED),
            kind="report; report-type=disposition-notification",
        ),
        parted(("message/delivery-status", "Reporting-MTA: dns; x\n"), ("text/rfc822-headers", RETURNED)),
    ],
    ids=["a person's mail", "a bounce of another's", "an answer by a machine", "a read receipt", "nothing is said"],
)
def test_M12_what_is_no_report_of_a_mail_of_ours_is_a_message(raw: bytes) -> None:
    delivery = read(raw)
    assert (delivery.statuses, len(delivery.messages)) == ((), 1)


@for_each(
    ("account", "spelled", "id_"),
    [
        ("ses:oi@example.com", "<0100018f-1-000000@email.amazonses.com>", "0100018f-1-000000"),
        ("postmark:oi@example.com", "<22222222-3333@mtasv.net>", "22222222-3333"),
        ("sendgrid:in.example.com", "<AbC_1@geopod-ismtpd-7>", "AbC_1"),
        ("mailgun:mg.example.com", "<2025.1@mg.example.com>", "<2025.1@mg.example.com>"),
        ("mailgun:mg.example.com", "<2025.1@other.example>", None),
        ("mime:oi@example.com", "<1@example.com>", None),
        ("ses:oi@example.com", "<1@example.com>", None),
    ],
)
def test_M12_a_bounce_that_kept_only_the_providers_id_is_matched_by_it(
    account: str, spelled: str, id_: str | None
) -> None:
    raw = parted(("message/delivery-status", NOTICE), ("text/rfc822-headers", f"Message-ID: {spelled}\n"))

    delivery = read_letter(open_mail(raw, account=account, recipient=OURS))

    assert [each.provider_message_id for each in delivery.statuses] == ([id_] if id_ else [])
    # It may be another's after all, so nothing of it is lost.
    assert len(delivery.messages) == 1


# M13: what is packed.


@for_each(("kind", "name"), [("application/ms-tnef", "winmail.dat"), ("application/octet-stream", "WINMAIL.DAT")])
def test_M13_words_that_only_outlook_can_unpack_are_said_to_be_there(kind: str, name: str) -> None:
    part = f'--b\r\nContent-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+Ig==\r\n'

    alone = message(mail(f"{part}--b--", "Content-Type: multipart/mixed; boundary=b"))
    beside = message(mail(f"--b\r\n\r\noi\r\n{part}--b--", "Content-Type: multipart/mixed; boundary=b"))

    assert (alone.kind, alone.text, alone.body["words_in"]) == (MessageKind.MEDIA, "", name)
    assert (beside.text, beside.body.get("words_in")) == ("oi", None)


async def test_M13_why_names_the_file_that_only_outlook_can_unpack(engine: AsyncEngine) -> None:
    # Given a mail whose words are all in a winmail.dat
    part = '--b\r\nContent-Type: application/ms-tnef; name="winmail.dat"\r\n\r\nx\r\n'
    packed = message(mail(f"{part}--b--", "Content-Type: multipart/mixed; boundary=b"))
    async with running_bot(engine, "bundle: shop\n") as bot:
        # When it comes in
        await bot.hears(packed._replace(account=heard("").account))
    async with engine.connect() as connection:
        trace = (await connection.execute(select(Message.trace))).scalar_one()
    # Then why it was not answered is told with the file's name, in both languages
    entries = [TraceEntry(each["code"], each["data"]) for each in trace]
    for language in ("en", "pt-BR"):
        assert any("winmail.dat" in said and "Outlook" in said for said in explain(entries, translator(language)))
