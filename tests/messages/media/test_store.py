"""The folder of files: each content once, whole or not at all, and no way out of it."""

import asyncio
import hashlib
import stat
from pathlib import Path

import pytest

from bot.messages.media.store import FolderStore

CONTENT = b"a picture"


def files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """A store whose folder is not there yet."""
    return FolderStore(tmp_path / "deep" / "media")


async def test_a_file_is_found_under_the_key_of_its_content(store: FolderStore) -> None:
    key = await store.put(CONTENT, "image/png")

    assert key.replace("/", "") == hashlib.sha256(CONTENT).hexdigest()
    assert (await store.path(key)).read_bytes() == CONTENT


async def test_the_same_content_is_there_once(store: FolderStore, tmp_path: Path) -> None:
    keys = {await store.put(CONTENT, "image/png"), await store.put(bytearray(CONTENT), "image/jpeg")}

    assert len(keys) == 1
    assert files(tmp_path) == [CONTENT]


async def test_many_who_put_the_same_content_at_once_do_not_harm_each_other(store: FolderStore, tmp_path: Path) -> None:
    keys = await asyncio.gather(*(store.put(CONTENT, "image/png") for _ in range(20)))

    assert len(set(keys)) == 1
    assert files(tmp_path) == [CONTENT]


async def test_a_file_that_was_taken_away_is_not_found(store: FolderStore) -> None:
    key = await store.put(CONTENT, "image/png")
    (await store.path(key)).unlink()

    with pytest.raises(FileNotFoundError):
        await store.path(key)


async def test_a_write_that_fails_leaves_nothing(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(OSError, match="No space"):
        await store.put(CONTENT, "image/png")

    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "key",
    ["", "..", "../../etc/passwd", "ab/../../x", "/etc/passwd", "ab/" + "c" * 61, "AB/" + "c" * 62, "ab" + "c" * 62],
)
async def test_nothing_but_a_key_leads_to_a_file(store: FolderStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        await store.path(key)


async def test_nobody_else_on_the_computer_can_read_what_people_sent(store: FolderStore) -> None:
    path = await store.path(await store.put(CONTENT, "image/png"))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
