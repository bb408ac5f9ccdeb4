"""Who hears what: functions that `app` hands in with the engine, so that no statement below can be made unheard.

Whoever changes something asks `hears` first, and without a listener builds nothing. All that a batch came to is told at
once. No listener keeps the conversation from going on: it runs within a savepoint, and when it raises, what it did is
undone and its values become a job that is tried again. It hears them late then, and after newer ones.
"""

import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import structlog
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.events import News
from bot.core.ids import new_id
from bot.db.clock import database_now
from bot.db.faults import is_outage_within
from bot.jobs import service as jobs

KINDS: Mapping[str, type[News]] = {each.__name__: each for each in typing.get_args(News)}
"""What may be heard, by name."""
_OPTION = "recado_listeners"
_JOB = "listener"

Kind = TypeVar("Kind", bound=News)
Hear = Callable[[AsyncConnection, Sequence[Any], datetime], Awaitable[None]]
"""Takes values of one kind, in the order in which they happened, within the transaction that they belong to."""
Wants = Callable[[AsyncConnection, Sequence[Any]], Awaitable[Hear | None]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Listener:
    """A function that hears values of one kind.

    Attributes:
        name: of its system; no other one of that kind has it. A job that waits names it, so that it is not changed.
        hear: is given the values and the moment; it must not wait for anything but the database, nor commit.
        wants: looks beforehand, which changes nothing, whether any of the values is for it: where that is rare, a look
            costs less than a savepoint. Gives what hears them, which need not look again; or None. None: all are.
    """

    name: str
    hear: Hear
    wants: Wants | None = None


Listeners = Mapping[type[News], Sequence[Listener]]
"""By kind of value; they are told in this order."""


class UnknownListenerError(Exception):
    """Values wait for a listener that is not there, perhaps any more."""


def listening(engine: AsyncEngine, listeners: Listeners) -> AsyncEngine:
    """The same engine, through whose connections these listeners are told; raises ValueError for a name given twice."""
    for kind, heard in listeners.items():
        names = [each.name for each in heard]
        if len(names) > len(set(names)):
            raise ValueError(f"two listeners to {kind.__name__} have one name")
    return engine.execution_options(**{_OPTION: {kind: tuple(heard) for kind, heard in listeners.items() if heard}})


def hears(connection: AsyncConnection, kind: type[News]) -> bool:
    """Whether anybody does; else values of that kind need not be made."""
    return kind in _listeners(connection)


async def tell(connection: AsyncConnection, values: Sequence[News], now: datetime) -> None:
    """Tell values of one kind, in the order in which they happened, to whoever hears that kind.

    Raises nothing of a listener's, but what the driver raises where the database went away.
    """
    if not values:
        return
    kind = type(values[0])
    for listener in _listeners(connection).get(kind, ()):
        hear = listener.hear if listener.wants is None else await listener.wants(connection, values)
        if hear is None:
            continue
        try:
            async with connection.begin_nested():
                await hear(connection, values, now)
        except Exception as error:
            if is_outage_within(error):
                raise
            about = {"listener": listener.name, "kind": kind.__name__, "values": len(values)}
            log.error("listener failed, so it is told again later", **about, error=type(error).__name__)  # noqa: TRY400 - its text may quote a person
            await _put_off(connection, listener, kind, values)


async def _put_off(connection: AsyncConnection, listener: Listener, kind: type[News], values: Sequence[News]) -> None:
    payload = {"listener": listener.name, "kind": kind.__name__, "values": _to_json(values)}
    await jobs.schedule(connection, [jobs.NewJob(_JOB, new_id(), await database_now(connection), payload)])


async def _tell_again(context: jobs.Context[object]) -> None:
    """Tell a listener what it could not take; raises what it raises, so that it is tried again."""
    connection, payload = context.connection, context.job.payload
    kind, name = KINDS[payload["kind"]], payload["listener"]
    listener = next((each for each in _listeners(connection).get(kind, ()) if each.name == name), None)
    if listener is None:
        raise UnknownListenerError(f"nobody of the name {name} hears {kind.__name__}")
    await listener.hear(connection, _from_json(kind, payload["values"]), context.now)


HANDLERS: Mapping[str, jobs.Handler[object]] = {_JOB: jobs.Handler(_tell_again)}
"""The job of what is told again."""


def _to_json(values: Sequence[News]) -> list[dict[str, Any]]:
    """The values, all of one kind, as JSON can hold them."""
    return [_adapter(type(each).__name__).dump_python(each, mode="json") for each in values]


def _from_json(kind: type[Kind], values: Sequence[Mapping[str, Any]]) -> list[Kind]:
    """The values that `_to_json` was given; raises ValueError for what it never gave."""
    return [_adapter(kind.__name__).validate_python(each) for each in values]


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    # Made at the first fault: it takes longer than all that a batch tells.
    return TypeAdapter(KINDS[kind])


def _listeners(connection: AsyncConnection) -> Mapping[type[News], Sequence[Listener]]:
    begun = connection.sync_connection
    assert begun is not None  # noqa: S101 - values are told within a transaction
    heard: Mapping[type[News], Sequence[Listener]] = begun.get_execution_options().get(_OPTION, {})
    return heard
