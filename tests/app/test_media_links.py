"""Files are given to whoever has a link that was made here and is still good, and in a form that runs nowhere."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import insert

from bot.channels.service import SIMULATOR
from bot.core.clock import utc_now
from bot.core.ids import new_id
from bot.messages.media import links as media_links
from bot.messages.media.links import Linked
from bot.messages.media.models import MediaFile
from bot.messages.media.references import key_of
from bot.messages.media.views import STORE
from tests.support import rows
from tests.support.files import PICTURE
from tests.support.served import Served, serving

SECRET = "the operator's key"
KEYS = (SecretStr(SECRET),)
SHA256 = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture
async def bot(sqlite_url: str) -> AsyncIterator[Served]:
    """A server with a key."""
    async with serving(sqlite_url, BOT_SECRET_KEY=SECRET) as served:
        yield served


async def sent(bot: Served, content: bytes = PICTURE, **columns: object) -> str:
    """A stored file that a person sent; its id."""
    app = bot.client.server.app  # type: ignore[attr-defined]  # the test server runs our application
    await app[STORE].put(content, "image/png")
    digest = hashlib.sha256(content).hexdigest()
    file_id = new_id()
    async with bot.engine.begin() as connection:
        person = await rows.add_person(connection, f"+5511{new_id()[-8:]}")
        message_id = await rows.add_inbound(connection, person, account=SIMULATOR, kind="media")
        given = {
            "id": file_id,
            "message_id": message_id,
            "position": 0,
            "state": "stored",
            "content_type": "image/png",
            "filename": "bolo de aniversário.png",
            "size": len(content),
            "sha256": digest,
            **columns,
        }
        await connection.execute(insert(MediaFile).values(given))
    return file_id


def link(file_id: str, *, age: timedelta = timedelta(0), secret: str = SECRET) -> str:
    return media_links.link_of_file("", file_id, utc_now() - age, (SecretStr(secret),))


async def test_a_file_is_given_exactly_as_it_came(bot: Served) -> None:
    async with bot.client.get(link(await sent(bot))) as answer:
        assert answer.status == 200
        assert await answer.read() == PICTURE
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Content-Disposition"] == (
            "inline; filename=\"bolo de anivers_rio.png\"; filename*=UTF-8''bolo%20de%20anivers%C3%A1rio.png"
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"].startswith("private")
        assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_a_player_may_ask_for_a_part(bot: Served) -> None:
    async with bot.client.get(link(await sent(bot)), headers={"Range": "bytes=1-3"}) as answer:
        assert answer.status == 206
        assert await answer.read() == b"PNG"
        assert answer.headers["Content-Range"] == f"bytes 1-3/{len(PICTURE)}"


async def test_what_is_no_picture_sound_or_film_is_only_saved(bot: Served) -> None:
    for content_type in ("application/pdf", "text/plain", "text/vcard", "text/html", "", None):
        file_id = await sent(bot, content_type=content_type, filename=None)

        answer = await bot.ask("HEAD", link(file_id))

        assert answer.headers["Content-Disposition"].startswith('attachment; filename="file'), content_type
        assert answer.headers["Content-Type"] != "text/html", content_type


async def test_a_file_that_is_not_stored_is_not_there(bot: Served) -> None:
    for state in ("pending", "refused", "failed"):
        file_id = await sent(bot, state=state, sha256=None, content_type=None)

        assert (await bot.ask("GET", link(file_id))).status == 404, state


async def test_an_old_link_is_worth_nothing(bot: Served) -> None:
    file_id = await sent(bot)

    assert (await bot.ask("HEAD", link(file_id, age=timedelta(minutes=59)))).status == 200
    assert (await bot.ask("GET", link(file_id, age=timedelta(hours=2)))).status == 404


async def test_a_link_that_was_not_made_here_is_worth_nothing(bot: Served) -> None:
    for token in ("x", "x.y", "..%2F..%2Fetc%2Fpasswd", "%00", "a" * 5000):
        answer = await bot.ask("GET", f"/media/{token}")

        assert answer.status == 404, token
        assert answer.headers["Content-Type"].startswith("text/plain")


async def test_a_link_of_somebody_elses_key_is_worth_nothing(bot: Served) -> None:
    assert (await bot.ask("GET", link(await sent(bot), secret="another"))).status == 404


async def test_a_link_to_a_row_that_is_not_there_is_worth_nothing(bot: Served) -> None:
    assert (await bot.ask("GET", link(new_id()))).status == 404


async def test_a_file_that_was_taken_off_the_disk_is_not_there(bot: Served) -> None:
    file_id = await sent(bot)
    (await bot.client.server.app[STORE].path(key_of(SHA256))).unlink()  # type: ignore[attr-defined]  # as above

    assert (await bot.ask("GET", link(file_id))).status == 404


async def test_a_file_of_the_store_is_linked_without_a_row(bot: Served) -> None:
    await sent(bot)
    linked = Linked(key_of(SHA256), "image/png", "menu.png")

    answer = await bot.ask("HEAD", media_links.link_of_key("", linked, utc_now(), KEYS))

    assert answer.status == 200
    assert 'filename="menu.png"' in answer.headers["Content-Disposition"]


async def test_a_link_that_goes_out_is_good_for_a_week_and_the_same_meanwhile() -> None:
    linked = Linked(key_of(SHA256), "image/png", "menu.png")
    monday = utc_now().replace(year=2026, month=3, day=12, hour=9)

    one = media_links.link_of_key("https://bot.example.com", linked, monday, KEYS)
    other = media_links.link_of_key("https://bot.example.com", linked, monday + timedelta(hours=5), KEYS)

    assert one == other
    assert one.startswith("https://bot.example.com/media/")
    token = one.rpartition("/")[2]
    assert media_links.read(token, KEYS, monday + timedelta(days=7)) == linked
    assert media_links.read(token, KEYS, monday + timedelta(days=14)) is None


async def test_without_a_key_links_are_good_in_the_process_that_made_them(sqlite_url: str) -> None:
    async with serving(sqlite_url) as bot:
        file_id = await sent(bot)

        assert (await bot.ask("GET", link(file_id))).status == 404
