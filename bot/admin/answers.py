"""What the administrators' pages have in common: how they answer."""

from aiohttp import hdrs, web

from bot.core.errors import BotError
from bot.core.text import clean
from bot.db.counting import MOST_COUNTED
from bot.users.service import LastAdminError
from bot.web.forms import sentence_of
from bot.web.pages import language
from bot.web.posted import posted_by
from bot.web.toasts import Toast, give_toast

INVALID, CONFLICT = 422, 409
MOST_AT_ONCE = MOST_COUNTED
"""Of which all is decided by one press: as many as a list counts."""
_MOST_ID = 64


def done(
    request: web.Request,
    path: str,
    said: str,
    *,
    undo: str = "",
    fields: tuple[tuple[str, str], ...] = (),
    seconds: int = 0,
) -> web.Response:
    """Lead to `path`, and say there what was done, with a post to `undo` that takes it back within `seconds`."""
    answer = web.Response(status=303, headers={hdrs.LOCATION: path})
    give_toast(request, answer, Toast(said, undo, fields, seconds))
    return answer


def unkept(page: web.Response) -> web.Response:
    """A page that shows what is shown once: nothing keeps it."""
    page.headers[hdrs.CACHE_CONTROL] = "no-store"
    return page


def reason(request: web.Request, error: BotError) -> str:
    """Why something was refused; what a terminal would do about it helps nobody here."""
    _ = language(request)
    if isinstance(error, LastAdminError):
        return sentence_of(error, _)
    return error.sentence(_)


def chosen(request: web.Request, name: str = "id") -> list[str]:
    """The ids that were chosen in a list; none where nothing was."""
    form = posted_by(request).form
    return [] if form is None else [clean(each.text(_MOST_ID), _MOST_ID)[0] for each in form.all(name)]
