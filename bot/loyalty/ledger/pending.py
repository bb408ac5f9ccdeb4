"""What comes of points that are to be confirmed: they are earned then, and count from that day on."""

from bot.core.ids import new_id
from bot.loyalty.kinds import EntryKind, PendingStatus
from bot.loyalty.ledger import rules
from bot.loyalty.ledger.asked import Cancel, Confirm, Earn, Outcome, Pend, Pended, Pending, Posted
from bot.loyalty.ledger.book import Book
from bot.loyalty.ledger.giving import post_given
from bot.loyalty.ledger.keys import kept_key
from bot.loyalty.ledger.settling import account_of, balance, count, over_limit
from bot.loyalty.lives import last_day
from bot.loyalty.refusals import Code, Refusal
from bot.loyalty.values import Programme


def pend(book: Book, programme: Programme, asked: Pend) -> Outcome:
    """Put points down that are to be confirmed."""
    points = rules.amount(asked.points)
    if isinstance(points, Refusal):
        return points
    over = over_limit(book, programme, asked, points)
    account_id = account_of(book, programme, asked)
    if over is not None or isinstance(account_id, Refusal):
        return over or account_id  # type: ignore[return-value]  # one of both is a refusal
    pending = Pending(
        id=new_id(),
        programme_id=programme.id,
        account_id=account_id or book.open(programme.id, asked.contact_id),
        points=points,
        reason=asked.reason,
        reference=asked.reference,
        key=None if asked.key is None else kept_key(asked.key),
        status=PendingStatus.PENDING,
        entry_id=None,
        created_at=book.now,
        settled_at=None,
    )
    book.pend(pending, asked)
    count(book, programme, asked, points)
    return Pended(pending)


def confirm(book: Book, programme: Programme, asked: Confirm) -> Outcome:
    """Let them be earned, once."""
    pending = book.origins.pending.get(asked.pending_id)
    if pending is None or pending.programme_id != programme.id:
        return Refusal(Code.NO_PENDING)
    if pending.entry_id is not None:
        entries = book.origins.postings[pending.entry_id]
        return Posted(entries, balance(book, programme, entries[0]), repeated=True)
    if pending.status is not PendingStatus.PENDING:
        return Refusal(Code.SETTLED)
    today = book.today(programme)
    last = last_day(programme.life, today)
    earn = Earn(
        programme_id=programme.id,
        reason=asked.reason or pending.reason,
        reference=asked.reference or pending.reference,
        account_id=pending.account_id,
        points=pending.points,
    )
    outcome = post_given(
        book,
        programme,
        earn,
        pending.account_id,
        lambda account: rules.give(account, EntryKind.EARN, pending.points, last, today),
    )
    if isinstance(outcome, Posted):
        book.settle(pending, PendingStatus.CONFIRMED, outcome.id)
    return outcome


def cancel(book: Book, programme: Programme, asked: Cancel) -> Outcome:
    """Let them never be earned."""
    pending = book.origins.pending.get(asked.pending_id)
    if pending is None or pending.programme_id != programme.id:
        return Refusal(Code.NO_PENDING)
    if pending.status is PendingStatus.CONFIRMED:
        return Refusal(Code.SETTLED)
    if pending.status is PendingStatus.CANCELLED:
        return Pended(pending, repeated=True)
    return Pended(book.settle(pending, PendingStatus.CANCELLED, None))
