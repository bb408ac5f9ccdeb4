"""The outbox through the real providers' modules, against stand-ins for their send APIs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.channels.service import Accounts
from bot.contacts.models import Consent
from bot.core.addresses import AddressKind
from bot.messages.outbox import outcomes
from bot.messages.outbox.loop import Outbox
from bot.settings import Settings
from tests.support import rows
from tests.support.standins import Behaviour, StandIns, standing_in
from tests.support.waiting import eventually

ADDRESSES = {
    "whatsapp": ("whatsapp", "+5511999990000", AddressKind.PHONE),
    "twilio": ("sms", "+5511999990000", AddressKind.PHONE),
    "mailgun": ("email", "ana@example.com", AddressKind.EMAIL),
}


@pytest.fixture
async def providers(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StandIns]:
    """The stand-ins; a second attempt comes late enough for the first one's outcome to be seen."""
    monkeypatch.setattr(outcomes, "jitter", lambda: 0.9)
    async with standing_in() as standins:
        yield standins


async def queue(engine: AsyncEngine, accounts: Accounts, provider: str) -> str:
    channel, address, kind = ADDRESSES[provider]
    account = next(each.id for each in accounts if each.provider.name == provider)
    async with engine.begin() as connection:
        await accounts.store(connection)
        person = await rows.add_person(connection, address, kind)
        return await rows.add_outbound(connection, person, "Oi!", account=account, channel=channel)


@asynccontextmanager
async def delivering(engine: AsyncEngine, accounts: Accounts) -> AsyncIterator[None]:
    outbox = Outbox(engine, accounts, owner="one", public_url="https://bot.example.com")
    running = asyncio.create_task(outbox.run())
    yield
    await outbox.stop(1)
    await running


async def settled(engine: AsyncEngine, message: str) -> str:
    async def tried() -> bool:
        row = await rows.columns(engine, message)
        return row["attempts"] == 1 and row["claimed_by"] is None

    await eventually(tried)
    return str(await rows.column(engine, message, "status"))


@pytest.mark.parametrize("provider", list(ADDRESSES))
async def test_a_message_reaches_its_provider_and_keeps_the_id_it_was_given(
    engine: AsyncEngine, providers: StandIns, provider: str
) -> None:
    accounts = Accounts(Settings.read(providers.settings()))
    message = await queue(engine, accounts, provider)

    async with delivering(engine, accounts):
        assert await settled(engine, message) == "sent"

    (sent,) = providers.sends(provider)
    assert await rows.column(engine, message, "provider_message_id") == sent.provider_message_id


@pytest.mark.parametrize("provider", list(ADDRESSES))
@pytest.mark.parametrize(
    ("behaviour", "status", "known"),
    [
        (Behaviour.refuse(429, retry_after=60), "queued", True),
        (Behaviour.refuse(401), "queued", True),
        (Behaviour.refuse(400), "failed", True),
        (Behaviour("reset"), "queued", False),
        (Behaviour("not_json"), "queued", False),
    ],
    ids=["429", "401", "400", "reset", "not JSON"],
)
async def test_a_providers_fault_is_sorted(
    engine: AsyncEngine, providers: StandIns, provider: str, behaviour: Behaviour, status: str, known: bool
) -> None:
    accounts = Accounts(Settings.read(providers.settings()))
    message = await queue(engine, accounts, provider)
    providers.next(provider, behaviour)

    with capture_logs() as logs:
        async with delivering(engine, accounts):
            assert await settled(engine, message) == status

    row = await rows.columns(engine, message)
    assert (row["error"] is not None, row["attempt_started_at"] is None) == (known, known)
    told = [entry for entry in logs if entry["log_level"] == "error"]
    assert len(told) == (1 if behaviour.status == 401 else 0)


async def test_a_number_that_blocked_us_at_twilio_counts_as_opted_out(engine: AsyncEngine, providers: StandIns) -> None:
    accounts = Accounts(Settings.read(providers.settings()))
    message = await queue(engine, accounts, "twilio")
    providers.next("twilio", Behaviour.refuse(400, 21610))

    async with delivering(engine, accounts):
        assert await settled(engine, message) == "failed"

    async with engine.connect() as connection:
        consent = (await connection.execute(select(Consent.opted_in, Consent.channel, Consent.reason))).one()
    assert tuple(consent) == (False, "sms", "provider")
