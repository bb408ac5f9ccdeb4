"""Engines that compile a statement once a process, however many of them the tests make."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.db import engine, reader


@contextmanager
def sharing_statements() -> Iterator[None]:
    """Let engines of the same dialect share what they have compiled; each keeps connections of its own."""
    known: dict[str, Engine] = {}

    def create(url: URL, **options: Any) -> AsyncEngine:
        made = create_async_engine(url, **options)
        own = made.sync_engine
        first = known.get(own.dialect.name)
        if first is None:
            # By then its dialect knows the server.
            event.listen(own, "connect", lambda *_: known.setdefault(own.dialect.name, own))
        else:
            # It need not ask again what the other has asked; this one is called by the name it had when it was made.
            own.dialect.initialize = _nothing_more  # type: ignore[assignment]
            # The compiled are found by their dialect's identity.
            own.dialect = own.pool._dialect = first.dialect
            own._compiled_cache = first._compiled_cache
        return made

    # What the pages read is said on an engine of its own.
    with patch.object(engine, "create_async_engine", create), patch.object(reader, "create_async_engine", create):
        yield


def _nothing_more(_connection: Connection) -> None:
    """The other dialect knows the server."""
