"""What a server has really committed: a rate counts these rows, not the answers it gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from bench.load import Measured
from bench.places import Server
from bot.db.engine import create_engine
from bot.messages.models import Direction, Message, TurnState


class UntrueError(Exception):
    """The server answered 2xx for something that is not in the database."""


@dataclass(frozen=True, slots=True)
class Committed:
    """Rows committed since some moment.

    Attributes:
        turns: inbound messages whose turn is done; for the naive server, rows.
        pending: inbound messages whose turn is still to come.
        answers: outbound messages.
        queued: those of them not sent yet.
    """

    turns: int
    pending: int = 0
    answers: int = 0
    queued: int = 0


async def committed(server: Server, since: datetime) -> Committed:
    """What `server` has committed since then."""
    engine = create_engine(server.database)
    try:
        async with engine.connect() as connection:
            if server.name == "naive":
                counted = text("SELECT count(*) FROM webhook_messages WHERE received_at >= :since")
                return Committed((await connection.execute(counted, {"since": since})).scalar_one())
            kinds = (Message.direction, Message.turn_state, Message.status)
            statement = select(*kinds, func.count()).where(Message.created_at >= since).group_by(*kinds)
            return _summed((await connection.execute(statement)).all())
    finally:
        await engine.dispose()


def _summed(rows: Sequence[Sequence[Any]]) -> Committed:
    return Committed(
        turns=sum(count for _direction, state, _status, count in rows if state == TurnState.DONE),
        pending=sum(count for _direction, state, _status, count in rows if state == TurnState.PENDING),
        answers=sum(count for direction, _state, _status, count in rows if direction == Direction.OUTBOUND),
        queued=sum(
            count for direction, _, status, count in rows if direction == Direction.OUTBOUND and status == "queued"
        ),
    )


def require_true(server: Server, measured: Measured, found: Committed) -> None:
    """Raises UntrueError unless every 2xx stands for a row, and (nearly) every turn gave an answer.

    A trigger that is cooling down, or a fallback said a moment ago, rightly leaves a message without an answer; with
    the benchmark's people that happens to one in a hundred at most.
    """
    kept = found.turns + found.pending
    if kept < measured.taken:
        raise UntrueError(f"{server.name} answered 2xx to {measured.taken} posts and has committed {kept}")
    if server.name == "recado" and found.answers < 0.97 * found.turns:
        raise UntrueError(f"{found.turns} turns gave only {found.answers} answers")
