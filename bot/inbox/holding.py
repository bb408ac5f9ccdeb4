"""Conversations that somebody changes: held until they are done, whatever id of the contact's they were asked by."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.inbox.values import Code, Outcomes, Refusal


@dataclass(frozen=True, slots=True)
class Held:
    """Conversations that nobody else changes until the transaction ends.

    Attributes:
        whose: by each id that was asked for its contact's; of somebody who was merged, who goes on.
        gone: the ids that were asked for and are no contact's.
    """

    whose: Mapping[str, str]
    gone: frozenset[str]

    @property
    def ids(self) -> frozenset[str]:
        """The contacts'."""
        return frozenset(self.whose.values())

    def outcomes(
        self,
        done: Collection[str] = frozenset(),
        already: Collection[str] = frozenset(),
        refused: Mapping[str, Refusal] | None = None,
    ) -> Outcomes:
        """What came of the contacts', told by the ids that were asked for; what is gone is refused."""
        refusals = refused or {}
        return Outcomes(
            frozenset(each for each, whose in self.whose.items() if whose in done),
            frozenset(each for each, whose in self.whose.items() if whose in already),
            {
                **{each: refusals[whose] for each, whose in self.whose.items() if whose in refusals},
                **dict.fromkeys(sorted(self.gone), Refusal(Code.GONE)),
            },
        )


async def hold(connection: AsyncConnection, contact_ids: Collection[str]) -> Held:
    """Lock the contacts whose conversations these are."""
    locked = await contacts.lock(connection, contact_ids)
    return Held({each: contact.id for each, contact in locked.items()}, frozenset(contact_ids).difference(locked))
