"""What comes of each posting of a batch, under the locks of its accounts; nothing is read or written here."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.loyalty.ledger.asked import (
    Adjust,
    Cancel,
    Confirm,
    Earn,
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
from bot.loyalty.ledger.giving import adjust, earn, redeem
from bot.loyalty.ledger.keys import digest, kept_key
from bot.loyalty.ledger.pending import cancel, confirm, pend
from bot.loyalty.ledger.queries import Keyed
from bot.loyalty.ledger.reversing import refund, return_
from bot.loyalty.ledger.settling import balance
from bot.loyalty.refusals import Code, Refusal
from bot.loyalty.values import Programme

_DECIDE: Mapping[type[Posting], Callable[[Book, Programme, Any], Outcome]] = {
    Earn: earn,
    Redeem: redeem,
    Adjust: adjust,
    Refund: refund,
    Return: return_,
    Pend: pend,
    Confirm: confirm,
    Cancel: cancel,
}


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
    return Posted(entries, balance(book, book.programmes[entries[0].programme_id], entries[0]), repeated=True)
