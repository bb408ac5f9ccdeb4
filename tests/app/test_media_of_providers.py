"""A picture through a real provider's module: posted, recorded, fetched from the provider, given through a link."""

import json
from email.message import EmailMessage
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.core.clock import utc_now
from bot.messages.media import links as media_links
from bot.messages.media.models import MediaFile
from tests.support import posts
from tests.support.files import PICTURE, FileServer, gives, keeping_files
from tests.support.posts import ACCOUNT_SID
from tests.support.served import Served, serving, signed
from tests.support.standins import ACCESS_TOKEN
from tests.support.waiting import eventually

SECRET = "the operator's key"


async def fetched(bot: Served) -> Any:
    """The row of the one file, once it is not waited for any more."""
    found: list[Any] = []

    async def done() -> bool:
        async with bot.engine.connect() as connection:
            found[:] = await connection.execute(select(MediaFile.__table__).where(MediaFile.state != "pending"))
        return bool(found)

    await eventually(done)
    return found[0]


@pytest.fixture
async def server() -> Any:
    async with keeping_files() as running:
        yield running


async def test_a_picture_on_whatsapp(database_url: str, server: FileServer) -> None:
    server.answers["/v24.0/900001"] = gives(json.dumps({"url": f"{server.url}/lookaside?mid=900001"}).encode())
    server.answers["/lookaside"] = gives(PICTURE)
    async with serving(database_url, WHATSAPP_API_URL=f"{server.url}/v24.0", BOT_SECRET_KEY=SECRET) as bot:
        image = {"id": "900001", "mime_type": "image/png", "caption": "hi"}

        answer = await bot.post("whatsapp", signed("whatsapp", "", type="image", image=image))

        assert answer.status == 200
        file = await fetched(bot)
        assert (file.state, file.content_type, file.error) == ("stored", "image/png", None)
        assert server.asked == [(path, f"Bearer {ACCESS_TOKEN}") for path in ("/v24.0/900001", "/lookaside")]
        async with bot.client.get(media_links.link_of_file("", file.id, utc_now(), [SecretStr(SECRET)])) as given:
            assert await given.read() == PICTURE
        assert await bot.metric("recado_media_total", provider="whatsapp", state="stored") >= 1


async def test_a_picture_through_twilio(sqlite_url: str, server: FileServer) -> None:
    path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM1/Media/ME1"
    server.answers[path] = gives(PICTURE)
    async with serving(sqlite_url, TWILIO_API_URL=server.url) as bot:
        parameters = {"NumMedia": "1", "MediaUrl0": f"{server.url}{path}", "MediaContentType0": "image/png"}

        assert (await bot.post("twilio", signed("twilio", "hi", **parameters))).status == 200

        file = await fetched(bot)
        assert (file.state, file.size) == ("stored", len(PICTURE))


async def test_a_picture_whose_address_leads_into_our_own_network(sqlite_url: str, server: FileServer) -> None:
    server.answers["/v24.0/900001"] = gives(b'{"url": "https://lookaside.fbsbx.com.localhost/?mid=900001"}')
    async with serving(sqlite_url, WHATSAPP_API_URL=f"{server.url}/v24.0") as bot:
        await bot.post("whatsapp", signed("whatsapp", "", type="image", image={"id": "900001"}))

        assert (await fetched(bot)).state == "refused"
        assert [path for path, _token in server.asked] == ["/v24.0/900001"]


async def test_a_picture_in_a_mail_is_stored_by_the_time_the_mail_is_answered(database_url: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Rui <rui@example.com>", posts.MIME_MAILBOX, "Our cake"
    mail["Message-ID"] = "<1@mail.example.com>"
    mail.set_content("hi")
    mail.add_attachment(PICTURE, "image", "png", filename="cake.png")
    settings = {"MIME_SECRET": posts.MIME_SECRET, "MIME_FROM": posts.MIME_MAILBOX}
    async with serving(database_url, **settings) as bot:
        assert (await bot.post("mime", posts.signed_mime(mail.as_bytes()))).status == 200

        async with bot.engine.connect() as connection:
            (file,) = await connection.execute(select(MediaFile.__table__))
        assert (file.state, file.content_type, file.filename) == ("stored", "image/png", "cake.png")
