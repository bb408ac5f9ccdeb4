"""The report of the inbox by the API: the figures of the page, and clear words for days that cannot be."""

from datetime import timedelta

from bot.users.service import Role
from tests.support.programs import Program, Served


async def test_what_was_said_and_how_long_people_waited_is_told(served: Served, shop: Program) -> None:
    bia, clock = await served.program(Role.EDITOR), served.doors.people.clock
    ana = await served.hears("hi")
    await bia.post(f"/conversations/{ana}/assign", {})
    clock.advance(minutes=5)
    await served.hears("anybody?")
    clock.advance(minutes=10)
    await bia.post(f"/conversations/{ana}/resolve")
    today = clock.now.date()

    told = (await shop.get(f"/reports/inbox?since={today - timedelta(days=1)}")).body
    assert (told["since"], told["until"], told["timezone"]) == (str(today - timedelta(days=1)), str(today), "UTC")
    assert [each["key"] for each in told["groups"]] == [told["since"], told["until"]]
    assert (told["all"]["received"], told["all"]["opened"], told["all"]["resolution"]["median"]) == (2, 1, 15 * 60)
    for figure in ("received", "opened", "sent"):
        assert sum(each[figure] for each in told["groups"]) == told["all"][figure], "midnight may lie between"
    by_agent = (await shop.get(f"/reports/inbox?by=agent&agent={bia.user_id}")).body
    names = {each["id"]: each["name"] for each in (await shop.get("/agents")).body["data"]}
    assert [(each["key"], each["name"]) for each in by_agent["groups"]] == [(bia.user_id, names[bia.user_id])]
    assert by_agent["groups"][0]["received"] is None
    by_channel = (await shop.get("/reports/inbox?by=channel&channel=whatsapp")).body
    assert [each["key"] for each in by_channel["groups"]] == ["whatsapp"]
    assert by_channel["waiting"] == {"count": 0, "since": None}


async def test_days_that_cannot_be_are_told(served: Served) -> None:
    viewer = await served.program(Role.VIEWER)
    for query, parameter in {
        "since=2026-11-31": "since",
        "since=1793491200": "since",
        "until=0001-01-01": "until",
        "until=9999-12-31": "until",
        "since=2026-11-02&until=2026-11-01": "since",
        "since=2024-01-01&until=2026-01-01": "since",
        "timezone=Mars/Base": "timezone",
        "by=moon": "by",
    }.items():
        told = await viewer.get(f"/reports/inbox?{query}")
        assert told.problem == "invalid_query", query
        assert told.body["errors"][0]["parameter"] == parameter, query
    assert (await viewer.get("/reports/inbox?until=1970-01-03&timezone=Asia/Kathmandu")).status == 200
