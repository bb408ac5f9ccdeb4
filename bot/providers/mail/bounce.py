"""Bounces that are written for people alone, as Exim, qmail and Exchange write them."""

import re
from typing import NamedTuple

from bot.core.consents import ConsentReason
from bot.core.expressions import compiled_later
from bot.providers.kit.encoded_words import decode_words
from bot.providers.kit.mime import Headers
from bot.providers.mail.headers import author

_MAX_WORDS = 8_000
_DAEMONS = frozenset({"mailer-daemon", "mailerdaemon", "postmaster", "mail-daemon", "maildelivery"})
_SUBJECT = compiled_later(
    r"undeliver|delivery (?:status notification|has failed|failure|failed|incomplete)|mail delivery|failure notice"
    r"|returned mail|mail (?:system )?(?:error|failure)|não (?:pôde ser|foi) entregue|não entregue|falha na entrega"
    r"|no se (?:puede|pudo) entregar|no entregado|non remis|échec de (?:la )?remise|unzustellbar|nicht zugestellt"
    r"|non recapitabile|impossibile recapitare|onbestelbaar|warning: (?:message|could not send)|delayed mail",
    re.IGNORECASE,
)
_LATE = compiled_later(
    r"delayed|delay\)|will be retried|still being retried|will keep trying|no action is required|will continue to be tr"
    r"|warning: could not send|continuará tentando|verzögert",
    re.IGNORECASE,
)
_FAILED = compiled_later(
    r"could not be delivered|couldn't be delivered|undeliver|delivery (?:has )?failed|failure|permanent"
    r"|returned to sender|able to deliver|given up|giving up|n[ãa]o (?:p[ôo]de|foi|[ée] poss[íi]vel).{0,30}entreg"
    r"|no se (?:puede|pudo|ha podido).{0,30}entregar|n'a pas pu|nicht.{0,40}zugestellt|unzustellbar|impossibile"
    r"|niet.{0,40}(?:bezorgd|afgeleverd)|(?<![0-9.])55[0-9][ -]|(?<![0-9.])5\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])",
    re.IGNORECASE,
)
_CODE = compiled_later(r"(?<![0-9.])5\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])")
_NOBODY = compiled_later(
    r"user unknown|unknown user|no such (?:user|mailbox|recipient|address)|(?:user|account|mailbox|address|recipient)"
    r" (?:does not|doesn't) exist|(?:user|recipient|mailbox|address) not found|no mailbox here|invalid recipient"
    r"|unknown (?:recipient|local part)|unrouteable address|usu[áa]rio (?:desconhecido|inexistente)"
    r"|destinatario desconocido",
    re.IGNORECASE,
)
_NO_SUCH_ADDRESS = "5.1.1"


class Outcome(NamedTuple):
    """What became of a mail.

    Attributes:
        action: as RFC 3464 has it, e.g. `failed`; empty where that is not said.
        code: as RFC 3463 has it, e.g. `5.1.1`, or empty.
        opt_out: why the recipient is to get no more, where a complaint says so.
    """

    action: str = ""
    code: str = ""
    opt_out: ConsentReason | None = None


def is_bounce(headers: Headers, envelope: str | None) -> bool:
    """Whether a mail looks as if a mail server wrote it about another one.

    Args:
        headers: its.
        envelope: the envelope's sender, empty for the null one, None where it is not known.
    """
    return (
        envelope == ""
        or "<>" in (value.replace(" ", "") for value in headers.all("return-path"))
        or headers.first("content-type").lower().startswith("multipart/report")
        or bool(headers.all("x-failed-recipients"))
        or author(headers.first("from"))[1].partition("@")[0] in _DAEMONS
        or _SUBJECT.search(decode_words(headers.first("subject"))) is not None
    )


def in_words(headers: Headers, said: str) -> Outcome:
    """What a report's subject and words say; nothing where they speak of no failure and no delay."""
    subject, text = decode_words(headers.first("subject")), said[:_MAX_WORDS]
    code = _CODE.search(text)
    late = _LATE.search(subject) or (_LATE.search(text) and not code)
    if late and not headers.all("x-failed-recipients"):
        return Outcome("delayed")
    if not headers.all("x-failed-recipients") and not _FAILED.search(f"{subject}\n{text}"):
        return Outcome()
    if code:
        return Outcome("failed", code[0])
    return Outcome("failed", _NO_SUCH_ADDRESS if _NOBODY.search(text) else "")
