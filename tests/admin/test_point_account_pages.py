"""What somebody has, over HTTP: points given, redeemed, reversed, confirmed; once, though it is pressed twice."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.core.ids import new_id
from bot.loyalty import service as loyalty
from bot.loyalty.service import AskedProgramme
from bot.users.service import Role
from tests.support.doors import Browser, Doors, Page, open_doors
from tests.support.people import BY
from tests.support.rows import add_person

HOSTILE = "<script>alert(1)</script>{{7*7}}"


@dataclass(slots=True)
class Shop:
    """A programme, somebody who is known, and an EDITOR who looks at what they have."""

    doors: Doors
    programme: str
    path: str
    eve: Browser

    async def post(self, verb: str, **fields: str) -> Page:
        """Fill in a form of the page and press its button."""
        return await self.eve.post(f"{self.path}/{verb}", {"once": new_id(), **fields})

    async def balance(self) -> str:
        """As the page tells it."""
        page = await self.eve.get(self.path)
        found = re.search(r'<p class="value">([^<]+)<', page.text)
        assert found is not None
        return found[1]

    async def reversal(self) -> str:
        """The entry of which the newest link of the page reverses."""
        found = re.search(r"entry=([0-9A-Za-z]+)", (await self.eve.get(self.path)).text)
        assert found is not None
        return found[1]


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    async with open_doors(database_url) as doors:
        await doors.people.person("eve@example.com", Role.EDITOR)
        await doors.people.person("vic@example.com", Role.VIEWER)
        async with doors.people.engine.begin() as connection:
            asked = AskedProgramme(
                "Club", "UTC", expires_after=loyalty.read_period("12 months"), least_life=0, daily_limit=5000
            )
            made = await loyalty.add_programme(connection, asked, BY, doors.people.clock.now)
            contact = await add_person(connection, "+5511988887777")
        path = f"/points/{made.id}/people/{contact.id}"
        yield Shop(doors, made.id, path, await doors.inside("eve@example.com"))


async def test_what_is_pressed_twice_is_given_once_and_stands_in_the_statement(shop: Shop) -> None:
    assert "Nobody has points yet" in (await shop.eve.get(f"/points/{shop.programme}/accounts")).words
    assert "No entries yet" in (await shop.eve.get(shop.path)).words
    fields = {"once": new_id(), "points": "1200", "reason": HOSTILE, "reference": "order 7"}
    for _press in range(2):
        assert "Posted: 1200 points" in (await shop.eve.post(f"{shop.path}/earn", fields)).words
    page = await shop.post("redeem", points="200")
    assert ("<script>alert" in page.text, "order 7" in page.words) == (False, True)
    amounts = re.findall(r'class="number" data-label="(?:Points|Balance)">([^<]+)<', page.text)
    assert (amounts, await shop.balance()) == (["\N{MINUS SIGN}200", "1,000", "+1,200", "1,200"], "1,000")
    assert "1,000" in (await shop.eve.get(f"/points/{shop.programme}/accounts")).words


async def test_what_cannot_be_is_refused_with_what_was_typed(shop: Shop) -> None:
    await shop.post("earn", points="50")
    for verb, points, status, said in (
        ("redeem", "51", 409, "There are 50 points, and 51 were to be taken."),
        ("redeem", "1.5", 422, "Write a whole number."),
        ("earn", "0", 409, "Points are at least 1."),
        ("earn", "9000", 409, "That is more than you may give and take today"),
    ):
        page = await shop.post(verb, points=points, reason="bread")
        assert (page.status, said in page.words, f'value="{points}"' in page.text) == (status, True, True), page.words
    assert await shop.balance() == "50"


async def test_a_redemption_is_given_back_and_a_purchase_taken_back(shop: Shop) -> None:
    await shop.post("earn", points="100")
    await shop.post("redeem", points="40")
    entry = await shop.reversal()
    assert "40 points were redeemed" in (await shop.eve.get(f"{shop.path}?entry={entry}")).words
    await shop.post("reverse", entry=entry, kind="redeem", points="15")
    assert await shop.balance() == "75"
    assert (
        "25 points can still be given back"
        in (await shop.post("reverse", entry=entry, kind="redeem", points="40")).words
    )
    await shop.post("reverse", entry=entry, kind="redeem")
    assert await shop.balance() == "100"


async def test_points_count_once_they_are_confirmed(shop: Shop) -> None:
    for verb, told, balance in (("cancel", "They are cancelled", "0"), ("confirm", "Posted: 30 points", "30")):
        page = await shop.post("earn", points="30", later="true")
        assert ("They count once they are confirmed" in page.words, await shop.balance()) == (True, "0")
        found = re.search(r'name="id" value="([^"]+)"', page.text)
        assert found is not None
        assert told in (await shop.post(verb, id=found[1])).words
        assert await shop.balance() == balance


async def test_notices_are_switched_off_and_on(shop: Shop) -> None:
    await shop.post("earn", points="30")
    page = await shop.post("notices", on="false")
    assert ("They are not told any more" in page.words, "Tell them again" in page.words) == (True, True)
    assert "Do not tell them any more" in (await shop.post("notices", on="true")).words


async def test_an_editor_adjusts_nothing_and_a_viewer_reads(shop: Shop) -> None:
    assert (await shop.post("adjust", points="-5", reason="wrong")).status == 403
    vic = await shop.doors.inside("vic@example.com")
    page = await vic.get(shop.path)
    assert (page.status, "Give points" in page.words) == (200, False)
    assert (await vic.post(f"{shop.path}/earn", {"once": new_id(), "points": "5"})).status == 403
    assert (await vic.get(f"/points/{shop.programme}/people/nobody")).status == 404


async def test_somebody_is_found_by_phone_to_get_their_first_points(shop: Shop) -> None:
    await shop.post("earn", points="30")
    number = re.search(r"\b\d{13}\b", (await shop.eve.get(shop.path)).words.replace("5511988887777", ""))
    assert number is not None
    page = await shop.eve.get(f"/points/{shop.programme}/accounts?q={number[0]}")
    assert shop.path in page.text
    assert "Nobody fits" in (await shop.eve.get(f"/points/{shop.programme}/accounts?q=nothing")).words


async def test_beside_a_person_stands_what_they_have_and_what_ends_next(shop: Shop) -> None:
    await shop.post("earn", points="1234")
    contact = shop.path.rpartition("/")[2]
    for page in (f"/contacts/{contact}", f"/inbox/{contact}?list=all"):
        shown = await shop.eve.get(page)
        assert re.search(r"Club</bdi></a></dt><dd>1,234 <span[^>]*>1,234 end on ", shown.text), page
        assert f'href="{shop.path}"' in shown.text


async def test_the_balance_runs_on_from_page_to_page_and_the_list_goes_on(shop: Shop) -> None:
    now, contact = shop.doors.people.clock.now, shop.path.rpartition("/")[2]
    async with shop.doors.people.engine.begin() as connection:
        others = [(await add_person(connection, f"+55119{number:08}")).id for number in range(60)]
        given = [contact] * 60 + others
        await loyalty.post(
            connection,
            [loyalty.Earn(programme_id=shop.programme, contact_id=each, points=2, by=BY) for each in given],
            now,
        )
    balances, people = list[int](), set[str]()
    for path, found in ((shop.path, balances), (f"/points/{shop.programme}/accounts", people)):
        page = await shop.eve.get(path)
        following = re.search(r'href="([^"]+)" rel="next"', page.text)
        assert following is not None
        for each in (page, await shop.eve.get(html.unescape(following[1]))):
            if found is balances:
                balances += map(int, re.findall(r'data-label="Balance">(\d+)<', each.text))
            else:
                people.update(re.findall(r'class="open" href="[^"]+/people/([^"]+)"', each.text))
    assert balances == list(range(120, 0, -2))
    assert people == {contact, *others}
