"""What every e-mail provider needs to know of a mail: who wrote it, its thread, and whether a machine may answer."""

from collections.abc import Collection
from email.errors import HeaderParseError
from email.utils import getaddresses

from bot.core.messages import EmailHeaders
from bot.core.text import cut
from bot.providers.mime import Headers, decode_words

MARKER = "X-Recado"
"""The header by which our own mail is known when it comes back; its value is the message's id."""

MAX_ADDRESS = 254
"""Characters of an address (RFC 5321, 4.5.3.1.3)."""

_MAX_HEADER = 2_000
_MAX_SUBJECT = 500
_MAX_MESSAGE_ID = 400
_MAX_REFERENCES = 20
_MAX_THREAD_HEADER = 50_000
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)], " ")
_NOT_IN_ADDRESS = frozenset('<>()[],;:\\"')
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_ANSWERING_MACHINES = ("x-autoreply", "x-autorespond")
"""Headers of vacation programs that do not write Auto-Submitted."""
_ROBOTS = frozenset({"mailer-daemon", "postmaster"})


def automatic(headers: Headers, *, envelope_sender: str, sender: str, own: Collection[str]) -> str:
    """Why no machine should answer a mail (RFC 3834), in a word or two; empty when it may.

    Args:
        headers: the mail's.
        envelope_sender: the address bounces go to, as `email_address` gives it; empty for the null one.
        sender: the author's address.
        own: addresses that are the bot's.
    """
    if not envelope_sender or "<>" in (value.replace(" ", "") for value in headers.all("return-path")):
        return "bounce"
    if any(_keyword(value) not in {"", "no"} for value in headers.all("auto-submitted")):
        return "auto-submitted"
    if any(headers.all(name) for name in _ANSWERING_MACHINES):
        return "auto-reply"
    if headers.first("content-type").lower().startswith("multipart/report"):
        return "bounce"
    if any(_keyword(value) in _BULK for value in headers.all("precedence")):
        return "bulk mail"
    if any(name.startswith("list-") for name in headers):
        return "mailing list"
    if _is_robot(envelope_sender) or _is_robot(sender):
        return "robot"
    if headers.all(MARKER) or {sender, envelope_sender} & set(own):
        return "own mail"
    return ""


def author(value: str) -> tuple[str, str]:
    """The name and address in a `From` header; both empty unless it holds exactly one address, in plain sight.

    >>> author("=?utf-8?q?Jos=C3=A9?= <Jose@Example.com>")
    ('José', 'jose@example.com')
    """
    spelled = value[:_MAX_HEADER].strip()
    try:
        found = getaddresses([spelled])
    except (HeaderParseError, IndexError, ValueError, RecursionError):
        return "", ""
    if len(found) != 1:
        return "", ""
    name, address = found[0]
    # Python's parser takes `a@x.org)b@y.org` for a@x.org in some versions: an address counts only where a person
    # who reads the header would see it.
    if spelled != address and not spelled.endswith(f"<{address}>"):
        return "", ""
    accepted = email_address(address)
    return (header_line(decode_words(name)), accepted) if accepted else ("", "")


def email_address(value: str) -> str:
    """A bare address, or one in angle brackets, in lower case; empty when it is none that a provider would take."""
    address = value.strip().removeprefix("<").removesuffix(">").lower()
    local, _, domain = address.rpartition("@")
    bad = not local or not domain or len(address) > MAX_ADDRESS or "@" in local or not address.isprintable()
    return "" if bad or " " in address or _NOT_IN_ADDRESS & set(address) else address


def own_addresses(*headers: str) -> frozenset[str]:
    """The addresses in such headers of ours as `From`; what comes from one of them is a loop."""
    return frozenset(address for header in headers if (address := author(header)[1]))


def domain_of(address: str) -> str:
    """What follows the `@`."""
    return address.rpartition("@")[2]


def thread_headers(headers: Headers, subject: str) -> EmailHeaders:
    """A mail's place in its thread; ids that are none are left out, of a long thread the first and latest stay."""
    references = message_ids(headers.first("references"))
    if len(references) > _MAX_REFERENCES:
        references = (references[0], *references[1 - _MAX_REFERENCES :])
    parents = message_ids(headers.first("in-reply-to"))
    return EmailHeaders(
        subject=header_line(subject),
        message_id=message_id(headers.first("message-id")),
        # Several parents name no one parent (RFC 5322, 3.6.4).
        in_reply_to=parents[0] if len(parents) == 1 else "",
        references=references,
    )


def message_id(value: str) -> str:
    """A message id with its angle brackets, with or without which providers give it; empty when it is none."""
    return next(iter(message_ids(f"<{value.strip().removeprefix('<').removesuffix('>')}>")), "")


def message_ids(value: str) -> tuple[str, ...]:
    """The message ids in a header such as `References`.

    >>> message_ids("<a@x> (see) <> <b@y>")
    ('<a@x>', '<b@y>')
    """
    parts = (part.partition(">") for part in value[:_MAX_THREAD_HEADER].split("<")[1:])
    return tuple(f"<{inner}>" for inner, end, _ in parts if end and _is_id(inner))


def header_line(text: str) -> str:
    """Text fit for a header: one line without control characters, at most 500 characters."""
    return cut(" ".join(text[: 2 * _MAX_SUBJECT].translate(_CONTROLS).split()), _MAX_SUBJECT)


def _keyword(value: str) -> str:
    """The keyword a header begins with, without comments and parameters."""
    depth, plain = 0, []
    for character in value[:_MAX_HEADER]:
        if character == "(":
            depth += 1
        elif character == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            plain.append(character)
    return "".join(plain).partition(";")[0].strip().lower()


def _is_robot(address: str) -> bool:
    local = address.partition("@")[0]
    return local in _ROBOTS or local.startswith(("owner-", "noreply", "no-reply")) or local.endswith("-request")


def _is_id(inner: str) -> bool:
    return 0 < len(inner) <= _MAX_MESSAGE_ID and inner.isprintable() and " " not in inner
