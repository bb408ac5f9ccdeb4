"""What a webhook makes us ask for, over real TLS on this computer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from bot.channels.lookups import LookupFailedError, Lookups
from tests.support.tls import Elsewhere, contexts

HOST = "sns.eu-west-1.amazonaws.com"
PEM = f"https://{HOST}/cert.pem"


@dataclass
class Host:
    """A host of the world.

    Attributes:
        lookups: what asks it.
        asked: the paths with their queries, as they came.
        answer: what it says.
    """

    lookups: Lookups
    asked: list[str] = field(default_factory=list)
    answer: Callable[[], Awaitable[web.StreamResponse]] | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.raw_path)
        return web.Response(text="the certificate") if self.answer is None else await self.answer()


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    ours, theirs = contexts(HOST)
    made: list[Host] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        return await made[0].handle(request)

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    server = TestServer(app)
    await server.start_server(ssl=ours)
    assert server.port is not None
    lookups = Lookups(aiohttp.TCPConnector(resolver=Elsewhere(server.port), ssl=theirs))
    made.append(Host(lookups))
    yield made[0]
    await lookups.close()
    await server.close()


async def test_a_certificate_is_fetched_once_for_all_who_ask(host: Host) -> None:
    found = await asyncio.gather(*(host.lookups.certificate(PEM) for _ in range(20)))
    assert set(found) == {b"the certificate"}
    assert await host.lookups.certificate(PEM) == b"the certificate"
    assert host.asked == ["/cert.pem"]


async def test_a_certificate_is_asked_for_anew_after_a_day(host: Host) -> None:
    await host.lookups.certificate(PEM)
    kept = host.lookups._kept[PEM]
    assert 86_000 < kept.until - asyncio.get_running_loop().time() <= 86_400
    host.lookups._kept[PEM] = kept._replace(until=kept.until - 86_400)
    await host.lookups.certificate(PEM)
    assert len(host.asked) == 2


async def test_only_so_many_certificates_are_kept(host: Host) -> None:
    for number in range(40):
        await host.lookups.certificate(f"https://{HOST}/{number}.pem")
    assert len(host.lookups._kept) == 32


async def test_a_confirmation_is_asked_exactly_as_it_is_spelled_and_logged_without_its_token(host: Host) -> None:
    with capture_logs() as logs:
        await host.lookups.confirm(f"https://{HOST}/?Action=ConfirmSubscription&Token=a%2Fb%20c")
    assert host.asked == ["/?Action=ConfirmSubscription&Token=a%2Fb%20c"]
    assert logs == [{"event": "webhook subscription confirmed", "host": HOST, "log_level": "info"}]


async def _redirects() -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "https://elsewhere.example.com/"})


async def _refuses() -> web.StreamResponse:
    return web.Response(status=500)


async def _says_too_much() -> web.StreamResponse:
    return web.Response(body=b"x" * (64 * 1024 + 1))


@pytest.mark.parametrize("answer", [_redirects, _refuses, _says_too_much])
async def test_an_answer_that_is_not_one_is_a_fault_of_the_surroundings(
    host: Host, answer: Callable[[], Awaitable[web.StreamResponse]]
) -> None:
    host.answer = answer
    with pytest.raises(LookupFailedError, match=HOST):
        await host.lookups.certificate(PEM)
    assert len(host.asked) == 1

    host.answer = None
    assert await host.lookups.certificate(PEM) == b"the certificate"


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/cert.pem",
        f"https://user@{HOST}/cert.pem",
        "https:///cert.pem",
        "file:///etc/passwd",
        "https://[::1/cert.pem",
        "",
    ],
)
async def test_only_plain_https_urls_are_asked(host: Host, url: str) -> None:
    with pytest.raises(LookupFailedError):
        await host.lookups.certificate(url)
    with pytest.raises(LookupFailedError):
        await host.lookups.confirm(url)
    assert host.asked == []


async def test_a_host_whose_certificate_is_anothers_is_not_believed(host: Host) -> None:
    with pytest.raises(LookupFailedError, match="does not answer"):
        await host.lookups.certificate("https://sns.us-east-1.amazonaws.com/cert.pem")
    assert host.asked == []


async def test_who_asks_for_many_certificates_at_once_is_refused_some(host: Host) -> None:
    gate = asyncio.Event()

    async def waits() -> web.StreamResponse:
        await gate.wait()
        return web.Response(text="late")

    host.answer = waits
    asking = [asyncio.create_task(host.lookups.certificate(f"https://{HOST}/{number}")) for number in range(8)]
    await asyncio.sleep(0)
    with pytest.raises(LookupFailedError, match="too many"):
        await host.lookups.certificate(f"https://{HOST}/9")
    gate.set()
    assert await asyncio.gather(*asking) == [b"late"] * 8


async def test_one_that_goes_away_does_not_take_the_certificate_from_others(host: Host) -> None:
    first = asyncio.create_task(host.lookups.certificate(PEM))
    second = asyncio.create_task(host.lookups.certificate(PEM))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == b"the certificate"
