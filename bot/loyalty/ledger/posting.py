"""Posting to the ledger: a list of postings in one transaction, with as few statements for a hundred as for one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import Deed, record_all
from bot.core.hints import Topic
from bot.core.text import clean
from bot.db.hub import hint
from bot.loyalty.ledger.asked import Outcome, Pended, Posted, Posting
from bot.loyalty.ledger.deciding import decide
from bot.loyalty.ledger.keeping import begin, write
from bot.loyalty.refusals import Refusal
from bot.loyalty.renewing.taking_back import renew

_LONGEST = 255


async def post(connection: AsyncConnection, batch: Sequence[Posting], now: datetime) -> list[Outcome]:
    """Post in the caller's transaction, in this order; gives of each what came of it.

    What is refused has changed nothing. Contacts are locked first, then all accounts, and waited for. Two transactions
    that post with one key for two people at once meet at a unique index: the later one raises IntegrityError, and finds
    the key when it is tried again, as `Together` does.
    """
    outcomes = await _post(connection, batch, now, wait=True)
    return [each for each in outcomes if each is not None]


async def try_post(connection: AsyncConnection, batch: Sequence[Posting], now: datetime) -> list[Outcome | None]:
    """As `post`, but waits for nobody's contact: None where somebody else holds it, to be posted by itself."""
    return await _post(connection, batch, now, wait=False)


async def _post(
    connection: AsyncConnection, batch: Sequence[Posting], now: datetime, *, wait: bool
) -> list[Outcome | None]:
    if not batch:
        return []
    fit = [_fit(each) for each in batch]
    book, held = await begin(connection, fit, now, wait=wait)
    outcomes = [None if is_held else decide(book, each) for each, is_held in zip(fit, held, strict=True)]
    await write(connection, book)
    await _note(connection, fit, outcomes, now)
    if book.changed:
        # All that were locked: what one account has stands in the notices of all accounts of its person.
        await renew(connection, book.accounts, now)
        hint(connection, Topic.POINTS, book.changed)
    return outcomes


def _fit(asked: Posting) -> Posting:
    """The posting with words that can be kept."""
    reason, reference = clean(asked.reason, _LONGEST)[0], clean(asked.reference, _LONGEST)[0]
    if (reason, reference) == (asked.reason, asked.reference):
        return asked
    return replace(asked, reason=reason, reference=reference)


async def _note(
    connection: AsyncConnection, batch: Sequence[Posting], outcomes: Sequence[Outcome | None], now: datetime
) -> None:
    """Write down who did it, where it is one of ours, a program or a command."""
    deeds = []
    for asked, outcome in zip(batch, outcomes, strict=True):
        if asked.by is None or outcome is None or isinstance(outcome, Refusal) or outcome.repeated:
            continue
        action = f"points.{type(asked).__name__.lower()}"
        deeds.append(Deed(asked.by, action, "point_account", *_told(outcome), now))
    if deeds:
        await record_all(connection, deeds)


def _told(outcome: Posted | Pended) -> tuple[str, dict[str, object]]:
    """The account, and what the audit tells of it."""
    if isinstance(outcome, Pended):
        return outcome.pending.account_id, {"points": outcome.pending.points, "pending": outcome.pending.id}
    return outcome.entries[0].account_id, {"points": outcome.points, "entry": outcome.id}
