"""What systems do for flows and triggers: an explicit table, which `app` hands down."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.engine.actions import ActionCall, ActionResult, ActionSpec, SystemWord

Handler = Callable[[AsyncConnection, Sequence[ActionCall], datetime], Awaitable[Sequence[ActionResult]]]
"""(connection, calls, now) gives a result for each call, in their order.

It runs in the transaction of the turns, under the locks of their contacts, and asks nothing but the database. It locks
the rows of its own in one statement, sorted; it writes no contact and queues no message: the turn does, from memory.
"""


@dataclass(frozen=True, slots=True)
class Action:
    """An entry of the table.

    Attributes:
        spec: as bundles see it.
        handler: does it.
    """

    spec: ActionSpec
    handler: Handler


class Heard(NamedTuple):
    """A message, as systems are asked about it.

    Attributes:
        contact_id: whose; the contact is locked.
        text: as `bot.engine.text.compare_equal` gives it.
        locale: the contact's, or empty.
    """

    contact_id: str
    text: str
    locale: str


WordSource = Callable[[AsyncConnection, Sequence[Heard], datetime], Awaitable[Sequence[SystemWord | None]]]
"""(connection, messages, now) tells of each message of a batch whether it is a word of the system, in one question.

It is asked before the turns, so an earlier message of the same contact may have settled what the word was about: its
action has an outcome for that.
"""

Actions = Mapping[str, Action]
"""By name."""

NO_ACTIONS: Actions = MappingProxyType({})


def table(*actions: Action) -> Actions:
    """The actions by name; each name once."""
    by_name = {each.spec.name: each for each in actions}
    assert len(by_name) == len(actions)  # noqa: S101 - a mistake of ours, seen by whatever starts first
    return by_name


def specs_of(actions: Actions) -> Mapping[str, ActionSpec]:
    """What bundles see of them, by name."""
    return {name: each.spec for name, each in actions.items()}
