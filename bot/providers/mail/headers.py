"""What every e-mail provider needs to know of a mail: who wrote it, its thread, and whether a machine may answer."""

from collections.abc import Collection

from bot.core.expressions import compiled_later
from bot.core.messages import EmailHeaders
from bot.core.text import cut
from bot.providers.kit.encoded_words import decode_words
from bot.providers.kit.mime import Headers
from bot.providers.mail.machines import is_bounce_box, is_form, is_robot, says_away
from bot.providers.mail.mailboxes import mailboxes

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
_BULK = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply", "autoreply"})
_NO = frozenset({"", "no", "false", "0", "none"})
_ANSWERING_MACHINE = compiled_later(
    r"x-(?:mail-)?auto[-_]?(?:repl|respon|answer|generated)|x-vacation|x-fc-machinegenerated"
)
"""Headers of vacation programs that do not write Auto-Submitted."""
_ASKS_MACHINES = "x-auto-response-suppress"
"""A header that asks other machines for silence, which people's programs write too."""


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
    if _is_answering_machine(headers) or says_away(decode_words(headers.first("subject"))):
        return "auto-reply"
    if headers.first("content-type").lower().startswith("multipart/report"):
        return "bounce"
    if any(_keyword(value) in _BULK for name in ("precedence", "x-precedence") for value in headers.all(name)):
        return "bulk mail"
    if any(name.startswith("list-") for name in headers):
        return "mailing list"
    if is_robot(envelope_sender) or is_robot(sender) or is_bounce_box(sender):
        return "robot"
    if headers.all(MARKER) or {sender, envelope_sender} & set(own):
        return "own mail"
    return ""


def author(value: str) -> tuple[str, str]:
    """The name and address in a header such as `From`; both empty unless it holds exactly one person.

    >>> author("=?utf-8?q?Jos=C3=A9?= <Jose@Example.com>")
    ('José', 'jose@example.com')
    """
    found = people(value)
    return next(iter(found.items()))[::-1] if len(found) == 1 else ("", "")


def people(value: str) -> dict[str, str]:
    """The names in a header such as `From`, by their addresses as `email_address` gives them, in order."""
    found: dict[str, str] = {}
    for name, spelled in mailboxes(value):
        if address := email_address(spelled):
            found.setdefault(address, header_line(name))
    return found


def sender_of(headers: Headers, spelled: str, envelope_sender: str | None) -> tuple[str, str]:
    """The name and address of who wrote a mail; both empty where it says nobody, the name also where several wrote it.

    Of several authors it is the one who sent it, else the first. The envelope decides only where `From` names nobody:
    it is often a relay's.

    Args:
        headers: the mail's.
        spelled: its `From`.
        envelope_sender: as `email_address` gives it, or None where it is not known.
    """
    authors = people(spelled)
    if authors:
        hints = (author(headers.first("sender"))[1], envelope_sender or "", *authors)
        address = next(each for each in hints if each in authors)
        return authors[address] if len(authors) == 1 else "", address
    return "", "" if "@" in spelled else envelope_sender or ""


def answers_go_to(headers: Headers, sender: str, own: Collection[str]) -> tuple[str, str]:
    """The name and address in `Reply-To`, where it and not `From` is who wrote a mail; else both empty.

    So it is where `sender` is a machine's, as of a site's form, or ours; whoever else names another address for
    answers is still who wrote.
    """
    if sender and sender not in own and not (is_robot(sender) or is_form(sender) or is_bounce_box(sender)):
        return "", ""
    name, address = author(headers.first("reply-to"))
    return ("", "") if address in own or is_robot(address) else (name, address)


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


def _is_answering_machine(headers: Headers) -> bool:
    marks = (name for name in headers if _ANSWERING_MACHINE.match(name) and name != _ASKS_MACHINES)
    return (
        any(_keyword(value) not in _NO for name in marks for value in headers.all(name))
        or any("autoresponder" in value.lower() for value in headers.all("x-post-messageclass"))
        or any(value.lower() == "autoresponder" for value in headers.all("delivered-to"))
    )


def _is_id(inner: str) -> bool:
    return 0 < len(inner) <= _MAX_MESSAGE_ID and inner.isprintable() and " " not in inner
