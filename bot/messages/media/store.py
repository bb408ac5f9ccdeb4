"""Where the bytes of files lie: a folder, behind an interface that an object store can have, too.

A file's key is made of its own bytes, so that the same file is there once, and what a fault left behind is found
again by the next try.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError
from bot.core.i18n import N_
from bot.db.engine import parse_url
from bot.messages.media.references import key_of
from bot.settings import Settings

_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}")

_TEMPORARY = "."
_ABANDONED_SECONDS = 3600.0
"""A file is written in seconds; what is older, nobody writes any more."""


class Store(Protocol):
    """Keeps files by their content. What it says of a key it raises ValueError for where that is none of `put`."""

    async def put(self, content: bytes | bytearray, content_type: str) -> str:
        """Keep `content` for good, and return its key; the same content has the same one. Raises OSError.

        Args:
            content: the bytes.
            content_type: as it is to be served; for stores that serve by themselves.
        """

    async def path(self, key: str) -> Path:
        """A file of this computer that has the content of `key`; raises FileNotFoundError."""


def cannot_store(error: OSError) -> BotError:
    """What an admin is told where `put` failed."""
    return BotError(
        N_("a file cannot be stored: {reason}"),
        mend=N_("Look at the folder that BOT_MEDIA_DIR names."),
        blame=Blame.SURROUNDINGS,
        reason=error.strerror or type(error).__name__,
    )


def media_folder(settings: Settings) -> Path:
    """Where the files that people send lie: as set, else beside an SQLite database, else in the working folder."""
    if settings.media_dir:
        return Path(settings.media_dir)
    url = parse_url(settings.database_url.get_secret_value())
    database = url.database if url.get_backend_name() == "sqlite" else None
    return Path(database or "").parent / "media"


class FolderStore:
    """Files in a folder, one for each content, spread over 256 folders by their first two digits.

    A file appears under its name once all of it is on the disk, so a crash leaves none that is half written.
    """

    def __init__(self, root: Path) -> None:
        """A store in `root`, which is made with the first file."""
        self._root = root

    async def put(self, content: bytes | bytearray, content_type: str) -> str:  # noqa: ARG002 - part of `Store`; the type is kept in the row
        """Write it, unless it is there; raises OSError."""
        return await asyncio.to_thread(self._write, content)

    async def sweep(self) -> int:
        """Remove what processes left behind that died while they wrote a file; returns how many that were."""
        return await asyncio.to_thread(self._sweep)

    async def path(self, key: str) -> Path:
        """Where it lies; raises FileNotFoundError."""
        path = self._path(key)
        if not await asyncio.to_thread(path.is_file):
            raise FileNotFoundError(key)
        return path

    def _path(self, key: str) -> Path:
        # Whatever comes in a link must not lead out of the folder.
        if _KEY.fullmatch(key) is None:
            raise ValueError("not a key of a file")
        return self._root / key

    def _sweep(self) -> int:
        swept, before = 0, utc_now().timestamp() - _ABANDONED_SECONDS
        for temporary in self._root.glob(f"??/{_TEMPORARY}*"):
            with contextlib.suppress(OSError):
                if temporary.stat().st_mtime < before:
                    temporary.unlink()
                    swept += 1
        return swept

    def _write(self, content: bytes | bytearray) -> str:
        key = key_of(hashlib.sha256(content).hexdigest())
        path = self._path(key)
        if path.is_file():
            return key
        _make_folder(path.parent)
        descriptor, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
        _sync(path.parent)
        return key


def _make_folder(folder: Path) -> None:
    """Make `folder` and those above it, each so that it outlives a power cut."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    # What people sent is nobody else's business.
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Let the names in `folder` reach the disk."""
    if os.name != "posix":
        # Windows has no such call, and no need of one.
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
