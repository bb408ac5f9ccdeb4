"""The fetcher on a real database: what waits is fetched once, by whichever process, also when one dies."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels import service as channels
from bot.channels.service import SIMULATOR, Accounts
from bot.core.clock import utc_now
from bot.core.ids import new_id
from bot.core.shares import Shares
from bot.db.engine import create_engine
from bot.messages.media import claims as media_claims
from bot.messages.media import fetcher as media_fetcher
from bot.messages.media import queries as media_queries
from bot.messages.media.claims import LOST, MOST_ATTEMPTS, ClaimedFile
from bot.messages.media.download import NO_WAY, Later
from bot.messages.media.fetcher import Fetcher
from bot.messages.media.files import FileVerdict
from bot.messages.media.models import MediaFile, MediaState
from bot.messages.media.references import key_of
from bot.messages.media.store import FolderStore
from bot.settings import Settings
from tests.support import plans, rows
from tests.support.files import PICTURE, TWO_STEPS, FileServer, keeping_files
from tests.support.loopback import status, waits_for
from tests.support.office import ACCOUNT
from tests.support.waiting import eventually

LEASE = timedelta(seconds=60)


@dataclass(slots=True)
class Archive:
    """A database with an account, a provider that keeps files, and fetchers between the two."""

    engine: AsyncEngine
    accounts: Accounts
    server: FileServer
    store: FolderStore
    running: list[tuple[Fetcher, asyncio.Task[None]]] = field(default_factory=list)

    def start(self) -> Fetcher:
        """Start a fetcher; it is stopped when the test ends."""
        fetcher = Fetcher(self.engine, self.accounts, self.store, limit=10_000)
        self.running.append((fetcher, asyncio.create_task(fetcher.run())))
        return fetcher

    async def sent(self, file_id: str = "f1", *, account: str = ACCOUNT, **columns: Any) -> str:
        """A message with a file that the provider has; the id of the file's row."""
        entry = {"type": "image", "id": file_id, "filename": "cake.png"}
        row_id = new_id()
        async with self.engine.begin() as connection:
            person = await rows.add_person(connection, f"+5511{new_id()[-8:]}")
            body = {"media": [entry]}
            message_id = await rows.add_inbound(connection, person, "", account=account, kind="media", body=body)
            given = {"id": row_id, "message_id": message_id, "position": 0, "state": "pending", **columns}
            await connection.execute(insert(MediaFile).values(given))
        return row_id

    async def row(self, file_id: str) -> dict[str, Any]:
        """The file's columns, as committed."""
        async with self.engine.connect() as connection:
            statement = select(MediaFile.__table__).where(MediaFile.id == file_id)
            return dict((await connection.execute(statement)).one()._mapping)

    async def becomes(self, file_id: str, **wanted: Any) -> dict[str, Any]:
        """Wait until the file's columns are as wanted; gives all of them."""
        row: dict[str, Any] = {}

        async def as_wanted() -> bool:
            row.update(await self.row(file_id))
            return all(row[name] == value for name, value in wanted.items())

        await eventually(as_wanted)
        return row

    async def close(self) -> None:
        """Stop every fetcher."""
        for fetcher, task in self.running:
            fetcher.stop()
            await task


@pytest.fixture
async def archive(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Archive]:
    """Everything in its place; no fetcher is running yet."""
    monkeypatch.setattr(channels, "PROVIDERS", {"loopback": TWO_STEPS})
    async with keeping_files() as server:
        server.files["f1"] = PICTURE
        archive = Archive(engine, Accounts(Settings.read(server.settings)), server, FolderStore(tmp_path / "media"))
        async with engine.begin() as connection:
            for account in (ACCOUNT, SIMULATOR, "loopback:gone"):
                await rows.add_account(connection, account)
        yield archive
        await archive.close()


async def test_a_file_that_waits_is_fetched_and_stored(archive: Archive) -> None:
    file_id = await archive.sent()

    archive.start()

    row = await archive.becomes(file_id, state="stored")
    assert (row["content_type"], row["filename"], row["size"]) == ("image/png", "cake.png", len(PICTURE))
    assert (row["attempts"], row["claimed_until"], row["error"]) == (1, None, None)
    assert (await archive.store.path(key_of(row["sha256"]))).read_bytes() == PICTURE


async def test_a_file_that_comes_later_is_fetched_as_soon_as_it_is_told_of(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_fetcher, "POLL_SECONDS", 60.0)
    first = await archive.sent()
    fetcher = archive.start()
    await archive.becomes(first, state="stored")
    file_id = await archive.sent()

    fetcher.wake()

    await archive.becomes(file_id, state="stored")


async def test_more_files_than_fit_at_once_are_all_fetched(archive: Archive) -> None:
    file_ids = [await archive.sent() for _ in range(2 * media_fetcher.SLOTS + 1)]

    archive.start()

    for file_id in file_ids:
        await archive.becomes(file_id, state="stored", attempts=1)


async def test_a_file_that_cannot_be_had_now_is_tried_again_later(archive: Archive) -> None:
    archive.server.answers["/files/f1"] = status(503)
    file_id = await archive.sent()

    archive.start()

    row = await archive.becomes(file_id, attempts=1, claimed_until=None)
    assert (row["state"], row["error"]) == ("pending", "The provider answered 503.")
    assert row["next_attempt_at"] > utc_now() - timedelta(seconds=1)


async def test_a_provider_that_says_when_is_asked_no_earlier(archive: Archive) -> None:
    archive.server.answers["/files/f1"] = status(429, Retry_After="1800")
    file_id = await archive.sent()

    archive.start()

    row = await archive.becomes(file_id, attempts=1, claimed_until=None)
    assert row["next_attempt_at"] > utc_now() + timedelta(minutes=29)


async def test_after_ten_attempts_it_is_given_up(archive: Archive) -> None:
    archive.server.answers["/files/f1"] = status(503)
    file_id = await archive.sent(attempts=MOST_ATTEMPTS - 1)

    archive.start()

    row = await archive.becomes(file_id, state="failed")
    assert (row["attempts"], row["error"]) == (MOST_ATTEMPTS, "The provider answered 503.")


async def test_what_is_refused_is_not_asked_for_again(archive: Archive) -> None:
    file_id = await archive.sent("gone")

    archive.start()

    row = await archive.becomes(file_id, state="refused")
    assert (row["error"], row["next_attempt_at"]) == ("The provider no longer has it.", None)


async def test_a_file_of_an_account_that_is_gone_waits_for_it(archive: Archive) -> None:
    file_id = await archive.sent(account="loopback:gone")

    archive.start()

    row = await archive.becomes(file_id, attempts=1, claimed_until=None)
    assert (row["state"], row["error"]) == ("pending", "There is no account loopback:gone any more.")


async def test_the_simulator_has_no_provider_to_fetch_from(archive: Archive) -> None:
    file_id = await archive.sent(account=SIMULATOR)

    archive.start()

    await archive.becomes(file_id, state="refused", error=NO_WAY)


async def test_a_process_that_was_killed_in_the_middle_is_followed_by_another_one(archive: Archive) -> None:
    # Killed outright, it leaves what it had committed: its claim.
    file_id = await archive.sent()
    async with archive.engine.begin() as connection:
        killed = await media_claims.claim(connection, Shares(10, 1), lease=LEASE)
    assert [each.id for each in killed] == [file_id]
    archive.start()
    await asyncio.sleep(0.1)
    assert (await archive.row(file_id))["state"] == "pending"
    assert archive.server.asked == []

    async with archive.engine.begin() as connection:
        run_out = utc_now() - timedelta(seconds=1)
        await connection.execute(update(MediaFile).values(claimed_until=run_out))
    archive.running[0][0].wake()

    row = await archive.becomes(file_id, state="stored")
    assert row["attempts"] == 2


async def test_a_file_on_which_processes_die_is_given_up(archive: Archive) -> None:
    run_out = utc_now() - timedelta(seconds=1)
    file_id = await archive.sent(attempts=MOST_ATTEMPTS, claimed_until=run_out)

    archive.start()

    await archive.becomes(file_id, state="failed", error=LOST, claimed_until=None)
    assert archive.server.asked == []


async def test_whoever_lost_its_claim_changes_nothing(archive: Archive) -> None:
    file_id = await archive.sent(attempts=2, claimed_until=utc_now() + LEASE)
    late = ClaimedFile(file_id, ACCOUNT, {}, 1)

    async with archive.engine.begin() as connection:
        assert await media_claims.record(connection, late, FileVerdict(MediaState.REFUSED, error="late")) is None
        assert await media_claims.record(connection, late, Later("late")) is None

    row = await archive.row(file_id)
    assert (row["state"], row["error"]) == ("pending", None)


async def test_a_stopping_process_finishes_what_is_under_way(archive: Archive) -> None:
    go_on = asyncio.Event()
    archive.server.answers["/media/f1"] = waits_for(go_on)
    file_id = await archive.sent()
    fetcher = archive.start()

    async def asked() -> bool:
        return bool(archive.server.asked)

    await eventually(asked)

    fetcher.stop()
    await asyncio.sleep(0.05)
    assert not archive.running[0][1].done()
    go_on.set()
    await archive.running[0][1]

    # The stand-in then answered something else than where the file is.
    assert (await archive.row(file_id))["claimed_until"] is None


async def test_two_processes_share_the_work(postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(channels, "PROVIDERS", {"loopback": TWO_STEPS})
    engines = [create_engine(postgres_url) for _ in range(2)]
    async with keeping_files() as server:
        accounts, store = Accounts(Settings.read(server.settings)), FolderStore(tmp_path)
        one, other = (Archive(engine, accounts, server, store) for engine in engines)
        async with engines[0].begin() as connection:
            await rows.add_account(connection, ACCOUNT)
        for number in range(12):
            server.files[f"f{number}"] = PICTURE + str(number).encode()
        file_ids = [await one.sent(f"f{number}") for number in range(12)]

        one.start()
        other.start()

        for file_id in file_ids:
            await one.becomes(file_id, state="stored", attempts=1)
        fetches = [path for path, _token in server.asked if path.startswith("/files/")]
        assert sorted(fetches) == sorted({f"/files/f{number}" for number in range(12)})
        await one.close()
        await other.close()
    for engine in engines:
        await engine.dispose()


@pytest.mark.own_database
async def test_looking_for_work_reads_what_waits_and_nothing_else(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        message_id = await rows.add_inbound(connection, person)
        stored = [
            {"message_id": message_id, "position": number, "state": "stored" if number else "pending"}
            for number in range(3000)
        ]
        await connection.execute(insert(MediaFile), stored)
        await plans.analyze(connection)

        plan = await plans.explain(connection, media_queries.claimable().params(now=utc_now(), room=4))

    assert "ix_media_files_pending" in plan
    assert "Seq Scan" not in plan
    await engine.dispose()
