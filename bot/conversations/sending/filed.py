"""How what somebody writes and the files beside it become messages: which of them carries what."""

from collections.abc import Sequence
from typing import Any

from bot.core.addresses import Channel
from bot.core.messages import Media
from bot.messages.body import with_files
from bot.messages.media.service import StoredFile, files_shown, is_refused, media_of
from bot.messages.records import PART, MessageRow

Content = tuple[str, dict[str, Any]]
"""The words of a message and its body."""


def refused_file(files: Sequence[StoredFile], account: str, channel: Channel) -> StoredFile | None:
    """The first of the files that cannot go on a channel, not even as a link; None where all can."""
    shown = files_shown(account, channel)
    return next((each for each in files if is_refused(each, shown)), None)


def contents(
    text: str, body: dict[str, Any], files: Sequence[StoredFile], account: str, channel: Channel
) -> list[Content]:
    """The messages that say `text` with the files, in order; without files it is one.

    A mail has all of them. Elsewhere each is a message of its own, and the words stand beside the first one if they
    may, else before it.
    """
    shown = files_shown(account, channel)
    listed: list[Media] = [media_of(each, shown) for each in files]
    if not listed or (channel is Channel.EMAIL and not shown):
        return [(text, with_files(body, listed))]
    first, *others = listed
    limit = shown.get(first.kind)
    beside = limit is not None and not body.get("choices") and _units(text) <= limit.caption
    if beside or not text.strip():
        begun = [(text, with_files(body, [first]))]
    else:
        begun = [(text, body), ("", with_files({}, [first]))]
    return begun + [("", with_files({}, [each])) for each in others]


def numbered(rows: Sequence[MessageRow]) -> list[MessageRow]:
    """The rows as parts of one whole, each with its number where there are several."""
    if len(rows) == 1:
        return list(rows)
    return [{**row, "body": {**(row["body"] or {}), PART: [at, len(rows)]}} for at, row in enumerate(rows)]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
