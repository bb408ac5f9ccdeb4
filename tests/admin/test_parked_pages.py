"""What failed, over HTTP: messages whose turn failed and posts that were kept raw, and what is decided on them."""

import asyncio
import html
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.clock import utc_now
from bot.messages.kept.models import WebhookEvent
from bot.messages.service import RawPost, keep
from bot.providers.base import WebhookRequest
from bot.users.service import Role
from tests.support import posts, rows
from tests.support.doors import Browser, Doors, open_doors
from tests.support.served import PUBLIC_URL
from tests.support.waiting import eventually

HOSTILE = "<script>alert(1)</script>\"'{{7*7}}\u202e"
ACCOUNT = f"whatsapp:{posts.PHONE_NUMBER_ID}"
WHATSAPP = {
    "BOT_PUBLIC_URL": PUBLIC_URL,
    "WHATSAPP_APP_SECRET": posts.APP_SECRET,
    "WHATSAPP_PHONE_NUMBER_ID": posts.PHONE_NUMBER_ID,
    "WHATSAPP_TOKEN": "token",
    "WHATSAPP_VERIFY_TOKEN": "verify",
}

_NUMBERS = count(1)


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url, **WHATSAPP) as opened:
        opened.people.clock.now = utc_now()
        yield opened


@pytest.fixture
async def ana(doors: Doors) -> Browser:
    """An ADMIN who is signed in."""
    await doors.people.person()
    return await doors.inside()


async def parked(doors: Doors, content: str = "pizza", address: str = "", **columns: Any) -> str:
    """A message on which the engine failed; its id."""
    async with doors.people.engine.begin() as connection:
        person = await rows.add_person(connection, address or f"+55119{next(_NUMBERS):08d}")
        failed = {
            "account": ACCOUNT,
            "turn_state": "parked",
            "error": "engine_fault",
            "error_reason": f"Traceback\nKeyError: {HOSTILE}",
            "trace": [{"code": "parked", "data": {"error": "KeyError"}}],
            **columns,
        }
        return await rows.add_inbound(connection, person, content, **failed)


async def kept(
    doors: Doors, *payloads: dict[str, Any], kind: str = "unknown", proven_by: str | None = None
) -> list[str]:
    """Posts that an older version kept; their ids, in their order."""
    account = ACCOUNT if proven_by is None else proven_by
    async with doors.people.engine.begin() as connection:
        for payload in payloads:
            headers, body = posts.signed_whatsapp(payload)
            lower = {name.lower(): value for name, value in headers.items()}
            request = WebhookRequest("POST", f"{PUBLIC_URL}/webhooks/whatsapp", lower, {}, b"")
            post = RawPost("whatsapp", body, request, account)
            await keep(connection, post, kind, {"events": [HOSTILE]}, None, utc_now() - timedelta(minutes=10))
        return list(await connection.scalars(select(WebhookEvent.id).order_by(WebhookEvent.id)))


async def state_of(doors: Doors, message_id: str) -> str:
    return str(await rows.column(doors.people.engine, message_id, "turn_state"))


async def told(doors: Doors) -> list[tuple[str, str]]:
    return sorted(
        (each.action, each.resource_id)
        for each in await doors.people.told()
        if each.action.startswith(("turn", "post"))
    )


async def test_messages_on_which_the_bot_failed_are_shown_with_why(doors: Doors, ana: Browser) -> None:
    empty = await ana.get("/parked")
    id_ = await parked(doors, f"{HOSTILE} hello")
    await parked(doors, "", "ana@example.com", channel="email", kind="image")
    page, one = await ana.get("/parked"), await ana.get(f"/parked/messages/{id_}")
    mails = await ana.get("/parked?channel=email")
    none = await ana.get("/parked?channel=sms")

    assert "No message is parked" in empty.words
    assert "2 messages" in page.words
    assert "The bot failed on this message (KeyError), so it is put aside for an admin." in page.words
    assert "[image]" in mails.words
    assert "hello" not in mails.words
    assert "No message fits" in none.words
    assert "KeyError" in one.words
    for each in (page, one):
        assert "<script>alert" not in each.text
        assert "\u202e" not in each.text
        assert html.escape("<script>alert(1)</script>") in each.text
    assert [(await ana.get(f"/parked/{path}")).status for path in ("messages/none", "posts/none", "%00")] == [404] * 3


async def test_a_turn_is_run_again_once_and_another_is_left(doors: Doors, ana: Browser) -> None:
    again, left, done = await parked(doors), await parked(doors, "no"), await parked(doors, "old", turn_state="done")
    await ana.get("/parked")
    retried = await ana.post("/parked/retry", {"id": [again, done, "none", "\x00"]})
    await eventually(lambda: _is(doors, again, "done"))
    await ana.get(f"/parked/messages/{left}")
    dismissed = await ana.post(f"/parked/messages/{left}/dismiss")
    twice = await ana.post(f"/parked/messages/{left}/retry")
    one = await ana.get(f"/parked/messages/{left}")

    assert "1 turn is run again within seconds; 3 were decided before" in retried.words
    assert "1 message is left as it is" in dismissed.words
    assert "0 turns are run again within seconds; 1 was decided before" in twice.words
    assert "Somebody has decided that the bot leaves it so." in one.words
    assert await state_of(doors, left) == "done"
    assert await told(doors) == [("turn.dismiss", left), ("turn.retry", again)]
    columns = await rows.columns(doors.people.engine, again)
    assert (columns["error"], columns["error_reason"]) == (None, None)


async def _is(doors: Doors, message_id: str, state: str) -> bool:
    return await state_of(doors, message_id) == state


async def test_two_who_decide_at_once_decide_each_message_once(doors: Doors, ana: Browser) -> None:
    ids = [await parked(doors, f"{number}") for number in range(5)]
    await doors.people.person("rui@example.com")
    rui = await doors.inside("rui@example.com")
    for browser in (ana, rui):
        await browser.get("/parked")

    pages = await asyncio.gather(
        ana.post("/parked/dismiss", {"id": ids}),
        rui.post("/parked/retry", {"id": ids[::-1]}),
        ana.post("/parked/dismiss", {"id": ids}),
    )

    assert [page.status for page in pages] == [200] * 3
    assert sorted(id_ for _action, id_ in await told(doors)) == sorted(ids)


async def test_all_of_a_channel_are_decided_by_one_press(doors: Doors, ana: Browser) -> None:
    ids = [await parked(doors, f"{number}", turn_state="parked") for number in range(3)]
    mail = await parked(doors, "mail", "ana@example.com", channel="email")
    await ana.get("/parked?channel=whatsapp")
    left = await ana.post("/parked/dismiss-all?channel=whatsapp")
    states = {await state_of(doors, each) for each in ids}
    again = await ana.post("/parked/retry-all")

    assert "3 messages are left as they are" in left.words
    assert "No message fits" in left.words
    assert (states, "1 turn is run again" in again.words) == ({"done"}, True)
    await eventually(lambda: _is(doors, mail, "done"))


async def test_posts_are_shown_with_why_they_are_kept(doors: Doors, ana: Browser) -> None:
    empty = await ana.get("/parked/posts")
    ids = await kept(doors, posts.whatsapp_message(f"{HOSTILE} words"))
    page, one = await ana.get("/parked/posts"), await ana.get(f"/parked/posts/{ids[0]}")

    assert "No post waits" in empty.words
    assert ("1 post" in page.words, "Not understood" in page.words) == (True, True)
    assert "words" in one.words
    assert f"POST {PUBLIC_URL}/webhooks/whatsapp" in one.words
    for each in (page, one):
        assert "<script>alert" not in each.text
        assert "\u202e" not in each.text
    assert "No post fits" in (await ana.get("/parked/posts?kind=cleaned&state=read")).words


async def test_posts_are_read_again_once_with_a_line_each_and_dismissed(doors: Doors, ana: Browser) -> None:
    odd = posts.whatsapp_message("", type="hologram", hologram={"id": "1"})
    ids = await kept(doors, posts.whatsapp_message("hi"), odd, posts.whatsapp_message("no", sender="15551230002"))
    await ana.get("/parked/posts")
    pages = await asyncio.gather(*(ana.post(f"/parked/posts/{ids[0]}/replay") for _ in range(3)))
    read = await ana.post("/parked/posts/replay", {"id": [ids[0], ids[1], "none"]})
    dismissed = await ana.post("/parked/posts/dismiss", {"id": ids})
    again = await ana.post(f"/parked/posts/{ids[2]}/replay")
    state = await ana.get("/parked/posts?state=dismissed")
    nothing = await ana.post("/parked/posts/replay-all")

    assert sum("1: understood" in page.words for page in pages) >= 1
    assert "1: understood or dismissed meanwhile" in read.words
    assert "1: still not understood" in read.words
    assert "2 posts are left as they are; 1 was decided before" in dismissed.words
    assert "1: understood or dismissed meanwhile" in again.words
    assert "2 posts" in state.words
    assert "There is nothing to read again" in nothing.words
    assert await told(doors) == sorted(
        [("post.replay", ids[0]), ("post.replay", ids[1]), ("post.dismiss", ids[1]), ("post.dismiss", ids[2])]
    )


async def test_all_posts_of_a_kind_are_read_again(doors: Doors, ana: Browser) -> None:
    ids = await kept(doors, posts.whatsapp_message("one"), posts.whatsapp_message("two", sender="15551230002"))
    [*_others, foreign] = await kept(doors, posts.whatsapp_message("three"), kind="cleaned", proven_by="whatsapp:gone")
    await ana.get("/parked/posts")
    read = await ana.post("/parked/posts/replay-all?kind=unknown")
    other = await ana.post("/parked/posts/replay-all?kind=cleaned")
    left = await ana.post("/parked/posts/dismiss-all")

    assert "2: understood" in read.words
    assert "1: of an account that is not there any more" in other.words
    assert "1 post is left as it is" in left.words
    assert await told(doors) == sorted(
        [*(("post.replay", each) for each in ids), ("post.replay", foreign), ("post.dismiss", foreign)]
    )


async def test_who_may_not_decide_sees_nothing_of_it(doors: Doors) -> None:
    id_ = await parked(doors)
    await doors.people.person("eve@example.com", Role.EDITOR)
    eve = await doors.inside("eve@example.com")
    paths = ("/parked", "/parked/posts", f"/parked/messages/{id_}")

    assert [(await eve.get(path)).status for path in paths] == [403] * 3
    await eve.get("/tokens")
    assert (await eve.post(f"/parked/messages/{id_}/retry")).status == 403
    assert await state_of(doors, id_) == "parked"
