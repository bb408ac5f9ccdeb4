"""Files that people of ours send along: how each channel shows them, and what goes as a link instead."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bot.channels.service import SIMULATOR
from bot.core.addresses import Channel
from bot.core.messages import Media, MediaKind
from bot.messages.media.files import entries, told
from bot.messages.media.references import key_of, sha256_of, stored_url
from bot.providers.base import FileLimit
from bot.providers.table import PROVIDERS

_ANY = FileLimit(2**40, caption=2**20)
_ALL: Mapping[MediaKind, FileLimit] = dict.fromkeys(
    (MediaKind.IMAGE, MediaKind.AUDIO, MediaKind.VIDEO, MediaKind.DOCUMENT), _ANY
)
"""What the simulator shows, which is everything."""


class StoredFile(NamedTuple):
    """A file of the store, with what is said of it.

    Attributes:
        sha256: of its bytes, hex.
        content_type: by its bytes.
        filename: a bare name; may be empty.
        size: bytes.
    """

    sha256: str
    content_type: str
    filename: str
    size: int


def files_shown(account: str, channel: Channel) -> Mapping[MediaKind, FileLimit]:
    """The files that an account shows on a channel as what they are, by kind; none where it sends links alone."""
    name = account.partition(":")[0]
    if name == SIMULATOR:
        # A mail carries all of them beside its words.
        return {} if channel is Channel.EMAIL else _ALL
    return PROVIDERS[name].files.get(channel, {}) if name in PROVIDERS else {}


def shown_as(file: StoredFile, shown: Mapping[MediaKind, FileLimit]) -> MediaKind | None:
    """As what a file is shown: as a picture, a sound or a film where it is taken so, else to be saved; None: a link.

    >>> shown_as(StoredFile("", "image/gif", "a.gif", 9), {MediaKind.DOCUMENT: FileLimit(10)})
    <MediaKind.DOCUMENT: 'document'>
    """
    kinds = [own_kind(file), MediaKind.DOCUMENT]
    return next((each for each in kinds if each in shown and shown[each].takes(file.content_type, file.size)), None)


def own_kind(file: StoredFile) -> MediaKind:
    """What a file is by itself."""
    return _KINDS.get(file.content_type.partition("/")[0], MediaKind.DOCUMENT)


def are_enclosed(account: str, files: Sequence[StoredFile]) -> bool:
    """Whether a mail by that account has the files in it, rather than links to them."""
    provider = PROVIDERS.get(account.partition(":")[0])
    return provider is not None and sum(each.size for each in files) <= provider.encloses


def is_refused(file: StoredFile, shown: Mapping[MediaKind, FileLimit]) -> bool:
    """Whether it cannot go at all: too large, or of no type that is taken, where not even its link would go."""
    return MediaKind.DOCUMENT in shown and shown_as(file, shown) is None


def media_of(file: StoredFile, shown: Mapping[MediaKind, FileLimit]) -> Media:
    """The file as a message carries it; where others are shown and it is not, it is something to be saved: a link."""
    url = stored_url(key_of(file.sha256), file.content_type)
    kind = shown_as(file, shown) or MediaKind.DOCUMENT if shown else own_kind(file)
    return Media(kind, url, file.filename)


def files_in(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The files of a message: the SHA-256 of each one's bytes, empty for one that lies elsewhere, and its name."""
    return [(sha256_of(str(each.get("url", ""))), told(each, "filename")) for each in entries(body)]


_KINDS: Mapping[str, MediaKind] = {
    "image": MediaKind.IMAGE,
    "audio": MediaKind.AUDIO,
    "video": MediaKind.VIDEO,
}
