"""Programmes, postings and accounts by the command line."""

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.loyalty.models import PointAccount, PointLot
from tests.cli.conftest import Recado
from tests.support.rows import add_person

ANA = "+5511999990000"


@pytest.fixture
async def shop(recado: Recado, shell: pytest.MonkeyPatch, engine: AsyncEngine, database_url: str) -> Recado:
    """Commands on a database that knows Ana."""
    async with engine.begin() as connection:
        await add_person(connection, ANA)
    shell.setenv("DATABASE_URL", database_url)
    return recado


async def told(shop: Recado, *words: str) -> Any:
    """What a command tells as JSON."""
    return json.loads((await shop("points", *words, "--json")).out)


async def test_a_programme_is_made_shown_changed_and_listed(shop: Recado) -> None:
    none = await shop("points", "programme", "list")
    nowhere = await shop("points", "programme", "add", "Club")
    made = await told(shop, "programme", "add", "Club", "--timezone", "America/Sao_Paulo", "--expires-after", "1 year")
    odd = [
        await shop("points", "programme", "add", "Other", "--timezone", "UTC", *each)
        for each in (
            ("--expires-after", "soon"),
            ("--notice-days", "x"),
            ("--notice-at", "noonish"),
            ("--channels", "pigeon"),
            ("--idle-days", "-1"),
        )
    ]
    taken = await shop("points", "programme", "add", "CLUB", "--timezone", "UTC")
    rules = ("--rename", "Clube", "--notice-days", "15,3", "--notice-at", "10:30", "--channels", "whatsapp,email")
    more = ("--template", "default=shop/points", "--on-return", "owe", "--idle-days", "365", "--inactive")
    changed = await told(shop, "programme", "change", "club", *rules, *more)
    shown = await shop("points", "programme", "show", made["id"])
    listed = await shop("points", "programme", "list")
    lost = await shop("points", "programme", "show", "Moon")

    assert "points programme add NAME --timezone ZONE` makes one" in none.out
    assert (nowhere.code, "Say whose by --timezone" in nowhere.err) == (2, True)
    assert (made["expires_after"], made["rounding"], made["released_at"]) == ("12 months", "none", None)
    assert [(each.code, bool(each.err)) for each in odd] == [(1, True), *[(2, True)] * 4]
    assert (taken.code, "Choose another name" in taken.err) == (1, True)
    assert (changed["name"], changed["notice_days"], changed["notice_at"]) == ("Clube", [15, 3], "10:30")
    assert (changed["channels"], changed["templates"]) == (["whatsapp", "email"], {"default": "shop/points"})
    assert (changed["on_return"], changed["idle_days"], changed["is_active"]) == ("owe", 365, False)
    assert changed["expires_after"] == "12 months"
    assert "templates: default=shop/points\n" in shown.out
    assert listed.out.split("\t")[:4] == ["Clube", "12 months", "not released", "no"]
    assert (lost.code, "there is no programme Moon" in lost.err) == (1, True)


async def test_points_are_given_taken_and_taken_back(shop: Recado) -> None:
    await shop("points", "programme", "add", "Club", "--timezone", "UTC", "--expires-after", "12 months")
    empty = [await shop("points", each, ANA) for each in ("balance", "statement", "account")]
    earned = await told(shop, "earn", ANA, "120", "--reference", "order-1", "--key", "order-1")
    again = await shop("points", "earn", ANA, "120", "--reference", "order-1", "--key", "order-1")
    other = await shop("points", "earn", ANA, "121", "--key", "order-1")
    forever = await told(shop, "earn", ANA, "30", "--expires-on", "never")
    number = (await told(shop, "account", ANA))["accounts"][0]["number"]
    redeemed = await told(shop, "redeem", number, "100", "--reason", "a cap")
    too_many = await shop("points", "redeem", ANA, "51")
    refunded = await told(shop, "refund", redeemed["entries"][0]["id"], "--points", "40")
    returned = await told(shop, "return", forever["entries"][0]["id"])
    adjusted = await told(shop, "adjust", ANA, "--points=-10", "--reason", "a mistake")
    balance = await shop("points", "balance", ANA)
    statement = await shop("points", "statement", ANA)

    assert [each.code for each in empty] == [0, 0, 0]
    assert (earned["balance"], earned["repeated"]) == (120, False)
    assert again.out.startswith(f"It was posted before, as {earned['entries'][0]['id']}.\n")
    assert (other.code, "That key was used for something else" in other.err) == (1, True)
    assert (redeemed["balance"], refunded["balance"], returned["balance"]) == (50, 90, 60)
    assert (too_many.code, "There are 50 points, and 51 were to be taken" in too_many.err) == (1, True)
    assert adjusted["balance"] == 50
    assert balance.out.startswith("Balance: 50 points\n50 count until ")
    rows = [line.split("\t")[1:4] for line in statement.out.splitlines()]
    assert rows == [
        ["adjust", "-10", "a mistake"],
        ["return", "-30", ""],
        ["refund", "+40", ""],
        ["redeem", "-100", "a cap"],
        ["earn", "+30", ""],
        ["earn", "+120", ""],
    ]


async def test_points_wait_to_be_confirmed(shop: Recado) -> None:
    await shop("points", "programme", "add", "Club", "--timezone", "UTC")
    day = await shop("points", "earn", ANA, "5", "--pending", "--expires-on", "2030-01-01")
    first, second = [await told(shop, "earn", ANA, "5", "--pending") for _ in range(2)]
    waiting = await shop("points", "balance", ANA)
    confirmed = await told(shop, "confirm", first["id"])
    cancelled = await shop("points", "cancel", second["id"])
    late = await shop("points", "confirm", second["id"])

    assert (day.code, "Leave out --expires-on" in day.err) == (2, True)
    assert waiting.out == "Balance: 0 points\nTo be confirmed: 10\n"
    assert confirmed["balance"] == 5
    assert cancelled.out == "The points are cancelled.\n"
    assert (late.code, "confirmed or cancelled already" in late.err) == (1, True)


async def test_of_several_programmes_one_is_named(shop: Recado) -> None:
    none = await shop("points", "earn", ANA, "5")
    for name in ("Club", "Bakery"):
        await shop("points", "programme", "add", name, "--timezone", "UTC")
    which = await shop("points", "earn", ANA, "5")
    nobody = await shop("points", "earn", "+5511888880000", "5", "--programme", "Club")
    given = await told(shop, "earn", ANA, "5", "--programme", "bakery")

    assert (none.code, "there are no programmes" in none.err) == (1, True)
    assert (which.code, "Say which by --programme: Bakery, Club" in which.err) == (2, True)
    assert (nobody.code, "there is no contact +5511888880000" in nobody.err) == (1, True)
    assert given["balance"] == 5


async def test_notices_are_switched_off_and_on(shop: Recado) -> None:
    await shop("points", "programme", "add", "Club", "--timezone", "UTC")
    await shop("points", "earn", ANA, "5")
    off = await told(shop, "account", ANA, "--no-notices")
    shown = await shop("points", "account", ANA)
    on = await told(shop, "account", ANA, "--notices")

    assert [each["accounts"][0]["email_notifications"] for each in (off, on)] == [False, True]
    assert shown.out.split("\t")[1:4:2] == ["5", "no"]
    lines = json.loads((await shop("audit", "list", "--resource", "point_account", "--json")).out)
    assert {each["action"] for each in lines} == {"points.earn", "points.notices"}


async def test_what_has_ended_is_posted_and_what_is_wrong_is_told(shop: Recado, engine: AsyncEngine) -> None:
    await shop("points", "programme", "add", "Club", "--timezone", "UTC", "--expires-after", "30 days")
    await shop("points", "earn", ANA, "5")
    nothing = await shop("points", "expire")
    async with engine.begin() as connection:
        await connection.execute(update(PointLot).values(expires_on=date(2020, 1, 1)))
    ended = await told(shop, "expire", "--programme", "Club")
    sound = await shop("points", "check")
    async with engine.begin() as connection:
        await connection.execute(update(PointAccount).values(balance=7))
    wrong = await shop("points", "check")
    spelled = await shop("points", "check", "--programme", "Club", "--json")

    assert nothing.out == "0 points of 0 accounts have ended.\n"
    assert ended == {"accounts": 1, "points": 5}
    assert (sound.code, sound.out) == (0, "1 account was added up: 0 faults.\n")
    assert (wrong.code, "The balance is 7, but the entries come to 0." in wrong.out) == (1, True)
    assert spelled.code == 1
    assert {each["kind"] for each in json.loads(spelled.out)["faults"]} >= {"balance_of_entries"}


async def test_notices_are_looked_at_before_they_are_released(shop: Recado) -> None:
    await told(shop, "programme", "add", "Club", "--timezone", "UTC", "--expires-after", "7 days", "--least-life", "1")
    nobody = await shop("points", "notices")
    await told(shop, "earn", ANA, "10")
    dry = await told(shop, "notices")
    released = await told(shop, "notices", "--programme", "Club", "--release")
    shown = await shop("points", "notices")
    withheld = await told(shop, "notices", "--programme", "Club", "--withhold")

    assert "The next run has nobody to tell." in nobody.out
    assert "do not go out" in nobody.out
    (day,) = dry["days"]
    assert (day["kind"], day["accounts"], day["points"], day["silenced"]) == ("EXPIRATION_7_DAYS", 1, 10, 0)
    assert [each["released"] for each in (dry, released, withheld)] == [False, True, False]
    assert "Its notices go out." in shown.out
