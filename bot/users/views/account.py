"""`/account`: how somebody is called, and how pages speak to them."""

from typing import Annotated, Any, Literal

from aiohttp import hdrs, web
from pydantic import AfterValidator, BaseModel, Field

from bot.core.spelled import read_name, read_timezone
from bot.db.engine import reading
from bot.users.service import change_profile, find_user
from bot.users.views.known import actor_of, known_to
from bot.web.forms import Filled, checked, empty_form, read_form
from bot.web.frame import LANGUAGES, render
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language, language_chosen
from bot.web.times import zone_names
from bot.web.toasts import Toast, give_toast

PATH = "/account"
WRITING, NOTICES, SECURITY, SESSIONS = f"{PATH}/writing", f"{PATH}/notices", f"{PATH}/security", f"{PATH}/sessions"
_TOKENS = "/tokens"
"""Of all that there are one's own are seen there, too."""
_TABS = {
    PATH: N_("Profile"),
    WRITING: N_("Writing"),
    NOTICES: N_("Notices"),
    SECURITY: N_("Security"),
    SESSIONS: N_("Sessions"),
    _TOKENS: N_("Tokens"),
}
_THEMES = {"light": N_("Light"), "dark": N_("Dark")}
INVALID = 422


class Profile(BaseModel):
    """What somebody says of themselves."""

    name: Annotated[str, Field(max_length=255), AfterValidator(checked(read_name))]
    locale: Literal["", "en", "pt-BR"] = ""
    timezone: Annotated[str, AfterValidator(checked(read_timezone))] | Literal[""] = ""
    theme: Literal["", "light", "dark"] = ""


async def show(request: web.Request) -> web.StreamResponse:
    """The profile as it is."""
    async with reading(request.app[ENGINE]) as connection:
        user = await find_user(connection, known_to(request).user_id)
    form = empty_form(
        name=user.name,
        locale=user.locale or "",
        timezone=user.timezone or "",
        theme=user.theme or "",
    )
    return await _page(request, form)


async def take(request: web.Request) -> web.StreamResponse:
    """Keep what they changed."""
    form = read_form(request, Profile)
    if form.value is None:
        return await _page(request, form, INVALID)
    new = form.value
    async with request.app[ENGINE].begin() as connection:
        await change_profile(
            connection,
            known_to(request).user_id,
            actor_of(request),
            request.app[CLOCK](),
            name=new.name,
            locale=new.locale,
            timezone=new.timezone,
            theme=new.theme,
        )
    return done(request, PATH, language_chosen(request, new.locale)(N_("Your profile is saved")))


def done(request: web.Request, path: str, said: str) -> web.Response:
    """Lead to `path`, and say there what was done."""
    answer = web.Response(status=303, headers={hdrs.LOCATION: path})
    give_toast(request, answer, Toast(said))
    return answer


async def account_page(
    request: web.Request, template: str, path: str, status: int = 200, **values: object
) -> web.Response:
    """A page of somebody's own account, the one at `path`; nothing keeps it."""
    _ = language(request)
    tabs = [(_(label), where, where == path) for where, label in _TABS.items()]
    page = await render(request, template, title=_("Your account"), status=status, tabs=tabs, **values)
    page.headers[hdrs.CACHE_CONTROL] = "no-store"
    return page


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    themes = {value: language(request)(label) for value, label in _THEMES.items()}
    return await account_page(
        request, "users/profile.html", PATH, status, form=form, languages=LANGUAGES, themes=themes, zones=zone_names()
    )
