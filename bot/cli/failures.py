"""What became of a command that failed: one plain sentence with its mend, and the exit code."""

import sys

from bot.cli.common import _, printable
from bot.core.errors import Blame, BotError, UnreachableError
from bot.core.i18n import N_

_OF_THE_SYSTEM = (
    *(N_("No such file or directory"), N_("Permission denied"), N_("Is a directory"), N_("Not a directory")),
    *(N_("Address already in use"), N_("Cannot assign requested address"), N_("No space left on device")),
    *(N_("Too many open files"), N_("Read-only file system"), N_("Network is unreachable"), N_("No route to host")),
    N_("File exists"),
)
"""What systems say of an error, so that it is said in the shell's language; what is not here stays as it is."""
_OF_A_PATH = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)
_EXIT_CODES = {Blame.INPUT: 1, Blame.USAGE: 2, Blame.SURROUNDINGS: 3}


def report(error: Exception) -> int:
    """Tell `error` on standard error; returns the exit code."""
    told = plain_error(error)
    message, mend = told.words(_)
    sentence = printable(f"{message}. {mend}".strip())
    sys.stderr.write(_("Error: {sentence}", sentence=sentence) + "\n")
    return _EXIT_CODES[told.blame]


def plain_error(error: BaseException) -> BotError:
    """The same failure in plain words; what it was caused by decides, since drivers wrap one another."""
    chain = _chain(error)
    ours = next((each for each in reversed(chain) if isinstance(each, BotError)), None)
    if ours is not None:
        return ours
    place = next((each.place for each in chain if isinstance(each, UnreachableError)), "")
    for each in chain:
        known = _of_database(each) or _of_system(each)
        if known is not None:
            return _placed(known, place) if place else known
    return BotError(
        _("something unexpected happened ({kind})", kind=type(error).__name__),
        mend=_("Run the command again with --debug and report what it prints."),
        blame=Blame.SURROUNDINGS,
    )


def _placed(error: BotError, place: str) -> BotError:
    """The same failure, of a database that is named."""
    message, mend = error.words(_)
    told = _("{message} (the database {place})", message=message, place=place)
    return BotError(told, mend=mend, blame=error.blame)


def _chain(error: BaseException) -> list[BaseException]:
    """`error` and what it was raised from, the innermost first."""
    links: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and each not in links:
        links.append(each)
        each = each.__cause__ or each.__context__
    return links[::-1]


def _of_database(error: BaseException) -> BotError | None:
    """The drivers' errors, told apart by name and SQLSTATE, so that no driver is imported to fail quickly."""
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return _of_postgresql(state, str(error).partition("\n")[0])
    if type(error).__module__ == "sqlite3":
        return _of_sqlite(str(error))
    return None


def _of_postgresql(state: str, text: str) -> BotError | None:
    if state.startswith("28"):
        message, mend = _("the database refused the user or password"), _("Check DATABASE_URL.")
    elif state == "3D000":
        message, mend = _("the database does not exist"), _("Create it, or check the name in DATABASE_URL.")
    elif state == "42P01":
        message, mend = _("the database has no tables yet"), _("Run `python bot.py migrate`.")
    elif state == "42703":
        message, mend = _("the database's schema is older than this version needs"), _("Run `python bot.py migrate`.")
    elif state == "55P03":
        message, mend = _("someone else holds a lock in the database"), _("Try again in a moment.")
    elif state == "53300":
        message, mend = _("the database takes no more connections"), _("Lower BOT_POOL_SIZE or raise max_connections.")
    elif state.startswith(("08", "57P")):
        message, mend = _("the database ended the connection"), _("Check that it is up, then try again.")
    else:
        message, mend = _("the database failed: {text}", text=text), ""
    return BotError(message, mend=mend, blame=Blame.SURROUNDINGS)


def _of_sqlite(text: str) -> BotError:
    if "no such table" in text:
        message, mend = _("the database has no tables yet"), _("Run `python bot.py migrate`.")
    elif "no such column" in text or "has no column named" in text:
        message, mend = _("the database's schema is older than this version needs"), _("Run `python bot.py migrate`.")
    elif "locked" in text:
        message, mend = _("someone else is writing to the database"), _("Try again in a moment.")
    elif "unable to open" in text:
        message, mend = _("the database file cannot be opened"), _("Check the path in DATABASE_URL and its folder.")
    elif "not a database" in text:
        message, mend = _("the database file is not an SQLite database"), _("Check the path in DATABASE_URL.")
    else:
        message, mend = _("the database failed: {text}", text=text), ""
    return BotError(message, mend=mend, blame=Blame.SURROUNDINGS)


def _of_system(error: BaseException) -> BotError | None:
    if isinstance(error, ConnectionError):
        message, mend = _("the connection was refused"), _("Check that the other side is up, and its address.")
    elif isinstance(error, TimeoutError):
        message, mend = _("there was no answer in time"), _("Check the network, then try again.")
    elif isinstance(error, _OF_A_PATH) and error.filename is not None:
        return BotError(f"{error.filename}: {_(str(error.strerror))}", mend=_("Check the path."), blame=Blame.INPUT)
    elif isinstance(error, OSError):
        message, mend = (
            _("the system refused: {text}", text=_(error.strerror) if error.strerror else error),
            _("Check the address."),
        )
    else:
        return None
    return BotError(message, mend=mend, blame=Blame.SURROUNDINGS)
