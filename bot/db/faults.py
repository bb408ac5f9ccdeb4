"""Sorting what a driver raises: locks that others hold, a database that is away, and everything else."""

import errno

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# PostgreSQL: serialization_failure, deadlock_detected, lock_not_available.
_CONTENTION_STATES = frozenset({"40001", "40P01", "55P03"})
# Classes: connection exception, insufficient resources, operator intervention (shutdown, crash, cannot connect now).
_DISK_FULL = "53100"
_CANCELED = "57014"
_OUTAGE_CLASSES = ("08", "53", "57")


def is_contention(error: BaseException) -> bool:
    """Whether the same transaction may well succeed when it is tried again in a moment."""
    if not isinstance(error, DBAPIError):
        return False
    if _sqlstate(error) in _CONTENTION_STATES:
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)


def is_full(error: BaseException) -> bool:
    """Whether a disk is full: the database's, or ours."""
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    if not isinstance(error, DBAPIError):
        return False
    return _sqlstate(error) == _DISK_FULL or "database or disk is full" in str(error.orig)


def is_disconnect(error: BaseException) -> bool:
    """Whether the connection was lost, at once or while it lay idle in the pool; a fresh one may well be had."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_outage(error: BaseException) -> bool:
    """Whether the database could not be reached, or went away."""
    if isinstance(error, PoolTimeoutError | OSError | InterfaceError) or is_disconnect(error):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if _sqlstate(error).startswith(_OUTAGE_CLASSES):
        return True
    return isinstance(error, OperationalError) and not is_contention(error) and not _is_misspelt(error)


def took_too_long(error: BaseException) -> bool:
    """Whether somebody waited too long: for a statement to end, for a lock, or for one of the pool's connections."""
    if isinstance(error, PoolTimeoutError) or is_contention(error):
        return True
    return isinstance(error, DBAPIError) and (
        _sqlstate(error) == _CANCELED or getattr(error.orig, "sqlite_errorname", "") == "SQLITE_INTERRUPT"
    )


def is_outage_within(error: BaseException) -> bool:
    """Whether a system's own code failed within our transaction because the database went away.

    A time-out of its own, or a file that it misses, says nothing of the database.
    """
    return isinstance(error, SQLAlchemyError) and is_outage(error)


def _is_misspelt(error: DBAPIError) -> bool:
    """Whether SQLite was asked something that makes no sense: a table or a column that is not there."""
    return getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR"


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None) or ""
