"""`/users`: who may log in; inviting somebody, and all there is to know of one."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import AfterValidator, BaseModel, Field
from yarl import URL

from bot.admin.answers import CONFLICT, INVALID, unkept
from bot.admin.audit_words import told_lines
from bot.admin.words import KINDS, MAY, ROLES, STATUSES
from bot.audit.service import lines_about_user
from bot.core.permissions import Permission
from bot.users.service import (
    NoUserError,
    Role,
    TakenError,
    TokenFilter,
    UserFilter,
    UserStatus,
    UserView,
    add_user,
    count_users,
    find_user,
    list_users,
    read_email,
    sessions,
    tokens,
)
from bot.users.views.known import actor_of
from bot.web.access import signed_in
from bot.web.forms import Filled, checked, empty_form, read_form
from bot.web.frame import render
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE, READER
from bot.web.lists import Choice, Filters, Words, counted
from bot.web.pages import base_of, language

PATH = "/users"
ONE = f"{PATH}/{{id:[0-9A-Za-z-]{{1,64}}}}"
FILTERS = Filters(
    Words("q", N_("Search name or address")),
    Choice("role", N_("Role"), ROLES),
    Choice("status", N_("State"), STATUSES),
)
_LAST_LINES = 10
_TOKENS = 50


class Invitation(BaseModel):
    """Whom somebody invites."""

    email: Annotated[str, Field(max_length=255), AfterValidator(checked(read_email))]
    name: Annotated[str, Field(max_length=255), AfterValidator(str.strip)] = ""
    role: Role = Role.VIEWER


async def show(request: web.Request) -> web.StreamResponse:
    """Who there is."""
    _, asked = language(request), FILTERS.read(request)
    wanted = UserFilter(
        [Role(each) for each in asked.all("role")],
        [UserStatus(each) for each in asked.all("status")],
        asked.one("q"),
    )
    after = None if asked.after is None else (str(asked.after[0]), str(asked.after[1]))
    async with request.app[READER].reading() as connection:
        rows = await list_users(connection, wanted, asked.limit, after)
        page = asked.page(rows, lambda user: (user.name, user.id))
        count = await page.count(lambda: count_users(connection, wanted))
    return await render(
        request,
        "admin/users.html",
        title=_("Users"),
        asked=asked,
        page=page,
        count=counted("{count} user", "{count} users", count, _),
        roles=ROLES,
        statuses=STATUSES,
        kinds=KINDS,
    )


async def ask(request: web.Request) -> web.StreamResponse:
    """Ask whom to invite."""
    return await _new(request, empty_form(email="", name="", role=Role.VIEWER.value))


async def add(request: web.Request) -> web.StreamResponse:
    """Invite somebody; the link is on the page that answers, and nowhere else."""
    form, _ = read_form(request, Invitation), language(request)
    if form.value is None:
        return await _new(request, form, INVALID)
    wanted, now = form.value, request.app[CLOCK]()
    try:
        async with request.app[ENGINE].begin() as connection:
            new = await add_user(connection, wanted.email, wanted.role, actor_of(request), now, name=wanted.name)
    except TakenError:
        return await _new(request, form.wrong("email", _("Somebody here has this address already.")), CONFLICT)
    return await link_page(request, _("An invitation for {email}", email=new.email), new.id, new.link.path)


async def link_page(request: web.Request, title: str, user_id: str, path: str) -> web.Response:
    """The page that shows a link once."""
    link = f"{base_of(request)}{path}"
    return unkept(await render(request, "admin/user_link.html", title=title, link=link, user_id=user_id))


async def one(request: web.Request) -> web.StreamResponse:
    """All of one."""
    return await detail(request)


async def detail(request: web.Request, refused: str = "") -> web.Response:
    """All of one user, deleted ones too; `refused` says why something was not done."""
    who, now = signed_in(request), request.app[CLOCK]()
    async with request.app[READER].reading() as connection:
        try:
            user = await find_user(connection, request.match_info["id"], deleted=True)
        except NoUserError:
            raise web.HTTPNotFound(text="there is no such user\n") from None
        open_sessions = await sessions(connection, user.id, now)
        good_tokens = await tokens(connection, TokenFilter(user.id, good_at=now), _TOKENS)
        may_read = Permission.AUDIT_READ in who.permissions
        last = await lines_about_user(connection, user.id, _LAST_LINES) if may_read else []
        told = await told_lines(request, connection, last)
    return await render(
        request,
        "admin/user.html",
        title=user.name,
        status=CONFLICT if refused else 200,
        user=user,
        refused=refused,
        form=empty_form(role=user.role.value),
        is_oneself=user.id == who.user_id,
        sessions=open_sessions,
        tokens=good_tokens,
        lines=told,
        audit=URL("/audit").with_query(q=user.id) if may_read else "",
        roles=ROLES,
        may=MAY,
        status_word=STATUSES[user.status],
        kind=KINDS.get(user.status, ""),
        ends=_ends(request, user, len(open_sessions), len(good_tokens)),
    )


def _ends(request: web.Request, user: UserView, sessions_open: int, tokens_good: int) -> list[str]:
    """What ends when they are deleted."""
    _ = language(request)
    said = [
        _.plural("{count} session ends at once.", "{count} sessions end at once.", sessions_open),
        _.plural("{count} token is revoked, for good.", "{count} tokens are revoked, for good.", tokens_good),
    ]
    counts = (sessions_open, tokens_good)
    told = [sentence for sentence, count in zip(said, counts, strict=True) if count]
    if user.provider:
        told.append(_("Signing in at their provider ends."))
    return [*told, _("The name stays on what they did, and somebody else may have the address.")]


async def _new(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    _ = language(request)
    title = _("Invite somebody")
    return await render(request, "admin/user_new.html", title=title, status=status, form=form, roles=ROLES, may=MAY)
