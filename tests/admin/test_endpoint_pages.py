"""Endpoints over HTTP: added, tried, changed, paused and deleted; their secrets are shown once."""

import html
import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from bot.endpoints.delivery import loop
from bot.endpoints.models import EndpointDelivery
from bot.users.service import Role
from tests.support.accounts import SECRET_KEY
from tests.support.doors import Browser, Doors, Page, open_doors
from tests.support.endpoints import (
    Deliverers,
    Program,
    a_program,
    add_row,
    attempts_of,
    deliveries_of,
    says,
    terms,
)
from tests.support.rows import add_person
from tests.support.waiting import eventually

HOSTILE = "<script>alert(1)</script>\"'{{7*7}}\u202e"


@pytest.fixture
async def program() -> AsyncIterator[Program]:
    async with a_program() as made:
        yield made


@pytest.fixture
async def doors(database_url: str, program: Program, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Doors]:
    monkeypatch.setattr(loop, "POLL_SECONDS", 0.02)
    async with open_doors(database_url, BOT_ENDPOINTS_PRIVATE=str(program.origin)) as opened:
        yield opened


@pytest.fixture
async def work(doors: Doors, program: Program) -> AsyncIterator[Deliverers]:
    """What tells endpoints, by the clock of the pages."""
    made = Deliverers(doors.people.engine, terms(program.origin, keys=(SECRET_KEY,)), doors.people.clock)
    made.start()
    yield made
    await made.close()


@pytest.fixture
async def ana(doors: Doors) -> Browser:
    """An ADMIN who is signed in."""
    await doors.people.person()
    return await doors.inside()


async def added(ana: Browser, program: Program, **fields: str | list[str]) -> str:
    """Add the program by the form; returns the path of its endpoint."""
    await ana.get("/endpoints/new")
    page = await ana.post("/endpoints", {"url": program.url, "kinds": ["contact.updated"], **fields})
    assert page.status == 200, page.words
    found = re.search(r"whsec_[\w+/=]+", page.text)
    assert found is not None
    program.secret = found[0]
    path = re.search(r'href="(/endpoints/\w+)"', page.text)
    assert path is not None
    return path[1]


async def ends(doors: Doors, path: str, *statuses: str) -> None:
    """Wait until that is how its deliveries are."""

    async def as_wanted() -> bool:
        rows = await deliveries_of(doors.people.engine, path.rpartition("/")[2])
        return [each["status"] for each in rows] == list(statuses)

    await eventually(as_wanted)


@pytest.mark.usefixtures("work")
async def test_an_endpoint_is_added_tried_changed_and_deleted_and_its_secret_is_shown_once(
    doors: Doors, ana: Browser, program: Program
) -> None:
    empty = await ana.get("/endpoints")
    await ana.get("/endpoints/new")
    nothing = await ana.post("/endpoints", {"url": "", "description": HOSTILE})
    private = await ana.post("/endpoints", {"url": "https://10.0.0.7/", "kinds": ["contact.updated"]})
    path = await added(ana, program, description="the till")
    detail = await ana.get(path)

    assert "No endpoints yet" in empty.words
    assert (nothing.status, nothing.text.count('class="error"')) == (422, 2)
    assert html.escape("<script>alert(1)</script>") in nothing.text
    assert (private.status, "the server's own network" in private.words) == (422, True)
    assert program.secret not in detail.text
    assert "Nothing yet" in detail.words

    program.answers.append(says(200, "hello"))
    page = await ana.post(f"{path}/test", {})
    assert "A test event is on its way" in page.words
    await ends(doors, path, "delivered")
    detail = await ana.get(path)
    assert ("Somebody tries the endpoint" in detail.words, "200, " in detail.words) == (True, True)
    delivery = re.search(rf'href="({path}/deliveries/\w+)"', detail.text)
    assert delivery is not None
    told = await ana.get(delivery[1])
    assert ("hello" in told.words, program.told[0]["id"] in told.words) == (True, True)

    page = await ana.post(f"{path}/edit", {"url": program.url, "kinds": ["handoff.began"], "description": HOSTILE})
    assert ("The endpoint is changed" in page.words, "A person has a conversation" in page.words) == (True, True)
    assert "<script>alert" not in page.text
    rolled = await ana.post(f"{path}/roll", {})
    fresh = re.search(r"whsec_[\w+/=]+", rolled.text)
    assert fresh is not None
    assert fresh[0] != program.secret
    assert "Old secret signs until" in (await ana.get(path)).words
    assert "It is paused" in (await ana.post(f"{path}/pause", {})).words
    assert "This endpoint is told of nothing now. Enable it first." in (await ana.post(f"{path}/test", {})).words
    assert "Paused" in (await ana.get("/endpoints?state=paused")).words
    assert "No endpoint fits" in (await ana.get("/endpoints?state=disabled")).words
    assert "It is told of what happens" in (await ana.post(f"{path}/enable", {})).words
    page = await ana.post(f"{path}/delete", {})
    assert ("The endpoint is deleted" in page.words, page.path) == (True, "/endpoints")
    assert [(await ana.get(each)).status for each in (path, delivery[1], f"{path}/edit")] == [404] * 3

    lines = (await ana.get("/audit")).text
    assert all(each not in lines for each in (program.secret, fresh[0]))
    assert "Gave an endpoint another secret" in lines


async def test_what_was_given_up_is_told_again_one_or_all(
    doors: Doors, ana: Browser, program: Program, work: Deliverers
) -> None:
    path, engine = await added(ana, program), doors.people.engine
    async with engine.begin() as connection:
        contact = (await add_person(connection)).id
    program.answers.extend([says(500, "<b>oops</b>")] * 3)
    first, _second, _third = await work.happens(path.rpartition("/")[2], contact, None, None)
    await eventually(lambda: tried(doors, path, 3))
    failing = await ana.get("/endpoints")
    async with engine.begin() as connection:
        await connection.execute(update(EndpointDelivery).values(status="failed", ended_at=work.clock()))

    detail = await ana.get(path)
    one = await ana.get(f"{path}/deliveries/{first}")
    again = await ana.post(f"{path}/deliveries/{first}/resend", {})
    await ends(doors, path, "failed", "failed", "failed", "delivered")
    everything = await ana.post(f"{path}/resend", {})
    await ends(doors, path, "failed", "failed", "failed", "delivered", "delivered", "delivered")

    assert "Failing" in failing.words
    assert ("Given up" in detail.words, "500, " in detail.words, "3 deliveries" in detail.words) == (True, True, True)
    assert ("<b>oops</b>" in one.words, "<b>oops" in one.text) == (True, False)
    assert "It did not answer 2xx." in one.words
    assert ("It is told once more" in again.words, again.path != f"{path}/deliveries/{first}") == (True, True)
    assert "2 events are told once more" in everything.words
    assert ("Tell again" in detail.words, "Tell again" in everything.words) == (True, False)
    assert 'class="status danger"' not in (await ana.get(f"{path}?status=delivered")).text
    assert "No delivery fits" in (await ana.get(f"{path}?type=message.read")).words


async def tried(doors: Doors, path: str, count: int) -> bool:
    return len(await attempts_of(doors.people.engine, path.rpartition("/")[2])) == count


async def test_only_who_manages_endpoints_sees_them(doors: Doors, ana: Browser) -> None:
    endpoint = await add_row(doors.people.engine)
    await doors.people.person("rui@example.com", role=Role.EDITOR)
    rui = await doors.inside("rui@example.com")
    for path in ("/endpoints", "/endpoints/new", f"/endpoints/{endpoint}"):
        assert ((await rui.get(path)).status, (await ana.get(path)).status) == (403, 200)
    assert "Endpoints" not in (await rui.get("/contacts")).words


async def test_one_that_was_disabled_by_itself_is_told_on_every_page_until_somebody_sees_to_it(
    doors: Doors, ana: Browser
) -> None:
    def told(page: Page) -> list[str]:
        return list(dict.fromkeys(re.findall(r'class="concern" title="([^"]+)"', page.text)))

    engine = doors.people.engine
    await add_row(engine, status="disabled", disabled_reason="asked")
    assert told(await ana.get("/account")) == []
    ids = [await add_row(engine, status="disabled", disabled_reason=each) for each in ("failing", "failing", "gone")]
    viewer = await doors.people.person("vera@example.com", Role.VIEWER)
    vera = await doors.inside(viewer.email)

    assert told(await ana.get("/account")) == ["3 endpoints took nothing and were disabled"]
    assert told(await vera.get("/account")) == []
    page = await ana.get(f"/endpoints/{ids[0]}")
    assert "Leave it disabled" in page.words
    left = await ana.post(f"/endpoints/{ids[0]}/disable", {})
    assert ("It is told of nothing any more" in left.words, "Leave it disabled" in left.words) == (True, False)
    assert told(await ana.post(f"/endpoints/{ids[1]}/enable", {})) == ["1 endpoint took nothing and was disabled"]
    assert told(await ana.post(f"/endpoints/{ids[2]}/delete", {})) == []
    (line,) = await doors.people.told("endpoint.disable")
    assert line.detail == {"before": {"reason": "failing"}, "after": {"reason": "asked"}}
