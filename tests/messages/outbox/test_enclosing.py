"""Files that go within a mail: all of them or none, and links where that cannot be."""

from dataclasses import replace
from pathlib import Path

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Enclosure, Media, MediaKind, OutboundMessage
from bot.messages.media.service import StoredFile, are_enclosed, media_of
from bot.messages.media.store import FolderStore
from bot.messages.outbox.enclosing import enclosed
from bot.providers.base import MOST_ENCLOSED
from bot.providers.table import PROVIDERS

MAILGUN = PROVIDERS["mailgun"]


async def mail(store: FolderStore, *contents: bytes) -> OutboundMessage:
    files = []
    for number, content in enumerate(contents):
        key = await store.put(content, "image/png")
        files.append(media_of(StoredFile(key.replace("/", ""), "image/png", f"{number}.png", len(content)), {}))
    first, *others = files
    to = Address(AddressKind.EMAIL, "ana@example.org")
    return OutboundMessage(
        "m1", "mailgun:x", Channel.EMAIL, to, "Here", media=first, more_media=tuple(others), encloses=True
    )


async def test_a_mail_by_hand_has_its_files_in_it(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    sent = await enclosed(await mail(store, b"bytes", b"two"), MAILGUN, store)
    assert sent.enclosures == (Enclosure("0.png", "image/png", b"bytes"), Enclosure("1.png", "image/png", b"two"))
    assert (sent.media, sent.more_media) == (None, ())
    assert "bytes" not in repr(sent)


async def test_what_is_too_much_or_not_there_goes_by_its_link(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    much = await mail(store, b"x" * MOST_ENCLOSED, b"y")
    gone = replace(much, media=Media(MediaKind.IMAGE, f"stored:ab/{'c' * 62};image/png"), more_media=())
    strange = replace(gone, media=Media(MediaKind.IMAGE, "https://elsewhere.example/a.png"))
    for each in (much, gone, strange):
        assert await enclosed(each, MAILGUN, store) == each


async def test_what_a_bundle_sends_stays_a_link(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    message = await mail(store, b"one")
    for each in (replace(message, encloses=False), replace(message, media=None)):
        assert await enclosed(each, MAILGUN, store) == each
    assert await enclosed(message, PROVIDERS["generic"], store) == message
    assert await enclosed(message, MAILGUN, None) == message


def test_the_page_knows_it_beforehand() -> None:
    file = StoredFile("a" * 64, "image/png", "a.png", MOST_ENCLOSED)
    assert are_enclosed("mime:oi@shop.example", [file])
    assert not are_enclosed("mime:oi@shop.example", [file, file])
    assert not are_enclosed("plivo:+1555", [file])
    assert not are_enclosed("gone:1", [file])
