"""People brought in and given out as a sheet, by the API."""

import csv
import io
from itertools import count
from typing import Any

import pytest
from aiohttp import ClientPayloadError

from bot.contacts.exporting import queries
from bot.contacts.exporting import service as exporting
from bot.db.reader import TookTooLongError
from bot.users.service import Role
from tests.support.imports import work_off
from tests.support.programs import Program, Served, Told

SHEET = """\
name,phone,email,contact.plan,tags
Ana,+55 11 98765-4321,ana@example.com,gold,vip
Bia,+55 21 99999-0001,,,
Caio,12,,,
"=SUM(1)",,dora@example.com,,vip
"""
CSV = {"Content-Type": "text/csv"}


async def sent(program: Program, sheet: str | bytes = SHEET, query: str = "", **headers: str) -> Told:
    """Send a sheet."""
    body = io.BytesIO(sheet.encode() if isinstance(sheet, str) else sheet)
    return await program.ask("POST", f"/contact_imports?{query}", headers={**CSV, **headers}, data=body)


async def given(program: Program, query: str = "") -> tuple[int, Any, list[list[str]]]:
    """An export: status, headers, rows."""
    url = program.base.with_path("/api/v1/contact_export").with_query(query)
    async with program.session.get(url, headers={"Authorization": f"Bearer {program.token}"}) as answer:
        return answer.status, answer.headers, list(csv.reader(io.StringIO((await answer.read()).decode())))


async def test_a_sheet_is_checked_its_faults_told_by_line_and_applied_once(served: Served, shop: Program) -> None:
    engine = served.doors.people.engine
    made = await sent(shop, query="file=march.csv&reason=counter&purpose=marketing&country=BR")
    path = f"/contact_imports/{made.body['id']}"
    early = await shop.post(f"{path}/apply")

    assert (made.status, made.body["status"], made.body["rows"], made.body["planned"]) == (201, "checking", 4, None)
    assert (early.status, early.body["code"]) == (409, "status")
    await work_off(engine)
    ready = (await shop.get(path)).body
    assert (ready["status"], ready["job"]["status"], ready["written"]) == ("ready", "done", None)
    assert {name: ready["planned"][name] for name in ("made", "updated", "same", "faulty")} == {
        "made": 3,
        "updated": 0,
        "same": 0,
        "faulty": 1,
    }
    (fault,) = (await shop.get(f"{path}/faults")).body["data"]
    assert (fault["line"], fault["cells"][0]) == (4, "Caio")
    assert "12 is no phone number" in fault["faults"][0]
    assert (await shop.get("/contacts")).body["data"] == []

    began = [await shop.post(f"{path}/apply") for _ in range(2)]
    await work_off(engine)
    done = (await shop.get(path)).body
    assert [(each.status, each.body["status"]) for each in began] == [(200, "applying")] * 2
    assert (done["status"], done["written"]["made"], done["job"]["done"]) == ("done", 3, done["job"]["total"])
    assert (await shop.get(f"/jobs/{done['job']['id']}")).body["status"] == "done"
    assert {each["name"] for each in (await shop.get("/contacts?tag=vip")).body["data"]} == {"Ana", "=SUM(1)"}
    assert (await shop.post(f"{path}/discard")).body["code"] == "status"
    told = await served.doors.people.told("contact.import")
    assert [(each.token_id, each.detail and each.detail["file"]) for each in told] == [(shop.token_id, "march.csv")]


async def test_a_sheet_comes_once_by_its_key_may_be_given_up_and_is_refused_with_why(
    served: Served, shop: Program
) -> None:
    key = {"Idempotency-Key": "march"}
    made, again = [await sent(shop, **key) for _ in range(2)]
    other = await sent(shop, "name,phone\n", **key)
    second = await sent(shop)

    assert (again.body["id"], again.headers["Idempotency-Replayed"]) == (made.body["id"], "true")
    assert other.problem == "key_reused"
    first = (await shop.get("/contact_imports?limit=1")).body
    rest = (await shop.get(f"/contact_imports?limit=1&cursor={first['next']}")).body
    assert {first["data"][0]["id"], rest["data"][0]["id"]} == {made.body["id"], second.body["id"]}
    assert rest["next"] is None
    for _ in range(2):
        assert (await shop.post(f"/contact_imports/{made.body['id']}/discard")).body["status"] == "discarded"
    for sheet, query, problem in (
        ("shoe\n43\n", "", "refused"),
        ("", "", "refused"),
        (b"name,phone\nJo\x81o,1\n", "", "refused"),
        (SHEET, "country=XX", "refused"),
        (SHEET, "purpose=spam", "invalid_query"),
        ("x" * (16 * 1024 * 1024 + 1), "", "too_large"),
    ):
        assert (await sent(shop, sheet, query)).problem == problem, (sheet[:20], query)
    as_json = await shop.post("/contact_imports", {"name": "Ana"})
    assert (as_json.status, as_json.body["detail"]) == (415, "Send it as `text/csv`, not compressed.")
    assert (await shop.ask("POST", "/contacts", headers=CSV, data=b"name\n")).status == 415
    assert (await sent(await served.program(Role.EDITOR))).problem == "forbidden"


async def test_people_are_given_out_as_a_sheet_that_comes_in_again(
    served: Served, shop: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_PAGE", 2)
    engine = served.doors.people.engine
    made = await sent(shop)
    await work_off(engine)
    await shop.post(f"/contact_imports/{made.body['id']}/apply")
    await work_off(engine)

    status, headers, rows = await given(shop)
    assert (status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert headers["Content-Disposition"].startswith('attachment; filename="contacts-20')
    assert "RateLimit" in headers
    assert {row[1] for row in rows[1:]} == {"Ana", "Bia", "'=SUM(1)"}
    assert {row[1] for row in (await given(shop, "tag=vip&channel=whatsapp"))[2][1:]} == {"Ana"}
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    again = await sent(shop, text.getvalue())
    await work_off(engine)
    planned = (await shop.get(f"/contact_imports/{again.body['id']}")).body["planned"]
    assert {name: planned[name] for name in ("made", "updated", "same", "faulty")} == {
        "made": 0,
        "updated": 0,
        "same": 3,
        "faulty": 0,
    }
    told = await served.doors.people.told("contact.export")
    assert [each.detail for each in told][::-1] == [None, {"tags": ["vip"], "channels": ["whatsapp"]}]
    for query in ("locale=xx-yy-zz", "seen_since=2026-11-30", "consent=maybe"):
        assert (await given(shop, query))[0] in {400, 422}, query
    assert (await given(await served.program(Role.EDITOR)))[0] == 403


async def test_an_export_that_breaks_off_is_no_whole_file(shop: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in range(4):
        await shop.post("/contacts", {"email": f"p{each}@example.com"})
    monkeypatch.setattr(exporting, "_PAGE", 2)
    people, asked = queries.people, count()

    async def breaks(*given: Any) -> Any:
        if next(asked):
            raise TookTooLongError
        return await people(*given)

    monkeypatch.setattr(queries, "people", breaks)
    with pytest.raises(ClientPayloadError):
        await given(shop)
    assert (await shop.get("/contacts?limit=1")).status == 200


async def test_an_export_ends_where_its_token_does(
    served: Served, shop: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in range(5):
        await shop.post("/contacts", {"email": f"p{each}@example.com"})
    other = await served.program()
    monkeypatch.setattr(exporting, "_PAGE", 2)
    people, asked = queries.people, count(1)

    async def revokes(*given: Any) -> Any:
        if next(asked) == 2:
            await other.ask("DELETE", f"/tokens/{shop.token_id}")
        return await people(*given)

    monkeypatch.setattr(queries, "people", revokes)
    with pytest.raises(ClientPayloadError):
        await given(shop)
    assert next(asked) == 3
