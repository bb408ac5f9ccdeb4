"""What Messenger and Instagram share, and in what they differ: Meta's Messenger Platform carries both."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from bot.core.addresses import AddressKind, Channel
from bot.core.errors import UnparsableError
from bot.core.messages import JsonObject, MediaKind
from bot.core.splitting import Counted, TextLimit
from bot.providers.base import Credentials, FileLimit, HttpRequest
from bot.providers.kit.json_reader import Part
from bot.providers.meta.files import is_metas

WINDOW = timedelta(hours=24)
"""Meta's standard messaging window: from a person's message on."""
MARK = "recado:"
"""Stands before our message's id in what an echo brings back, so that another program's is not taken for ours."""


_MIB = 1024 * 1024
_SIZES: Mapping[MediaKind, int] = {
    MediaKind.IMAGE: 8 * _MIB,
    MediaKind.AUDIO: 25 * _MIB,
    MediaKind.VIDEO: 25 * _MIB,
    MediaKind.DOCUMENT: 25 * _MIB,
}


class Surface(NamedTuple):
    """One of the two.

    Attributes:
        name: the provider's, in accounts and settings.
        title: as people write it.
        channel: of its conversations.
        address_kind: of a person's id, which only this page or account knows them by.
        object: at the top of its posts.
        max_text: bytes, or characters where `in_bytes` is False, of one message.
        in_bytes: how Meta counts the text.
        marked: a message may carry our own id, which its echo brings back.
        files: what Meta calls the files that may be sent.
        types: those of them that it takes, by kind; of a kind that is not there, all.
    """

    name: str
    title: str
    channel: Channel
    address_kind: AddressKind
    object: str
    max_text: int
    in_bytes: bool
    marked: bool
    files: Mapping[MediaKind, str]
    types: Mapping[MediaKind, frozenset[str]]

    @property
    def limit(self) -> TextLimit:
        """How long a text Meta takes here."""
        return TextLimit(self.max_text, Counted.BYTES if self.in_bytes else Counted.CHARACTERS)

    @property
    def shown(self) -> Mapping[Channel, Mapping[MediaKind, FileLimit]]:
        """The files that Meta shows here; no words stand beside them."""
        kinds = self.files.keys() - {MediaKind.STICKER}
        return {self.channel: {each: FileLimit(_SIZES[each], self.types.get(each, frozenset())) for each in kinds}}


def media(entry: JsonObject, credentials: Credentials) -> HttpRequest:
    """The request for a file; raises UnparsableError when the entry names no place, or one that is not Meta's.

    The address itself is the permission: the token is not sent along.
    """
    url = Part(entry).text("url")
    if not is_metas(url, credentials["api_url"]):
        raise UnparsableError("the file is not where Meta keeps files")
    return HttpRequest("GET", url, {}, b"")
