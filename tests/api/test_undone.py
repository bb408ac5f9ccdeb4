"""What failed, by the API: messages that were not sent, turns that failed, posts that nobody understood."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.clock import utc_now
from bot.messages.kept.models import WebhookEvent
from bot.messages.service import RawPost, keep
from bot.providers.base import WebhookRequest
from bot.users.service import Role
from tests.support import posts, rows
from tests.support.programs import Program, Served, serve_api
from tests.support.served import PUBLIC_URL
from tests.support.waiting import eventually

WHATSAPP = {
    "BOT_PUBLIC_URL": PUBLIC_URL,
    "WHATSAPP_APP_SECRET": posts.APP_SECRET,
    "WHATSAPP_PHONE_NUMBER_ID": posts.PHONE_NUMBER_ID,
    "WHATSAPP_TOKEN": "token",
    "WHATSAPP_VERIFY_TOKEN": "verify",
}
ACCOUNT = f"whatsapp:{posts.PHONE_NUMBER_ID}"


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[Served]:
    """The whole application, with an account."""
    async with serve_api(database_url, **WHATSAPP) as served:
        served.doors.people.clock.now = utc_now()
        yield served


async def failed(served: Served, *errors: str) -> list[str]:
    """Messages to one person that were not sent."""
    async with served.doors.people.engine.begin() as connection:
        person = await rows.add_person(connection)
        return [
            await rows.add_outbound(
                connection, person, f"to {error}", account=ACCOUNT, heard=False, status="failed", error=error
            )
            for error in errors
        ]


async def parked(served: Served, *words: str) -> list[str]:
    """Messages on which the engine failed."""
    columns = {
        "turn_state": "parked",
        "error": "engine_fault",
        "error_reason": "Traceback: KeyError",
        "trace": [{"code": "parked", "data": {"error": "KeyError"}}],
    }
    async with served.doors.people.engine.begin() as connection:
        return [
            await rows.add_inbound(
                connection, await rows.add_person(connection, f"+55119000000{n:02}"), each, account=ACCOUNT, **columns
            )
            for n, each in enumerate(words)
        ]


async def kept(served: Served, *payloads: dict[str, Any]) -> list[str]:
    """Posts that an older version kept."""
    async with served.doors.people.engine.begin() as connection:
        for payload in payloads:
            headers, body = posts.signed_whatsapp(payload)
            lower = {name.lower(): value for name, value in headers.items()}
            request = WebhookRequest("POST", f"{PUBLIC_URL}/webhooks/whatsapp", lower, {}, b"")
            post = RawPost("whatsapp", body, request, ACCOUNT)
            await keep(connection, post, "unknown", {"events": ["odd"]}, None, utc_now() - timedelta(minutes=10))
        return list(await connection.scalars(select(WebhookEvent.id).order_by(WebhookEvent.id)))


async def test_what_was_not_sent_is_tried_again_once_or_dismissed_by_kind(served: Served, shop: Program) -> None:
    first, second, stale, *others = await failed(served, "131026", "131026", "expired", "500", "500", "500")
    kinds = (await shop.get("/failed_messages/kinds")).body["data"]
    page = (await shop.get("/failed_messages?kind=131026&limit=1")).body
    rest = (await shop.get(f"/failed_messages?kind=131026&limit=1&cursor={page['next']}")).body

    assert {each["kind"]: each["count"] for each in kinds} == {"131026": 2, "500": 3, "expired": 1}
    assert {page["data"][0]["id"], rest["data"][0]["id"]} == {first, second}
    tried = (await shop.post("/failed_messages/retry", {"ids": [first, first, stale, "none"]})).body
    again = (await shop.post("/failed_messages/retry", {"ids": [first]})).body
    assert list(tried["queued"]) == [first]
    assert [(each["code"], each["count"]) for each in tried["refused"]] == [("expired", 1)]
    assert again == {"queued": {}, "refused": []}
    assert (await shop.get(f"/messages/{tried['queued'][first]}")).body["text"] == "to 131026"
    assert (await shop.post("/failed_messages/dismiss", {"kind": "500"})).body == {"dismissed": len(others)}
    assert list((await shop.post("/failed_messages/retry", {"kind": "131026"})).body["queued"]) == [second]
    left = (await shop.get("/failed_messages/kinds")).body["data"]
    assert [each["kind"] for each in left] == ["expired"]

    viewer = await served.program(Role.VIEWER)
    assert (await viewer.get("/failed_messages?kind=expired")).body["data"][0]["id"] == stale
    assert (await viewer.post("/failed_messages/dismiss", {"kind": "expired"})).problem == "forbidden"
    wrongs: list[dict[str, Any]] = [{}, {"ids": []}, {"ids": ["a"], "kind": "b"}, {"ids": ["a"] * 501}]
    for wrong in wrongs:
        assert (await shop.post("/failed_messages/retry", wrong)).problem == "invalid", wrong
    assert (await shop.get("/failed_messages")).problem == "invalid_query"


async def test_a_turn_that_failed_is_run_once_more_or_left(served: Served, shop: Program) -> None:
    again, left = await parked(served, "pizza", "no")
    page = (await shop.get("/parked_turns?limit=1&channel=whatsapp")).body
    rest = (await shop.get(f"/parked_turns?limit=1&channel=whatsapp&cursor={page['next']}")).body
    told = {each["id"]: each for each in [*page["data"], *rest["data"]]}

    assert set(told) == {again, left}
    assert (told[left]["status"], told[left]["trace"][0]["code"]) == ("parked", "parked")
    assert told[left]["fault"] == "Traceback: KeyError"
    seen = (await (await served.program(Role.VIEWER)).get(f"/messages/{left}")).body
    assert (seen["status"], seen["error"], seen["error_reason"]) == ("parked", None, None)
    retried = (await shop.post("/parked_turns/retry", {"ids": [again, "none"]})).body
    dismissed = (await shop.post("/parked_turns/dismiss", {"ids": [left]})).body
    twice = (await shop.post("/parked_turns/retry", {"ids": [left]})).body
    assert retried == {"decided": [again], "left": ["none"]}
    assert (dismissed, twice) == ({"decided": [left], "left": []}, {"decided": [], "left": [left]})

    async def is_done() -> bool:
        return str(await rows.column(served.doors.people.engine, again, "turn_state")) == "done"

    await eventually(is_done)
    assert (await shop.get("/parked_turns")).body["data"] == []


async def test_a_post_is_shown_raw_read_again_once_and_dismissed(served: Served, shop: Program) -> None:
    odd = posts.whatsapp_message("", type="hologram", hologram={"id": "1"})
    ids = await kept(served, posts.whatsapp_message("hi there"), odd)
    page = (await shop.get("/kept_webhooks?limit=1&provider=whatsapp")).body
    rest = (await shop.get(f"/kept_webhooks?limit=1&provider=whatsapp&cursor={page['next']}")).body
    raw = (await shop.get(f"/kept_webhooks/{ids[0]}")).body

    assert {each["id"] for each in [*page["data"], *rest["data"]]} == set(ids)
    assert "payload" not in page["data"][0]
    assert "hi there" in raw["payload"]
    assert (raw["method"], raw["url"], raw["proven_by"]) == ("POST", f"{PUBLIC_URL}/webhooks/whatsapp", ACCOUNT)
    assert posts.APP_SECRET not in str(raw)
    results = [(await shop.post(f"/kept_webhooks/{each}/replay")).body["result"] for each in (ids[0], ids[0], ids[1])]
    assert results == ["understood", "decided", "not understood"]
    said = (await shop.get("/messages?channel=whatsapp")).body["data"]
    assert [each["text"] for each in said if each["direction"] == "in"] == ["hi there"]
    assert (await shop.post(f"/kept_webhooks/{ids[1]}/dismiss")).body["state"] == "dismissed"
    assert (await shop.post(f"/kept_webhooks/{ids[1]}/dismiss")).body["code"] == "state"
    assert (await shop.get("/kept_webhooks")).body["data"] == []
    assert len((await shop.get("/kept_webhooks?state=read&state=dismissed")).body["data"]) == 2
    assert (await shop.post("/kept_webhooks/none/replay")).problem == "not_found"
    done = [each.action for each in await served.doors.people.told() if each.token_id == shop.token_id]
    assert sorted(done) == ["post.dismiss", "post.replay", "post.replay"]
