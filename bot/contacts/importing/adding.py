"""Making one contact, as a sheet with one row would."""

from datetime import datetime

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


async def add_contact(connection: AsyncConnection, person: Person, by: Actor, now: datetime) -> str:
    """Make a contact; gives their id.

    Raises BotError where the addresses are two contacts' or none can be made of them, KnownContactError where somebody
    has one, and ContactsChangedError and ContactsHeldError where somebody else is just as far: try again.

    Args:
        connection: in a transaction.
        person: who, with a phone or an e-mail address; consents are not said here.
        by: who makes them.
        now: when.
    """
    claim = Claim("", ConsentPurpose.ALL, "", now)
    (planned,) = await look(connection, [person], claim, SeenHere(), now)
    if isinstance(planned, Faulty):
        fault = planned.faults[0]
        raise BotError(fault.message, mend=fault.mend, **fault.values)
    if planned.contact is not None:
        raise KnownContactError(planned.contact.id)
    await apply(connection, [person], claim, now)
    (made,) = await look(connection, [person], claim, SeenHere(), now)
    assert not isinstance(made, Faulty)  # noqa: S101 - it was none a moment ago
    assert made.contact is not None  # noqa: S101 - it was made
    fields = list(planned.fields)
    await record(connection, by, "contact.add", "contact", made.contact.id, {"after": {"fields": fields}}, at=now)
    return made.contact.id
