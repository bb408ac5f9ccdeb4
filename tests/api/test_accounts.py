"""Accounts for programs: how each stands, paused and resumed, and asked for at its provider; never a secret."""

from collections.abc import AsyncIterator

import pytest

from bot.conversations.views import ACCOUNTS
from bot.messages.backlog import asking
from bot.users.service import Role
from tests.support import rows, standins
from tests.support.accounts import add_stored
from tests.support.programs import Program, Served, Told
from tests.support.standins import StandIns, standing_in

NUMBER = "800000000000009"
ID = f"whatsapp:{NUMBER}"
SECRETS = {
    "access_token": standins.ACCESS_TOKEN,
    "app_secret": "the-apps-secret-9",
    "verify_token": "the-verify-token-9",
}


@pytest.fixture
async def providers() -> AsyncIterator[StandIns]:
    async with standing_in() as made:
        yield made


async def store(served: Served, providers: StandIns, id_: str = ID, **changed: str) -> None:
    engine = served.doors.people.engine
    values = {"api_url": f"{providers.url}/v24.0", "phone_number_id": id_.partition(":")[2], **SECRETS, **changed}
    await add_stored(engine, id_, values)
    await served.doors.app[ACCOUNTS].refresh(engine)


def leaked(*answers: Told) -> list[str]:
    return [secret for secret in SECRETS.values() for told in answers if secret in str(told.body)]


async def test_each_is_told_as_it_stands_and_never_with_a_secret(
    served: Served, shop: Program, providers: StandIns
) -> None:
    none = await shop.get("/accounts")
    await store(served, providers)
    engine = served.doors.people.engine
    await add_stored(engine, "whatsapp:1000", SECRETS, key="another-key-0123456789-0123456789-abc")
    await served.doors.app[ACCOUNTS].refresh(engine)
    async with engine.begin() as connection:
        await rows.add_outbound(connection, await rows.add_person(connection), account=ID)
    page = await shop.get("/accounts?limit=1")
    rest = await shop.get(f"/accounts?limit=1&cursor={page.body['next']}")
    failing, others = await shop.get("/accounts?state=failing"), await shop.get("/accounts?provider=twilio")
    one, missing = await shop.get(f"/accounts/{ID}"), await shop.get("/accounts/simulator")

    assert (none.body["data"], others.body["data"], missing.problem) == ([], [], "not_found")
    assert [each["id"] for told in (page, rest) for each in told.body["data"]] == ["whatsapp:1000", ID]
    (sealed,) = failing.body["data"]
    assert (sealed["id"], sealed["source"], "cannot be decrypted" in sealed["fault"]) == (
        "whatsapp:1000",
        "stored",
        True,
    )
    assert (one.body["state"], one.body["queued"], one.body["channels"]) == ("untested", 1, ["whatsapp"])
    assert one.body["webhook_url"].endswith(f"/webhooks/whatsapp/{NUMBER}")
    assert leaked(page, rest, failing, one) == []


async def test_one_is_paused_and_sends_again_once_each(served: Served, shop: Program, providers: StandIns) -> None:
    await store(served, providers)
    paused = [await shop.post(f"/accounts/{ID}/pause", {"reason": reason}) for reason in ("It moves.", "Once more.")]
    shown = await shop.get(f"/accounts/{ID}")
    resumed = [await shop.post(f"/accounts/{ID}/resume") for _ in range(2)]
    viewer = await served.program(Role.VIEWER)

    assert [(each.body["paused"], each.body["changed"]) for each in paused] == [(True, True), (True, False)]
    assert (shown.body["state"], shown.body["paused_reason"]) == ("paused", "It moves.")
    assert [(each.body["paused"], each.body["changed"]) for each in resumed] == [(False, True), (False, False)]
    assert (await shop.get(f"/accounts/{ID}")).body["state"] == "untested"
    told = [each.action for each in await served.doors.people.told() if each.resource == "account"]
    assert sorted(told) == ["account.add", "account.pause", "account.resume"]
    for what in ("pause", "resume", "test"):
        body = {"reason": "It moves."} if what == "pause" else None
        assert (await shop.post(f"/accounts/whatsapp:none/{what}", body)).problem == "not_found", what
        assert (await viewer.post(f"/accounts/{ID}/{what}", body)).body["scope"] == "accounts.manage", what
    assert (await viewer.get(f"/accounts/{ID}")).status == 200


async def test_its_provider_says_whether_it_knows_it_and_the_state_follows(
    served: Served, shop: Program, providers: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store(served, providers)
    known = await shop.post(f"/accounts/{ID}/test")
    connected = await shop.get(f"/accounts/{ID}")
    await store(served, providers, access_token="wrong")
    refused = await shop.post(f"/accounts/{ID}/test")
    failing = await shop.get(f"/accounts/{ID}")
    await store(served, providers, api_url="http://127.0.0.1:1/v24.0")
    away = await shop.post(f"/accounts/{ID}/test")
    monkeypatch.setattr(asking, "_SECONDS", 0)
    silent = await shop.post(f"/accounts/{ID}/test")

    assert (known.body["answer"], connected.body["state"]) == ("known", "connected")
    assert (refused.body["answer"], failing.body["state"]) == ("refused", "failing")
    assert "It refuses the credentials (401)." in refused.body["said"]
    assert [(each.status, each.body["answer"]) for each in (away, silent)] == [(200, "none")] * 2
    assert away.body["said"] == "http://127.0.0.1:1 does not answer."
    assert silent.body["said"] == "Its provider has not answered within 0 seconds."
    assert leaked(known, connected, refused, failing, away) == []


async def test_what_cannot_be_asked_is_refused(served: Served, shop: Program, providers: StandIns) -> None:
    engine = served.doors.people.engine
    await add_stored(engine, "whatsapp:1000", SECRETS, key="another-key-0123456789-0123456789-abc")
    await store(served, providers, access_token="")
    sealed, incomplete = [await shop.post(f"/accounts/{each}/test") for each in ("whatsapp:1000", ID)]

    assert [(each.status, each.body["code"]) for each in (sealed, incomplete)] == [(422, "no_credentials")] * 2
    assert incomplete.body["detail"] == "Its access_token is empty."
