"""Files that come with messages are recorded in the same commit, and those within the post are stored by then."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, event, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations import intake
from bot.core.errors import Blame, BotError
from bot.core.messages import InboundFile, InboundMessage, MessageKind
from bot.messages.media.files import MOST_FILES
from bot.messages.media.models import MediaFile
from bot.messages.media.references import key_of
from tests.support.bot import MOST_BYTES, Bot, message, running_bot
from tests.support.files import PICTURE

BUNDLE = """\
bundle: shop
locale: en
templates: {thanks: {content: Thank you!}}
triggers: [{type: equals, pattern: my cake, template: thanks}]
"""


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


def with_media(*entries: Any, files: Sequence[bytes] = (), **fields: Any) -> InboundMessage:
    brought = tuple(InboundFile(position, content) for position, content in enumerate(files))
    return message("my cake", kind=MessageKind.MEDIA, body={"media": list(entries)}, files=brought, **fields)


async def files(bot: Bot) -> Sequence[Row[Any]]:
    async with bot.engine.connect() as connection:
        return (await connection.execute(select(MediaFile.__table__).order_by(MediaFile.position))).all()


async def test_a_file_that_lies_at_the_provider_is_recorded_to_be_fetched(bot: Bot) -> None:
    await bot.hears(with_media({"type": "image", "id": "f1", "filename": "../cake.jpg"}))

    (file,) = await files(bot)
    inbound, _thanks = await bot.rows()
    assert file.message_id == inbound.id
    assert (file.state, file.position, file.filename, file.attempts) == ("pending", 0, "cake.jpg", 0)
    assert await bot.says() == ["Thank you!"]
    assert bot.waiting_files


async def test_a_file_within_the_post_is_stored_by_the_time_its_message_is_committed(bot: Bot) -> None:
    await bot.hears(with_media({"type": "image", "filename": "cake"}, files=[PICTURE]))

    (file,) = await files(bot)
    assert (file.state, file.content_type, file.filename, file.size) == (
        "stored",
        "image/png",
        "cake.png",
        len(PICTURE),
    )
    assert (await bot.store.path(key_of(file.sha256))).read_bytes() == PICTURE
    assert not bot.waiting_files


async def test_a_message_may_bring_some_files_and_name_others(bot: Bot) -> None:
    first, second = {"type": "image", "id": "f1"}, {"type": "document", "mime_type": "text/plain"}

    await bot.hears(with_media(first, second)._replace(files=(InboundFile(1, b"two eggs"),)))

    assert [each.state for each in await files(bot)] == ["pending", "stored"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!doctype html><script>alert(1)</script>", "It is of a kind that is not kept."),
        (PICTURE * (MOST_BYTES // len(PICTURE) + 1), f"It is larger than {MOST_BYTES} bytes (BOT_MEDIA_MAX)."),
    ],
    ids=["html", "large"],
)
async def test_a_file_that_is_not_kept_is_recorded_with_the_reason(bot: Bot, content: bytes, reason: str) -> None:
    await bot.hears(with_media({"type": "image", "mime_type": "image/png"}, files=[content]))

    (file,) = await files(bot)
    assert (file.state, file.error, file.sha256) == ("refused", reason, None)
    assert await bot.says() == ["Thank you!"]


async def test_a_repeated_post_brings_no_second_file(bot: Bot) -> None:
    post = with_media({"type": "image"}, {"type": "image", "id": "f1"}, files=[PICTURE], message_id="wamid.SAME")

    await bot.hears(post)
    await bot.hears(post)
    await bot.hears(message("hello"), post)

    assert len(await files(bot)) == 2


async def test_files_beyond_number_are_not_looked_after(bot: Bot) -> None:
    await bot.hears(with_media(*({"type": "image", "id": str(number)} for number in range(500))))

    assert len(await files(bot)) == MOST_FILES


async def test_a_list_of_files_that_is_none_harms_nobody(bot: Bot) -> None:
    lists: list[Any] = [None, "x", 7, {}, [], [None, 7, "x"], [{"filename": 7, "mime_type": {}}]]
    for number, media in enumerate(lists):
        phone = f"+551199999001{number}"
        await bot.hears(message("my cake", phone=phone, body={"media": media}, files=(InboundFile(9, PICTURE),)))

        assert await bot.says(phone) == ["Thank you!"], media
    assert all(each.state == "pending" for each in await files(bot))


async def test_what_comes_for_an_unknown_account_is_not_stored(bot: Bot) -> None:
    await bot.hears(with_media({"type": "image"}, files=[PICTURE], account="whatsapp:unknown"))

    assert await files(bot) == []
    assert not bot.store._root.exists()


async def test_a_post_that_is_refused_because_too_much_waits_leaves_no_file(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_WAITING", 0)

    with pytest.raises(BotError):
        await bot.hears(with_media({"type": "image"}, files=[PICTURE]))

    assert not bot.store._root.exists()


async def test_without_room_for_a_file_the_provider_is_asked_to_send_again(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(BotError, match="No space left on device") as raised:
        await bot.hears(with_media({"type": "image"}, files=[PICTURE]))

    assert raised.value.blame is Blame.SURROUNDINGS
    assert await bot.rows() == []


async def test_a_plain_text_costs_no_statement_for_files(bot: Bot) -> None:
    statements: list[str] = []
    event.listen(bot.engine.sync_engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    await bot.hears(message("my cake"))

    assert statements
    assert not any("media_files" in statement for statement in statements)
