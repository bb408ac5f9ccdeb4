"""One delivery with each attempt, and making it once more."""

import json

from aiohttp import web

from bot.admin.answers import done
from bot.admin.endpoints.pages import ONE as ENDPOINT
from bot.admin.endpoints.pages import PATH, address_of, endpoint_of
from bot.admin.endpoints.words import DELIVERIES, TYPES, came_to
from bot.core.errors import BotError
from bot.core.text import one_line, shown_lines
from bot.endpoints.service import (
    REASONS,
    AttemptError,
    DeliveryStatus,
    NoDeliveryError,
    attempts,
    delivery,
    event,
    resend,
)
from bot.users.views.known import actor_of
from bot.web.forms import sentence_of
from bot.web.frame import render
from bot.web.keys import CLOCK, ENGINE, READER
from bot.web.pages import language

ONE = f"{ENDPOINT}/deliveries/{{delivery:[0-9A-Za-z-]{{1,64}}}}"


async def one(request: web.Request) -> web.StreamResponse:
    """What was told, and what came of each attempt, the last one first."""
    _ = language(request)
    async with request.app[READER].reading() as connection:
        endpoint = await endpoint_of(request, connection)
        card = await delivery(connection, request.match_info["delivery"])
        if card is None or card.endpoint_id != endpoint.id:
            raise web.HTTPNotFound(text="there is no such delivery\n")
        told = await event(connection, card.event_id)
        made = await attempts(connection, card.number)
    return await render(
        request,
        "admin/delivery.html",
        title=_(TYPES[card.type]) if card.type in TYPES else card.type,
        endpoint=endpoint,
        address=address_of(endpoint),
        delivery=card,
        path=f"{PATH}/{endpoint.id}/deliveries/{card.id}",
        standing=DELIVERIES[card.status],
        is_over=card.status != DeliveryStatus.PENDING,
        attempts=[
            {
                "at": each.started_at,
                "came_to": came_to(each, _),
                "failed": each.error is not None,
                "reason": _(REASONS[AttemptError(each.error)]) if each.error and each.status is not None else "",
                "answer": shown_lines(each.answer),
            }
            for each in made
        ],
        payload=shown_lines(_indented(told.payload)) if told is not None else "",
    )


async def resend_one(request: web.Request) -> web.StreamResponse:
    """Deliver the event once more."""
    _, id_ = language(request), request.match_info["delivery"]
    path = f"{PATH}/{one_line(request.match_info['id'])}"
    try:
        async with request.app[ENGINE].begin() as connection:
            again = await resend(connection, id_, actor_of(request), request.app[CLOCK]())
    except NoDeliveryError as error:
        raise web.HTTPNotFound(text="there is no such delivery\n") from error
    except BotError as error:
        return done(request, f"{path}/deliveries/{id_}", sentence_of(error, _))
    return done(request, f"{path}/deliveries/{again}", _("It is told once more"))


def _indented(payload: str) -> str:
    return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
