"""What people say of a person, a name, a language, a time zone, as it is kept."""

from babel.core import Locale, get_global, parse_locale

from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.text import MAX_NAME, clean


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
