"""`/account/writing`: what stands below somebody's mails, and for how long they can take back what they send."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, Field

from bot.db.engine import reading
from bot.users.service import MOST_SIGNATURE, MOST_UNDO, Writing, change_writing, writing_of
from bot.users.views.account import INVALID, WRITING, account_page, done
from bot.users.views.known import actor_of, known_to
from bot.web.forms import Filled, empty_form, read_form
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

_Seconds = Annotated[int, Field(ge=0, le=MOST_UNDO)]


class Habits(BaseModel):
    """How somebody wants to write."""

    signature: Annotated[str, Field(max_length=MOST_SIGNATURE)] = ""
    undo_mail: _Seconds | None = None
    undo_chats: _Seconds | None = None


async def show(request: web.Request) -> web.StreamResponse:
    """How they write by now."""
    async with reading(request.app[ENGINE]) as connection:
        writing = await writing_of(connection, known_to(request).user_id)
    return await _page(request, empty_form(signature=writing.signature, **_seconds(writing)))


async def take(request: web.Request) -> web.StreamResponse:
    """Keep what they changed."""
    form = read_form(request, Habits)
    if form.value is None:
        return await _page(request, form, INVALID)
    chosen = Writing(form.value.signature, form.value.undo_mail, form.value.undo_chats)
    async with request.app[ENGINE].begin() as connection:
        await change_writing(connection, known_to(request).user_id, chosen, actor_of(request), request.app[CLOCK]())
    _ = language(request)
    return done(request, WRITING, _("How you write is saved"))


def _seconds(writing: Writing) -> dict[str, str]:
    named = (("undo_mail", writing.undo_mail), ("undo_chats", writing.undo_chats))
    return {name: "" if seconds is None else str(seconds) for name, seconds in named}


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    return await account_page(request, "users/writing.html", WRITING, status, form=form, most=MOST_UNDO)
