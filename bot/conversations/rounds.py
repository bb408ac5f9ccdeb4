"""The turns of a batch that wait for actions: in each round one call of a handler for all turns that ask for it.

A contact's later messages wait for its earlier turn. Where a handler fails, the batch is rolled back and taken apart:
each turn that acts in a savepoint of its own, so that only the message whose action fails is parked.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.runner import WaitingTurn, park, settle
from bot.db.faults import is_contention, is_outage_within
from bot.engine.actions import ActionCall, ActionResult
from bot.engine.conversation import Turn
from bot.engine.turn import Acting, go_on
from bot.flows.service import Action, Actions

T = TypeVar("T")

MAX_SAVEPOINTS = 60
"""In one transaction; PostgreSQL keeps 64 at hand."""


class ActionFailedError(Exception):
    """A handler of the actions that this names failed, whoever it failed for: roll back, and take the turns apart."""


class WrongResultError(Exception):
    """A handler gave something else than its spec says; a mistake of ours."""


@dataclass(slots=True)
class Rounds:
    """Goes over the messages of a batch, and over those that wait, until every turn has come to its end.

    Attributes:
        connection: in the transaction of the batch.
        actions: what turns may ask for.
        now: the batch's moment.
        apart: each turn that acts is taken alone, in a savepoint.
    """

    connection: AsyncConnection
    actions: Actions
    now: datetime
    apart: bool = False
    _waiting: dict[str, WaitingTurn] = field(default_factory=dict)

    def hold(self, turn: WaitingTurn | None) -> None:
        """Let a turn wait, if it does."""
        if turn is not None:
            self._waiting[turn.state.contact.id] = turn

    async def over(self, messages: Sequence[T], contact_of: Callable[[T], str]) -> AsyncIterator[T]:
        """The messages in an order in which each contact's turns come one after the other.

        Raises ActionFailedError.
        """
        while messages or self._waiting:
            later = []
            for message in messages:
                if self._waiting and contact_of(message) in self._waiting:
                    later.append(message)
                    continue
                yield message
                if self.apart and self._waiting:
                    await self._alone()
            if self._waiting:
                await self._round()
            messages = later

    async def _round(self) -> None:
        waiting, self._waiting = list(self._waiting.values()), {}
        try:
            ends = await self._go_on(waiting)
        except Exception as error:
            if is_contention(error) or is_outage_within(error):
                raise
            raise ActionFailedError(", ".join(sorted({each.acting.act.action for each in waiting}))) from error
        for turn, end in zip(waiting, ends, strict=True):
            self._proceed(turn, end)

    async def _alone(self) -> None:
        (turn,), self._waiting = self._waiting.values(), {}
        end: Turn | Acting = turn.acting
        try:
            async with self.connection.begin_nested():
                while isinstance(end, Acting):
                    turn.acting = end
                    (end,) = await self._go_on([turn])
        except Exception as error:
            if is_contention(error) or is_outage_within(error):
                raise
            park(turn.state, turn.row, error, self.now, action=turn.acting.act.action)
        else:
            self._proceed(turn, end)

    def _proceed(self, turn: WaitingTurn, end: Turn | Acting) -> None:
        if isinstance(end, Acting):
            turn.acting = end
            self.hold(turn)
        else:
            settle(turn, end, self.now)

    async def _go_on(self, waiting: Sequence[WaitingTurn]) -> list[Turn | Acting]:
        """Do what the turns wait for, one call for each action, and let them go on."""
        results: dict[str, ActionResult] = {}
        # By name, so that no two batches do the same things in another order.
        for name in sorted({each.acting.act.action for each in waiting}):
            turns = [each for each in waiting if each.acting.act.action == name]
            people = (each.state.contact.id for each in turns)
            results |= zip(people, await self._call(self.actions[name], turns), strict=True)
        return [go_on(each.acting, results[each.state.contact.id]) for each in waiting]

    async def _call(self, action: Action, turns: Sequence[WaitingTurn]) -> Sequence[ActionResult]:
        calls = [ActionCall(each.state.contact.id, each.row["id"], each.acting.act.arguments) for each in turns]
        results = await action.handler(self.connection, calls, self.now)
        if len(results) != len(calls) or any(each.outcome not in action.spec.outcomes for each in results):
            raise WrongResultError(action.spec.name)
        return results
