"""Reading raw mails and their parts."""

import base64
import encodings
import time
from urllib.parse import quote

import pytest

from bot.providers.kit.encoded_words import decode_words
from bot.providers.kit.mime import Attachment, Headers, file_name, parameter, read_mail, split_parts
from tests.support.tables import for_each


def multipart(*parts: str, boundary: str = "b", subtype: str = "mixed") -> str:
    inner = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{subtype}; boundary="{boundary}"\n\n{inner}--{boundary}--\n'


def test_a_plain_mail_is_its_text() -> None:
    mail = read_mail("Subject: olá\nX: a\n b\n\nquero uma pizza\n".encode())

    assert (mail.plain, mail.html, mail.attachments) == ("quero uma pizza\n", "", ())
    assert mail.headers.first("SUBJECT") == "olá"
    assert mail.headers.first("x") == "a b"


def test_alternatives_give_text_and_html_and_the_rest_is_attached() -> None:
    inner = multipart(
        "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: Quoted-Printable\n\namanh=E3",
        "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPHA+b2k8L3A+",
        boundary="in",
        subtype="alternative",
    )
    mail = read_mail(
        multipart(
            inner,
            "Content-Type: text/plain\n\na second text",
            'Content-Type: text/plain; name="notes.txt"\n\nnotes',
            "Content-Type: image/png\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\naGVsbG8=",
            "Content-Type: image/png; name*=utf-8''a%00..%2Fb.png\nContent-Transfer-Encoding: base64\n\nA===",
        ).encode()
    )

    assert (mail.plain, mail.html) == ("amanhã\na second text", "<p>oi</p>")
    assert mail.attachments == (
        Attachment("notes.txt", "text/plain", b"notes"),
        Attachment("", "image/png", b"hello"),
        Attachment("b.png", "image/png", b""),
    )


@for_each("charset", ["nope", "a\0b", "base64", '""'])
def test_an_unknown_character_set_is_read_as_utf8(charset: str) -> None:
    assert read_mail(f"Content-Type: text/plain; charset={charset}\n\nolá".encode()).plain == "olá"


def test_names_of_character_sets_that_somebody_made_up_are_not_kept_for_ever() -> None:
    # That is where Python keeps them.
    before = len(encodings._cache)

    for number in range(10):
        read_mail(f"Subject: x\nContent-Type: text/plain; charset=cs{number}\n\nx".encode())
        assert parameter(f"a/b; name*=cs{number}''x%41", "name") == "xA"
        decode_words(f"=?cs{number}?q?a?=")
        decode_words(f"=?utf{'-' * number}8?q?a?=")

    assert len(encodings._cache) - before <= 1


@for_each(
    ("charset", "encoded"),
    [
        ("ISO-8859-1", b"ol\xe1"),
        ("windows-1252", b"ol\xe1"),
        ("us-ascii", b"ol?"),
        ("ANSI_X3.4-1968", b"ol?"),
        ("koi8-u", "привіт".encode("koi8-u")),
        ("KS_C_5601-1987", "안녕".encode("euc-kr")),
        ("iso-2022-jp", "こんにちは".encode("iso-2022-jp")),
        ("GB2312", "你好".encode("gb2312")),
        ("UTF8", "olá".encode()),
    ],
)
def test_the_character_sets_of_mails_are_read(charset: str, encoded: bytes) -> None:
    expected = encoded.decode(charset)
    word = f"=?{charset}?b?{base64.b64encode(encoded).decode()}?="

    assert read_mail(f"Content-Type: text/plain; charset={charset}\n\n".encode() + encoded).plain == expected
    assert decode_words(word) == expected
    assert parameter(f"a/b; name*={charset}''{quote(encoded)}", "name") == expected


def test_parts_without_headers_are_text_and_windows_line_ends_are_taken() -> None:
    raw = multipart("\noi", boundary="x y").replace("\n", "\r\n")

    assert read_mail(raw.encode()).plain == "oi"


@for_each(
    "raw",
    [
        b"",
        b"\n",
        b"no header at all",
        b"Content-Type: multipart/mixed\n\n--\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nunclosed",
        b"Content-Type: multipart/mixed; boundary*=nope''b\n\n--b\nunclosed",
        b"Content-Type: multipart/mixed; boundary*=b; boundary*0=b\n\n--b\nunclosed",
        b"Content-Type: multipart/mixed; boundary=" + b"b" * 300 + b"\n\n",
        b": empty name\n\xff\xfe: x\n\n",
    ],
)
def test_a_broken_mail_is_empty(raw: bytes) -> None:
    mail = read_mail(raw)

    assert (mail.plain, mail.html, mail.attachments) == ("", "", ())


def test_what_is_nested_too_deep_is_left_out() -> None:
    raw = "deep"
    for depth in range(20):
        raw = multipart(raw, boundary=f"b{depth}")

    assert read_mail(raw.encode()).plain == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 1_000_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 600_000 + b"--b--",
        b"Content-Type: text/plain\n\n" + b"\n" * 4_000_000,
        b"X: y\n" * 800_000,
        b"Content-Type: text/plain; " + b'a="' * 100_000 + b"\n\nx",
        b'Content-Type: text/plain; a="' + b";" * 120_000 + b"\n\nx",
        multipart(*[f'Content-Disposition: attachment; filename="{";" * 16_000}\n\nx'] * 200).encode(),
    ],
)
def test_four_megabytes_of_malice_take_no_time(raw: bytes) -> None:
    began = time.process_time()

    read_mail(raw)

    assert time.process_time() - began < 5


def test_the_text_after_the_closing_boundary_is_no_part() -> None:
    assert split_parts(b"preamble\r\n--b\r\none\r\n--b--\r\n--b\r\ntwo\r\n--b--", "b") == [b"\r\none"]


def test_repeated_headers_are_all_there() -> None:
    headers = Headers([("Received", "a"), ("received", "b")])

    assert list(headers.all("RECEIVED")) == ["a", "b"]
    assert list(headers) == ["received"]
    assert headers.first("subject") == ""


@for_each(
    ("name", "expected"),
    [
        ("pedido.pdf", "pedido.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.exe", "a.exe"),
        ("a\r\nb\u202egpj.exe", "abgpj.exe"),
        ("..", ""),
        ("", ""),
        ("=?utf-8?q?a=2F=C3=A7=C3=A3o?=", "ção"),
        ("x" * 300, "x" * 255),
    ],
)
def test_a_file_name_is_a_base_name(name: str, expected: str) -> None:
    assert file_name(name) == expected


def test_parameters_and_encoded_words_that_are_broken_are_left_as_they_are() -> None:
    assert parameter('multipart/form-data; boundary="a;b"', "Boundary") == "a;b"
    assert parameter("multipart/form-data\r\nX: y", "boundary") == ""
    assert parameter("a/b; name*=a\0b''x", "name") == "x"
    assert parameter("a/b; name*=whole; name*0=in; name*1=pieces", "name") == ""
    assert decode_words("=?utf-8?b?A?=") == "=?utf-8?b?A?="
