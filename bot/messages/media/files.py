"""Files that people send: the rows they have, and those that came within a post put into the store."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from prometheus_client import Counter

from bot.core.i18n import N_
from bot.core.ids import new_id
from bot.core.messages import InboundMessage
from bot.core.text import MAX_NAME, clean
from bot.messages.media.models import MediaState
from bot.messages.media.queries import FileRow
from bot.messages.media.store import Store, cannot_store
from bot.messages.media.types import bare_name, sniff
from bot.web import metrics

MOST_FILES = 30
"""Files of one message that are looked after."""
NOT_KEPT = N_("It is of a kind that is not kept.")

Entry = Mapping[str, Any]
"""One object of a message's `body["media"]`: `type`, and perhaps `mime_type`, `filename`, `size`, `sha256`, …"""


class FileVerdict(NamedTuple):
    """What is made of a file's bytes.

    Attributes:
        state: stored or refused.
        content_type: by its bytes; empty when it is refused.
        size: in bytes.
        sha256: hex.
        error: why it is refused, else empty.
    """

    state: MediaState
    content_type: str = ""
    size: int = 0
    sha256: str = ""
    error: str = ""


class Files:
    """Takes the files that came within posts."""

    def __init__(self, store: Store, limit: int) -> None:
        """Files go to `store`; those of more than `limit` bytes are refused."""
        self._store = store
        self._limit = limit

    async def keep(self, message: InboundMessage) -> dict[int, FileVerdict]:
        """Put the message's files into the store; returns what became of each, by position.

        To be called before the message is committed: what is then left without a message is found again when the
        provider repeats its post. Raises BotError with blame SURROUNDINGS when the store does not take one.
        """
        listed = entries(message.body)
        judged: dict[int, FileVerdict] = {}
        for position, content in message.files[:MOST_FILES]:
            if position < len(listed):
                judged[position] = await self._keep(content, listed[position])
        return judged

    async def _keep(self, content: bytes, entry: Entry) -> FileVerdict:
        found = await asyncio.to_thread(judge, content, entry, self._limit)
        if found.state is MediaState.STORED:
            try:
                await self._store.put(content, found.content_type)
            except OSError as error:
                raise cannot_store(error) from error
        return found


def entries(body: Mapping[str, Any] | None) -> Sequence[Entry]:
    """The files that a message's body lists."""
    listed = (body or {}).get("media")
    if not isinstance(listed, list):
        return ()
    return [each if isinstance(each, Mapping) else {} for each in listed[:MOST_FILES]]


def judge(content: bytes | bytearray, entry: Entry, limit: int) -> FileVerdict:
    """Whether a file may be kept, by its own bytes."""
    if len(content) > limit:
        return FileVerdict(MediaState.REFUSED, error=too_large(limit))
    content_type = sniff(content, told(entry, "mime_type"))
    if not content_type:
        return FileVerdict(MediaState.REFUSED, error=NOT_KEPT)
    return FileVerdict(MediaState.STORED, content_type, len(content), hashlib.sha256(content).hexdigest())


def too_large(limit: int) -> str:
    """Why a file of more than `limit` bytes is refused."""
    return f"It is larger than {limit} bytes (BOT_MEDIA_MAX)."


def told(entry: Entry, key: str) -> str:
    """What the provider says of a file, as a clean text; empty where it says nothing."""
    value = entry.get(key)
    return clean(value, MAX_NAME)[0] if isinstance(value, str) else ""


def file_rows(
    message_id: str, message: InboundMessage, judged: Mapping[int, FileVerdict], now: datetime
) -> list[FileRow]:
    """The rows of a new message's files; those that did not come with it are still to be fetched."""
    return [_row(message_id, position, entry, judged.get(position), now) for position, entry in _listed(message)]


@cache
def counted(provider: str, state: MediaState) -> Counter:
    """The series of what became of files; `pending` counts attempts that are repeated."""
    return metrics.MEDIA.labels(provider=provider, state=state)


def _listed(message: InboundMessage) -> enumerate[Entry]:
    return enumerate(entries(message.body))


def _row(message_id: str, position: int, entry: Entry, judged: FileVerdict | None, now: datetime) -> FileRow:
    found = judged or FileVerdict(MediaState.PENDING)
    return {
        "id": new_id(),
        "message_id": message_id,
        "position": position,
        "state": found.state,
        "content_type": found.content_type or None,
        "filename": bare_name(told(entry, "filename"), found.content_type) or None,
        "size": found.size or None,
        "sha256": found.sha256 or None,
        "error": found.error or None,
        "created_at": now,
        "updated_at": now,
    }
