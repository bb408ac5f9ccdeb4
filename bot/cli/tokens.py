"""`tokens add|list|revoke`: programs that act for somebody over the API."""

from collections.abc import Sequence
from datetime import datetime

from bot.cli.caller import caller
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened
from bot.cli.moments import ahead
from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError
from bot.core.permissions import Permission
from bot.db.engine import reading
from bot.settings import Settings
from bot.users import service as users
from bot.users.service import TokenStatus, TokenView


def add(
    user: str, *, name: str, scope: list[Permission], expires: str | None, rate_limit: int | None, as_json: bool
) -> None:
    """Add a token."""
    ends = None if expires is None else ahead(expires)
    id_, token = run_async(_add(read_settings(), user, name, scope, ends, rate_limit))
    if as_json:
        print_json({"id": id_, "token": token, "expires_at": ends})
        return
    print_line(token)
    print_line(_("Keep it now: it is not shown again. `bot.py tokens revoke {id}` ends it.", id=id_))


def list_tokens(user: str | None, *, as_json: bool) -> None:
    """List tokens."""
    found = run_async(_list(read_settings(), user))
    if as_json:
        print_json([each._asdict() for each in found])
    elif found:
        columns = (_("Token"), _("Name"), _("Address"), _("Scopes"), _("State"), _("Last used"))
        print_table(columns, [_row(each) for each in found])
    else:
        print_line(_("There are no tokens."))


def revoke(ids: list[str]) -> None:
    """Revoke tokens."""
    revoked, left = run_async(_revoke(read_settings(), ids))
    for each in revoked:
        print_line(_("{id} is revoked.", id=each))
    for each in left:
        raise BotError(_("there is no token {id} to revoke", id=each), mend=_("See `bot.py tokens list`."))


async def _add(
    settings: Settings,
    spelled: str,
    name: str,
    scopes: Sequence[Permission],
    expires_at: datetime | None,
    rate_limit: int | None,
) -> tuple[str, str]:
    async with opened(settings) as engine, engine.begin() as connection:
        user = await users.find_user(connection, spelled)
        if user.disabled_at is not None:
            mend = _("`bot.py users disable --undo {email}` lets them in.", email=user.email)
            raise BotError(_("{email} is disabled", email=user.email), mend=mend, blame=Blame.INPUT)
        return await users.add_token(
            connection, user, name, scopes, caller(), utc_now(), expires_at=expires_at, rate_limit=rate_limit
        )


async def _list(settings: Settings, spelled: str | None) -> Sequence[TokenView]:
    async with opened(settings) as engine, reading(engine) as connection:
        user = None if spelled is None else await users.find_user(connection, spelled, deleted=True)
        return await users.tokens(connection, users.TokenFilter(None if user is None else user.id))


async def _revoke(settings: Settings, ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those that were revoked, and the others."""
    revoked: list[str] = []
    left: list[str] = []
    async with opened(settings) as engine, engine.begin() as connection:
        for each in ids:
            done = await users.revoke_token(connection, each, caller(), utc_now())
            (revoked if done else left).append(each)
    return revoked, left


def _row(token: TokenView) -> tuple[str, ...]:
    used = "" if token.last_used_at is None else local_time(token.last_used_at)
    return (token.id, token.name, token.email, ", ".join(token.scopes), _state(token), used)


def _state(token: TokenView) -> str:
    match token.status(utc_now()), token.expires_at:
        case TokenStatus.REVOKED, _ends:
            return _("revoked")
        case TokenStatus.OWNER_DISABLED, _ends:
            return _("owner disabled")
        case TokenStatus.OVER, datetime() as ended:
            return _("over since {moment}", moment=local_time(ended))
        case _good, datetime() as ends:
            return _("good until {moment}", moment=local_time(ends))
    return _("good")
