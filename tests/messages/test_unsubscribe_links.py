"""Mails leave with the link that takes their recipient off; other messages and servers without a key have none."""

from collections.abc import AsyncIterator
from dataclasses import replace

import orjson
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels import service as channels
from bot.channels.service import Accounts
from bot.contacts.unsubscribing import read_unsubscribing
from bot.core.addresses import AddressKind, Channel
from bot.core.clock import utc_now
from bot.core.consents import ConsentReason
from bot.core.messages import OutboundMessage
from bot.core.purposes import ConsentPurpose
from bot.providers.base import Circumstances, Credentials, HttpRequest
from bot.settings import Settings
from tests.support import rows
from tests.support.consents import set_consent
from tests.support.loopback import LOOPBACK, serving
from tests.support.office import ACCOUNT, Office

KEYS = (SecretStr("the operator's key"),)
PUBLIC_URL = "https://bot.example.com"


def _build(message: OutboundMessage, credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    body = orjson.dumps({"link": message.unsubscribe_url})
    return HttpRequest("POST", f"{credentials['api_url']}/messages", {"Authorization": "it is us"}, body)


@pytest.fixture
async def office(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """A provider that is told the link."""
    monkeypatch.setattr(channels, "PROVIDERS", {"loopback": replace(LOOPBACK, build=_build)})
    async with serving() as server:
        settings = Settings.read({"LOOPBACK_API_URL": server.url, "LOOPBACK_TOKEN": "secret"})
        office = Office(engine, Accounts(settings), server)
        async with engine.begin() as connection:
            await rows.add_account(connection, ACCOUNT)
        yield office
        await office.close()


async def test_a_mail_names_the_address_to_take_off(office: Office) -> None:
    async with office.engine.begin() as connection:
        ana = await rows.add_person(connection, "ana@example.com", AddressKind.EMAIL)
    message_id = await office.queue(ana)

    office.start(public_url=PUBLIC_URL, keys=KEYS)

    await office.becomes(message_id, status="sent")
    link = office.server.received[0]["link"]
    assert link.startswith(f"{PUBLIC_URL}/u/")
    assert read_unsubscribing(link.rpartition("/")[2], KEYS, utc_now()) == (ana.address_id, Channel.EMAIL, "all")


async def test_a_campaigns_mail_takes_the_address_off_marketing(office: Office) -> None:
    async with office.engine.begin() as connection:
        ana = await rows.add_person(connection, "ana@example.com", AddressKind.EMAIL)
        await set_consent(
            connection,
            ana.address_id,
            Channel.EMAIL,
            True,
            ConsentReason.ADMIN,
            utc_now(),
            purpose=ConsentPurpose.MARKETING,
        )
    message_id = await office.queue(ana, purpose="marketing", lane="bulk")

    office.start(public_url=PUBLIC_URL, keys=KEYS)

    await office.becomes(message_id, status="sent")
    token = office.server.received[0]["link"].rpartition("/")[2]
    assert read_unsubscribing(token, KEYS, utc_now()) == (ana.address_id, Channel.EMAIL, "marketing")


@pytest.mark.parametrize(("public_url", "keys"), [("", KEYS), (PUBLIC_URL, ())])
async def test_without_an_address_or_a_key_there_is_no_link(
    office: Office, public_url: str, keys: tuple[SecretStr, ...]
) -> None:
    async with office.engine.begin() as connection:
        ana = await rows.add_person(connection, "ana@example.com", AddressKind.EMAIL)
    message_id = await office.queue(ana)

    office.start(public_url=public_url, keys=keys)

    await office.becomes(message_id, status="sent")
    assert office.server.received[0]["link"] == ""


async def test_other_channels_have_their_own_ways_out(office: Office) -> None:
    message_id = await office.queue(await office.person())

    office.start(public_url=PUBLIC_URL, keys=KEYS)

    await office.becomes(message_id, status="sent")
    assert office.server.received[0]["link"] == ""
