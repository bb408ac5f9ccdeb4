"""The shop's side of a conversation that the bot has handed over: a person answers, and hands it back."""

from typing import Annotated

from aiohttp import hdrs, web
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.service import return_conversation, send_by_hand
from bot.conversations.views import INTAKE
from bot.core.errors import BotError
from bot.core.text import MAX_TEXT
from bot.simulator import queries
from bot.simulator.access import require_answerer
from bot.simulator.requests import Visitor, cleaned, visitor_of
from bot.web.forms import narrow
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import SECURITY_HEADERS, language
from bot.web.posted import receiving


class Answer(BaseModel):
    """What a person of the shop typed."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), cleaned(MAX_TEXT)]


async def answer(request: web.Request) -> web.StreamResponse:
    """Send what a person of the shop typed, as any answer by hand is sent; 202 once it is queued."""
    visitor, by = visitor_of(request), await require_answerer(request)
    async with receiving(request) as posted:
        text = narrow(Answer, posted.body).text
    intake, now = request.app[INTAKE], request.app[CLOCK]()
    async with request.app[ENGINE].begin() as connection:
        contact_id = await _contact(connection, visitor)
        try:
            await send_by_hand(connection, intake.catalogue, contact_id, text, by, now)
        except BotError as error:
            message, mend = error.words(language(request))
            raise web.HTTPConflict(text=f"{message}. {mend}\n") from error
    intake.on_queued()
    return _done(202)


async def give_back(request: web.Request) -> web.StreamResponse:
    """Let the bot have the conversation again; 204 where it had it already, too."""
    visitor, by = visitor_of(request), await require_answerer(request)
    now = request.app[CLOCK]()
    async with request.app[ENGINE].begin() as connection:
        contact_id = await _contact(connection, visitor)
        await return_conversation(connection, contact_id, by, now)
    return _done(204)


async def _contact(connection: AsyncConnection, visitor: Visitor) -> str:
    contact = await queries.contact_at(connection, visitor.address)
    if contact is None:
        raise web.HTTPNotFound(text="this person has not written yet\n")
    contact_id, _seq = contact
    return contact_id


def _done(status: int) -> web.Response:
    return web.Response(status=status, headers={**SECURITY_HEADERS, hdrs.CACHE_CONTROL: "no-store"})
