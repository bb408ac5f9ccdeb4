"""What comes of giving back what was redeemed, and of taking back what a purchase earned."""

from collections.abc import Mapping

from bot.loyalty.kinds import EntryKind
from bot.loyalty.ledger import rules
from bot.loyalty.ledger.asked import Entry, Outcome, Refund, Return
from bot.loyalty.ledger.book import Book
from bot.loyalty.ledger.rules import Changes, Earned, Redeemed, Taken
from bot.loyalty.ledger.settling import ends, posted
from bot.loyalty.ledger.state import Account
from bot.loyalty.lives import least_day
from bot.loyalty.refusals import Code, Refusal
from bot.loyalty.values import Programme


def refund(book: Book, programme: Programme, asked: Refund) -> Outcome:
    """Give back what was redeemed, to each account that it came from."""
    named = book.origins.entries.get(asked.entry_id)
    if named is None or named.programme_id != programme.id:
        return Refusal(Code.NO_ENTRY)
    if named.kind is not EntryKind.REDEEM:
        return Refusal(Code.NOT_REDEEMED)
    points = None if asked.points is None else rules.amount(asked.points)
    if isinstance(points, Refusal):
        return points
    entries = book.origins.postings[named.posting_id]
    today = book.today(programme)
    given = [each.account_id for each in entries]
    family = [*given, *(each for each in book.family_of(named.account_id) if each not in given)]

    def with_settled(settled: Mapping[str, Account]) -> Changes | Refusal:
        parts = [_redeemed(book, settled[each.account_id], each) for each in entries]
        return rules.give_back(parts, points, today, least_day(programme.life, today))

    reverses = {each.account_id: each.id for each in entries}
    return posted(book, programme, asked, family, with_settled, reverses)


def return_(book: Book, programme: Programme, asked: Return) -> Outcome:
    """Take back what was earned, out of all accounts of the person."""
    named = book.origins.entries.get(asked.entry_id)
    if named is None or named.programme_id != programme.id:
        return Refusal(Code.NO_ENTRY)
    if named.kind is not EntryKind.EARN:
        return Refusal(Code.NOT_EARNED)
    points = None if asked.points is None else rules.amount(asked.points)
    if isinstance(points, Refusal):
        return points
    family = book.family_of(named.account_id)
    lot_id = book.origins.lots.get(named.id)
    today, idle_days = book.today(programme), programme.asked.idle_days

    def with_settled(settled: Mapping[str, Account]) -> Changes | Refusal:
        over = sum(n for each in ends(book, programme, family) for key, n in each.allocations if key == lot_id)
        earned = Earned(
            account=named.account_id,
            points=named.credit,
            returned=book.origins.reversed.get(named.id, 0),
            ended=over + (book.origins.ended.get(lot_id, 0) if lot_id else 0),
            lot=lot_id,
        )
        own = [settled[each] for each in family]
        return rules.take_back(own, earned, points, programme.asked.on_return, today, idle_days)

    return posted(book, programme, asked, family, with_settled, dict.fromkeys(family, named.id))


def _redeemed(book: Book, account: Account, entry: Entry) -> Redeemed:
    lots = {lot.key: lot for lot in account.lots}
    taken = tuple(Taken(lots[lot_id], n) for lot_id, n in book.origins.taken[entry.id])
    return Redeemed(account, entry.debit - book.origins.reversed.get(entry.id, 0), taken)
