"""Making one contact, as a sheet with one row would."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.contacts.importing.applying import SeenHere, apply, look
from bot.contacts.importing.claim import Claim
from bot.contacts.importing.person import Faulty, Person
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.purposes import ConsentPurpose


class KnownContactError(BotError):
    """Somebody has one of the addresses already.

    Attributes:
        contact_id: who.
    """

    def __init__(self, contact_id: str) -> None:
        super().__init__(
            N_("the contact {id} has this address already"), mend=N_("Change that one instead."), id=contact_id
        )
        self.contact_id = contact_id


class TwoContactsError(BotError):
    """The addresses are two contacts'."""

    def __init__(self, owners: Mapping[str, Any]) -> None:
        super().__init__(
            N_("these addresses are of two contacts: {one} and {other}"),
            mend=N_("Take one address out, or change one of the two instead."),
            **owners,
        )


async def add_contact(connection: AsyncConnection, person: Person, by: Actor, now: datetime) -> str:
    """Make a contact; gives their id.

    Raises TwoContactsError where the addresses are two contacts', KnownContactError where somebody has one,
    and ContactsChangedError and ContactsHeldError where somebody else is just as far: try again.

    Args:
        connection: in a transaction.
        person: who, with a phone or an e-mail address; consents are not said here.
        by: who makes them.
        now: when.
    """
    claim = Claim("", ConsentPurpose.ALL, "", now)
    (planned,) = await look(connection, [person], claim, SeenHere(), now)
    if isinstance(planned, Faulty):
        # Whoever has an address and no id can be at fault in nothing else.
        raise TwoContactsError(planned.faults[0].values)
    if planned.contact is not None:
        raise KnownContactError(planned.contact.id)
    await apply(connection, [person], claim, now)
    (made,) = await look(connection, [person], claim, SeenHere(), now)
    assert not isinstance(made, Faulty)  # noqa: S101 - it was none a moment ago
    assert made.contact is not None  # noqa: S101 - it was made
    fields = list(planned.fields)
    await record(connection, by, "contact.add", "contact", made.contact.id, {"after": {"fields": fields}}, at=now)
    return made.contact.id
