"""What is chosen of a reply that goes as a mail: its thread, its subject, who gets a copy, the signature below."""

import re
from email.utils import getaddresses
from typing import Annotated

from pydantic import AfterValidator, BaseModel, StringConstraints

from bot.conversations.service import MailOptions
from bot.core.addresses import Channel
from bot.core.email_addresses import read_email
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.users.service import Writing
from bot.web.forms import checked

NEW_THREAD = "new"
_MOST = 40
_LONGEST = 8_000
_LONGEST_SUBJECT = 255
_ABOVE = "\n\n"


def _read_copies(typed: str) -> tuple[str, ...]:
    """The addresses in a line, with or without names, apart by commas, semicolons or lines; each once.

    >>> _read_copies("Ana <Ana@Example.com>; bia@example.com, ana@example.com")
    ('ana@example.com', 'bia@example.com')
    """
    line = re.sub(r"[;\n]+", ",", typed)
    found = [address for name, address in getaddresses([line]) if name or address]
    copies = tuple(dict.fromkeys(read_email(each) for each in found))
    if len(copies) > _MOST:
        raise BotError(N_("these are too many addresses"), mend=N_("Give at most {most}."), most=str(_MOST))
    return copies


_Copies = Annotated[
    str, StringConstraints(max_length=_LONGEST, strip_whitespace=True), AfterValidator(checked(_read_copies))
]


class Mailing(BaseModel):
    """What is said of it; elsewhere than in a mail it means nothing.

    Attributes:
        answers: a mail of the thread that it goes on with, or NEW_THREAD; empty for the newest thread.
        subject: empty for the thread's.
        cc: who gets a copy that all see.
        bcc: who gets one that nobody else knows of.
        signed: whether the signature stands below.
    """

    answers: Annotated[str, StringConstraints(max_length=64)] = ""
    subject: Annotated[str, StringConstraints(max_length=_LONGEST_SUBJECT, strip_whitespace=True)] = ""
    cc: _Copies | tuple[str, ...] = ()
    bcc: _Copies | tuple[str, ...] = ()
    signed: bool = False

    @property
    def options(self) -> MailOptions:
        """It, as it is sent."""
        answers = "" if self.answers == NEW_THREAD else self.answers or None
        return MailOptions(answers=answers, subject=self.subject, cc=tuple(self.cc), bcc=tuple(self.bcc))


def signed(text: str, writing: Writing) -> str:
    """A mail's words with the signature below."""
    return f"{text}{_ABOVE}{writing.signature}" if writing.signature else text


def unsigned(text: str, channel: Channel, writing: Writing) -> str:
    """The words as they were typed: a mail's without the signature."""
    return text.removesuffix(f"{_ABOVE}{writing.signature}") if channel is Channel.EMAIL and writing.signature else text
