"""What is known of a person beside their addresses, and correcting it by hand."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from babel.core import Locale, get_global, parse_locale
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries
from bot.contacts.rules import attribute_of, attributes_in, changed, stored
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.text import MAX_NAME, clean
from bot.engine.conversation import StateValue


async def correct(
    connection: AsyncConnection,
    contact_id: str,
    now: datetime,
    *,
    name: str | None = None,
    locale: str | None = None,
    timezone: str | None = None,
    attributes: Mapping[str, StateValue] = MappingProxyType({}),
) -> None:
    """Write down what somebody knows better; None leaves a value as it is.

    Raises BotError, with a mend, for a locale or a time zone that does not exist, for an empty name, and for what
    cannot be an attribute.

    Args:
        connection: in a transaction.
        contact_id: an existing contact's.
        now: when.
        name: how they are called.
        locale: `pt-BR` or `pt`; with `_` it is understood, too.
        timezone: by the tz database's name, in any case.
        attributes: those that change; an empty text takes one away.
    """
    values: dict[str, object] = {}
    if name is not None:
        values["name"] = read_name(name)
    if locale is not None:
        values["locale"] = read_locale(locale)
    if timezone is not None:
        values["timezone"] = read_timezone(timezone)
    kept = {each: attribute_of(each, value) for each, value in attributes.items()}
    for row in await queries.lock_contacts(connection, [contact_id]):
        if kept:
            values["attributes"] = stored(changed(attributes_in(row.attributes), kept))
    await queries.set_profile(connection, contact_id, values, now)


def read_name(spelled: str) -> str:
    """A name as it is kept; raises BotError for an empty one."""
    name = clean(spelled.strip(), MAX_NAME)[0]
    if not name:
        raise BotError(N_("a name cannot be empty"), mend=N_("Write how they are called."))
    return name


def read_locale(spelled: str) -> str:
    """A language as it is kept; raises BotError for one that does not exist."""
    try:
        language, territory, script, *others = parse_locale(spelled.strip().replace("_", "-"), sep="-")
    except ValueError:
        language, territory, script, others = "", None, None, []
    known = Locale("en")
    if (
        language not in known.languages
        or (territory or "US") not in known.territories
        or (script or "Latn") not in known.scripts
        or any(others)
    ):
        raise BotError(N_("{locale} is no language"), mend=N_("Write it as pt-BR, en-US or es."), locale=spelled)
    return "-".join(part for part in (language, script, territory) if part)


def read_timezone(spelled: str) -> str:
    """A time zone as it is kept; raises BotError for one that does not exist."""
    wanted = spelled.strip().lower().replace(" ", "_")
    # Babel brings its own names; not every machine has the tz database.
    known = (*get_global("zone_territories"), *get_global("zone_aliases"))
    found = next((each for each in known if each.lower() == wanted), None)
    if found is None:
        raise BotError(
            N_("{timezone} is no time zone"),
            mend=N_("Write it as in the tz database: America/Sao_Paulo, Europe/Lisbon."),
            timezone=spelled,
        )
    return found
