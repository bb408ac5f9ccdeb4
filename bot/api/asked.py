"""What a request asks for, read and checked: whose token it shows, its parameters, its body."""

import re
from collections.abc import Mapping

from aiohttp import hdrs, web
from pydantic import ValidationError

from bot.api.bodies import read_json, require_keepable
from bot.api.operations import NoBody, Operation
from bot.api.problems import (
    FORBIDDEN,
    INVALID,
    INVALID_JSON,
    INVALID_QUERY,
    NOT_FOUND,
    UNAUTHORIZED,
    UNSUPPORTED,
    Fault,
    ProblemError,
    of_model,
)
from bot.api.shapes import Given, Query, Sheet
from bot.users.service import KnownToken, identify_token, permissions_of
from bot.web.keys import CLOCK, ENGINE

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
_LONGEST_NAME = 512
_ASKS_FOR_TOKEN = {hdrs.WWW_AUTHENTICATE: 'Bearer realm="Recado"'}


async def token_of(request: web.Request) -> KnownToken:
    """Whose token it shows; raises ProblemError where it shows none that is good."""
    shown = _BEARER.fullmatch(request.headers.get(hdrs.AUTHORIZATION, "").strip())
    token = None if shown is None else await identify_token(request.app[ENGINE], shown[1], request.app[CLOCK]())
    if token is None:
        raise ProblemError(UNAUTHORIZED, headers=_ASKS_FOR_TOKEN)
    return token


def require_scope(token: KnownToken, operation: Operation) -> None:
    """Raise ProblemError where the token, or its owner's role, does not have what the operation asks for."""
    if operation.scope not in token.permissions:
        asks = f'Bearer realm="Recado", error="insufficient_scope", scope="{operation.scope}"'
        lacks = (
            "The token does not have it: make one that does"
            if operation.scope in permissions_of(token.role)
            else f"Its owner's role {token.role} does not have it: let somebody make the token who does"
        )
        sentence = f"This asks for the scope {operation.scope}. {lacks}."
        raise ProblemError(FORBIDDEN, sentence, headers={hdrs.WWW_AUTHENTICATE: asks}, scope=operation.scope.value)


def path_of(request: web.Request) -> Mapping[str, str]:
    """What stands for the names in the path; raises ProblemError for what can be the name of nothing."""
    for value in request.match_info.values():
        if len(value) > _LONGEST_NAME or not _is_keepable(value):
            raise ProblemError(NOT_FOUND)
    return request.match_info


def query_of(request: web.Request, operation: Operation) -> Query:
    """The parameters; raises ProblemError."""
    model, given = operation.query, request.query
    values: dict[str, object] = {}
    for name in given:
        found = given.getall(name)
        field = model.model_fields.get(name)
        is_list = field is not None and "tuple" in str(field.annotation)
        if not is_list and len(found) > 1:
            raise ProblemError(INVALID_QUERY, faults=[Fault("It is there more than once.", parameter=name)])
        values[name] = found if is_list else found[0]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise of_model(INVALID_QUERY, model, error) from None


def body_of(request: web.Request, operation: Operation, body: bytes) -> Given:
    """The body; raises ProblemError."""
    if operation.body is None:
        if body:
            raise ProblemError(INVALID_JSON, "This takes no body.")
        return NoBody()
    if request.content_type != operation.takes:
        raise ProblemError(UNSUPPORTED, f"Send it as `{operation.takes}`, not compressed.")
    if operation.body is Sheet:
        return Sheet(content=body)
    if (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise ProblemError(UNSUPPORTED, "Send it in UTF-8.")
    try:
        return operation.body.model_validate_json(read_json(body))
    except ValidationError as error:
        raise of_model(INVALID, operation.body, error) from None


def _is_keepable(text: str) -> bool:
    try:
        require_keepable(text)
    except ValueError:
        return False
    return True
