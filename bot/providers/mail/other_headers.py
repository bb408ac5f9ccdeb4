"""The headers of a mail that nothing else of its message holds: whom it went to besides, its date, what shops add.

What programs on its way wrote for one another is passed over; no mail program shows it either.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from bot.core.expressions import compiled_later
from bot.providers.kit.encoded_words import decode_words
from bot.providers.kit.mime import Headers

_MAX_HEADERS = 50
_MAX_VALUE = 1_000
_OF_THE_WAY = compiled_later(
    r"(?:x-)?(?:received|return-path|delivered-to|original-to|envelope-(?:to|from)|resent-.*|arc-.*|domainkey.*|dkim-.*"
    r"|authentication-results.*|spf.*|spam.*|virus.*|scanned.*|mailer|mimeole|user-agent|originating-.*|feedback-id)"
    r"|received-.*|mime-version|content-(?!description).*|thread-(?:index|topic)|x-(?:google|gm|ms|microsoft|forefront"
    r"|exchange|eop|mailgun|ses|sg|pm|ymail|yahoo|proofpoint|mimecast|barracuda|ironport|cmae|antiabuse|source|get-message"
    r"|authenticated|sonic|provags|ui|me|zoho)(?:-.*|mail.*)"
)


class Beside(NamedTuple):
    """What a mail's headers say besides.

    Attributes:
        headers: their values by name, in lower case.
        whole: whether it is all; of very many, or of very long ones, some are left out.
    """

    headers: dict[str, list[str]]
    whole: bool


def beside(headers: Headers, held: Collection[str], **spelled: str) -> Beside:
    """What the headers say that is not among `held`, in any case; of `references` all is held where one is.

    Args:
        headers: the mail's.
        held: what its message holds.
        spelled: headers that are read from elsewhere, by name.
    """
    known = {each.lower() for each in held}
    found: dict[str, list[str]] = {}
    whole, left = True, _MAX_HEADERS
    for name, sent in _all(headers, spelled):
        value = sent if len(sent) > _MAX_VALUE else decode_words(sent)
        if not value or value.lower() in known or value in found.get(name, ()):
            continue
        if len(value) > _MAX_VALUE or len(name) > _MAX_VALUE or not left:
            whole = False
            continue
        found.setdefault(name, []).append(value)
        left -= 1
    return Beside(found, whole)


def _all(headers: Headers, spelled: dict[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((name, " ".join(value.split())) for name, value in spelled.items())
    for name in headers:
        if not _OF_THE_WAY.fullmatch(name):
            yield from ((name, value) for value in headers.all(name))
