"""What a file is, by its own bytes; and under what name it may be saved."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.media.types import KINDS, bare_name, sniff

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


def _zip(*names: str, first: bytes = b"") -> bytes:
    # A ZipInfo has no moment of its own, so the archive is the same in each test process.
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        if first:
            archive.writestr(zipfile.ZipInfo("mimetype"), first)
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), "<x/>" * 50, compress_type=zipfile.ZIP_DEFLATED)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "told", "found"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\x00", "image/png", "image/png"),
        (b"GIF89a\x01", "", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "", "image/webp"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "", "audio/wav"),
        (b"\x00\x00\x00\x18ftypmp42", "", "video/mp4"),
        (b"\x00\x00\x00\x18ftypisom", "audio/mp4", "audio/mp4"),
        (b"\x00\x00\x00\x18ftyp3gp5", "", "video/3gpp"),
        (b"\x00\x00\x00\x18ftypM4A ", "video/mp4", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypheic", "", "image/heic"),
        (b"OggS\x00\x02", "audio/ogg; codecs=opus", "audio/ogg"),
        (b"OggS\x00\x02", "video/ogg", "video/ogg"),
        (b"ID3\x04", "", "audio/mpeg"),
        (b"\xff\xfb\x90", "", "audio/mpeg"),
        (b"\xff\xf1\x50", "", "audio/aac"),
        (b"#!AMR\n", "", "audio/amr"),
        (b"\x1a\x45\xdf\xa3", "", "video/webm"),
        (b"%PDF-1.7", "", "application/pdf"),
        (_zip("[Content_Types].xml", "word/document.xml"), "", _DOCX),
        (_zip("[Content_Types].xml", "xl/workbook.xml"), "application/zip", _XLSX),
        (
            _zip("content.xml", first=b"application/vnd.oasis.opendocument.text"),
            "",
            "application/vnd.oasis.opendocument.text",
        ),
        (_OLE + "WordDocument".encode("utf-16-le"), "", "application/msword"),
        (b"BEGIN:VCARD\r\nVERSION:3.0", "text/x-vcard", "text/vcard"),
        (b"BEGIN:VCALENDAR", "", "text/calendar"),
        (b"\xef\xbb\xbfola, tudo bem?", "", "text/plain"),
        ("olá".encode("latin-1"), "text/plain; charset=latin-1", "text/plain"),
        (b"a;b\n1;2", "text/csv", "text/csv"),
        (b"hello", "application/octet-stream", "text/plain"),
    ],
)
def test_a_type_that_is_kept_is_known_by_its_bytes(content: bytes, told: str, found: str) -> None:
    assert sniff(content, told) == found
    assert found in KINDS


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "text/plain"),
        (b"MZ\x90\x00\x03", "image/jpeg"),
        (b"\x7fELF\x02\x01", "application/pdf"),
        (b"\xca\xfe\xba\xbe", ""),
        (b"#!/bin/sh\nrm -rf /", "text/plain"),
        (b"<!doctype html><script>alert(1)</script>", "text/plain"),
        (b"\xef\xbb\xbf  <HTML>", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?><svg/>", "image/png"),
        (b"alert(1)", "text/javascript"),
        (b"hello", "text/html"),
        (b"@echo off\r\nformat c:", ""),
        (b"{\\rtf1\\ansi}", ""),
        (b"text, then\x00nothing", "text/plain"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", "image/webp"),
        (_zip("virus.exe"), "application/zip"),
        (_zip("[Content_Types].xml", "virus.exe"), _DOCX),
        (_zip("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), _DOCX),
        (_OLE + "Property".encode("utf-16-le"), "application/msword"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else value or "untold",
)
def test_what_could_be_run_is_refused_whatever_it_is_said_to_be(content: bytes, told: str) -> None:
    assert sniff(content, told) == ""


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_bytes_are_of_a_type_that_is_kept_or_of_none(content: bytes, told: str) -> None:
    assert sniff(content, told) in KINDS | {""}


@pytest.mark.parametrize(
    ("told", "content_type", "name"),
    [
        ("menu.pdf", "application/pdf", "menu.pdf"),
        ("MENU.PDF", "application/pdf", "MENU.PDF"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\ana\\cardápio.docx", _DOCX, "cardápio.docx"),
        ("photo.exe", "image/jpeg", "photo.exe.jpg"),
        ("\u202egpj.exe", "image/jpeg", "gpj.exe.jpg"),
        ("holiday", "image/png", "holiday.png"),
        ('a"b\r\nSet-Cookie: x=1', "text/plain", "abSet-Cookie x=1.txt"),
        ("...", "image/png", ""),
        ("", "image/png", ""),
        ("/", "image/png", ""),
        ("x" * 300 + ".png", "image/png", "x" * 120 + ".png"),
        ("voice.ogg", "", "voice.ogg"),
    ],
)
def test_a_name_is_made_harmless_and_ends_as_its_type_does(told: str, content_type: str, name: str) -> None:
    assert bare_name(told, content_type) == name


@given(st.text(max_size=400), st.sampled_from(sorted(KINDS)))
def test_any_name_fits_its_column_and_a_header(told: str, content_type: str) -> None:
    name = bare_name(told, content_type)

    assert len(name) <= 255
    assert not set(name) & set('"\\/\r\n\x00')
    name.encode()
