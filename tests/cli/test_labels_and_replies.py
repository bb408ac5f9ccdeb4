"""Labels and saved replies by the command line."""

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.clock import utc_now
from bot.inbox import service as inbox
from bot.inbox.service import AskedTemplate
from tests.cli.conftest import Recado
from tests.support.people import BY
from tests.support.rows import add_person

STARTED_SECONDS = 0.3
"""By then a command waits for whoever was faster."""


@pytest.fixture
def shop(recado: Recado, shell: pytest.MonkeyPatch, engine: AsyncEngine, database_url: str) -> Recado:
    """Commands on a database."""
    del engine
    shell.setenv("DATABASE_URL", database_url)
    return recado


async def test_labels_are_made_renamed_coloured_merged_and_deleted(shop: Recado, engine: AsyncEngine) -> None:
    none = await shop("labels", "list")
    first = json.loads((await shop("labels", "add", " Late   delivery ", "--json")).out)
    second = await shop("labels", "add", "Bill", "--colour", "blue")
    taken = await shop("labels", "add", "BILL")
    odd = await shop("labels", "add", "VIP", "--colour", "ultraviolet")
    async with engine.begin() as connection:
        contact = (await add_person(connection)).id
        await inbox.label(connection, [contact], first["id"], BY, utc_now(), has=True)
    renamed = await shop("labels", "rename", "late DELIVERY", "Late")
    coloured = json.loads((await shop("labels", "colour", first["id"], "teal", "--json")).out)
    listed = await shop("labels", "list")
    kept = await shop("labels", "remove", "Late")
    merged = await shop("labels", "merge", "Late", "Bill")
    forced = await shop("labels", "remove", "Bill", "--force")
    gone = [
        await shop("labels", *each) for each in (("remove", "Bill"), ("rename", "Bill", "x"), ("colour", "Bill", "red"))
    ]

    assert "There are no labels" in none.out
    assert (first["name"], first["colour"]) == ("Late delivery", "gray")
    assert second.out == "The label Bill is there.\n"
    assert (taken.code, "there is a label BILL already. Choose another name" in taken.err) == (1, True)
    assert (odd.code, "Choose one of these: gray, red" in odd.err) == (1, True)
    assert renamed.out == "The label is Late now, in gray.\n"
    assert coloured == {"id": first["id"], "name": "Late", "colour": "teal"}
    assert [line.split("\t")[:3] for line in listed.out.splitlines()] == [["Bill", "blue", "0"], ["Late", "teal", "1"]]
    assert (kept.code, "1 conversation has Late. --force deletes it" in kept.err) == (1, True)
    assert merged.out == "1 conversation has Bill instead of Late now.\n"
    assert forced.out == "The label Bill is deleted.\n"
    assert [(each.code, "there is no label Bill" in each.err) for each in gone] == [(1, True)] * 3
    lines = json.loads((await shop("audit", "list", "--resource", "label", "--json")).out)
    assert {each["action"] for each in lines} == {f"label.{verb}" for verb in ("add", "change", "merge", "delete")}


async def test_saved_replies_are_written_found_changed_and_deleted(shop: Recado) -> None:
    none = await shop("replies", "list")
    made = await shop("replies", "add", "/Hours", "We open at six, {{ contact.first_name }}.", "--category", "Shop")
    late = json.loads(
        (
            await shop(
                "replies", "add", "late", "x" * 100, "--name", "Late", "--channel", "sms", "--not-offered", "--json"
            )
        ).out
    )
    wrong = await shop("replies", "add", "odd", "Oi {{ name }}")
    taken = await shop("replies", "edit", "late", "--shortcut", "HOURS")
    listed = await shop("replies", "list")
    found = [
        json.loads((await shop("replies", "list", *each, "--json")).out)
        for each in (("--search", "SIX"), ("--category", "Shop"), ("--not-offered",), ("--channel", "email"))
    ]
    changed = await shop("replies", "edit", "/late", "--content", "Late.", "--everywhere", "--offered")
    both = await shop("replies", "edit", "late", "--everywhere", "--channel", "sms")
    after = json.loads((await shop("replies", "list", "--search", "late", "--json")).out)
    narrowed = await shop("replies", "list", "--search", "nothing")
    some = await shop("replies", "remove", "hours", "nothing")
    removed = await shop("replies", "remove", "hours")
    last = json.loads((await shop("replies", "remove", late["id"], "--json")).out)

    assert "There are no saved replies" in none.out
    assert made.out == "/hours is there.\n"
    assert (wrong.code, "{{ name }} stands for nothing. Known are contact.name," in wrong.err) == (1, True)
    assert (taken.code, "there is a template with the shortcut hours already" in taken.err) == (1, True)
    assert [line.split("\t")[:5] for line in listed.out.splitlines()] == [
        ["/hours", "Hours", "Shop", "", "offered"],
        ["/late", "Late", "", "sms", "not offered"],
    ]
    assert [[each["shortcut"] for each in one] for one in found] == [["hours"], ["hours"], ["late"], ["hours"]]
    assert (changed.out, both.code) == ("/late is changed.\n", 2)
    assert [(each["content"], each["channel"], each["is_active"], each["name"]) for each in after] == [
        ("Late.", None, True, "Late")
    ]
    assert narrowed.out == "No saved reply is like that.\n"
    assert (some.code, "there is no saved reply nothing" in some.err) == (1, True)
    assert (removed.out, [each["shortcut"] for each in last]) == ("/hours is deleted.\n", ["late"])


async def test_what_one_server_lists_another_takes_over_all_or_none(shop: Recado, tmp_path: Path) -> None:
    await shop("replies", "add", "hours", "We open at six.")
    await shop("replies", "add", "same", "The same.")
    rows = json.loads((await shop("replies", "list", "--json")).out)
    rows[0]["content"] = "We open at seven."
    file = tmp_path / "replies.json"

    def written(given: object) -> str:
        file.write_text(json.dumps(given))
        return str(file)

    new = {"shortcut": "new", "name": "New", "content": "Oi"}
    dry = await shop("replies", "import", written([*rows, new]))
    unchanged = json.loads((await shop("replies", "list", "--json")).out)
    done = json.loads((await shop("replies", "import", str(file), "--apply", "--json")).out)
    again = json.loads((await shop("replies", "import", str(file), "--apply", "--json")).out)
    faulty = await shop(
        "replies", "import", written([{**new, "shortcut": "other"}, {**new, "content": "{{ x }}"}]), "--apply"
    )
    odd = [
        await shop("replies", "import", written(each), "--apply")
        for each in ({"a": 1}, [{"name": "x"}], [{**new, "channel": "pigeon"}])
    ]
    file.write_bytes(b"\xff[")
    odd.append(await shop("replies", "import", str(file)))
    missing = await shop("replies", "import", "nowhere.json")

    assert dry.out == "New: new\nChanged: hours\nNothing has changed; --apply does it.\n"
    assert [each["shortcut"] for each in unchanged] == ["hours", "same"]
    assert done == {"applied": True, "made": ["new"], "changed": ["hours"]}
    assert again == {"applied": True, "made": [], "changed": []}
    assert (faulty.code, "{{ x }} stands for nothing" in faulty.err) == (1, True)
    assert [(each.code, "as `recado replies list --json` prints it" in each.err) for each in odd] == [(1, True)] * 4
    assert "0.content" in odd[1].err or "0.shortcut" in odd[1].err
    assert missing.code == 1
    assert [each["shortcut"] for each in json.loads((await shop("replies", "list", "--json")).out)] == [
        "hours",
        "new",
        "same",
    ]


async def test_who_is_a_moment_slower_is_told_so_in_plain_words(shop: Recado, engine: AsyncEngine) -> None:
    await shop("labels", "add", "Bill")
    await shop("labels", "add", "Invoice")
    await shop("replies", "add", "hours", "We open at six.")
    async with engine.begin() as connection:
        bill = await inbox.find_label(connection, "Bill")
        assert bill is not None
        await inbox.change_label(connection, bill.id, "Billing", "red", BY, utc_now())
        await inbox.add_reply_template(connection, AskedTemplate("Late", "late", "Late."), BY, utc_now())
        slower = asyncio.ensure_future(shop("labels", "rename", "Invoice", "Billing"))
        await asyncio.sleep(STARTED_SECONDS)
    label = await slower
    reply = await shop("replies", "edit", "hours", "--shortcut", "late")

    assert (label.code, label.err) == (
        1,
        "Error: there is a label Billing already. Choose another name, or merge the two.\n",
    )
    assert (reply.code, "there is a template with the shortcut late already" in reply.err) == (1, True)
