"""What each provider's reader does with a lot that is made to hurt: time that grows with the size, not its square."""

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.providers.base import Provider, WebhookRequest
from bot.providers.table import PROVIDERS
from tests.providers.test_hostile_posts import credentials
from tests.support import mail_posts, posts

SIZE = 256 * 1024
NOW = datetime.fromtimestamp(1760000000, UTC)
SECONDS = 2.0
"""Of a processor: many times what the slowest takes, and far less than anything that is quadratic."""
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=b"}
RAW = {"content-type": "message/rfc822", "x-envelope-recipient": posts.MIME_MAILBOX}
UNITS = {
    "percent signs": "%",
    "escapes": "%41",
    "brackets": "<",
    "ampersands": "&",
    "comments": "<!--",
    "quotes": '"',
    "lines": "\n",
    "quoted lines": "> a\n",
    "ids": "<a@x> ",
    "addresses": "a@x.org, ",
    "encoded words": "=?utf-8?q?=41?= ",
    "semicolons": "a=b; ",
    "digits": "9",
    "combining": "e\u0301",
    "blanks": " ",
    "parentheses": "(",
}


def filled(unit: str, size: int = SIZE) -> str:
    return (unit * (size // len(unit.encode()) + 1))[:size]


def multipart(fields: Mapping[str, str]) -> bytes:
    parts = (f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items())
    return ("".join(parts) + "--b--\r\n").encode()


def spend(provider: Provider, headers: Mapping[str, str], body: bytes) -> float:
    """Seconds of a processor for all that a post goes through."""
    request = WebhookRequest("POST", f"https://x/webhooks/{provider.name}", headers, {}, body, made={})
    given = credentials(provider)
    began = time.thread_time()
    for step in (provider.knock, provider.verify):
        with contextlib.suppress(SignatureError, NotConfiguredError):
            step(request, given, NOW)
    with contextlib.suppress(UnparsableError):
        provider.parse(request, given)
    return time.thread_time() - began


def sendgrid(text: str) -> tuple[Mapping[str, str], bytes]:
    """The text wherever a stranger's mail has some, to twenty of our addresses."""
    to = [f"bot{number}@in.example.com" for number in range(20)]
    fields = mail_posts.sendgrid_message("", envelope=json.dumps({"to": to, "from": "ana@example.net"}))
    share = text[: SIZE // 4]
    return MULTIPART, multipart(
        fields | {"html": share, "subject": share[:50_000], "text": "", "headers": f"From: a@x.org\nX: {share}\n"}
    )


def mailgun(text: str) -> tuple[Mapping[str, str], bytes]:
    share = text[: SIZE // 8]
    fields = posts.mailgun_message(share, subject=share[:50_000], **{"body-html": share, "References": share})
    return FORM, "&".join(f"{quote(name)}={quote(value)}" for name, value in fields.items()).encode()


def mime(text: str) -> tuple[Mapping[str, str], bytes]:
    share = text[: SIZE // 3]
    head = f"From: Ana <ana@example.net>\nReferences: {share[:100_000]}\nX: {share[:20_000]}\n"
    parts = f"--b\nContent-Type: text/plain\n\n{share}\n--b\nContent-Type: text/html\n\n{share}\n--b--\n"
    return RAW, f"{head}Content-Type: multipart/mixed; boundary=b\n\n{parts}".encode()


def postmark(text: str) -> tuple[Mapping[str, str], bytes]:
    share = text[: SIZE // 3]
    post = mail_posts.postmark_message("") | {"HtmlBody": share, "TextBody": share, "Subject": share}
    return JSON, json.dumps(post).encode()


MAIL: Mapping[str, Callable[[str], tuple[Mapping[str, str], bytes]]] = {
    "sendgrid": sendgrid,
    "mailgun": mailgun,
    "mime": mime,
    "postmark": postmark,
}


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("name", MAIL)
def test_D04_a_mail_made_to_hurt_takes_a_moment(name: str, unit: str) -> None:
    assert spend(PROVIDERS[name], *MAIL[name](filled(UNITS[unit]))) < SECONDS


WHOLE: Mapping[str, tuple[Mapping[str, str], bytes]] = {
    "nested lists": (JSON, b"[" * SIZE),
    "nested objects": (JSON, b'{"a":' * (SIZE // 5)),
    "many numbers": (JSON, b'{"entry":[' + b"1," * (SIZE // 2) + b"1]}"),
    "one number": (JSON, b'{"a":' + b"9" * SIZE + b"}"),
    "many objects": (JSON, b'{"entry":[' + b"{}," * (SIZE // 3) + b"{}]}"),
    "escaped text": (JSON, b'{"a":"' + b"\\u0041" * (SIZE // 6) + b'"}'),
    "percent signs": (FORM, b"Body=" + b"%" * SIZE),
    "names of percent signs": (FORM, (b"%" * 200 + b"=&") * (SIZE // 202)),
    "many fields": (FORM, b"a=b&" * (SIZE // 4)),
    "many parts": (MULTIPART, b"--b\r\n\r\n" * (SIZE // 7)),
    "boundaries": (MULTIPART, b"\n--b" * (SIZE // 4)),
    "header lines": (RAW, b"a: b\n" * (SIZE // 5)),
    "folded header": (RAW, b"From: a@x.org\nReferences:" + b"\n <a@x>" * (SIZE // 7)),
    "mime parts": (RAW, b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * (SIZE // 5)),
    "nested parts": (RAW, b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * (SIZE // 47)),
    "charset": (RAW, b"From: a@x.org\nContent-Type: text/plain; charset=" + b"x" * SIZE + b"\n\na"),
    "parameters": (RAW, b"From: a@x.org\nContent-Type: text/plain" + b"; a=b" * (SIZE // 5) + b"\n\na"),
    "base64": (RAW, b"Content-Transfer-Encoding: base64\n\n" + b"=" * SIZE),
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_D04_whatever_is_posted_to_a_provider_takes_a_moment(name: str) -> None:
    provider = PROVIDERS[name]
    spent = {
        kind: spend(provider, headers, body[: provider.max_form] if headers is FORM else body)
        for kind, (headers, body) in WHOLE.items()
    }
    assert {kind: seconds for kind, seconds in spent.items() if seconds > SECONDS} == {}
