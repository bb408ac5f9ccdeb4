"""What a job is to whoever schedules it, and to what runs it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.rules import Daily

_Given_co = TypeVar("_Given_co", covariant=True)
_Needed_contra = TypeVar("_Needed_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work to be done at a moment.

    Attributes:
        type: which handler runs it, at most 64 characters.
        key: what it is about; unique within its type. Of one with more than 255 characters the row has a digest.
        at: when it is due.
        payload: what the handler needs, JSON.
    """

    type: str
    key: str
    at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its handler sees it.

    Attributes:
        id: the row's.
        type: which handler runs it.
        key: what it is about; unique within its type. That of a recurring job is the day it stands for, as ISO 8601.
        payload: what the handler needs, JSON.
        attempt: which attempt at this slice this is, from 1.
        checkpoint: where the last slice that was committed stopped; None before the first one.
        done: how much is done, as that slice counted it.
        total: of how much; None where nobody knows.
    """

    id: str
    type: str
    key: str
    payload: Mapping[str, Any]
    attempt: int
    checkpoint: Mapping[str, Any] | None = None
    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a slice brought its job.

    Attributes:
        done: how much is done by now, in units of the handler's own: contacts, rows, requests.
        total: of how much; None where nobody knows.
        checkpoint: where the next slice goes on, JSON; None after the last one.
        pause: how long the next slice waits at least, for what this one could not have.
    """

    done: int
    total: int | None = None
    checkpoint: Mapping[str, Any] | None = None
    pause: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Context(Generic[_Given_co]):
    """What a handler works with, for one slice.

    Attributes:
        connection: the transaction of the slice.
        job: what is to be done, and how far it is.
        now: the moment at which the slice began, by the database's clock.
        services: what the application hands to all handlers.
    """

    connection: AsyncConnection
    job: Job
    now: datetime
    services: _Given_co


@dataclass(frozen=True, slots=True)
class Handler(Generic[_Needed_contra]):
    """What runs a type of job.

    Attributes:
        run: does one slice of the work within the transaction of its context, which also notes how far the job is, so
            that both happen or neither. Returns a Progress with a checkpoint to be called again, else the job is done.
            Raises to be tried again later, from the same checkpoint. A slice waits for nothing but the database, and
            takes a fraction of a second: others have their turn between two, and on SQLite nobody writes meanwhile.
        recurs: when, for a job that nobody has to schedule.
    """

    run: Callable[[Context[_Needed_contra]], Awaitable[Progress | None]]
    recurs: Daily | None = None
