"""What comes of earning, redeeming and adjusting."""

from collections.abc import Callable, Mapping

from bot.loyalty.kinds import EntryKind
from bot.loyalty.ledger import rules
from bot.loyalty.ledger.asked import Adjust, Earn, Outcome, Posting, Redeem
from bot.loyalty.ledger.book import Book
from bot.loyalty.ledger.rules import Changes
from bot.loyalty.ledger.settling import account_of, over_limit, posted
from bot.loyalty.ledger.state import Account, Change
from bot.loyalty.lives import last_day
from bot.loyalty.refusals import Code, Refusal
from bot.loyalty.values import Programme


def earn(book: Book, programme: Programme, asked: Earn) -> Outcome:
    """Give points, in a lot of their own."""
    points = rules.amount(asked.points)
    if isinstance(points, Refusal):
        return points
    over = over_limit(book, programme, asked, points)
    if over is not None:
        return over
    return _given(book, programme, asked, EntryKind.EARN, points)


def redeem(book: Book, programme: Programme, asked: Redeem) -> Outcome:
    """Take points, out of all accounts of the person."""
    points = rules.amount(asked.points)
    if isinstance(points, Refusal):
        return points
    over = over_limit(book, programme, asked, points)
    return over or _taken(book, programme, asked, EntryKind.REDEEM, points)


def adjust(book: Book, programme: Programme, asked: Adjust) -> Outcome:
    """Give or take, as the sign says."""
    points = asked.points
    if points == 0 and not isinstance(points, bool):
        return Refusal(Code.ZERO)
    is_whole = isinstance(points, int) and not isinstance(points, bool)
    size = rules.amount(abs(points) if is_whole else points)
    if isinstance(size, Refusal):
        return size
    if points > 0:
        return _given(book, programme, asked, EntryKind.ADJUST, size)
    return _taken(book, programme, asked, EntryKind.ADJUST, size)


def _given(book: Book, programme: Programme, asked: Earn | Adjust, kind: EntryKind, points: int) -> Outcome:
    account_id = account_of(book, programme, asked)
    if isinstance(account_id, Refusal):
        return account_id
    today = book.today(programme)
    last = None if asked.never_ends else asked.expires_on or last_day(programme.life, today)
    return post_given(
        book, programme, asked, account_id, lambda account: rules.give(account, kind, points, last, today)
    )


def _taken(book: Book, programme: Programme, asked: Redeem | Adjust, kind: EntryKind, points: int) -> Outcome:
    account_id = account_of(book, programme, asked)
    if isinstance(account_id, Refusal):
        return account_id
    if account_id is None:
        return Refusal(Code.TOO_FEW, {"available": 0, "points": points})
    today, idle_days = book.today(programme), programme.asked.idle_days
    family = book.family_of(account_id)
    return posted(
        book,
        programme,
        asked,
        family,
        lambda settled: rules.take([settled[each] for each in family], kind, points, today, idle_days),
    )


def post_given(
    book: Book,
    programme: Programme,
    asked: Posting,
    account_id: str | None,
    give: Callable[[Account], Change | Refusal],
) -> Outcome:
    """Give to an account, or to the contact's own that is made for it: never for what is refused."""
    if account_id is None:
        change = give(Account(""))
        if isinstance(change, Refusal):
            return change
        account_id = book.open(programme.id, asked.contact_id)  # type: ignore[union-attr]  # else it has an account
    family = book.family_of(account_id)

    def with_settled(settled: Mapping[str, Account]) -> Changes | Refusal:
        change = give(settled[account_id])
        return change if isinstance(change, Refusal) else (change,)

    return posted(book, programme, asked, family, with_settled)
