"""What all postings share: whose accounts they are about, what is over by then, and the limit of who posts."""

from collections.abc import Callable, Mapping, Sequence

from bot.loyalty.kinds import EntryKind
from bot.loyalty.ledger import rules
from bot.loyalty.ledger.asked import Adjust, Earn, Entry, OfAccount, Outcome, Pend, Posted, Posting, Redeem
from bot.loyalty.ledger.book import Book
from bot.loyalty.ledger.rules import Changes
from bot.loyalty.ledger.state import Account, Change, applied
from bot.loyalty.refusals import Code, Refusal
from bot.loyalty.values import Programme


def account_of(book: Book, programme: Programme, asked: OfAccount) -> str | Refusal | None:
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


def posted(
    book: Book,
    programme: Programme,
    asked: Posting,
    family: Sequence[str],
    decide_: Callable[[Mapping[str, Account]], Changes | Refusal],
    reverses: Mapping[str, str] | None = None,
) -> Outcome:
    """Let what is over end, then post what `decide_` makes of the accounts; nothing of both where it refuses."""
    over = ends(book, programme, family)
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
        count(book, programme, asked, sum(each.credit + each.debit for each in entries))
    return Posted(entries, balance(book, programme, entries[0]))


def ends(book: Book, programme: Programme, family: Sequence[str]) -> list[Change]:
    """The entries by which what is over in those accounts ends."""
    today, idle_days = book.today(programme), programme.asked.idle_days
    found = (rules.ended(book.accounts[each], today, idle_days) for each in family)
    return [each for each in found if each is not None]


def balance(book: Book, programme: Programme, entry: Entry) -> int:
    """What whoever has an entry's account has by now, all accounts together."""
    today = book.today(programme)
    accounts = (book.accounts[each] for each in book.family_of(entry.account_id))
    return sum(each.left(today, programme.asked.idle_days) for each in accounts)


def over_limit(book: Book, programme: Programme, asked: Posting, points: int) -> Refusal | None:
    """Why it is more than who posts may give and take that day; None where it is not."""
    if not asked.limited or asked.by is None or asked.by.user_id is None:
        return None
    left = programme.asked.daily_limit - book.posted.get((programme.id, asked.by.user_id, book.today(programme)), 0)
    return Refusal(Code.OVER_LIMIT, {"left": max(left, 0)}) if points > left else None


def count(book: Book, programme: Programme, asked: Posting, points: int) -> None:
    """Add what was given or taken to the day of who posted it, where their limit counts."""
    if asked.limited and asked.by is not None and asked.by.user_id is not None:
        limit = (programme.id, asked.by.user_id, book.today(programme))
        book.posted[limit] = book.posted.get(limit, 0) + points
