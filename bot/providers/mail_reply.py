"""The words of a reply, without the mail that it quotes and without the signature.

The library knows how mail programs of many languages begin a quote and a signature, but it takes every line that
begins so for one, and on a line made for it, it searches for minutes. So what it finds counts only where it looks the
part, and it sees neither long lines nor many that could begin a quote.
"""

import re
from typing import Any

from mailparser_reply import EmailMessage

MAX_READ = 20_000
"""Characters that are looked at; a quote or a signature that begins later stays in the text."""

_LANGUAGES = ("pt", "en", "es", "de", "fr", "it", "nl")
_BETTER = {
    ("en", "sent_from"): "Sent from (?:my|Mail|Outlook|Yahoo)|Sent via|Get Outlook for",
    ("es", "wrote_header"): r"^(El\s[^\n]+\n?[^\n]*\sescribió:)$",
    ("nl", "wrote_header"): r"^(Op\s[^\n]+\n?[^\n]*\sschreef(?:\s[^\n]*)?:)$",
    ("pt", "wrote_header"): r"^(Em\s[^\n]+\n?[^\n]*\sescreveu:)$",
    ("pt", "from_header"): r"((?:(?:^|\n)[* ]*(?:De|Enviada em|Enviado em|Enviado|Para|Assunto|Data|Cc):[^\n]*){2,})"
    r"|(^-{4,} ?Mensagem (?:original|encaminhada) ?-{4,}$)",
    ("pt", "disclaimers"): "",
    ("pt", "signatures"): "Atenciosamente|Abraços|Abraço|Cordialmente|Obrigado|Obrigada",
    ("pt", "sent_from"): "Enviado (?:d[eo] meu|do Yahoo|do Outlook|do Gmail|via)|Obter o Outlook para",
}
_MAX_LINE = 200
"""Characters of a line that may begin a quote or a signature."""
_MAX_BEGINNINGS = 5
"""Lines that may begin a quote; what a person writes above it has none, or one or two by chance."""
_MAX_CLOSING_WORDS = 4
_SHELF = "\ue000"
"""A private character, around the number of a line that the library does not see."""

_BEGINNING = re.compile(r"\W*(?:am|el|em|il|le|on|op)\s", re.IGNORECASE)
_RUN = re.compile(r"[ *]{12}")
_BLANK_LINES = re.compile(r"\n{3,}")
_ON_THE_SHELF = re.compile(f"{_SHELF}([0-9]{{1,5}}){_SHELF}")
_SUBJECT = re.compile(
    r"^[* ]*(?:subject|assunto|asunto|betreff|objet|oggetto|onderwerp) ?:", re.IGNORECASE | re.MULTILINE
)
_MARKED = re.compile(r"[-_]{2}|(?:sent|get|enviad[oa]|obter|gesendet|envoyé|inviato|verzonden)\s", re.IGNORECASE)


def reply_of(text: str) -> str:
    r"""What the person wrote in `text`; the whole of it where nothing else is left.

    >>> reply_of("a large one\n\nOn Mon, 5 Oct 2026, Pizzaria <oi@mg.example.com> wrote:\n> Which size?")
    'a large one'
    """
    whole = text.replace("\r\n", "\n").strip()
    end = len(whole) if len(whole) <= MAX_READ else max(whole.rfind("\n", 0, MAX_READ), 0)
    own = (line for line in whole[:end].split("\n") if not line.lstrip().startswith(">"))
    shelf = _Shelf()
    seen = _BLANK_LINES.sub("\n\n", "\n".join(map(shelf.put, own)))
    kept = []
    for reply in _Message(text=seen, languages=list(_LANGUAGES), keep_hyphen_lists=True).read().replies:
        if _is_quote(reply.headers):
            break
        unsigned = _unsigned(reply.content, reply.signatures)
        kept.append(unsigned)
        if unsigned != reply.content:
            break
    else:
        # It has no end where we looked, so the rest belongs to it.
        kept.append(whole[end:].removeprefix("\n"))
    return shelf.restored("\n".join(kept)).strip() or whole


class _Message(EmailMessage):  # type: ignore[misc]  # the library has no types
    """The library's reader, which knows Portuguese too, and what programs write in some other languages better."""

    def _get_language_regex(self, language: str, regex_key: str) -> Any:
        better = _BETTER.get((language, regex_key))
        return super()._get_language_regex(language, regex_key) if better is None else better


class _Shelf:
    """Lines that the library need not see; it sees a mark for each."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._beginnings = 0

    def put(self, line: str) -> str:
        """The line, or the mark that stands for it."""
        self._beginnings += _BEGINNING.match(line) is not None
        is_plain = len(line) <= _MAX_LINE and _SHELF not in line and not _RUN.search(line)
        if is_plain and (self._beginnings <= _MAX_BEGINNINGS or not _BEGINNING.match(line)):
            return line
        self._lines.append(line)
        return f"{_SHELF}{len(self._lines) - 1}{_SHELF}"

    def restored(self, text: str) -> str:
        """The text with the lines back in their places."""
        return _ON_THE_SHELF.sub(lambda mark: self._lines[int(mark[1])], text)


def _is_quote(header: str) -> bool:
    """Whether a header begins a quote, rather than a person's own lines such as `De: Lisboa` and `Para: Porto`."""
    wrote = _BEGINNING.match(header) is not None and header.endswith(":")
    return wrote or header.endswith("--") or "@" in header or _SUBJECT.search(header) is not None


def _unsigned(content: str, signature: str) -> str:
    """The content without its signature, which begins with dashes, with a device, or with a closing and no more.

    `Thanks, I take the large one` is no closing.
    """
    first = signature.partition("\n")[0].strip()
    words = first.rstrip(",.! ")
    is_closing = len(words.split()) <= _MAX_CLOSING_WORDS and not re.search("[,.;:?!]", words)
    if not signature or not (_MARKED.match(first) or is_closing):
        return content
    return content.removesuffix(signature).strip()
