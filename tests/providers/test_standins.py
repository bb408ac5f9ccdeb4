"""The stand-ins answer as the providers do, and misbehave when told: checked with the real senders."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.channels.service import Accounts, ConfiguredAccount
from bot.core.addresses import Address, AddressKind
from bot.core.messages import OutboundMessage
from bot.providers.base import HttpRequest, HttpResponse, Refused, Sent, Unknown
from bot.settings import Settings
from tests.support.sends import built, probed
from tests.support.standins import Behaviour, StandIns, standing_in

PERSON = {
    "whatsapp": Address(AddressKind.PHONE, "+15551230001"),
    "twilio": Address(AddressKind.PHONE, "+15551230001"),
    "mailgun": Address(AddressKind.EMAIL, "rui@example.com"),
}
TEXT = {"whatsapp": "text", "twilio": "Body", "mailgun": "text"}
each_provider = pytest.mark.parametrize("name", ["whatsapp", "twilio", "mailgun"])


@pytest.fixture
async def providers() -> AsyncIterator[StandIns]:
    async with standing_in() as made:
        yield made


async def ask(request: HttpRequest) -> HttpResponse:
    timeout = aiohttp.ClientTimeout(total=0.3)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.request(request.method, request.url, headers=request.headers, data=request.body) as response,
    ):
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpResponse(response.status, headers, await response.read())


def account(providers: StandIns, name: str, **changed: str) -> ConfiguredAccount:
    accounts = Accounts(Settings.read(providers.settings() | changed))
    return next(each for each in accounts if each.provider.name == name)


def request(sender: ConfiguredAccount) -> HttpRequest:
    provider = sender.provider
    message = OutboundMessage("cmessage1", sender.id, provider.channels[0], PERSON[provider.name], "Oi!")
    return built(provider, message, sender.credentials)


@each_provider
async def test_a_message_is_taken_and_kept(providers: StandIns, name: str) -> None:
    sender = account(providers, name)
    outcome = sender.provider.read(await ask(request(sender)))
    (kept,) = providers.sends(name)
    assert outcome == Sent(kept.provider_message_id)
    assert "Oi!" in str(kept.payload[TEXT[name]])


@each_provider
async def test_every_message_gets_an_id_of_its_own(providers: StandIns, name: str) -> None:
    sender = account(providers, name)
    for _ in range(3):
        await ask(request(sender))
    assert len({each.provider_message_id for each in providers.sends()}) == 3


@each_provider
async def test_the_probe_is_answered(providers: StandIns, name: str) -> None:
    sender = account(providers, name)
    assert (await ask(probed(sender.provider, sender.credentials))).status == 200


@pytest.mark.parametrize(
    ("name", "setting"),
    [("whatsapp", "WHATSAPP_ACCESS_TOKEN"), ("twilio", "TWILIO_AUTH_TOKEN"), ("mailgun", "MAILGUN_API_KEY")],
)
async def test_wrong_credentials_are_refused(providers: StandIns, name: str, setting: str) -> None:
    sender = account(providers, name, **{setting: "wrong"})
    outcome = sender.provider.read(await ask(request(sender)))
    assert isinstance(outcome, Refused)
    assert outcome.operator
    assert (await ask(probed(sender.provider, sender.credentials))).status == 401
    assert providers.sends() == []


@each_provider
async def test_misbehaviour_lasts_for_one_request_each(providers: StandIns, name: str) -> None:
    sender = account(providers, name)
    providers.next(name, Behaviour.refuse(429, retry_after=2), Behaviour("not_json"), Behaviour.slow(0.01))
    first, second, third = [sender.provider.read(await ask(request(sender))) for _ in range(3)]
    assert isinstance(first, Refused)
    assert first.retry_after == 2
    assert isinstance(second, Unknown)
    assert isinstance(third, Sent)
    assert [each.status < 300 for each in providers.recorded] == [False, True, True]


@pytest.mark.parametrize(("name", "code"), [("whatsapp", 131050), ("twilio", 21610)])
async def test_an_error_code_comes_as_the_provider_gives_it(providers: StandIns, name: str, code: int) -> None:
    sender = account(providers, name)
    providers.next(name, Behaviour.refuse(400, code))
    outcome = sender.provider.read(await ask(request(sender)))
    assert isinstance(outcome, Refused)
    assert outcome.opt_out


async def test_a_reset_connection_and_one_that_hangs_were_read_all_the_same(providers: StandIns) -> None:
    sender = account(providers, "whatsapp")
    providers.next("whatsapp", Behaviour("reset"), Behaviour("hang"))
    with pytest.raises(aiohttp.ClientError):
        await ask(request(sender))
    with pytest.raises(TimeoutError):
        await ask(request(sender))
    assert [(each.status, each.payload["to"]) for each in providers.recorded] == [(0, "+15551230001")] * 2


async def test_another_process_can_tell_them_what_to_do_and_ask_what_they_saw(providers: StandIns) -> None:
    sender = account(providers, "whatsapp")
    async with aiohttp.ClientSession(providers.url) as session:
        async with session.get("/_settings") as response:
            assert await response.json() == providers.settings()
        async with session.post("/_next/whatsapp", json=[{"kind": "refuse", "status": 500}]) as response:
            assert response.status == 204
        assert (await ask(request(sender))).status == 500
        async with session.get("/_recorded") as response:
            assert [each["status"] for each in await response.json()] == [500]
        async with session.delete("/_recorded") as response:
            assert response.status == 204
        async with session.get("/_recorded") as response:
            assert await response.json() == []


async def test_they_stop_at_once_although_a_request_hangs() -> None:
    async with standing_in() as providers:
        providers.next("whatsapp", Behaviour("hang"))
        with pytest.raises(TimeoutError):
            await ask(request(account(providers, "whatsapp")))
        before = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - before < 0.5
