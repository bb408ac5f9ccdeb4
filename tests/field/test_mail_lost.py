"""Nothing authentic of a mail is lost, whoever carries it.

A mail is held to what a mail program shows of it: its words (of alternatives those that are read, with what they
quote), its headers but for those of the way, its files; and what its provider tells beside it. Each is in the message,
or the post is kept raw, or both.
"""

import base64
import json
import quopri
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import UnparsableError
from bot.core.messages import Delivery
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.kit.kept_body import reduced
from bot.providers.table import PROVIDERS
from tests.support.captured import normalised
from tests.support.examples import examples
from tests.support.mail_posts import multipart, request

OURS = "bot@in.example.com"
HELD = Credentials(
    {"from": f"Bot <{OURS}>", "domain": "in.example.com", "inbound": OURS, "signing_key": "k", "topic_arns": "t"}, {}
)


class Said(NamedTuple):
    """A word nobody foresaw, and how it is spelled in the post."""

    word: str
    sent: bytes
    is_file: bool = False


class Drawn:
    """A mail in the making, with all that is said in it."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.said: list[Said] = []
        self.clear = b""

    def word(self, sent: Callable[[str], bytes] = str.encode, *, is_file: bool = False) -> str:
        word = f"unheard{len(self.said):03}of"
        self.said.append(Said(word, sent(word), is_file))
        return word

    def perhaps(self, odds: int = 2) -> bool:
        return self.draw(st.integers(0, odds)) == 0

    def one_of(self, *each: Any) -> Any:
        return self.draw(st.sampled_from(each))


WORDS = [
    "quero {}",
    "sim {}\n\n> pergunta {}",
    "{}\n\nOn Mon, 5 Oct 2026 at 10:00, Bot <bot@in.example.com> wrote:\n> {}",
    "{}\n\n-- \nAna {}",
    "{} \nmacia\n",
    "Ação {} \u20ac",
    "\x00{}\n",
]
CHARSETS = ["utf-8", "us-ascii", "iso-8859-1", "windows-1252", "utf-16", "koi8-r", "x-none", "shift_jis", "gb2312", ""]


def text_part(drawn: Drawn, kind: str = "text/plain") -> bytes:
    """A part of words: a character set that may be wrong, an encoding that may be damaged."""
    charset, encoding = drawn.one_of(*CHARSETS), drawn.one_of("8bit", "base64", "quoted-printable", "x-none", "7bit")
    real = charset if charset in {"utf-8", "utf-16", "windows-1252"} else drawn.one_of("utf-8", "cp1252")
    shape = drawn.one_of(*WORDS)
    words = shape.format(*(drawn.word() for _ in range(shape.count("{}"))))
    if kind == "text/html":
        words = f"<p>{words}</p>"
    content = words.encode(real, "replace") + drawn.one_of(b"", b"", b"\xff\xfe\xc3")
    coders: Mapping[str, Callable[[bytes], bytes]] = {
        "base64": base64.b64encode,
        "quoted-printable": quopri.encodestring,
    }
    coded = coders.get(encoding, bytes)(content)
    if encoding == "base64" and drawn.perhaps():
        footer = drawn.word()
        coded += drawn.one_of(f"\r\n____ \r\n{footer}!".encode(), f"\r\n--- {footer}".encode())
    if coded != content or real == "utf-16":
        count = shape.count("{}")
        drawn.said[-count:] = [each._replace(sent=coded) for each in drawn.said[-count:]] if count else []
    head = f"Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n"
    return head.encode() + b"\r\n" + coded


def file_part(drawn: Drawn) -> bytes:
    name, content = drawn.word(), drawn.word(is_file=True)
    kind = drawn.one_of("application/pdf", "text/plain", "message/rfc822", "image/png", "application/ms-tnef")
    head = f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\n'
    return head.encode() + content.encode()


def parts(drawn: Drawn, depth: int) -> bytes:
    """A part, perhaps of parts, perhaps without end."""
    if depth == 0 or drawn.perhaps():
        made: bytes = drawn.one_of(text_part, text_part, lambda it: text_part(it, "text/html"), file_part)(drawn)
        return made
    boundary = f"b{depth}"
    inner = [parts(drawn, depth - 1) for _ in range(drawn.one_of(1, 1, 2, 3))]
    body = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), each) for each in inner)
    named = drawn.one_of(boundary, boundary, boundary, "nowhere")
    before = drawn.word() + "\r\n" if named == "nowhere" else ""
    end = drawn.one_of(f"--{boundary}--\r\n", "")
    head = f"Content-Type: multipart/{drawn.one_of('mixed', 'related')}; boundary={named}\r\n\r\n{before}"
    return b"".join((head.encode(), body, str(end).encode()))


def nested(drawn: Drawn) -> bytes:
    """Words within more levels than are read."""
    part = text_part(drawn)
    for level in range(drawn.one_of(9, 10, 14)):
        part = b"Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n%s\r\n--n%d--\r\n" % (
            level,
            level,
            part,
            level,
        )
    return part


def many(drawn: Drawn) -> bytes:
    """More parts, or files, than are read."""
    count = drawn.one_of(24, 26, 30)
    each = drawn.one_of(file_part, lambda it: b"\r\n" + it.word().encode())
    texts = [b"--m\r\n\r\nx\r\n"] * drawn.one_of(0, 180)
    inner = b"".join(b"--m\r\n%s\r\n" % each(drawn) for _ in range(count))
    return b"Content-Type: multipart/mixed; boundary=m\r\n\r\n" + b"".join(texts) + inner + b"--m--\r\n"


def headers(drawn: Drawn) -> list[tuple[str, str]]:
    """Headers, some of them missing, odd or many."""
    found = [("To", drawn.one_of(OURS, f"{drawn.word()} <{OURS}>"))]
    if not drawn.perhaps(9):
        found.append(
            ("From", drawn.one_of("Ana <ana@example.net>", f"{drawn.word()} <ana@example.net>, c@example.net"))
        )
    if not drawn.perhaps():
        found.append(("Message-ID", drawn.one_of("<a1@example.net>", f"<{drawn.word()}@example.net>", drawn.word())))
    for name in ("Subject", "Cc", "X-Order", "Date", "Reply-To", "In-Reply-To", "Comments", "Organization"):
        if drawn.perhaps():
            long = drawn.one_of("", "", "longer " * 400)
            found.append((name, drawn.one_of(f"{long}{drawn.word()}", f"<{drawn.word()}@example.net> b c")))
    found += [(f"X-Many-{number}", drawn.word()) for number in range(drawn.one_of(0, 0, 0, 60))]
    return found


def raw_mail(drawn: Drawn) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers(drawn))
    part: bytes = drawn.one_of(lambda it: parts(it, 3), lambda it: parts(it, 2), nested, many)(drawn)
    gap = "" if not drawn.perhaps(9) else f"no header {drawn.word()}\r\n"
    return head.encode() + gap.encode() + part


def by_mime(drawn: Drawn) -> WebhookRequest:
    asked = drawn.one_of({}, {"x-envelope-sender": "ana@example.net"}) | {"x-envelope-recipient": OURS}
    return request((asked, raw_mail(drawn)), "mime")


def by_ses(drawn: Drawn) -> WebhookRequest:
    mail = raw_mail(drawn)
    notice: dict[str, Any] = {
        "notificationType": "Received",
        "mail": {"messageId": "m1", "source": "ana@example.net", "destination": [OURS]},
        "receipt": {
            "recipients": drawn.one_of([OURS], [OURS, f"{drawn.word()}@in.example.com"]),
            "virusVerdict": {"status": drawn.one_of("PASS", "PASS", "FAIL")},
            "action": {"type": "SNS", "encoding": "BASE64"},
        },
        "content": base64.b64encode(mail).decode(),
    }
    beside(drawn, drawn.one_of(notice, notice["mail"], notice["receipt"]))
    if drawn.perhaps(9):
        notice, mail = {"eventType": drawn.word(), "mail": {"messageId": drawn.word()}}, b""
    drawn.clear = json.dumps(notice | {"content": ""}).encode() + mail
    envelope = {"Type": "Notification", "Message": json.dumps(notice)}
    return request(({"content-type": "text/plain"}, json.dumps(envelope).encode()), "ses")


def beside(drawn: Drawn, item: dict[str, Any]) -> None:
    """A member of which nobody has heard."""
    if drawn.perhaps():
        item["brandNew"] = drawn.one_of(drawn.word(), {"inner": [drawn.word()]})


def form_texts(drawn: Drawn, plain: str, html: str) -> dict[str, Any]:
    """The words as a form has them, in bytes that may be none of the character set."""
    words = drawn.one_of(*WORDS)
    said = words.format(*(drawn.word() for _ in range(words.count("{}")))).encode(
        drawn.one_of("utf-8", "cp1252"), "replace"
    )
    said += drawn.one_of(b"", b"\xff", b" x" * 12_000 + drawn.word().encode())
    if drawn.perhaps():
        return {
            html: b"<p>"
            + said.replace(b"\x00", b"")
            + b"</p>"
            + drawn.one_of(b"", b"<b>x</b>" * 20_000 + drawn.word().encode())
        }
    return {plain: said}


def posted(drawn: Drawn, fields: Mapping[str, Any], provider: str) -> WebhookRequest:
    """A multipart post, with files perhaps."""
    if drawn.perhaps():
        fields = {**fields, "brand-new": drawn.word()}
    files = {
        f"attachment-{number}": (drawn.word(), "application/pdf", drawn.word(is_file=True).encode())
        for number in range(drawn.one_of(0, 0, 1, 27))
    }
    return request(multipart(fields, files), provider)


def by_mailgun(drawn: Drawn) -> WebhookRequest:
    if drawn.perhaps(9):
        event = {"event-data": {"event": drawn.word(), "message": {"headers": {"message-id": drawn.word()}}}}
        return request(({"content-type": "application/json"}, json.dumps(event).encode()), "mailgun")
    fields: dict[str, Any] = {"recipient": drawn.one_of(OURS, OURS, OURS, drawn.word()), "sender": "ana@example.net"}
    if drawn.perhaps():
        return posted(drawn, {**fields, "body-mime": raw_mail(drawn)}, "mailgun")
    pairs = [list(each) for each in headers(drawn)]
    listed: Any = drawn.one_of(pairs, pairs, [*pairs, drawn.word()], {"odd": drawn.word()})
    fields |= {name.lower(): value for name, value in pairs if name in {"From", "Subject"}}
    fields |= form_texts(drawn, "body-plain", "body-html")
    return posted(drawn, {**fields, "message-headers": json.dumps(listed)}, "mailgun")


def by_sendgrid(drawn: Drawn) -> WebhookRequest:
    if drawn.perhaps(9):
        events = drawn.one_of(
            [{"event": drawn.word()}], [drawn.word()], [{}, {"event": "open", "brandNew": {}}, [drawn.word()]]
        )
        return request(({"content-type": "application/json"}, json.dumps(events).encode()), "sendgrid")
    to = drawn.one_of([OURS], [OURS] * 2, [OURS, *(f"{drawn.word()}@in.example.com" for _ in range(22))], [])
    fields: dict[str, Any] = {"envelope": json.dumps({"to": to, "from": "ana@example.net"})}
    if drawn.perhaps():
        return posted(drawn, {**fields, "email": raw_mail(drawn)}, "sendgrid")
    pairs = headers(drawn)
    fields["headers"] = "".join(f"{name}: {value}\n" for name, value in pairs)
    fields |= {name.lower(): value for name, value in pairs if name in {"From", "Subject", "To", "Cc"}}
    # What is falsely called UTF-16 is other words, with every letter known: nobody can tell.
    fields["charsets"] = json.dumps({"text": drawn.one_of(*(each for each in CHARSETS if each != "utf-16"))})
    return posted(drawn, fields | form_texts(drawn, "text", "html"), "sendgrid")


def by_postmark(drawn: Drawn) -> WebhookRequest:
    lifted = {"To": "To", "Cc": "Cc", "Date": "Date", "Reply-To": "ReplyTo", "Subject": "Subject", "From": "From"}
    pairs = headers(drawn)
    words = {name: value.decode(errors="replace") for name, value in form_texts(drawn, "TextBody", "HtmlBody").items()}
    post: dict[str, Any] = {
        "OriginalRecipient": drawn.one_of(OURS, OURS, OURS, drawn.word()),
        "MessageID": "22222222-3333",
        **words,
        **{lifted[name]: value for name, value in pairs if name in lifted},
        "Headers": [{"Name": name, "Value": value} for name, value in pairs if name not in lifted],
        "Attachments": [
            {"Name": drawn.word(), "Content": base64.b64encode(drawn.word(is_file=True).encode()).decode()}
            for _ in range(drawn.one_of(0, 1, 27))
        ],
    }
    beside(drawn, drawn.one_of(post, *post["Attachments"][:1]))
    if drawn.perhaps():
        post[drawn.one_of("TextBody", "HtmlBody", "Headers", "Attachments", "FromFull", "Subject")] = drawn.one_of(
            [drawn.word()], {"deep": [[drawn.word()]]}
        )
    if drawn.perhaps(9):
        post["RecordType"] = drawn.word()
    return request(({"content-type": "application/json"}, json.dumps(post).encode()), "postmark")


CARRIED = {"mime": by_mime, "ses": by_ses, "mailgun": by_mailgun, "sendgrid": by_sendgrid, "postmark": by_postmark}


@st.composite
def odd_mails(draw: st.DrawFn, provider: str) -> tuple[WebhookRequest, list[Said]]:
    drawn = Drawn(draw)
    post = CARRIED[provider](drawn)
    # What was drawn for a place that was given away again is nowhere.
    return post, [each for each in drawn.said if each.sent in (drawn.clear or post.body)]


def is_kept(post: WebhookRequest, said: Said) -> bool:
    """Whether the raw copy has the word, or says that it does not."""
    kept = reduced(post.headers.get("content-type", ""), post.body)
    # A mail within JSON within JSON has its line breaks so.
    clear = kept.body.replace(rb"\\r\\n", b"\r\n").replace(rb"\\n", b"\n")
    return kept.body == post.body or "length" in kept.cut or (said.is_file and bool(kept.cut)) or said.sent in clear


@pytest.mark.parametrize("provider", sorted(CARRIED))
@given(data=st.data())
@examples(0.3)
def test_P05_whatever_a_mail_provider_signs_is_in_a_message_or_kept_raw(provider: str, data: st.DataObject) -> None:
    # Given a mail that is odd in many ways
    post, said = data.draw(odd_mails(provider))
    # When it is read
    try:
        delivery = PROVIDERS[provider].parse(post, HELD)
    except UnparsableError:
        delivery = Delivery()
        raw = True
    else:
        raw = bool(delivery.unknown) or any(each.cleaned for each in delivery.messages)
    # Then each word is in a message, or in the raw copy
    held = json.dumps(normalised(delivery), default=str)
    lost = [each for each in said if each.word not in held]
    assert not [each for each in lost if not (raw and is_kept(post, each))]
