"""Which of what waits goes into the next batch."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.conversations.posts import Item, Post
from bot.conversations.triage import Carried
from bot.conversations.waiting import Waiting
from bot.core.messages import Delivery, InboundMessage, Status, StatusUpdate
from bot.messages.service import RawPost
from tests.support.bot import NUMBER, message


@pytest.fixture
async def waiting() -> Waiting:
    return Waiting()


def enter(waiting: Waiting, *carried: Carried) -> None:
    post = Post(RawPost("whatsapp", b""), Delivery(), len(carried), asyncio.get_running_loop().create_future(), {})
    waiting.enter(post, carried, 1)


def said(*texts: str, phone: str) -> list[InboundMessage]:
    return [message(text, phone=phone) for text in texts]


def statuses(count: int) -> list[StatusUpdate]:
    return [StatusUpdate(NUMBER, f"wamid.{number}", Status.READ) for number in range(count)]


def told(batch: Sequence[Item]) -> list[str]:
    return [item.what.text if isinstance(item.what, InboundMessage) else "status" for item in batch]


ANA, RUI = "+5511999990001", "+5511999990002"


async def test_posts_share_a_batch_that_cannot_take_all_and_the_first_has_what_is_left(waiting: Waiting) -> None:
    enter(waiting, *statuses(100))
    enter(waiting, *said("one", phone=ANA))
    enter(waiting, *said("two", phone=RUI))

    assert told(waiting.next_batch(10)) == ["status"] * 3 + ["one", "two"] + ["status"] * 5
    assert len(waiting) == 92


async def test_a_person_who_is_within_a_large_post_waits_behind_it_elsewhere(waiting: Waiting) -> None:
    enter(waiting, *said("1", "2", "3", "4", "5", phone=ANA))
    enter(waiting, *said("6", phone=ANA), *said("hi", phone=RUI))

    assert told(waiting.next_batch(4)) == ["1", "2", "hi", "3"]


async def test_who_is_under_way_waits_until_that_is_done(waiting: Waiting) -> None:
    enter(waiting, *said("1", phone=ANA))
    first = waiting.next_batch(10)
    enter(waiting, *said("2", phone=ANA), *said("hi", phone=RUI))

    assert (waiting.is_idle, told(waiting.next_batch(10))) == (False, ["hi"])
    waiting.done(first)
    assert told(waiting.next_batch(10)) == ["2"]


async def test_who_rests_and_what_they_wrote_since_waits_before_all_later_ones_of_theirs(waiting: Waiting) -> None:
    enter(waiting, *said("1", "2", phone=ANA), *said("hi", phone=RUI))
    first = waiting.next_batch(10)
    waiting.rest(first[:2])
    waiting.done(first)
    enter(waiting, *said("3", phone=ANA), *said("again", phone=RUI))

    assert told(waiting.next_batch(10)) == ["again"]
    assert [waiting.rests(each) for each in first] == [1, 1, 0]
    waiting.wake(first[0])
    second = waiting.next_batch(10)
    assert told(second) == ["1", "2", "3"]

    waiting.rest(second)
    waiting.done(second)
    assert waiting.rests(second[0]) == 2
    waiting.wake(second[0])
    waiting.done(waiting.next_batch(10))
    assert waiting.rests(second[0]) == 0, "begins anew once they were had"
