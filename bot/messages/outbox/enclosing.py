"""Files that go within a mail: read from the store just before it is written."""

import asyncio
from dataclasses import replace
from typing import NamedTuple

import structlog

from bot.core.messages import Enclosure, Media, OutboundMessage
from bot.messages.media.references import key_of, sha256_of, type_of
from bot.messages.media.store import Store
from bot.providers.base import Provider

log = structlog.get_logger()


class _Read(NamedTuple):
    media: Media
    content: bytes


async def enclosed(message: OutboundMessage, provider: Provider, store: Store | None) -> OutboundMessage:
    """The mail with the files that a person sent along in it, where its carrier takes them; else with their links.

    It has all of them or none. A file that the store does not have is a link, as before.
    """
    if store is None or message.media is None or not message.encloses or not provider.encloses:
        return message
    try:
        found = [await _read(each, store) for each in (message.media, *message.more_media)]
    except (OSError, ValueError) as error:
        log.warning("a file of a mail is not there, so its link goes", message=message.id, error=type(error).__name__)
        return message
    if sum(len(each.content) for each in found) > provider.encloses:
        return message
    enclosures = tuple(Enclosure(each.media.filename, type_of(each.media.url), each.content) for each in found)
    return replace(message, media=None, more_media=(), enclosures=enclosures)


async def _read(media: Media, store: Store) -> _Read:
    path = await store.path(key_of(sha256_of(media.url)))
    return _Read(media, await asyncio.to_thread(path.read_bytes))
