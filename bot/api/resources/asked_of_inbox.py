"""What the inbox refuses to keep, as a problem that points to the member of the body to which it is due."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.api.problems import CONFLICT, REFUSED, Fault, ProblemError, sentence
from bot.inbox.service import AskedError, TakenError


@contextmanager
def asked() -> Iterator[None]:
    """What is asked of a label or a template; of two with one name or shortcut the later one is `taken`."""
    try:
        yield
    except TakenError as error:
        said = sentence(error)
        raise ProblemError(CONFLICT, said, faults=[Fault(said, f"/{error.field}")], code="taken") from None
    except AskedError as error:
        said = sentence(error)
        raise ProblemError(REFUSED, said, faults=[Fault(said, f"/{error.field}")]) from None
