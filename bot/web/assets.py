"""The static files of all rooms' pages, read once, under a name that changes with what is in them.

One version names them all: a module may so import another one by its relative path (`../web/dom.js`).
"""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOMS = Path(__file__).parent.parent
"""Where the rooms are; the pages of a room, or of a part of one, are in its folder `pages`."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file.

    Attributes:
        content_type: its MIME type.
        body: its bytes.
    """

    content_type: str
    body: bytes

    @property
    def is_text(self) -> bool:
        """Whether its bytes are UTF-8."""
        return self.content_type in {"text/css", "text/javascript", "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Assets:
    """All static files.

    Attributes:
        version: another one as soon as any of them has changed.
        files: by room and name, e.g. `web/base.css`.
    """

    version: str
    files: Mapping[str, Asset]


@cache
def assets() -> Assets:
    """Those of this installation."""
    digest = hashlib.sha256()
    files = {}
    for path in sorted(ROOMS.glob("**/pages/*")):
        if path.is_file() and path.suffix != ".html":
            name, body = f"{path.parent.parent.relative_to(ROOMS).as_posix()}/{path.name}", path.read_bytes()
            digest.update(f"{name} {len(body)} ".encode() + body)
            files[name] = Asset(_content_type(path.name), body)
    return Assets(digest.hexdigest()[:16], files)


def _content_type(name: str) -> str:
    if name.endswith(".js"):
        # What the system says of these differs from one to the next.
        return "text/javascript"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
