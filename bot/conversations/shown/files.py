"""Files as pages show them: those that a person sent, and those that are sent to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import SecretStr

from bot.core.messages import Media, MediaKind
from bot.core.text import one_line
from bot.messages.media.models import MediaState
from bot.messages.media.service import FileView, entries, link_of_file, link_of_media, told
from bot.web.i18n import Translator


class Linker(NamedTuple):
    """Makes the links of one answer.

    Attributes:
        now: the moment.
        keys: those of BOT_SECRET_KEY, or of this process.
    """

    now: datetime
    keys: Sequence[SecretStr]

    def link(self, file: FileView) -> str:
        """The path under which this server gives the file."""
        return link_of_file("", file.id, self.now, self.keys)

    def address(self, url: str, filename: str) -> str:
        """Where a file that the bot sends is shown from; empty for one that no page can show."""
        if url.startswith("https://"):
            return url
        return link_of_media(Media(MediaKind.DOCUMENT, url, filename), "", self.now, self.keys)


def received(body: dict[str, Any], files: Sequence[FileView], linker: Linker, _: Translator) -> list[dict[str, str]]:
    """What the person sent: `type` says how it is shown, `problem` why it is not."""
    kinds = [told(entry, "type") for entry in entries(body)]
    return [_received(kinds[file.position], file, linker, _) for file in files if file.position < len(kinds)]


def sent(body: dict[str, Any], linker: Linker) -> list[dict[str, str]]:
    """What the bot sends: from wherever it lies, or out of the store."""
    return [
        {"type": told(entry, "type"), "url": url, "name": one_line(told(entry, "filename")), "problem": ""}
        for entry in entries(body)
        if (url := linker.address(str(entry.get("url", "")), told(entry, "filename")))
    ]


def _received(kind: str, file: FileView, linker: Linker, _: Translator) -> dict[str, str]:
    shown = {"type": kind, "url": "", "name": one_line(file.filename or ""), "problem": ""}
    match file.state:
        case MediaState.STORED:
            by_content = (file.content_type or "").partition("/")[0]
            # What is said of it is the sender's; what it is shown as goes by its bytes.
            return {**shown, "type": by_content if by_content in _SHOWN else "document", "url": linker.link(file)}
        case MediaState.PENDING:
            return {**shown, "problem": _("It is being fetched.")}
        case _:
            return {
                **shown,
                "problem": _("It was not kept. {reason}", reason=one_line(_(file.error) if file.error else "")),
            }


_SHOWN = frozenset({"image", "audio", "video"})
