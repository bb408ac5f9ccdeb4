"""Tokens: programs that act for people; one sees one's own, and who manages users everybody's."""

from types import MappingProxyType
from typing import Any

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import FORBIDDEN, REFUSED, ProblemError, not_found
from bot.api.resources.token_shapes import MadeToken, NewToken, Token, TokenPage, TokenQuery
from bot.core.permissions import Permission
from bot.users.service import USUAL_RATE, TokenFilter, TokenView, add_token, find_user, revoke_token, token_of, tokens

_ONE = MappingProxyType({"path": {"token_id": "cmb0z1q4w000012ab34cd56ef"}})


async def list_(call: Call[TokenQuery, NoBody]) -> TokenPage:
    """A page of them."""
    query, cursors = call.query, call.cursors
    if not _sees_all(call) and query.user_id not in {None, call.token.user_id}:
        return TokenPage(data=[], next=None)
    owner = query.user_id if _sees_all(call) else call.token.user_id
    wanted = TokenFilter(owner, query.search.strip(), call.now if query.good else None)
    found = await tokens(call.connection, wanted, cursors.wanted, cursors.after_moment)
    rows, following = cursors.page(found, lambda row: (row.created_at, row.id))
    return TokenPage(data=[Token.of(each, call.now) for each in rows], next=following)


async def get(call: Call[NoQuery, NoBody]) -> Token:
    """One of them."""
    return Token.of(await _seen(call), call.now)


async def make(call: Call[NoQuery, NewToken]) -> MadeToken:
    """Make one, that may do no more than the one that makes it."""
    given, own = call.body, call.token
    beyond = sorted(set(given.scopes) - own.permissions)
    if beyond:
        raise ProblemError(
            FORBIDDEN, f"Your own token does not have {', '.join(beyond)}, so it can give it to none.", scope=beyond[0]
        )
    limit = own.rate_limit if given.rate_limit is None else given.rate_limit
    ends = own.expires_at if given.expires_at is None else given.expires_at
    if not _sees_all(call):
        if (limit or USUAL_RATE) > (own.rate_limit or USUAL_RATE):
            most = own.rate_limit or USUAL_RATE
            sentence = f"Your own token may ask {most} times a minute, and this one no more often."
            raise ProblemError(REFUSED, sentence, code="limit")
        if own.expires_at is not None and ends is not None and ends > own.expires_at:
            raise ProblemError(
                REFUSED,
                f"Your own token ends at {own.expires_at:%Y-%m-%dT%H:%M:%SZ}, and this one no later.",
                code="end",
            )
    owner = await find_user(call.connection, own.user_id)
    id_, token = await add_token(
        call.connection,
        owner,
        given.name,
        given.scopes,
        call.by,
        call.now,
        expires_at=ends,
        rate_limit=limit,
    )
    return MadeToken.with_token(await _token(call, id_), call.now, token)


async def revoke(call: Call[NoQuery, NoBody]) -> Token:
    """End one at once."""
    token = await _seen(call)
    await revoke_token(call.connection, token.id, call.by, call.now)
    return Token.of(await _seen(call), call.now)


async def _seen(call: Call[Any, Any]) -> TokenView:
    """The token, where whoever asks may see it; whose it is tells nobody else."""
    token = await _token(call, call.path["token_id"])
    if token.user_id != call.token.user_id and not _sees_all(call):
        raise not_found("token")
    return token


async def _token(call: Call[Any, Any], id_: str) -> TokenView:
    token = await token_of(call.connection, id_)
    if token is None:
        raise not_found("token")
    return token


def _sees_all(call: Call[Any, Any]) -> bool:
    return Permission.USERS_MANAGE in call.token.permissions


TOKENS = Resource(
    "tokens",
    "What programs show to act for people. With the scope `users.manage` everybody's are seen, else one's own.",
    (
        Operation(
            name="list_tokens",
            method="GET",
            path="/tokens",
            scope=Permission.TOKENS_OWN,
            summary="List tokens",
            description="The newest first.",
            handle=list_,
            query=TokenQuery,
            result=TokenPage,
            example=MappingProxyType({"query": {"good": "true"}}),
        ),
        Operation(
            name="make_token",
            method="POST",
            path="/tokens",
            scope=Permission.TOKENS_OWN,
            summary="Make a token",
            description=(
                "It is yours, and may do no more than the token that makes it; `token` is shown this once. Without "
                "the scope `users.manage` it may not ask more often or be good for longer, either."
            ),
            handle=make,
            body=NewToken,
            result=MadeToken,
            status=201,
            creates=True,
            problems=(REFUSED,),
            example=MappingProxyType(
                {"body": {"name": "till", "scopes": ["contacts.read"], "expires_at": "2030-01-01T00:00:00Z"}}
            ),
        ),
        Operation(
            name="get_token",
            method="GET",
            path="/tokens/{token_id}",
            scope=Permission.TOKENS_OWN,
            summary="Get a token",
            description="What it may do; never what is shown.",
            handle=get,
            result=Token,
            example=_ONE,
        ),
        Operation(
            name="revoke_token",
            method="DELETE",
            path="/tokens/{token_id}",
            scope=Permission.TOKENS_OWN,
            summary="Revoke a token",
            description="It is worth nothing from now on, for good; it may be the one that asks.",
            handle=revoke,
            result=Token,
            example=_ONE,
        ),
    ),
)
