"""Files that people of ours give: by their bytes, under harmless names, and as each channel takes them."""

from pathlib import Path

import pytest

from bot.channels.service import SIMULATOR
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.messages import MediaKind
from bot.messages.media.service import StoredFile, files_shown, is_refused, media_of, shown_as, store_file
from bot.messages.media.store import FolderStore
from bot.providers.base import Feature
from bot.providers.table import PROVIDERS
from tests.support.files import PICTURE

MIB = 1024 * 1024


async def test_a_file_is_what_its_bytes_say_under_a_name_that_does_no_harm(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    found = await store_file(store, PICTURE, "..\\..\\cake\u202egnp.exe", "application/x-msdownload", 10_000)
    assert (found.content_type, found.filename, found.size) == ("image/png", "cakegnp.exe.png", len(PICTURE))
    assert (await store.path(f"{found.sha256[:2]}/{found.sha256[2:]}")).read_bytes() == PICTURE
    assert (await store_file(store, b"a,b\n", "\x00", "text/csv\x00", 10)).filename == ""


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"<script>alert(1)</script>", "kind that is not sent"),
        (b"MZ\x90\x00", "kind that is not sent"),
        (b"x" * (2 * MIB + 1), "larger than 2 MiB"),
    ],
)
async def test_what_is_not_sent_is_said_at_once(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(BotError) as caught:
        await store_file(FolderStore(tmp_path), content, "picture.png", "image/png", 2 * MIB)
    assert why in str(caught.value)


async def test_a_store_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BotError, match="cannot be stored"):
        await store_file(FolderStore(tmp_path / "file"), PICTURE, "a.png", "", 10_000)


@pytest.mark.parametrize(
    ("account", "channel", "content_type", "mebibytes", "kind"),
    [
        ("whatsapp:1", "whatsapp", "image/jpeg", 5, MediaKind.IMAGE),
        ("whatsapp:1", "whatsapp", "image/jpeg", 6, MediaKind.DOCUMENT),
        ("dialog360:1", "whatsapp", "image/gif", 1, MediaKind.DOCUMENT),
        ("whatsapp:1", "whatsapp", "audio/wav", 1, MediaKind.DOCUMENT),
        ("whatsapp:1", "whatsapp", "text/csv", 1, MediaKind.DOCUMENT),
        ("telegram:1", "telegram", "image/png", 1, MediaKind.IMAGE),
        ("telegram:1", "telegram", "application/pdf", 1, None),
        ("instagram:1", "instagram", "video/mp4", 20, MediaKind.VIDEO),
        ("instagram:1", "instagram", "application/pdf", 1, None),
        ("messenger:1", "messenger", "application/pdf", 1, MediaKind.DOCUMENT),
        ("twilio:1", "sms", "image/png", 1, MediaKind.IMAGE),
        ("mime:a@b.c", "email", "image/png", 1, None),
        ("vonage:1", "sms", "image/png", 1, None),
        ("gone:1", "sms", "image/png", 1, None),
        ("generic:x", "other", "video/mp4", 100, MediaKind.VIDEO),
        (SIMULATOR, "sms", "video/mp4", 100, MediaKind.VIDEO),
        (SIMULATOR, "email", "video/mp4", 1, None),
    ],
)
def test_each_channel_shows_files_as_it_takes_them(
    account: str, channel: str, content_type: str, mebibytes: int, kind: MediaKind | None
) -> None:
    file = StoredFile("a" * 64, content_type, "a", mebibytes * MIB)
    shown = files_shown(account, Channel(channel))
    assert shown_as(file, shown) == kind
    assert not is_refused(file, shown)
    expected = kind or (MediaKind.DOCUMENT if shown else None)
    assert expected is None or media_of(file, shown).kind is expected


@pytest.mark.parametrize(("account", "channel"), [("twilio:1", "sms"), ("telnyx:1", "sms"), ("twilio:1", "whatsapp")])
def test_what_is_too_large_for_all_that_a_channel_takes_is_refused(account: str, channel: str) -> None:
    assert is_refused(StoredFile("a" * 64, "video/mp4", "a.mp4", 17 * MIB), files_shown(account, Channel(channel)))


def test_whoever_shows_files_says_which() -> None:
    assert {name for name, each in PROVIDERS.items() if each.files} == {
        name for name, each in PROVIDERS.items() if Feature.MEDIA_OUT in each.features
    }
    assert all(channel in each.channels for each in PROVIDERS.values() for channel in each.files)
