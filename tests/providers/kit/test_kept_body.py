"""What is kept raw of a post: its words without its files, in linear time and within a bound."""

import json
import time
from base64 import b64encode

import pytest

from bot.providers.kit.kept_body import MOST_BYTES, reduced
from tests.support.mail_posts import BOUNDARY, multipart
from tests.support.tables import for_each

FILE = bytes(range(256)) * 40
BASE64 = b64encode(FILE).decode()
FORM = f"multipart/form-data; boundary={BOUNDARY}"


def mail(part: str, content: str) -> bytes:
    """A mail with words and, within an inner multipart, one part more."""
    return (
        'Subject: Order\r\nContent-Type: multipart/mixed; boundary="outer b"\r\n\r\n'
        "--outer b\r\nContent-Type: text/plain\r\n\r\ntwo breads\r\n"
        "--outer b\r\nContent-Type: multipart/related; boundary=inner\r\n\r\n"
        f"--inner\r\n{part}\r\n\r\n{content}\r\n--inner--\r\n--outer b--\r\n"
    ).encode()


def test_a_forms_files_become_notes_beside_their_names_and_types() -> None:
    headers, body = multipart({"text": "two breads"}, {"a1": ("menu.pdf", "application/pdf", FILE)})

    kept = reduced(headers["Content-Type"], body)

    assert kept.cut == "files"
    assert FILE not in kept.body
    for told in (b"two breads", b'filename="menu.pdf"', b"application/pdf", b"[a file, 10242 bytes as sent: not kept]"):
        assert told in kept.body
    assert kept.body.endswith(b"--%b--\r\n" % BOUNDARY.encode())


@for_each(
    "part",
    [
        "Content-Type: application/pdf; name=menu.pdf\r\nContent-Transfer-Encoding: base64",
        "Content-Type: image/png\r\nContent-ID: <1>",
        "Content-Type: text/csv\r\nContent-Disposition: attachment;\r\n filename=list.csv",
        'content-disposition: inline; FileName="x.txt"',
    ],
)
def test_a_mails_files_become_notes_wherever_they_lie(part: str) -> None:
    kept = reduced("message/rfc822", mail(part, BASE64))
    assert kept.cut == "files"
    assert BASE64.encode() not in kept.body
    assert b"two breads" in kept.body


@for_each("part", ["Content-Type: text/html", 'Content-Type: text/plain; name="body.txt"', "X-Odd: 1"])
def test_words_are_kept_in_whatever_encoding_they_are(part: str) -> None:
    body = mail(f"{part}\r\nContent-Transfer-Encoding: base64", BASE64)
    assert reduced("", body) == (body, "")


def test_a_mail_within_a_form_loses_its_files_too() -> None:
    headers, body = multipart({"email": mail("Content-Type: image/png", BASE64)})
    kept = reduced(headers["Content-Type"], body)
    assert (BASE64.encode() in kept.body, b"two breads" in kept.body) == (False, True)


@for_each(
    ("document", "stays"),
    [
        ({"TextBody": "two breads", "Attachments": [{"Name": "a.pdf", "Content": BASE64}]}, "two breads"),
        (
            {
                "Type": "Notification",
                "Message": json.dumps({"said": "two breads", "f": {"name": "a", "content": BASE64}}),
            },
            "a",
        ),
        ({"content": b64encode(mail("Content-Type: image/png", BASE64)).decode()}, "two breads"),
        ({"content": mail("Content-Type: image/png", BASE64).decode()}, "two breads"),
        ({"said": "two breads", "file": f"data:image/png;base64,{BASE64}"}, "data:image/png;base64,[a file"),
        ([{"said": "two breads"}, {"file_name": "a", "data": BASE64}], "two breads"),
    ],
    ids=["Postmark", "SNS", "SES", "SES in UTF-8", "data URL", "list"],
)
def test_a_json_documents_files_become_notes(document: object, stays: str) -> None:
    kept = reduced("application/json", json.dumps(document).encode())
    assert kept.cut == "files"
    assert BASE64[100:200].encode() not in kept.body
    assert stays in kept.body.decode()
    assert json.loads(kept.body)


@for_each(
    "body",
    [
        json.dumps({"type": "text", "text": "words " * 500}).encode(),
        json.dumps({"token": BASE64}).encode(),
        json.dumps({"token": "A" * 1025}).encode(),
        json.dumps({"Type": "Notification", "Message": "{" + "not json " * 100}).encode(),
        json.dumps([1, None, "a", {"b": [True]}]).encode(),
        b'{"broken": ',
        b"Body=hi&From=%2B1555",
        b"boundary=\r\n--",
        b"",
    ],
)
def test_what_holds_no_file_is_kept_as_it_came(body: bytes) -> None:
    assert reduced("text/plain", body) == (body, "")


def test_deep_nesting_is_left_alone() -> None:
    body = b'{"a":' * 60 + json.dumps({"name": "a", "content": BASE64}).encode() + b"}" * 60
    assert reduced("application/json", body) == (body, "")


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert reduced("text/plain", b"a" * (MOST_BYTES + 1)) == (b"a" * MOST_BYTES, "length")
    _headers, body = multipart({"text": "a" * MOST_BYTES}, {"a1": ("a", "a/b", FILE)})
    assert reduced(FORM, body).cut == "files, length"


@pytest.mark.parametrize(
    "body",
    [
        b"--b\r\n" * 400_000,
        b"boundary=b\r\n--b\r\nContent-Type: x\r\n " + b"\r\n " * 600_000,
        b"\n--" * 600_000,
        b"boundary=" + b"a boundary=" * 150_000,
        multipart({}, {"a": ("a", "application/pdf", b"\n--b" * 500_000)})[1],
        json.dumps({"name": "a", "content": "A" * 2_000_000 + "."}).encode(),
        json.dumps({"a": "{" * 2_000_000}).encode(),
        json.dumps({"a": "data:" + ";base64," * 250_000}).encode(),
    ],
    ids=["boundaries", "folded", "dashes", "names", "file", "base64", "braces", "data"],
)
def test_the_worst_of_two_megabytes_takes_no_second(body: bytes) -> None:
    began = time.process_time()
    reduced("multipart/form-data; boundary=b", body)
    assert time.process_time() - began < 1
