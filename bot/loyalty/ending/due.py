"""Posting that points have ended: some accounts at a time, each whole."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.hints import Topic
from bot.db.hub import hint
from bot.loyalty.ending import queries
from bot.loyalty.ledger import rules
from bot.loyalty.ledger.book import Book
from bot.loyalty.ledger.keeping import read_lots, write
from bot.loyalty.ledger.queries import lock_accounts
from bot.loyalty.values import Programme


class Ended(NamedTuple):
    """What was posted.

    Attributes:
        accounts: of how many accounts.
        points: how many points.
        is_all: nothing more was due.
    """

    accounts: int
    points: int
    is_all: bool


async def end_due(connection: AsyncConnection, programme: Programme, now: datetime, at_once: int) -> Ended:
    """Post what has ended in a programme by now: `at_once` lots that are due, and as many accounts that lay idle."""
    book = Book(now, {programme.id: programme})
    today, idle_days = book.today(programme), programme.asked.idle_days
    due = await queries.due_accounts(connection, programme.id, today, at_once)
    idle: list[str] = []
    if idle_days is not None:
        idle = await queries.idle_accounts(connection, programme.id, today - timedelta(days=idle_days), at_once)
    account_ids = {*due, *idle}
    points = await _end(connection, programme, book, account_ids)
    return Ended(len(account_ids), points, is_all=max(len(due), len(idle)) < at_once)


async def _end(connection: AsyncConnection, programme: Programme, book: Book, account_ids: Collection[str]) -> int:
    if not account_ids:
        return 0
    book.know(await lock_accounts(connection, (), (), account_ids))
    await read_lots(connection, book)
    # Whoever redeemed meanwhile has posted it.
    found = [rules.ended(each, book.today(programme), programme.asked.idle_days) for each in book.accounts.values()]
    changes = [each for each in found if each is not None]
    for each in changes:
        book.post(programme, [each])
    await write(connection, book)
    hint(connection, Topic.POINTS, book.changed)
    return sum(each.debit for each in changes)
