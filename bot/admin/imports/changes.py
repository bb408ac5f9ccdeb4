"""What people do about sheets: send one, let it be written, give it up."""

from typing import Annotated, Literal

from aiohttp import hdrs, web
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.admin.answers import INVALID, done
from bot.admin.imports.pages import PATH, asking
from bot.contacts.importing.service import as_country, begin, discard, new_sheet, receive
from bot.core.errors import BotError
from bot.core.purposes import ConsentPurpose
from bot.providers.kit.mime import Attachment
from bot.users.views.known import actor_of
from bot.web.forms import checked, read_form, sentence_of
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by


class _Asked(BaseModel):
    """What somebody says of a sheet."""

    model_config = ConfigDict(str_strip_whitespace=True)

    claims: Literal["yes", "no"]
    reason: Annotated[str, Field(max_length=500)] = ""
    purpose: ConsentPurpose = ConsentPurpose.ALL
    country: Annotated[str, AfterValidator(checked(as_country))] = ""


async def take(request: web.Request) -> web.StreamResponse:
    """Take a sheet in, and lead to its dry run."""
    _, form, file = language(request), read_form(request, _Asked), _file(request)
    if form.value is not None and form.value.claims == "yes" and not form.value.reason:
        form = form.wrong("reason", _("Say how these people agreed: it is kept as the proof. Or claim nothing."))
    if file is None:
        form = form.wrong("file", _("Choose a CSV file."))
    elif form.value is None:
        form = form.wrong("file", _("Choose the file once more: no browser keeps it."))
    if form.value is None or file is None:
        return await asking(request, form, INVALID)
    asked = form.value
    reason = asked.reason if asked.claims == "yes" else ""
    try:
        new = await new_sheet(file.name, file.content, reason, asked.purpose, asked.country)
    except BotError as error:
        return await asking(request, form.wrong("file", sentence_of(error, _)), INVALID)
    id_ = await receive(request.app[ENGINE], new, actor_of(request), request.app[CLOCK]())
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PATH}/{id_}"})


async def apply(request: web.Request) -> web.StreamResponse:
    """Let it be written; a second click changes nothing."""
    _, id_ = language(request), request.match_info["id"]
    async with request.app[ENGINE].begin() as connection:
        began = await begin(connection, id_, actor_of(request), request.app[CLOCK]())
    return done(request, f"{PATH}/{id_}", _("The import has begun") if began else _("The import had begun already"))


async def give_up(request: web.Request) -> web.StreamResponse:
    """Discard it."""
    _, id_ = language(request), request.match_info["id"]
    async with request.app[ENGINE].begin() as connection:
        given_up = await discard(connection, id_, request.app[CLOCK]())
    said = _("The sheet is discarded; nothing was written") if given_up else _("It cannot be discarded any more")
    return done(request, PATH if given_up else f"{PATH}/{id_}", said)


def _file(request: web.Request) -> Attachment | None:
    form = posted_by(request).form
    files = () if form is None else form.attachments()
    return next((each for each in files if each.content), None)
