"""What is known of a person beside their addresses, and correcting it by hand."""

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.contacts import queries
from bot.contacts.changed import changed
from bot.contacts.rules import attribute_of, attributes_in, stored
from bot.contacts.telling import tell_contacts
from bot.core.actors import Actor
from bot.core.spelled import read_locale, read_name, read_timezone
from bot.engine.conversation import ChangeContact, StateValue


async def correct(  # noqa: PLR0913 - each is a field of its own
    connection: AsyncConnection,
    contact_id: str,
    by: Actor,
    now: datetime,
    *,
    name: str | None = None,
    locale: str | None = None,
    timezone: str | None = None,
    attributes: Mapping[str, StateValue] = MappingProxyType({}),
    emptied: Collection[str] = (),
) -> None:
    """Write down what somebody knows better; None leaves a value as it is.

    Raises BotError, with a mend, for a locale or a time zone that does not exist, for an empty name, and for what
    cannot be an attribute.

    Args:
        connection: in a transaction.
        contact_id: an existing contact's.
        by: who does.
        now: when.
        name: how they are called.
        locale: `pt-BR` or `pt`; with `_` it is understood, too.
        timezone: by the tz database's name, in any case.
        attributes: those that change; an empty text takes one away.
        emptied: of `name`, `locale` and `timezone` those that nobody knows any more.
    """
    values: dict[str, object] = dict.fromkeys(emptied)
    if name is not None:
        values["name"] = read_name(name)
    if locale is not None:
        values["locale"] = read_locale(locale)
    if timezone is not None:
        values["timezone"] = read_timezone(timezone)
    change = ChangeContact(attributes={each: attribute_of(each, value) for each, value in attributes.items()})
    for row in await queries.lock_contacts(connection, [contact_id]):
        if attributes:
            values["attributes"] = stored(change.attributes_after(attributes_in(row.attributes)))
    await queries.set_profile(connection, contact_id, values, now)
    await changed(connection, [contact_id], now)
    await tell_contacts(connection, (), [contact_id], now)
    # By name alone: what is known of a person goes with them.
    names = [*(each for each in values if each != "attributes"), *attributes]
    await record(connection, by, "contact.set", "contact", contact_id, {"changed": names}, at=now)
