"""Fetching a file by its provider's own steps, from a real server on loopback; and what must never be fetched."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.service import ConfiguredAccount
from bot.messages.media import download as media_download
from bot.messages.media.download import GONE, NO_WAY, Later, download
from bot.messages.media.files import NOT_KEPT, FileVerdict, too_large
from bot.messages.media.models import MediaState
from bot.messages.media.references import key_of
from bot.messages.media.store import FolderStore
from bot.providers.base import Provider
from tests.support.files import (
    ONE_STEP,
    PICTURE,
    TOKEN,
    TWO_STEPS,
    FileServer,
    gives,
    gives_in_pieces,
    keeping_files,
    redirects,
)
from tests.support.loopback import LOOPBACK, resets, status, waits_for

LIMIT = 2_000
BEARER = f"Bearer {TOKEN}"
SHA256 = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture
async def server() -> AsyncIterator[FileServer]:
    """A provider that has a picture."""
    async with keeping_files() as running:
        running.files["f1"] = PICTURE
        yield running


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """Where files go."""
    return FolderStore(tmp_path)


def account(server: FileServer, provider: Provider = TWO_STEPS) -> ConfiguredAccount:
    return ConfiguredAccount("loopback:1", provider, server.credentials, 1.0)


async def fetched(
    server: FileServer, store: FolderStore, provider: Provider = TWO_STEPS, **entry: Any
) -> FileVerdict | Later:
    return await download(account(server, provider), entry or {"id": "f1"}, store, LIMIT)


async def test_a_file_is_asked_for_fetched_and_stored(server: FileServer, store: FolderStore) -> None:
    result = await fetched(server, store)

    assert result == FileVerdict(MediaState.STORED, "image/png", len(PICTURE), SHA256)
    assert (await store.path(key_of(SHA256))).read_bytes() == PICTURE
    assert server.asked == [("/media/f1", BEARER), ("/files/f1", BEARER)]


async def test_a_file_of_a_known_address_is_fetched_at_once(server: FileServer, store: FolderStore) -> None:
    result = await fetched(server, store, ONE_STEP, url=f"{server.url}/files/f1")

    assert isinstance(result, FileVerdict)
    assert result.state is MediaState.STORED
    assert server.asked == [("/files/f1", BEARER)]


@pytest.mark.parametrize("step", ["/media/f1", "/files/f1"])
@pytest.mark.parametrize("code", [404, 410])
async def test_what_the_provider_no_longer_has_is_not_asked_for_again(
    server: FileServer, store: FolderStore, step: str, code: int
) -> None:
    server.answers[step] = status(code)

    assert await fetched(server, store) == FileVerdict(MediaState.REFUSED, error=GONE)


@pytest.mark.parametrize("step", ["/media/f1", "/files/f1"])
@pytest.mark.parametrize("code", [401, 403, 429, 500, 503])
async def test_a_provider_that_is_busy_away_or_locked_is_asked_again(
    server: FileServer, store: FolderStore, step: str, code: int
) -> None:
    server.answers[step] = status(code, Retry_After="17")

    assert await fetched(server, store) == Later(f"The provider answered {code}.", 17.0)


async def test_a_connection_that_breaks_is_made_again(server: FileServer, store: FolderStore) -> None:
    server.answers["/files/f1"] = resets

    assert isinstance(await fetched(server, store), Later)


async def test_a_file_that_does_not_arrive_is_not_waited_for_without_end(
    server: FileServer, store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_download, "TIMEOUT_SECONDS", 0.2)
    forever = asyncio.Event()
    server.answers["/files/f1"] = waits_for(forever)

    assert await fetched(server, store) == Later("It could not be fetched or stored (TimeoutError).")
    forever.set()


async def test_an_answer_that_nobody_understands_costs_only_this_file(server: FileServer, store: FolderStore) -> None:
    server.answers["/media/f1"] = gives(b"<html>It works!</html>")

    assert await fetched(server, store) == Later("It could not be fetched or stored (JSONDecodeError).")


async def test_an_entry_that_names_no_file_costs_only_itself(server: FileServer, store: FolderStore) -> None:
    assert isinstance(await fetched(server, store, url="elsewhere"), Later)


async def test_a_provider_without_a_way_to_fetch_has_none(server: FileServer, store: FolderStore) -> None:
    assert await fetched(server, store, LOOPBACK) == FileVerdict(MediaState.REFUSED, error=NO_WAY)


@pytest.mark.parametrize("body", [gives(PICTURE * 20), gives_in_pieces(PICTURE * 20)], ids=["told", "untold"])
async def test_a_file_that_is_too_large_is_refused_before_all_of_it_is_here(
    server: FileServer, store: FolderStore, body: Any
) -> None:
    server.answers["/files/f1"] = body

    assert await fetched(server, store) == FileVerdict(MediaState.REFUSED, error=too_large(LIMIT))


@pytest.mark.parametrize("content", [b"<!doctype html><script>alert(1)</script>", b"MZ\x90\x00", b"<svg/>"])
async def test_what_could_be_run_is_refused(server: FileServer, store: FolderStore, content: bytes) -> None:
    server.files["f1"] = content

    assert await fetched(server, store, id="f1", mime_type="image/png") == FileVerdict(
        MediaState.REFUSED, error=NOT_KEPT
    )


async def test_what_comes_compressed_unasked_is_refused(server: FileServer, store: FolderStore) -> None:
    server.answers["/files/f1"] = gives(b"\x1f\x8b", Content_Encoding="gzip")

    result = await fetched(server, store)

    assert isinstance(result, FileVerdict)
    assert result.state is MediaState.REFUSED


@pytest.mark.parametrize(
    "sha256", [SHA256, SHA256.upper(), base64.b64encode(bytes.fromhex(SHA256)).decode(), "", "what is this?"]
)
async def test_a_file_that_is_as_the_provider_says_is_taken(
    server: FileServer, store: FolderStore, sha256: str
) -> None:
    assert isinstance(await fetched(server, store, id="f1", sha256=sha256), FileVerdict)


@pytest.mark.parametrize("sha256", ["0" * 64, base64.b64encode(bytes(32)).decode()])
async def test_a_file_that_is_not_as_the_provider_says_is_fetched_again(
    server: FileServer, store: FolderStore, sha256: str
) -> None:
    result = await fetched(server, store, id="f1", sha256=sha256)

    assert isinstance(result, Later)
    with pytest.raises(FileNotFoundError):
        await store.path(key_of(SHA256))


async def test_a_redirect_is_followed(server: FileServer, store: FolderStore) -> None:
    server.answers["/files/f1"] = redirects("/elsewhere/f1")

    result = await fetched(server, store)

    assert isinstance(result, FileVerdict)
    assert result.state is MediaState.STORED


async def test_a_chain_of_redirects_is_left(server: FileServer, store: FolderStore) -> None:
    server.answers["/files/f1"] = redirects(f"{server.url}/files/f1")

    result = await fetched(server, store)

    assert result == FileVerdict(MediaState.REFUSED, error="It was redirected too often.")
    assert len(server.asked) == 1 + 4


OUT_OF_BOUNDS = (
    "http://files.example.com/f1",
    "https://127.0.0.1/f1",
    "https://[::1]/f1",
    "https://[::ffff:127.0.0.1]/f1",
    "https://[64:ff9b::7f00:1]/f1",
    "https://[64:FF9B::a00:7]/f1",
    "https://[2002:7f00:1::]/f1",
    "https://[::7f00:1]/f1",
    "https://[fe80::1%25eth0]/f1",
    "https://10.0.0.7/f1",
    "https://169.254.169.254/latest/meta-data",
    "https://192.168.1.1/",
    "https://224.0.0.1/",
    "https://0.0.0.0/",
    "https://127.1/f1",
    "https://2130706433/f1",
    "https://[::1%25]/f1",
    "https://[::ffff:127.0.0.1%25]/f1",
    "https://localhost/f1",
    "https://user:password@files.example.com/f1",
    "ftp://files.example.com/f1",
    "file:///etc/passwd",
    "https:///f1",
    "https://[::1/",
)


@pytest.mark.parametrize("url", [*OUT_OF_BOUNDS, "/f1", ""])
async def test_nothing_is_fetched_but_from_the_open_internet(server: FileServer, store: FolderStore, url: str) -> None:
    server.answers["/media/f1"] = gives(b'{"url": "%s"}' % url.encode())

    assert is_refused(await fetched(server, store))


@pytest.mark.parametrize("url", OUT_OF_BOUNDS)
async def test_no_redirect_leads_out_of_the_open_internet(server: FileServer, store: FolderStore, url: str) -> None:
    server.answers["/files/f1"] = redirects(url)

    assert is_refused(await fetched(server, store))


def is_refused(result: FileVerdict | Later) -> bool:
    reasons = ("It is said to lie", "The provider gave no valid URL")
    return isinstance(result, FileVerdict) and result.state is MediaState.REFUSED and result.error.startswith(reasons)


async def test_another_port_of_the_same_host_is_another_host(server: FileServer, store: FolderStore) -> None:
    async with keeping_files() as other:
        other.files["f1"] = PICTURE
        server.answers["/files/f1"] = redirects(f"{other.url}/files/f1")

        result = await fetched(server, store)

        assert isinstance(result, FileVerdict)
        assert result.state is MediaState.REFUSED
        assert other.asked == []


async def test_who_we_are_is_told_to_no_other_host(
    server: FileServer, store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with keeping_files() as other:
        # Let this one loopback server pass for one of the open internet.
        monkeypatch.setattr(media_download, "require_open_internet", lambda _url, _own: None)
        other.files["f1"] = PICTURE
        server.answers["/files/f1"] = redirects(f"{other.url}/files/f1")

        result = await fetched(server, store)

        assert isinstance(result, FileVerdict)
        assert result.state is MediaState.STORED
        assert other.asked == [("/files/f1", "")]
