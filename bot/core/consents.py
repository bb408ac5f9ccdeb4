"""What an address agrees to on a channel after something was said of it: by a word, a provider, a link or an admin.

Two purposes have a last word each: all messages, and marketing alone. Whoever wants no messages wants no marketing, so
that word is the last one about both; whoever comes back gets answers and notices, and marketing once they agree to it
by itself. What was said later holds, by the time when it was said, so it never matters in which order words come.

What somebody else claims for them, a sheet that is imported, counts only where they themselves said nothing: it says
when it was written down, not when they agreed, and so neither lifts a refusal nor outlives one, whenever that was made.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.core.addresses import Address, Channel
from bot.core.purposes import ConsentPurpose, Purpose


class ConsentReason(StrEnum):
    """Why an address agreed to messages on a channel, or to none."""

    WORD = "word"
    """The person wrote one of the channel's words."""
    PROVIDER = "provider"
    """The provider says that they opted out or in there."""
    MARKETING = "marketing"
    """They stopped the business's marketing messages in WhatsApp's own settings."""
    COMPLAINT = "complaint"
    """They reported a message as spam."""
    BOUNCE = "bounce"
    """The address does not exist or takes no mail for good."""
    UNSUBSCRIBED = "unsubscribed"
    """They followed a mail's unsubscribe link."""
    ADMIN = "admin"
    FORM = "form"
    """They filled in a form of ours."""
    IMPORT = "import"
    """A sheet that was imported says so; the proof is the change's detail."""


@dataclass(frozen=True, slots=True)
class Preference:
    """A person told the provider, or the provider found out, whether they are to get messages.

    Attributes:
        account: our side, as in `InboundMessage`.
        channel: on which it holds.
        address: whose.
        opted_in: what holds from then on.
        reason: why.
        said_at: when they said it, by the provider's clock; None when it gives none.
    """

    account: str
    channel: Channel
    address: Address
    opted_in: bool
    reason: ConsentReason
    said_at: datetime | None = None


class Word(NamedTuple):
    """That somebody agreed to messages, or wants none.

    Attributes:
        opted_in: what they said.
        heard_at: when we came to know it.
        said_at: when they said it; None where nobody told.
    """

    opted_in: bool
    heard_at: datetime
    said_at: datetime | None = None


class Standing(NamedTuple):
    """What holds for one purpose.

    Attributes:
        opted_in: whether they agree.
        reason: who or what set it. Whoever refused stays so for the first reason there was, but for a bounce.
        changed_at: when we came to know it.
        said_at: when it was last said; None where nobody told.
    """

    opted_in: bool
    reason: ConsentReason
    changed_at: datetime
    said_at: datetime | None = None

    @property
    def word(self) -> Word:
        """That it was said."""
        return Word(self.opted_in, self.changed_at, self.said_at)


class Agreed(NamedTuple):
    """What an address agrees to on a channel.

    Attributes:
        all: of any message; None: they never said anything, and get what is no marketing.
        marketing: of marketing; None: they never said anything of it.
        reminded_at: when someone opted out was last told how to come back, or None.
    """

    all: Standing | None = None
    marketing: Standing | None = None
    reminded_at: datetime | None = None

    @classmethod
    def stored(cls, of_all: Standing, marketing: Standing | None, reminded_at: datetime | None) -> "Agreed":
        """What a row of the database tells.

        It always tells of all messages, be it only because something was said of marketing: then in that one's words,
        and without a time at which it was said.
        """
        told = marketing is None or not of_all.opted_in or of_all[1:] != (marketing.reason, marketing.changed_at, None)
        return cls(of_all if told else None, marketing, reminded_at)

    @property
    def refuses(self) -> bool:
        """Whether they want no messages at all."""
        return self.all is not None and not self.all.opted_in

    @property
    def of_marketing(self) -> Standing | None:
        """The last word about marketing, which may be one about all messages; None where there is none."""
        if self.marketing is None and self.refuses and self.all is not None and _is_a_wish(self.all.reason):
            return self.all
        return self.marketing


class Said(NamedTuple):
    """Something that was said of what an address agrees to.

    Attributes:
        opted_in: whether they agree.
        reason: who or what says so.
        purpose: of what.
        said_at: when; None where nobody told. A moment that is still to come counts as now.
        detail: the person's word, or the provider's code; empty for none.
        heard_at: when it came, where that is not now.
    """

    opted_in: bool
    reason: ConsentReason
    purpose: ConsentPurpose = ConsentPurpose.ALL
    said_at: datetime | None = None
    detail: str = ""
    heard_at: datetime | None = None

    @property
    def is_claimed(self) -> bool:
        """Whether somebody else says for them that they agree."""
        return self.opted_in and self.reason is ConsentReason.IMPORT


NOTHING = Agreed()
"""Who never said anything."""


def settle(present: Agreed, said: Said, now: datetime) -> tuple[Agreed, tuple[ConsentPurpose, ...]]:
    """What is agreed to once `said` is taken, and the purposes for which that is something new.

    What holds already only moves on to when it was last said; a word older than the one that holds changes nothing.
    """
    if said.is_claimed:
        return _claimed(present, said, now)
    if said.reason is ConsentReason.IMPORT and refuses(present, said.purpose):
        # It is told once more of what they said, and not when.
        return present, ()
    said_at = None if said.said_at is None else min(said.said_at, now)
    word = Word(said.opted_in, said.heard_at or now, said_at)
    marketing = present.of_marketing
    if said.purpose is ConsentPurpose.MARKETING:
        after = _after(marketing, word, said.reason, now)
        return present._replace(marketing=after), _new(ConsentPurpose.MARKETING, marketing, after)
    after = _after_all(present.all, word, said.reason, now)
    changed = _new(ConsentPurpose.ALL, present.all, after)
    if not said.opted_in and _is_a_wish(said.reason):
        before, marketing = marketing, _after(marketing, word, said.reason, now)
        if before is not None and before.opted_in:
            changed += _new(ConsentPurpose.MARKETING, before, marketing)
    reminded_at = None if ConsentPurpose.ALL in changed else present.reminded_at
    return Agreed(after, marketing, reminded_at), changed


def _claimed(present: Agreed, said: Said, now: datetime) -> tuple[Agreed, tuple[ConsentPurpose, ...]]:
    """That they agree, where nothing is known of it; not even an address that takes no messages is tried again."""
    last = present.of_marketing if said.purpose is ConsentPurpose.MARKETING else present.all
    if present.refuses or last is not None:
        return present, ()
    # Without a time: whatever they say holds, be it older than the sheet.
    standing = Standing(opted_in=True, reason=said.reason, changed_at=now)
    if said.purpose is ConsentPurpose.MARKETING:
        return present._replace(marketing=standing), (said.purpose,)
    return present._replace(all=standing), (said.purpose,)


def refuses(present: Agreed, purpose: ConsentPurpose) -> bool:
    """Whether they want none of that, other than that none arrives."""
    last = present.of_marketing if purpose is ConsentPurpose.MARKETING else present.all
    return last is not None and not last.opted_in and _is_a_wish(last.reason)


def purpose_of(reason: ConsentReason, sent_for: str = Purpose.SERVICE) -> ConsentPurpose:
    """What a refusal is about that was told for `reason`, where it is about a message that had been sent for a purpose.

    A link by which somebody unsubscribes from a campaign's mail says nothing of the answers to their questions.
    """
    of_a_campaign = reason is ConsentReason.UNSUBSCRIBED and sent_for == Purpose.MARKETING
    return ConsentPurpose.MARKETING if of_a_campaign or reason is ConsentReason.MARKETING else ConsentPurpose.ALL


def holds(word: Word, last: Word | None) -> bool:
    """Whether `word` holds although `last`, the one that holds now, had been said.

    In doubt nobody gets messages: an opt-out gives way only to what was certainly said after it, and what was said
    at the same time was not. Where nobody tells the time of either, they were said in the order in which they came.
    """
    if last is None:
        return True
    if not word.opted_in:
        return word.said_at is None or last.said_at is None or not last.opted_in or word.said_at >= last.said_at
    if word.said_at is None and last.said_at is None:
        return True
    return (word.said_at or word.heard_at) > (last.said_at or last.heard_at)


def last_said_at(word: Word, last: Word) -> datetime | None:
    """When the same was last said, of `word` and `last`; None where nobody told."""
    if word.said_at is None and last.said_at is None:
        return None
    return max(word.said_at or word.heard_at, last.said_at or last.heard_at)


def _is_a_wish(reason: ConsentReason) -> bool:
    """Whether somebody wants no messages, other than that none arrive."""
    return reason is not ConsentReason.BOUNCE


def _after(last: Standing | None, word: Word, reason: ConsentReason, now: datetime) -> Standing | None:
    if last is None or (holds(word, last.word) and word.opted_in != last.opted_in):
        return Standing(word.opted_in, reason, now, word.said_at)
    return last._replace(said_at=last_said_at(word, last.word)) if holds(word, last.word) else last


def _after_all(last: Standing | None, word: Word, reason: ConsentReason, now: datetime) -> Standing | None:
    if last is None:
        # They are opted in anyway; but what was said before it may still come.
        return None if word.opted_in and word.said_at is None else Standing(word.opted_in, reason, now, word.said_at)
    bounced = last.reason is ConsentReason.BOUNCE and not last.opted_in
    if bounced and not word.opted_in and _is_a_wish(reason) and holds(word, last.word):
        return Standing(word.opted_in, reason, now, word.said_at)
    return _after(last, word, reason, now)


def _new(purpose: ConsentPurpose, before: Standing | None, after: Standing | None) -> tuple[ConsentPurpose, ...]:
    """The purpose, where what holds for it is something new; who never said anything gets what is no marketing."""
    if before is None:
        told = after is not None and (purpose is ConsentPurpose.MARKETING or not after.opted_in)
    else:
        told = after is not None and after[:2] != before[:2]
    return (purpose,) if told else ()
