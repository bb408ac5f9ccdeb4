"""What is wrong with a request, as RFC 9457 has it: a type that leads to its words, and faults by where they stand."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import orjson
from aiohttp import hdrs, web
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.core.errors import Blame, BotError
from bot.web.bodies import RETRY_AFTER
from bot.web.forms import sentence_of

ROOT = "/api/v1"
"""Under which all operations stand."""
CONTENT_TYPE = "application/problem+json"
_MOST_FAULTS = 50
_LONGEST = 500
_SCALARS = frozenset({"str", "int", "float", "bool"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem.

    Attributes:
        name: which a program compares.
        status: of the answer.
        title: the same words for each problem of the kind.
        mend: what whoever wrote the program does about it.
    """

    name: str
    status: int
    title: str
    mend: str


INVALID_JSON = Kind(
    "invalid_json", 400, "The body is not JSON", "Send one JSON object in UTF-8, each member of it once."
)
INVALID_QUERY = Kind("invalid_query", 400, "The query is wrong", "Mend the parameters that `errors` names.")
INVALID_CURSOR = Kind(
    "invalid_cursor",
    400,
    "The cursor is of no page of this list",
    "Begin with the first page; a cursor is good with the filters that it came with.",
)
UNAUTHORIZED = Kind(
    "unauthorized",
    401,
    "No token that is good",
    "Send `Authorization: Bearer rcd_…` with a token that is neither revoked nor over.",
)
FORBIDDEN = Kind(
    "forbidden",
    403,
    "The token may not do this",
    "Make a token with the scope that `scope` names; its owner needs it, too.",
)
NOT_FOUND = Kind("not_found", 404, "There is no such thing", "Look at the id, and at the path.")
METHOD_NOT_ALLOWED = Kind("method_not_allowed", 405, "This path has no such method", "`Allow` names those that it has.")
TOO_SLOW = Kind("too_slow", 408, "The body did not come in time", "Send it again.")
CONFLICT = Kind("conflict", 409, "This does not go with how things stand", "Read it again, and decide anew.")
IN_PROGRESS = Kind(
    "in_progress", 409, "A request with this key is under way", "Wait as long as `Retry-After` says, and send it again."
)
OVERTAKEN = Kind(
    "overtaken", 412, "Somebody else has changed it", "Read it again, and send the change with its new `ETag`."
)
TOO_LARGE = Kind("too_large", 413, "The body is too large", "Send less at once.")
UNSUPPORTED = Kind(
    "unsupported",
    415,
    "The body is of another type",
    "Send it as the operation says, not compressed.",
)
INVALID = Kind("invalid", 422, "The body is wrong", "Mend what `errors` points to.")
KEY_REUSED = Kind(
    "key_reused", 422, "This key was used for another request", "Make a new key for each thing that is to be done once."
)
REFUSED = Kind("refused", 422, "This cannot be done", "`code` says why, where a program can do something about it.")
TOO_MANY = Kind("too_many", 429, "Too many requests", "Wait as long as `Retry-After` says.")
FAILED = Kind("failed", 500, "Something failed here", "The server's log says what.")
UNAVAILABLE = Kind("unavailable", 503, "Not just now", "Wait as long as `Retry-After` says, and send it again.")

KINDS: Sequence[Kind] = (
    *(INVALID_JSON, INVALID_QUERY, INVALID_CURSOR, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, TOO_SLOW),
    *(CONFLICT, IN_PROGRESS, OVERTAKEN, TOO_LARGE, UNSUPPORTED, INVALID, KEY_REUSED, REFUSED, TOO_MANY, FAILED),
    UNAVAILABLE,
)
"""All there are."""
_BY_STATUS: Mapping[int, Kind] = MappingProxyType(
    {
        each.status: each
        for each in (UNAUTHORIZED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, TOO_SLOW, CONFLICT, TOO_LARGE, UNSUPPORTED)
    }
    | {each.status: each for each in (TOO_MANY, FAILED, UNAVAILABLE)}
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        detail: what, in a sentence.
        pointer: where in the body, a JSON pointer (RFC 6901); empty for the body itself.
        parameter: of which parameter of the query; empty where it is the body.
        line: in a text with lines, from 1; 0 for none.
        column: likewise, in characters.
    """

    detail: str
    pointer: str = ""
    parameter: str = ""
    line: int = 0
    column: int = 0


class ProblemError(Exception):
    """A request that is answered with a problem.

    Attributes:
        kind: what kind of.
        detail: this one, in a sentence.
        faults: all that is wrong.
        headers: of the answer.
        more: members beside those of RFC 9457.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str = "",
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[Any, str] = MappingProxyType({}),
        **more: str,
    ) -> None:
        super().__init__(detail or kind.title)
        self.kind = kind
        self.detail = detail
        self.faults = faults
        self.headers = headers
        self.more = more

    def answer(self) -> web.Response:
        """The answer to the request."""
        kind = self.kind
        body: dict[str, Any] = {
            "type": f"{ROOT}#{kind.name}",
            "title": kind.title,
            "status": kind.status,
            "detail": self.detail or f"{kind.title}. {kind.mend}",
            "errors": [_told(each) for each in self.faults],
            **self.more,
        }
        headers = {hdrs.CACHE_CONTROL: "no-store", **self.headers, hdrs.CONTENT_TYPE: CONTENT_TYPE}
        return web.Response(status=kind.status, body=orjson.dumps(body), headers=headers)


def not_found(what: str) -> ProblemError:
    """There is none of those, such as `contact`."""
    return ProblemError(NOT_FOUND, f"There is no such {what}.")


def of_model(kind: Kind, model: type[BaseModel], error: ValidationError) -> ProblemError:
    """What pydantic finds wrong with a body, or with a query, that is to be a `model`."""
    found = error.errors(include_url=False, include_input=False)
    faults = [*dict.fromkeys(_fault(kind, model, each) for each in found)]
    first, *others = faults
    place = first.parameter or first.pointer
    # Whoever reads no more of a problem than this sentence, as logs do, knows what to mend.
    detail = f"{kind.title}{f' at `{place}`' if place else ''}: {first.detail}"
    further = f" `errors` has {len(others)} more." if others else ""
    return ProblemError(kind, detail + further, faults=faults[:_MOST_FAULTS])


def of_sentence(error: BotError) -> ProblemError:
    """What one of our services refuses, in its own words."""
    if error.blame is Blame.SURROUNDINGS:
        return ProblemError(UNAVAILABLE, sentence(error), headers=RETRY_AFTER)
    return ProblemError(REFUSED, sentence(error))


def sentence(error: BotError) -> str:
    """The words of a refusal, as `detail` has them."""
    return sentence_of(error, str)


@contextmanager
def at(pointer: str) -> Iterator[None]:
    """What one of our services refuses meanwhile is told with the place in the body to which it is due."""
    try:
        yield
    except BotError as error:
        if error.blame is Blame.SURROUNDINGS:
            raise
        said = sentence(error)
        raise ProblemError(REFUSED, said, faults=[Fault(said, pointer)]) from None


def of_status(answer: web.StreamResponse) -> web.StreamResponse:
    """A refusal that was made for people, or by aiohttp, as a problem; what is no refusal, or one already, as it is."""
    if answer.status < HTTPStatus.BAD_REQUEST or answer.content_type == CONTENT_TYPE:
        return answer
    kind = _BY_STATUS.get(answer.status, INVALID_JSON if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR else FAILED)
    detail = answer.text if isinstance(answer, web.Response) and answer.content_type == "text/plain" else None
    kept = (hdrs.ALLOW, hdrs.RETRY_AFTER, hdrs.ACCEPT_ENCODING, hdrs.CONNECTION)
    headers = {name: answer.headers[name] for name in kept if name in answer.headers}
    problem = ProblemError(kind, _sentence_in(detail or ""), headers=headers).answer()
    if not answer.keep_alive and answer.keep_alive is not None:
        problem.force_close()
    return problem


def _sentence_in(text: str) -> str:
    text = text.strip()[:_LONGEST]
    # aiohttp's own, such as `404: Not Found`, say less than ours.
    return "" if text[:3].isdigit() or not text else f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _told(fault: Fault) -> dict[str, str | int]:
    place = {"parameter": fault.parameter} if fault.parameter else {"pointer": fault.pointer}
    within = {"line": fault.line, "column": fault.column} if fault.line else {}
    return {"detail": fault.detail, **place, **within}


def _fault(kind: Kind, model: type[BaseModel], found: ErrorDetails) -> Fault:
    place = [str(each) for each in found["loc"]]
    said = found["msg"].removeprefix("Value error, ").replace(" after validation", "").rstrip(".")
    match found["type"]:
        case "missing":
            said = "It is missing"
        case "extra_forbidden":
            known = ", ".join(f"`{each}`" for each in model.model_fields) if len(place) == 1 else ""
            said = f"There is none of this name; there are {known}" if known else "There is none of this name"
        case "string_pattern_mismatch":
            said = f"It is to match `{found['ctx']['pattern']}`"
    if place[-1:] and place[-1] in _SCALARS and found["type"].partition("_")[0] in {"string", *_SCALARS}:
        # Of several types that it may have, each says that it is none; they stand in no body.
        place, said = place[:-1], "Input should be a text, a number, true or false"
    said = f"{said[:1].upper()}{said[1:]}."
    if kind is INVALID_QUERY:
        return Fault(said, parameter=place[0] if place else "")
    return Fault(said, pointer="".join(f"/{each.replace('~', '~0').replace('/', '~1')}" for each in place))
