"""`/account/notices`: what somebody of ours is told outside of the pages, and where."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import AfterValidator, BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import INVALID
from bot.conversations.views import ACCOUNTS
from bot.core.addresses import AddressKind
from bot.core.notice_kinds import NoticeKind
from bot.db.engine import reading
from bot.notices.service import account_for, kind_of, last_unsent
from bot.users.service import change_notices, notice_choice, read_notice_addresses
from bot.users.views.account import NOTICES, account_page, done
from bot.users.views.known import actor_of, known_to
from bot.web.forms import Filled, checked, empty_form, read_form
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

_KINDS = {
    NoticeKind.ASSIGNED: N_("Somebody gives me a conversation"),
    NoticeKind.MENTIONED: N_("A note names me"),
    NoticeKind.REPLIED: N_("A contact writes in a conversation that I have"),
    NoticeKind.WAITING: N_("The bot hands a conversation off that nobody has"),
}
_NO_ACCOUNT = {
    AddressKind.EMAIL: N_(
        "No mail can be sent now: no account of ours sends any, or it is paused. Whoever manages accounts mends that."
    ),
    AddressKind.PHONE: N_(
        "No SMS can be sent now: no account of ours sends any, or it is paused. Whoever manages accounts mends that."
    ),
}
"""Why nothing goes to addresses of that kind."""


def _read_lines(typed: str) -> list[str]:
    return read_notice_addresses(typed.splitlines())


class Choice(BaseModel):
    """What somebody wants to be told, and where."""

    addresses: Annotated[str, AfterValidator(checked(_read_lines))] | Literal[""] = ""
    kinds: list[NoticeKind] = []


async def show(request: web.Request) -> web.StreamResponse:
    """The choice as it is."""
    async with reading(request.app[ENGINE]) as connection:
        choice = await notice_choice(connection, known_to(request).user_id)
    kinds = [each.value for each in choice.kinds]
    return await _page(request, empty_form(addresses="\n".join(choice.addresses), kinds=kinds))


async def take(request: web.Request) -> web.StreamResponse:
    """Keep what they changed."""
    form = read_form(request, Choice)
    if form.value is None:
        return await _page(request, form, INVALID)
    new, user_id, now = form.value, known_to(request).user_id, request.app[CLOCK]()
    async with request.app[ENGINE].begin() as connection:
        await change_notices(connection, user_id, new.addresses or [], new.kinds, actor_of(request), now)
    _ = language(request)
    return done(request, NOTICES, _("What you are told is saved"))


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    _, user_id = language(request), known_to(request).user_id
    async with reading(request.app[ENGINE]) as connection:
        unsent = await last_unsent(connection, user_id)
        choice = await notice_choice(connection, user_id)
        in_vain = [_(_NO_ACCOUNT[each]) for each in await _kinds_in_vain(request, connection, choice.addresses)]
    return await account_page(
        request,
        "admin/notices.html",
        NOTICES,
        status,
        form=form,
        kinds=[(kind.value, _(label)) for kind, label in _KINDS.items()],
        unsent=unsent,
        in_vain=in_vain,
    )


async def _kinds_in_vain(
    request: web.Request, connection: AsyncConnection, addresses: Sequence[str]
) -> Sequence[AddressKind]:
    """Of what kind those of the addresses are to which nothing can be sent now."""
    given = {kind_of(each) for each in addresses}
    accounts = request.app[ACCOUNTS]
    return [each for each in sorted(given) if await account_for(connection, accounts, each) is None]
