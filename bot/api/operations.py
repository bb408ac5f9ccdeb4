"""An operation of the API, declared once: of it routing, checks, the document and its page are made."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.cursors import Cursors
from bot.api.problems import Kind, ProblemError
from bot.api.shapes import Given, Query, Sheet, Shown, Streamed
from bot.core.actors import Actor
from bot.core.permissions import Permission
from bot.users.service import KnownToken
from bot.web.posted import SMALL

Asked = TypeVar("Asked", bound=Query)
Body = TypeVar("Body", bound=Given)

JSON, CSV = "application/json", "text/csv"


class NoQuery(Query):
    """There are no parameters."""


class NoBody(Given):
    """There is no body."""


@dataclass(frozen=True, slots=True)
class Wish(Generic[Body]):
    """What a request asks for, before anything is done about it.

    Attributes:
        path: what stands for the names in the operation's path.
        body: the body.
        app: where the services are.
    """

    path: Mapping[str, str]
    body: Body
    app: web.Application


@dataclass(frozen=True, slots=True)
class Call(Generic[Asked, Body]):
    """A request that may be carried out.

    Attributes:
        transaction: which the frame ends, one that only reads for what changes nothing; None where the operation is
            carried out in pieces.
        token: by which they ask.
        by: who changes something.
        now: the moment.
        path: what stands for the names in the operation's path.
        query: the parameters.
        body: the body.
        cursors: the pages of this list.
        app: where the services are.
        base: where this server is reached.
        prepared: what the operation's `prepare` gave; None where it has none.
        afterwards: what is called when it is committed; see `after`.
    """

    transaction: AsyncConnection | None
    token: KnownToken
    by: Actor
    now: datetime
    path: Mapping[str, str]
    query: Asked
    body: Body
    cursors: Cursors
    app: web.Application
    base: str
    prepared: Any = None
    afterwards: list[Callable[[], object]] = field(default_factory=list)

    @property
    def connection(self) -> AsyncConnection:
        """In the transaction."""
        if self.transaction is None:
            raise RuntimeError("what is carried out in pieces has transactions of its own")
        return self.transaction

    def after(self, wake: Callable[[], object]) -> None:
        """Call `wake`, or await it, when what was done is committed: somebody waits for it."""
        self.afterwards.append(wake)


HandleAll = Callable[[AsyncConnection, Sequence[Call[Any, Any]]], Awaitable[Sequence[Shown | ProblemError | None]]]
"""Carries out many in the transaction of that connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Something that programs may ask for.

    Attributes:
        name: unlike any other's, as a function is called: `list_contacts`.
        method: of HTTP.
        path: below `/api/v1`, with `{names}`.
        scope: what the token must have.
        summary: what it does, in a few words.
        description: what else is to be known, in Markdown.
        handle: does it; raises ProblemError and BotError.
        handle_all: does many at once in one transaction, and gives of each what it came to, why it is refused, or None
            where it is to be carried out by itself. Requests that come at the same moment share a transaction then.
        prepare: what takes long, or asks the network, and so goes before the transaction; raises likewise.
        query: its parameters.
        body: what is sent; None for nothing. JSON, unless it is a Sheet.
        result: what is answered; None for nothing, status 204. JSON, unless it is Streamed.
        status: of the answer.
        only_reads: it has a body, and changes nothing all the same.
        creates: it makes something, so that an `Idempotency-Key` keeps it from being made twice.
        in_pieces: it takes so long that it has transactions of its own, between which others have their turn. Two
            requests with one key that come at once may both be carried out then; both are answered by one of them.
        current: of a thing that two people may change at once, what it is now, read under its lock.
        problems: which it has beside those that each has.
        example: the values of names in the path, of the query and of the body.
        most: bytes that a body may have.
    """

    name: str
    method: str
    path: str
    scope: Permission
    summary: str
    description: str = ""
    handle: Callable[[Call[Any, Any]], Awaitable[Shown | Streamed | None]]
    handle_all: HandleAll | None = None
    prepare: Callable[[Wish[Any]], Awaitable[object]] | None = None
    query: type[Query] = NoQuery
    body: type[Given] | None = None
    result: type[Shown] | type[Streamed] | None = None
    status: int = 200
    only_reads: bool = False
    creates: bool = False
    in_pieces: bool = False
    current: Callable[[Call[Any, Any]], Awaitable[Shown]] | None = None
    problems: Sequence[Kind] = ()
    example: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    most: int = SMALL

    @property
    def takes(self) -> str:
        """The type of the body."""
        return CSV if self.body is Sheet else JSON

    @property
    def gives(self) -> str:
        """The type of the answer."""
        return CSV if self.result is Streamed else JSON

    @property
    def changes(self) -> bool:
        """Whether anything is another afterwards."""
        return self.sends and not self.only_reads

    @property
    def sends(self) -> bool:
        """Whether a body may come with it."""
        return self.method != "GET"


@dataclass(frozen=True, slots=True)
class Resource:
    """Operations on things of one kind.

    Attributes:
        name: in the plural.
        words: what they are, in Markdown.
        operations: in the order in which they are shown.
    """

    name: str
    words: str
    operations: Sequence[Operation]
