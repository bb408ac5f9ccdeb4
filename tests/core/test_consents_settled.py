"""What an address agrees to after something was said of it: the last word holds, for each purpose."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from bot.core.consents import NOTHING, Agreed, ConsentReason, Said, Standing, purpose_of, refuses, settle
from bot.core.purposes import ConsentPurpose, Purpose
from tests.support.tables import for_each

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
ALL, MARKETING = ConsentPurpose
WORD, BOUNCE, COMPLAINT = ConsentReason.WORD, ConsentReason.BOUNCE, ConsentReason.COMPLAINT
STOP, START = (ALL, False), (ALL, True)
STOP_PROMO, START_PROMO = (MARKETING, False), (MARKETING, True)
Word = tuple[ConsentPurpose, bool]


def after(*said: Said, agreed: Agreed = NOTHING) -> Agreed:
    """What is agreed to once all of that was said, a minute apart."""
    for number, each in enumerate(said):
        agreed, _changed = settle(agreed, each, NOON + timedelta(minutes=number))
    return agreed


def told(*words: Word) -> Agreed:
    """As `after`, by words of which nobody tells the time."""
    return after(*(Said(opted_in, WORD, purpose) for purpose, opted_in in words))


def gets(agreed: Agreed) -> tuple[bool, bool]:
    """Whether they get messages, and whether they get marketing too."""
    marketing = agreed.marketing is not None and agreed.marketing.opted_in
    return not agreed.refuses, marketing and not agreed.refuses


@for_each(
    ("words", "expected"),
    [
        ([], (True, False)),
        ([START_PROMO], (True, True)),
        ([STOP_PROMO], (True, False)),
        ([START_PROMO, STOP_PROMO], (True, False)),
        ([STOP_PROMO, START_PROMO], (True, True)),
        ([STOP], (False, False)),
        ([STOP, START_PROMO], (False, False)),
        ([STOP, START_PROMO, START], (True, True)),
        ([START_PROMO, STOP, START], (True, False)),
        ([START_PROMO, STOP, START, START_PROMO], (True, True)),
        ([STOP_PROMO, STOP, START], (True, False)),
        ([STOP, START_PROMO, STOP, START], (True, False)),
        ([START_PROMO, START], (True, True)),
    ],
)
def test_each_purpose_has_its_last_word_and_who_wants_nothing_wants_no_marketing(
    words: Sequence[Word], expected: tuple[bool, bool]
) -> None:
    assert gets(told(*words)) == expected


@given(
    some.lists(some.tuples(some.sampled_from([STOP, START, STOP_PROMO, START_PROMO]), some.integers(0, 5)), max_size=4)
)
def test_words_mean_the_same_in_whatever_order_they_come(said: list[tuple[Word, int]]) -> None:
    def heard(order: Sequence[tuple[Word, int]]) -> tuple[bool, bool]:
        late = NOON + timedelta(days=1)
        agreed = NOTHING
        for (purpose, opted_in), minute in order:
            word = Said(opted_in, WORD, purpose, NOON + timedelta(minutes=minute))
            agreed, _changed = settle(_kept(agreed), word, late)
        return gets(agreed)

    assert len({heard(order) for order in itertools.permutations(said)}) == 1


def _kept(agreed: Agreed) -> Agreed:
    """As it comes back from the database."""
    of_all = agreed.all
    if of_all is None:
        if agreed.marketing is None:
            return agreed
        of_all = Standing(True, agreed.marketing.reason, agreed.marketing.changed_at)
    return Agreed.stored(of_all, agreed.marketing, agreed.reminded_at)


@for_each(
    ("words", "changed"),
    [
        ([START], [()]),
        ([STOP, STOP], [(ALL,), ()]),
        ([START_PROMO, START_PROMO], [(MARKETING,), ()]),
        ([START_PROMO, STOP], [(MARKETING,), (ALL, MARKETING)]),
        ([STOP_PROMO, STOP], [(MARKETING,), (ALL,)]),
        ([STOP, STOP_PROMO], [(ALL,), ()]),
        ([STOP, START], [(ALL,), (ALL,)]),
    ],
)
def test_only_what_is_new_is_told(words: Sequence[Word], changed: list[tuple[ConsentPurpose, ...]]) -> None:
    agreed, found = NOTHING, []
    for number, (purpose, opted_in) in enumerate(words):
        agreed, new = settle(agreed, Said(opted_in, WORD, purpose), NOON + timedelta(minutes=number))
        found.append(new)
    assert found == changed


def test_an_address_that_bounced_takes_nothing_back_of_what_was_agreed_to() -> None:
    agreed = after(Said(True, WORD, MARKETING), Said(False, BOUNCE), Said(True, BOUNCE))
    assert gets(agreed) == (True, True)


def test_whoever_refused_stays_so_for_the_first_reason_but_for_a_bounce() -> None:
    reasons = [each.all.reason for each in _steps(BOUNCE, BOUNCE, COMPLAINT, BOUNCE, WORD) if each.all is not None]
    assert reasons == [BOUNCE, BOUNCE, COMPLAINT, COMPLAINT, COMPLAINT]


def _steps(*reasons: ConsentReason) -> list[Agreed]:
    said = [Said(False, reason) for reason in reasons]
    return [after(*said[: number + 1]) for number in range(len(said))]


def test_a_refusal_from_before_there_were_purposes_counts_for_marketing_too() -> None:
    # Given a refusal of which the row tells nothing about marketing,
    at = NOON - timedelta(minutes=5)
    refused = Agreed(Standing(False, WORD, at, at))

    # then to agree to marketing before it means nothing, and coming back does not bring marketing back.
    before, _changed = settle(refused, Said(True, WORD, MARKETING, at - timedelta(minutes=1)), NOON)
    assert before.marketing is not None
    assert not before.marketing.opted_in
    assert gets(after(Said(True, WORD, said_at=NOON), agreed=refused)) == (True, False)
    assert Agreed(Standing(False, BOUNCE, NOON, NOON)).of_marketing is None


def test_a_time_to_come_counts_as_now() -> None:
    agreed, _changed = settle(NOTHING, Said(False, WORD, said_at=NOON + timedelta(days=9)), NOON)
    assert agreed.all == Standing(False, WORD, NOON, NOON)


@for_each("words", [[STOP], [START_PROMO], [STOP, START_PROMO], [STOP, START, STOP_PROMO]])
def test_what_is_written_is_what_is_read(words: Sequence[Word]) -> None:
    assert _kept(told(*words)) == told(*words)


@for_each(
    ("reason", "sent_for", "purpose"),
    [
        (ConsentReason.MARKETING, Purpose.SERVICE, MARKETING),
        (ConsentReason.UNSUBSCRIBED, Purpose.MARKETING, MARKETING),
        (ConsentReason.UNSUBSCRIBED, Purpose.NOTICE, ALL),
        (ConsentReason.COMPLAINT, Purpose.MARKETING, ALL),
        (ConsentReason.BOUNCE, Purpose.MARKETING, ALL),
    ],
)
def test_what_a_refusal_is_about(reason: ConsentReason, sent_for: Purpose, purpose: ConsentPurpose) -> None:
    assert purpose_of(reason, sent_for) is purpose


@given(
    words=some.lists(some.tuples(some.sampled_from([ALL, MARKETING]), some.booleans()), max_size=4),
    of=some.sampled_from([ALL, MARKETING]),
)
def test_a_claim_changes_nothing_where_anything_was_said_and_lifts_no_refusal(
    words: list[Word], of: ConsentPurpose
) -> None:
    before = told(*words)
    claim = Said(opted_in=True, reason=ConsentReason.IMPORT, purpose=of, detail="a form at the counter")
    claimed, news = settle(before, claim, NOON + timedelta(days=1))

    if before.refuses or refuses(before, of):
        assert (claimed, news) == (before, ())
    again, no_news = settle(claimed, claim, NOON + timedelta(days=2))
    assert (again, no_news) == (claimed, ())
    assert not before.refuses or claimed.refuses


@given(
    of=some.sampled_from([ALL, MARKETING]),
    said=some.integers(min_value=-10_000, max_value=10_000),
    reason=some.sampled_from([WORD, COMPLAINT, ConsentReason.PROVIDER]),
)
def test_a_refusal_holds_against_a_claim_whenever_it_was_said_and_heard(
    of: ConsentPurpose, said: int, reason: ConsentReason
) -> None:
    claim = Said(opted_in=True, reason=ConsentReason.IMPORT, purpose=of)
    refusal = Said(opted_in=False, reason=reason, purpose=of, said_at=NOON + timedelta(minutes=said))

    for words in ([claim, refusal], [refusal, claim], [claim, refusal, claim]):
        assert refuses(after(*words), of)


def test_a_claim_where_nothing_was_said_is_kept_and_told_and_an_address_that_bounces_is_not_tried_again() -> None:
    claim = Said(opted_in=True, reason=ConsentReason.IMPORT)
    claimed, news = settle(NOTHING, claim, NOON)
    assert (claimed.all, news) == (Standing(opted_in=True, reason=ConsentReason.IMPORT, changed_at=NOON), (ALL,))
    bounced = after(Said(opted_in=False, reason=BOUNCE))
    assert settle(bounced, claim, NOON) == (bounced, ())
    assert settle(bounced, claim._replace(purpose=MARKETING), NOON) == (bounced, ())
    assert not refuses(bounced, ALL)


def test_a_sheet_that_refuses_for_somebody_holds_until_they_agree_later_and_is_kept_once() -> None:
    refusal = Said(opted_in=False, reason=ConsentReason.IMPORT, said_at=NOON)
    refused = after(refusal)
    assert refused.refuses
    assert settle(refused, refusal._replace(said_at=NOON + timedelta(days=3)), NOON + timedelta(days=3)) == (
        refused,
        (),
    )
    later = Said(opted_in=True, reason=WORD, said_at=NOON + timedelta(hours=1))
    came_back, _news = settle(refused, later, NOON + timedelta(hours=1))
    assert not came_back.refuses
    assert settle(came_back, refusal, NOON + timedelta(hours=2)) == (came_back, ())
