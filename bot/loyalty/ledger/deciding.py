"""What comes of each posting of a batch, under the locks of its accounts; nothing is read or written here."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from bot.core.ids import new_id
from bot.loyalty.kinds import EntryKind, PendingStatus
from bot.loyalty.ledger import rules
from bot.loyalty.ledger.asked import (
    Adjust,
    Cancel,
    Confirm,
    Earn,
    Entry,
    OfAccount,
    Once,
    Outcome,
    Pend,
    Pended,
    Pending,
    Posted,
    Posting,
    Redeem,
    Refund,
    Return,
)
from bot.loyalty.ledger.book import Book
from bot.loyalty.ledger.keys import digest, kept_key
from bot.loyalty.ledger.queries import Keyed
from bot.loyalty.ledger.rules import Changes, Earned, Redeemed, Taken
from bot.loyalty.ledger.state import Account, Change, applied
from bot.loyalty.lives import last_day, least_day
from bot.loyalty.refusals import Code, Refusal
from bot.loyalty.values import Programme


def decide(book: Book, asked: Posting) -> Outcome:
    """What comes of it; the book has it then, or nothing of it where it is refused."""
    programme = book.programmes.get(asked.programme_id)
    if programme is None:
        return Refusal(Code.NO_PROGRAMME)
    key = asked.key if isinstance(asked, Once) else None
    known = None if key is None else book.keyed.get((programme.id, kept_key(key)))
    if known is not None:
        return _again(book, known) if known.digest == digest(asked) else Refusal(Code.KEY_USED)
    if not programme.asked.is_active:
        return Refusal(Code.INACTIVE)
    outcome = _DECIDE[type(asked)](book, programme, asked)
    if key is not None and not isinstance(outcome, Refusal):
        found = outcome.pending if isinstance(outcome, Pended) else outcome.entries[0]
        book.keyed[programme.id, kept_key(key)] = Keyed(digest(asked), found)
    return outcome


def _again(book: Book, known: Keyed) -> Outcome:
    if isinstance(known.found, Pending):
        return Pended(book.origins.pending.get(known.found.id, known.found), repeated=True)
    entries = book.origins.postings[known.found.posting_id]
    return Posted(entries, _balance(book, book.programmes[entries[0].programme_id], entries[0]), repeated=True)


def _earn(book: Book, programme: Programme, asked: Earn) -> Outcome:
    points = rules.amount(asked.points)
    if isinstance(points, Refusal):
        return points
    over = _over_limit(book, programme, asked, points)
    if over is not None:
        return over
    return _given(book, programme, asked, EntryKind.EARN, points)


def _given(book: Book, programme: Programme, asked: Earn | Adjust, kind: EntryKind, points: int) -> Outcome:
    account_id = _account(book, programme, asked)
    if isinstance(account_id, Refusal):
        return account_id
    today = book.today(programme)
    last = None if asked.never_ends else asked.expires_on or last_day(programme.life, today)
    return _post_given(
        book, programme, asked, account_id, lambda account: rules.give(account, kind, points, last, today)
    )


def _post_given(
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

    return _posted(book, programme, asked, family, with_settled)


def _redeem(book: Book, programme: Programme, asked: Redeem) -> Outcome:
    points = rules.amount(asked.points)
    if isinstance(points, Refusal):
        return points
    over = _over_limit(book, programme, asked, points)
    return over or _taken(book, programme, asked, EntryKind.REDEEM, points)


def _taken(book: Book, programme: Programme, asked: Redeem | Adjust, kind: EntryKind, points: int) -> Outcome:
    account_id = _account(book, programme, asked)
    if isinstance(account_id, Refusal):
        return account_id
    if account_id is None:
        return Refusal(Code.TOO_FEW, {"available": 0, "points": points})
    today, idle_days = book.today(programme), programme.asked.idle_days
    family = book.family_of(account_id)
    return _posted(
        book,
        programme,
        asked,
        family,
        lambda settled: rules.take([settled[each] for each in family], kind, points, today, idle_days),
    )


def _adjust(book: Book, programme: Programme, asked: Adjust) -> Outcome:
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


def _refund(book: Book, programme: Programme, asked: Refund) -> Outcome:
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
    return _posted(book, programme, asked, family, with_settled, reverses)


def _redeemed(book: Book, account: Account, entry: Entry) -> Redeemed:
    lots = {lot.key: lot for lot in account.lots}
    taken = tuple(Taken(lots[lot_id], n) for lot_id, n in book.origins.taken[entry.id])
    return Redeemed(account, entry.debit - book.origins.reversed.get(entry.id, 0), taken)


def _return(book: Book, programme: Programme, asked: Return) -> Outcome:
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
        over = sum(n for each in _ends(book, programme, family) for key, n in each.allocations if key == lot_id)
        earned = Earned(
            account=named.account_id,
            points=named.credit,
            returned=book.origins.reversed.get(named.id, 0),
            ended=over + (book.origins.ended.get(lot_id, 0) if lot_id else 0),
            lot=lot_id,
        )
        own = [settled[each] for each in family]
        return rules.take_back(own, earned, points, programme.asked.on_return, today, idle_days)

    return _posted(book, programme, asked, family, with_settled, dict.fromkeys(family, named.id))


def _pend(book: Book, programme: Programme, asked: Pend) -> Outcome:
    points = rules.amount(asked.points)
    if isinstance(points, Refusal):
        return points
    over = _over_limit(book, programme, asked, points)
    account_id = _account(book, programme, asked)
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
    _count(book, programme, asked, points)
    return Pended(pending)


def _confirm(book: Book, programme: Programme, asked: Confirm) -> Outcome:
    pending = book.origins.pending.get(asked.pending_id)
    if pending is None or pending.programme_id != programme.id:
        return Refusal(Code.NO_PENDING)
    if pending.entry_id is not None:
        entries = book.origins.postings[pending.entry_id]
        return Posted(entries, _balance(book, programme, entries[0]), repeated=True)
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
    outcome = _post_given(
        book,
        programme,
        earn,
        pending.account_id,
        lambda account: rules.give(account, EntryKind.EARN, pending.points, last, today),
    )
    if isinstance(outcome, Posted):
        book.settle(pending, PendingStatus.CONFIRMED, outcome.id)
    return outcome


def _cancel(book: Book, programme: Programme, asked: Cancel) -> Outcome:
    pending = book.origins.pending.get(asked.pending_id)
    if pending is None or pending.programme_id != programme.id:
        return Refusal(Code.NO_PENDING)
    if pending.status is PendingStatus.CONFIRMED:
        return Refusal(Code.SETTLED)
    if pending.status is PendingStatus.CANCELLED:
        return Pended(pending, repeated=True)
    return Pended(book.settle(pending, PendingStatus.CANCELLED, None))


_DECIDE: Mapping[type[Posting], Callable[[Book, Programme, Any], Outcome]] = {
    Earn: _earn,
    Redeem: _redeem,
    Adjust: _adjust,
    Refund: _refund,
    Return: _return,
    Pend: _pend,
    Confirm: _confirm,
    Cancel: _cancel,
}


def _account(book: Book, programme: Programme, asked: OfAccount) -> str | Refusal | None:
    """The account that is named, or the contact's; None for a contact who has none yet."""
    if asked.account_id:
        row = book.rows.get(asked.account_id)
        return Refusal(Code.NO_ACCOUNT) if row is None or row.programme_id != programme.id else row.id
    if asked.contact_id not in book.heads:
        return Refusal(Code.NO_CONTACT)
    family = book.family(programme.id, asked.contact_id)
    own = next((each for each in family if book.rows[each].contact_id == book.heads[asked.contact_id]), None)
    # Whoever has only accounts of those who were merged into them is given something in one of their own.
    gives = isinstance(asked, Earn | Pend) or (isinstance(asked, Adjust) and asked.points > 0)
    return own if own is not None or gives else next(iter(family), None)


def _over_limit(book: Book, programme: Programme, asked: Posting, points: int) -> Refusal | None:
    if not asked.limited or asked.by is None or asked.by.user_id is None:
        return None
    left = programme.asked.daily_limit - book.posted.get((programme.id, asked.by.user_id, book.today(programme)), 0)
    return Refusal(Code.OVER_LIMIT, {"left": max(left, 0)}) if points > left else None


def _count(book: Book, programme: Programme, asked: Posting, points: int) -> None:
    if asked.limited and asked.by is not None and asked.by.user_id is not None:
        limit = (programme.id, asked.by.user_id, book.today(programme))
        book.posted[limit] = book.posted.get(limit, 0) + points


def _ends(book: Book, programme: Programme, family: Sequence[str]) -> list[Change]:
    """The entries by which what is over in those accounts ends."""
    today, idle_days = book.today(programme), programme.asked.idle_days
    found = (rules.ended(book.accounts[each], today, idle_days) for each in family)
    return [each for each in found if each is not None]


def _posted(
    book: Book,
    programme: Programme,
    asked: Posting,
    family: Sequence[str],
    decide_: Callable[[Mapping[str, Account]], Changes | Refusal],
    reverses: Mapping[str, str] | None = None,
) -> Outcome:
    """Let what is over end, then post what `decide_` makes of the accounts; nothing of both where it refuses."""
    over = _ends(book, programme, family)
    settled = {each: book.accounts[each] for each in family}
    settled |= {each.account: applied(settled[each.account], each) for each in over}
    changes = decide_(settled)
    if isinstance(changes, Refusal):
        return changes
    for each in over:
        book.post(programme, [each])
    entries = book.post(programme, changes, asked, reverses)
    if reverses is not None:
        for entry in entries:
            reversed_ = entry.reverses_id or ""
            book.origins.reversed[reversed_] = book.origins.reversed.get(reversed_, 0) + entry.credit + entry.debit
    book.origins.postings[entries[0].id] = entries
    if entries[0].kind is EntryKind.REFUND:
        # Those of a redemption may be two people again.
        book.touch([each.account_id for each in entries], book.today(programme))
    elif entries[0].credit or entries[0].kind is EntryKind.REDEEM:
        book.touch(family, book.today(programme))
    if isinstance(asked, Earn | Redeem):
        _count(book, programme, asked, sum(each.credit + each.debit for each in entries))
    return Posted(entries, _balance(book, programme, entries[0]))


def _balance(book: Book, programme: Programme, entry: Entry) -> int:
    """What whoever has an entry's account has by now, all accounts together."""
    today: date = book.today(programme)
    accounts = (book.accounts[each] for each in book.family_of(entry.account_id))
    return sum(each.left(today, programme.asked.idle_days) for each in accounts)
