"""Files of the store that go along with messages: how a message names one, and the link by which it is fetched."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import SecretStr

from bot.core.errors import NotConfiguredError
from bot.core.messages import Media, OutboundMessage
from bot.messages.media.links import Linked, link_of_key

_SCHEME = "stored:"


def key_of(sha256: str) -> str:
    """The key of the content that has this SHA-256, in hex.

    >>> key_of("ab" * 32)[:8]
    'ab/ababa'
    """
    return f"{sha256[:2]}/{sha256[2:]}"


def stored_url(key: str, content_type: str) -> str:
    """How a message names a file of the store, in the place of a URL; it holds for as long as the file is kept.

    >>> stored_url("ab/cd", "application/pdf")
    'stored:ab/cd;application/pdf'
    """
    return f"{_SCHEME}{key};{content_type}"


def sha256_of(url: str) -> str:
    """The SHA-256 of a file of the store, in hex; empty for one that lies elsewhere.

    >>> sha256_of("stored:ab/cd;application/pdf")
    'abcd'
    """
    return url.removeprefix(_SCHEME).partition(";")[0].replace("/", "", 1) if url.startswith(_SCHEME) else ""


def type_of(url: str) -> str:
    """The content type of a file of the store.

    >>> type_of("stored:ab/cd;application/pdf")
    'application/pdf'
    """
    return url.partition(";")[2]


def fetchable(media: Media, public_url: str, now: datetime, keys: Sequence[SecretStr]) -> Media:
    """The file as its recipient can fetch it: one of the store by a signed link, any other one by its own URL.

    Raises NotConfiguredError where no link can be made.

    Args:
        media: of a message.
        public_url: where people and providers reach this server; may be empty.
        now: the moment.
        keys: those of BOT_SECRET_KEY.
    """
    if not media.url.startswith(_SCHEME):
        return media
    if not public_url:
        raise NotConfiguredError("BOT_PUBLIC_URL")
    return replace(media, url=link_of_media(media, public_url, now, keys))


def link_of_media(media: Media, public_url: str, now: datetime, keys: Sequence[SecretStr]) -> str:
    """The link to a file of the store; empty for one that lies elsewhere."""
    if not media.url.startswith(_SCHEME):
        return ""
    key, _, content_type = media.url.removeprefix(_SCHEME).partition(";")
    return link_of_key(public_url, Linked(key, content_type, media.filename), now, keys)


def with_links(message: OutboundMessage, public_url: str, now: datetime, keys: Sequence[SecretStr]) -> OutboundMessage:
    """The message with each of its files as `fetchable` gives it."""
    if message.media is not None:
        more = tuple(fetchable(each, public_url, now, keys) for each in message.more_media)
        message = replace(message, media=fetchable(message.media, public_url, now, keys), more_media=more)
    template = message.template
    if template is not None and template.header is not None:
        header = fetchable(template.header, public_url, now, keys)
        message = replace(message, template=replace(template, header=header))
    return message
