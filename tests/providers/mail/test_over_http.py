"""SendGrid and Postmark over a real connection: what is sent arrives, and the answer is understood."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.service import Accounts
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import EmailHeaders, OutboundMessage
from bot.messages.outbox.sending import open_session, send
from bot.providers.base import Outcome, Refused, Sent, Unknown
from bot.settings import Settings

SETTINGS = {
    "sendgrid": {"API_KEY": "right", "FROM": "oi@example.com", "DOMAIN": "in.example.com"},
    "postmark": {"SERVER_TOKEN": "right", "FROM": "oi@example.com", "INBOUND": "in.example.com"},
}
KEYS = {"sendgrid": "API_KEY", "postmark": "SERVER_TOKEN"}

each_provider = pytest.mark.parametrize("name", sorted(SETTINGS))


class MailApis:
    """Both send APIs on this computer; they know one key, and keep what they were asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.broken = False

    async def sendgrid(self, request: web.Request) -> web.Response:
        """Take a mail: no body, the id in a header."""
        if request.headers.get("Authorization") != "Bearer right":
            return web.json_response({"errors": [{"message": "no", "field": None}]}, status=401)
        return await self._taken(request, web.Response(status=202, headers={"X-Message-Id": "id-1"}))

    async def postmark(self, request: web.Request) -> web.Response:
        """Take a mail: a code of 0."""
        if request.headers.get("X-Postmark-Server-Token") != "right":
            return web.json_response({"ErrorCode": 10, "Message": "no"}, status=401)
        taken = {"ErrorCode": 0, "Message": "OK", "MessageID": "id-1"}
        return await self._taken(request, web.json_response(taken))

    async def _taken(self, request: web.Request, answer: web.Response) -> web.Response:
        self.asked.append(await request.json())
        return web.Response(status=502, text="<html>") if self.broken else answer


async def sending(name: str, apis: MailApis, **changed: str) -> Outcome:
    app = web.Application()
    app.router.add_post("/v3/mail/send", apis.sendgrid)
    app.router.add_post("/email", apis.postmark)
    async with TestServer(app) as server:
        values = {**SETTINGS[name], "API_URL": str(server.make_url("/")), **changed}
        accounts = Accounts(Settings.read({f"{name.upper()}_{key}": value for key, value in values.items()}))
        (account,) = [each for each in accounts if each.provider.name == name]
        person = Address(AddressKind.EMAIL, "ana@example.net")
        message = OutboundMessage("c1", account.id, Channel.EMAIL, person, "Oi!", email=EmailHeaders("Re: pedido"))
        async with open_session(1) as session:
            return await send(session, accounts, message, "")


@each_provider
async def test_a_mail_is_taken(name: str) -> None:
    apis = MailApis()

    assert await sending(name, apis) == Sent("id-1")
    (mail,) = apis.asked
    assert all(each in str(mail) for each in ("Oi!", "Re: pedido", "ana@example.net", "oi@in.example.com"))


@each_provider
async def test_a_wrong_key_is_the_owners_to_mend(name: str) -> None:
    apis = MailApis()
    outcome = await sending(name, apis, **{KEYS[name]: "wrong"})

    assert isinstance(outcome, Refused)
    assert outcome.operator
    assert apis.asked == []


@each_provider
async def test_an_answer_lost_on_the_way_is_unknown(name: str) -> None:
    apis = MailApis()
    apis.broken = True

    assert isinstance(await sending(name, apis), Unknown)
