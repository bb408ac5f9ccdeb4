"""360dialog, Messenger and Instagram over a real connection: what is sent arrives, and the answer is understood."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.service import Accounts
from bot.core.addresses import Address, AddressKind
from bot.core.messages import OutboundMessage
from bot.messages.outbox.sending import open_session, send
from bot.providers.base import Outcome, Refused, Sent
from bot.settings import Settings
from tests.support import posts

PHONE = Address(AddressKind.PHONE, "+5511999990000")
OURS = {
    "dialog360": {"PHONE_NUMBER_ID": posts.PHONE_NUMBER_ID, "API_KEY": "right"},
    "messenger": {"PAGE_ID": posts.PAGE_ID, "ACCESS_TOKEN": "right"},
    "instagram": {"ACCOUNT_ID": posts.INSTAGRAM_ID, "ACCESS_TOKEN": "right"},
}
PEOPLE = {
    "dialog360": PHONE,
    "messenger": Address(AddressKind.MESSENGER, "7000000000000001"),
    "instagram": Address(AddressKind.INSTAGRAM, "9000000000000001"),
}
PATHS = {"dialog360": "/messages", "messenger": "/v24.0/me/messages", "instagram": "/v24.0/me/messages"}

each_provider = pytest.mark.parametrize("name", sorted(OURS))


class Meta:
    """The three send APIs on this computer; they know one key, and keep what they were asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def take(self, request: web.Request) -> web.Response:
        """Take a message, or refuse whoever has not the key."""
        key = request.headers.get("D360-API-KEY") or request.headers.get("Authorization", "").removeprefix("Bearer ")
        if key != "right":
            return web.json_response({"error": {"message": "no", "code": 190}}, status=401)
        self.asked.append((request.path, await request.json()))
        taken = {"messages": [{"id": "id-1"}]} if "D360-API-KEY" in request.headers else {"message_id": "id-1"}
        return web.json_response(taken)


async def sending(name: str, meta: Meta, **changed: str) -> Outcome:
    app = web.Application()
    app.router.add_post("/{path:.*}", meta.take)
    async with TestServer(app) as server:
        base = str(server.make_url(PATHS[name].removesuffix("/me/messages").removesuffix("/messages")))
        values = {"API_URL": base, **OURS[name], **changed}
        accounts = Accounts(Settings.read({f"{name.upper()}_{key}": value for key, value in values.items()}))
        (account,) = [each for each in accounts if each.provider.name == name]
        channel = account.provider.channels[0]
        async with open_session(1) as session:
            message = OutboundMessage("cmessage1", account.id, channel, PEOPLE[name], "Oi!")
            return await send(session, accounts, message, "")


@each_provider
async def test_a_message_is_taken(name: str) -> None:
    meta = Meta()
    assert await sending(name, meta) == Sent("id-1")
    ((path, payload),) = meta.asked
    assert path == PATHS[name]
    assert "Oi!" in str(payload)
    assert PEOPLE[name].value in str(payload)


@each_provider
async def test_a_wrong_key_is_the_owners_to_mend(name: str) -> None:
    meta, key = Meta(), "API_KEY" if name == "dialog360" else "ACCESS_TOKEN"
    outcome = await sending(name, meta, **{key: "wrong"})
    assert isinstance(outcome, Refused)
    assert outcome.operator
    assert meta.asked == []
