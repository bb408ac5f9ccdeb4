"""What a post makes the server ask for elsewhere: the certificate it is signed with, and that the posts are wanted."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app import server as app_server
from bot.channels.lookups import Lookups
from bot.core.clock import utc_now
from bot.core.errors import SignatureError
from bot.core.messages import Delivery
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.table import PROVIDERS
from tests.support import sns
from tests.support.served import serving
from tests.support.tls import Elsewhere, contexts

HOST = "sns.us-east-1.amazonaws.com"


class World:
    """A host of the world.

    Attributes:
        asked: the paths, as they came.
        status: what it answers with.
        content: what it gives.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200
        self.content = b"the certificate"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        return web.Response(status=self.status, body=self.content)


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Amazon's host on this computer; the server finds and trusts it."""
    made, (ours, theirs) = World(), contexts(HOST)
    app = web.Application()
    app.router.add_get("/{path:.*}", made.handle)
    host = TestServer(app)
    await host.start_server(ssl=ours)
    port = host.port
    assert port is not None
    monkeypatch.setattr(
        app_server, "Lookups", lambda: Lookups(aiohttp.TCPConnector(resolver=Elsewhere(port), ssl=theirs))
    )
    yield made
    await host.close()


def _verify(request: WebhookRequest, *_arguments: object) -> None:
    if request.certificate != b"the certificate":
        raise SignatureError("the signature is not of this certificate")


def _certificate(request: WebhookRequest, _credentials: Credentials) -> str:
    if b"elsewhere" in request.body:
        raise SignatureError("the certificate is not Amazon's")
    return f"https://{HOST}/cert.pem"


@pytest.fixture
def certified(monkeypatch: pytest.MonkeyPatch) -> None:
    """WhatsApp as a provider that signs with a certificate, and wants each subscription confirmed."""
    provider = replace(
        PROVIDERS["whatsapp"],
        verify=_verify,
        certificate=_certificate,
        parse=lambda _request, _credentials: Delivery(confirm=f"https://{HOST}/confirm"),
    )
    monkeypatch.setitem(PROVIDERS, "whatsapp", provider)


@pytest.mark.usefixtures("certified")
async def test_a_certificate_is_had_before_a_post_is_verified_and_a_subscription_is_confirmed_after(
    world: World, sqlite_url: str
) -> None:
    async with serving(sqlite_url) as bot:
        assert (await bot.post("whatsapp", ({}, b"subscribe"))).status == 200
        assert world.asked == ["/cert.pem", "/confirm"]

        assert (await bot.post("whatsapp", ({}, b"elsewhere"))).status == 401
        assert (await bot.post("whatsapp", ({}, b"subscribe"))).status == 200
        assert world.asked == ["/cert.pem", "/confirm", "/confirm"]


@pytest.mark.usefixtures("certified")
async def test_what_cannot_be_had_is_tried_again_with_the_providers_next_attempt(world: World, sqlite_url: str) -> None:
    async with serving(sqlite_url) as bot:
        world.status = 500
        assert (await bot.post("whatsapp", ({}, b"subscribe"))).status == 503
        assert world.asked == ["/cert.pem"]

        world.status = 200
        assert (await bot.post("whatsapp", ({}, b"subscribe"))).status == 200
        world.status = 500
        assert (await bot.post("whatsapp", ({}, b"subscribe"))).status == 503
        assert world.asked[1:] == ["/cert.pem", "/confirm", "/confirm"]


async def test_a_topic_of_amazons_is_confirmed_once_its_post_is_proven(world: World, sqlite_url: str) -> None:
    now = utc_now()
    world.content = sns.certificate(now - timedelta(days=1), now + timedelta(days=1))
    body = sns.signed_envelope(
        {
            "Type": "SubscriptionConfirmation",
            "MessageId": "1",
            "Token": "2336412f37",
            "TopicArn": sns.TOPIC,
            "Message": "You have chosen to subscribe.",
            "SubscribeURL": f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={sns.TOPIC}&Token=2336412f37",
            "Timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.000Z",
            "SigningCertURL": f"https://{HOST}/SimpleNotificationService-1.pem",
        }
    )
    settings = {
        "SES_REGION": "us-east-1",
        "SES_ACCESS_KEY_ID": "AKIA1",
        "SES_SECRET_ACCESS_KEY": "secret",
        "SES_FROM": "oi@example.org",
        "SES_TOPIC_ARNS": sns.TOPIC,
    }
    post = {"Content-Type": "text/plain; charset=UTF-8"}, body
    async with serving(sqlite_url) as bot:
        assert (await bot.post("ses", post)).status == 503, "no topic is configured"
    async with serving(sqlite_url, **settings) as bot:
        assert (await bot.post("ses", (post[0], body.replace(b":recado", b":others")))).status == 401
        assert world.asked == [], "nobody makes us ask for certificates"
        assert (await bot.post("ses", (post[0], body.replace(b"chosen", b"chosem")))).status == 401
        assert world.asked == ["/SimpleNotificationService-1.pem"]
        assert (await bot.post("ses", post)).status == 200
        assert world.asked == ["/SimpleNotificationService-1.pem", "/"]
        assert await bot.nothing_stored()
