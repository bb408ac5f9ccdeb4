"""Files in the simulator: the person sends one, the page gets a link to it; and it shows what the bot sends."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update
from structlog.testing import capture_logs

from bot.core.ids import new_id
from bot.messages.media.models import MediaFile
from bot.messages.models import Message
from bot.simulator import views
from bot.web.keys import ENGINE
from tests.support.files import PICTURE
from tests.support.served import Served, serving

PATH = "/simulator/messages?channel=whatsapp"


def ana(bot: Served) -> dict[str, str]:
    return {"Recado-Person": "+5511912345678", **bot.operator}


@pytest.fixture
async def bot(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server without a key of its own, as one that is just being tried out; nothing is fetched or sent."""
    monkeypatch.setattr(views, "LOOK_SECONDS", 0.02)
    async with serving(sqlite_url, BOT_OUTBOX="off") as served:
        yield served


async def send(bot: Served, content: bytes = PICTURE, **fields: Any) -> int:
    file = {"name": "cake.png", "type": "image/png", "content": base64.b64encode(content).decode()}
    body = {"id": new_id()[:20], "file": {**file, **fields}}
    async with bot.client.post(PATH, json=body, headers=ana(bot)) as answer:
        return answer.status


async def shown(bot: Served) -> list[dict[str, Any]]:
    async with bot.client.get(PATH, headers=ana(bot)) as answer:
        messages: list[dict[str, Any]] = (await answer.json())["messages"]
        return messages


async def test_a_picture_is_taken_and_shown(bot: Served) -> None:
    assert await send(bot) == 202

    message = (await shown(bot))[0]
    (file,) = message["media"]
    assert (message["text"], message["turn"]) == ("", "done")
    assert (file["type"], file["name"], file["problem"]) == ("image", "cake.png", "")
    async with bot.client.get(file["url"]) as answer:
        assert (answer.status, await answer.read()) == (200, PICTURE)
        assert answer.headers["Content-Type"] == "image/png"


async def test_a_picture_may_have_words(bot: Served) -> None:
    file = {"name": "", "type": "", "content": base64.b64encode(PICTURE).decode()}

    async with bot.client.post(PATH, json={"id": "withwords", "text": "hi", "file": file}, headers=ana(bot)) as answer:
        assert answer.status == 202

    message = (await shown(bot))[0]
    assert message["text"] == "hi"
    assert [each["type"] for each in message["media"]] == ["image"]


async def test_a_file_that_is_not_kept_is_shown_with_the_reason(bot: Served) -> None:
    assert await send(bot, b"<script>alert(1)</script>", name="virus.html", type="text/html") == 202

    (file,) = (await shown(bot))[0]["media"]
    assert (file["type"], file["url"]) == ("document", "")
    assert file["problem"] == "It was not kept. It is of a kind that is not kept."


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"file": {}}, {"file": {"content": "a"}}, {"file": "x"}])
async def test_a_message_that_says_nothing_is_refused(bot: Served, body: dict[str, Any]) -> None:
    async with bot.client.post(PATH, json={"id": "somethingelse", **body}, headers=ana(bot)) as answer:
        assert answer.status == 400

    assert await bot.nothing_stored()


async def test_the_page_is_told_when_a_file_has_come(bot: Served) -> None:
    await send(bot)
    engine = bot.client.server.app[ENGINE]  # type: ignore[attr-defined]  # the test server runs our application
    async with engine.begin() as connection:
        await connection.execute(update(MediaFile).values(state="pending", sha256=None))
    async with bot.client.get(PATH, headers=ana(bot)) as answer:
        version = answer.headers["ETag"]
        assert (await answer.json())["messages"][0]["media"][0]["problem"] == "It is being fetched."

    asked = asyncio.create_task(bot.ask("GET", PATH, headers={**ana(bot), "If-None-Match": version}))
    await asyncio.sleep(0.1)
    async with engine.begin() as connection:
        await connection.execute(update(MediaFile).values(state="refused", error="It is gone."))

    answer_text = (await asyncio.wait_for(asked, 5)).text
    assert "It was not kept. It is gone." in answer_text


async def test_what_the_bot_sends_is_shown_from_where_it_lies(bot: Served) -> None:
    await send(bot)
    inbound = next(iter(await bot.messages("inbound")))
    media = [
        {"type": "image", "url": "https://files.example.com/menu.png"},
        {"type": "document", "url": "https://files.example.com/menu.pdf", "filename": "Menu.pdf"},
        {"type": "image", "url": "javascript:alert(1)"},
        {"type": "image", "id": "a provider's own"},
    ]
    row = {
        **{name: getattr(inbound, name) for name in ("contact_id", "account", "channel", "address_id", "address")},
        "address_kind": inbound.address_kind,
        "direction": "outbound",
        "status": "sent",
        "seq": 0,
        "content": "",
        "body": {"media": media},
    }
    async with bot.engine.begin() as connection:
        await connection.execute(insert(Message).values(row))

    outbound = next(each for each in await shown(bot) if each["direction"] == "outbound" and each["media"])

    assert [(each["type"], each["url"], each["name"]) for each in outbound["media"]] == [
        ("image", "https://files.example.com/menu.png", ""),
        ("document", "https://files.example.com/menu.pdf", "Menu.pdf"),
    ]


async def test_pictures_may_come_from_elsewhere_and_scripts_may_not(bot: Served) -> None:
    policy = (await bot.ask("GET", "/simulator", headers=bot.operator)).headers["Content-Security-Policy"]

    assert "img-src 'self' https:;" in policy
    assert "media-src 'self' https:;" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy


async def test_where_no_file_can_be_stored_the_page_may_try_again_and_the_log_says_why(
    sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "a-file").write_bytes(b"")
    folder = str(tmp_path / "a-file" / "media")
    async with serving(sqlite_url, BOT_OUTBOX="off", BOT_MEDIA_DIR=folder) as bot:
        with capture_logs() as logs:
            assert await send(bot) == 503
    (line,) = (each for each in logs if each["event"] == "simulator message not taken")
    assert line["error"].startswith("a file cannot be stored: ")
    assert line["mend"] == "Look at the folder that BOT_MEDIA_DIR names."
