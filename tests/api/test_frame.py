"""What holds for every operation: tokens, scopes, bodies, keys that do it once, limits, pages, problems."""

import asyncio
import gzip
import io
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from bot.api.problems import of_sentence
from bot.api.resources import RESOURCES
from bot.core.permissions import Permission
from bot.db.reader import TookTooLongError
from bot.users.service import Role, add_token, permissions_of, revoke_token
from tests.support.people import BY
from tests.support.programs import Program, Served, serve_api

ANA: dict[str, Any] = {"phone": "+55 11 98765-4321", "name": "Ana Souza"}
JSON = {"Content-Type": "application/json"}


async def sent(program: Program, body: bytes, path: str = "/contacts") -> tuple[int, str, str]:
    told = await program.ask("POST", path, headers=JSON, data=io.BytesIO(body))
    return told.status, told.problem, told.body["detail"]


async def test_whoever_shows_no_good_token_is_told_so_and_nothing_else(served: Served, shop: Program) -> None:
    stranger = served.stranger()
    over = Program(served.session, served.doors.base, "rcd_" + "x" * 32)

    for told in (await stranger.get("/contacts"), await over.get("/contacts"), await over.get("/contacts?limit=0")):
        assert (told.status, told.problem) == (401, "unauthorized")
        assert told.headers["WWW-Authenticate"].startswith("Bearer")
    async with served.doors.people.engine.begin() as connection:
        await revoke_token(connection, shop.token_id, BY, served.doors.people.clock.now)
    assert (await shop.get("/contacts")).status == 401


async def test_each_operation_lets_in_who_has_its_scope_and_nobody_else(served: Served) -> None:
    programs = {role: await served.program(role, rate_limit=100_000) for role in Role}
    for operation in (each for resource in RESOURCES for each in resource.operations):
        path = operation.path.format_map(operation.example.get("path", {}))
        for role, program in programs.items():
            told = await program.ask(operation.method, path, headers=JSON, data=b"{}" if operation.body else b"")
            if operation.scope in permissions_of(role):
                assert told.status not in {401, 403, 500}, (operation.name, role)
            else:
                assert (told.status, told.problem) == (403, "forbidden"), (operation.name, role)
                assert told.body["scope"] == operation.scope
    reads = await served.program(Role.ADMIN, [Permission.CONTACTS_READ])
    assert (await reads.post("/contacts", ANA)).body["scope"] == "contacts.edit"


async def test_json_that_two_readers_could_take_for_two_things_is_refused(shop: Program) -> None:
    refused = {
        b'{"phone": "+5511987654321", "phone": "+5511987654322"}': 'The member "phone" is there twice.',
        b'{"attributes": {"a": NaN}}': "NaN is not JSON.",
        b'{"attributes": {"a": 1e999}}': "The number 1e999 is too large.",
        b'{"name": "\\ud800"}': "A text holds half of a surrogate pair.",
        b'{"name": "a\\u0000"}': "A text holds U+0000.",
        b'{"name": "\xff"}': "The body is not UTF-8.",
        b'{"a": ' + b"[" * 10_000 + b"]" * 10_000 + b"}": "The body is nested too deeply.",
        b'{"name": ': "The body is not JSON at line 1, column 10: Expecting value.",
        b"": "There is no body. Send one JSON object.",
        b'{"attributes": {"a": ' + b"1" * 5_000 + b"}}": f"The number {'1' * 20}… is too large.",
    }
    for body, detail in refused.items():
        status, problem, told = await sent(shop, body)
        assert (status, problem) == (400, "invalid_json"), body[:60]
        assert told == detail
    assert (await sent(shop, b'{"name": "' + b"x" * 10_000_000 + b'"}'))[:2] == (413, "too_large")
    packed = await shop.ask(
        "POST", "/contacts", headers={**JSON, "Content-Encoding": "gzip"}, data=gzip.compress(b"{}")
    )
    form = await shop.ask("POST", "/contacts", data={"name": "Ana"})
    assert [(each.status, each.problem) for each in (packed, form)] == [(415, "unsupported")] * 2


async def test_faults_are_told_where_they_stand(shop: Program) -> None:
    body = await shop.post("/contacts", {"name": 5, "tags": ["vip", ""], "attributes": {"a/b": []}, "shoe": 43})
    query = await shop.get("/contacts?limit=0&channel=whatsapp&channel=pigeon&shoe=43")
    twice = await shop.get("/contacts?limit=5&limit=6")

    assert (body.status, body.problem) == (422, "invalid")
    pointers = {each["pointer"] for each in body.body["errors"]}
    assert pointers >= {"/name", "/tags/1", "/shoe"}
    [scalar] = [each for each in body.body["errors"] if each["pointer"].startswith("/attributes")]
    assert scalar == {"pointer": "/attributes/a~1b", "detail": "Input should be a text, a number, true or false."}
    assert {each["pointer"]: each["detail"] for each in body.body["errors"]}["/shoe"] == (
        "There is none of this name; there are "
        "`phone`, `country`, `email`, `name`, `locale`, `timezone`, `attributes`, `tags`."
    )
    assert (query.status, query.problem) == (400, "invalid_query")
    assert {each["parameter"] for each in query.body["errors"]} == {"limit", "channel", "shoe"}
    assert [each["parameter"] for each in twice.body["errors"]] == ["limit"]
    assert query.body["detail"] == (
        "The query is wrong at `limit`: Input should be greater than or equal to 1. `errors` has 2 more."
    )
    one = await shop.post("/contacts", {"phone": 5})
    assert one.body["detail"] == "The body is wrong at `/phone`: Input should be a valid string."
    assert set(body.body) == {"type", "title", "status", "detail", "errors"}


async def test_a_time_is_written_as_rfc_3339_has_it(shop: Program) -> None:
    for right in ("2026-12-31T09:00:00Z", "2026-12-31t09:00:00.5-03:00"):
        told = await shop.post("/messages", {"contact_id": "c1", "text": "Hi", "not_before": right})
        assert (told.problem, told.body.get("code")) == ("refused", "no_contact"), right
    beyond = ("0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-12-31T23:59:60Z")
    for wrong in (5, 5.5, "5", "2026-12-31", "2026-12-31T09:00:00", "2026-13-31T09:00:00Z", "tomorrow", True, *beyond):
        told = await shop.post("/messages", {"contact_id": "c1", "text": "Hi", "not_before": wrong})
        assert told.body["errors"][0]["pointer"] == "/not_before", wrong
        query = str(wrong).replace("+", "%2B")
        assert (await shop.get(f"/audit?since={query}")).problem == "invalid_query", wrong


async def test_what_is_kept_has_a_moment_that_readers_of_all_zones_can_be_shown(served: Served, shop: Program) -> None:
    ana = await served.hears("oi")
    reply, message = {"text": "Hi"}, {"contact_id": ana, "text": "Hi", "purpose": "notice"}
    for path, body, name in (
        (f"/conversations/{ana}/replies", reply, "at"),
        ("/messages", message, "not_before"),
        (f"/conversations/{ana}/snooze", {}, "until"),
    ):
        for beyond in ("9999-12-31T11:00:00Z", "0001-01-01T11:00:00Z"):
            told = await shop.post(path, {**body, name: beyond})
            assert (told.status, told.body["errors"][0]["pointer"]) == (422, f"/{name}"), (path, beyond)
    last = "9998-12-31T23:59:59Z"

    told = await shop.post("/messages", {**message, "not_before": last})
    assert told.status == 201
    assert (await shop.post(f"/conversations/{ana}/replies", {**reply, "at": last})).body["at"] == last

    assert (await shop.get(f"/messages/{told.body['id']}")).body["scheduled_at"] == last
    assert (await shop.get("/audit?until=9999-12-31T23:59:59Z")).status == 200


async def test_what_stands_nowhere_is_a_problem_too(shop: Program) -> None:
    nowhere, method = await shop.get("/shoes"), await shop.ask("DELETE", "/contacts")
    page, nothing = await shop.get(""), await shop.post("/contacts", headers=JSON)

    assert (nowhere.status, nowhere.problem) == (404, "not_found")
    assert (method.status, method.problem) == (405, "method_not_allowed")
    assert set(method.headers["Allow"].split(",")) >= {"GET", "POST"}
    assert (page.status, page.problem) == (401, "unauthorized")
    assert "/api/v1/openapi.json" in page.body["detail"]
    assert (nothing.problem, nothing.body["detail"]) == ("invalid_json", "There is no body. Send one JSON object.")
    for path in ("/contacts/c1", "/contacts/a%00", "/contacts/" + "x" * 600, "/messages/%ED%A0%80"):
        assert (await shop.get(path)).problem == "not_found", path


async def test_the_same_request_with_one_key_is_done_once_and_answered_the_same(served: Served, shop: Program) -> None:
    key = {"Idempotency-Key": "order 7"}
    first = await shop.post("/contacts", ANA, headers=key)
    again = await shop.post("/contacts", ANA, headers=key)
    other = await shop.post("/contacts", {**ANA, "name": "Rui"}, headers=key)
    somebody = await (await served.program()).post("/contacts", {"email": "rui@example.com"}, headers=key)
    served.doors.people.clock.advance(hours=24, seconds=1)
    tomorrow = await shop.post("/contacts", ANA, headers=key)

    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["ETag"] == first.headers["ETag"]
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert (other.status, other.problem) == (422, "key_reused")
    assert somebody.status == 201
    assert (tomorrow.status, tomorrow.body["contact_id"]) == (409, first.body["id"])


async def test_what_failed_may_be_tried_again_with_its_key(shop: Program) -> None:
    key = {"Idempotency-Key": "order 8"}
    failed = await shop.post("/contacts", {"phone": "12"}, headers=key)
    mended = await shop.post("/contacts", ANA, headers=key)
    odd = [await shop.post("/contacts", ANA, headers={"Idempotency-Key": each}) for each in ("x" * 256, "é")]

    assert (failed.status, failed.problem) == (422, "refused")
    assert mended.status == 201
    assert [each.body["errors"][0]["parameter"] for each in odd] == ["Idempotency-Key"] * 2


async def test_one_key_at_once_on_many_connections_does_it_once(shop: Program) -> None:
    key = {"Idempotency-Key": "order 9"}
    told = await asyncio.gather(*(shop.post("/contacts", ANA, headers=key) for _ in range(12)))

    done = [each for each in told if each.status == 201]
    assert done
    assert len({each.body["id"] for each in done}) == 1
    assert {each.problem for each in told if each.status != 201} <= {"in_progress"}
    assert sum("Idempotency-Replayed" not in each.headers for each in done) == 1


async def test_one_key_at_once_on_two_processes_does_it_once(shop: Program, database_url: str) -> None:
    key = {"Idempotency-Key": "order 10"}
    async with serve_api(database_url) as another:
        twin = Program(another.session, another.doors.base, shop.token)
        told = await asyncio.gather(*(each.post("/contacts", ANA, headers=key) for each in (shop, twin) * 4))
        late = await twin.post("/contacts", ANA, headers=key)

    assert {each.problem for each in told} <= {"", "in_progress"}
    assert {each.body["id"] for each in told if not each.problem} == {late.body["id"]}
    assert len((await shop.get("/contacts")).body["data"]) == 1


async def test_a_token_that_is_revoked_ends_in_the_middle_of_a_list(served: Served, shop: Program) -> None:
    reader = await served.program(Role.VIEWER)
    for each in range(3):
        await shop.post("/contacts", {"email": f"p{each}@example.com"})
    page = await reader.get("/contacts?limit=2")
    assert (await shop.ask("DELETE", f"/tokens/{reader.token_id}")).status in {200, 204}

    assert (await reader.get(f"/contacts?limit=2&cursor={page.body['next']}")).problem == "unauthorized"


async def test_a_token_that_is_revoked_while_a_body_comes_does_nothing(served: Served, shop: Program) -> None:
    editor = await served.program(Role.EDITOR)

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"email": "ana@'
        assert (await shop.ask("DELETE", f"/tokens/{editor.token_id}")).body["status"] == "revoked"
        yield b'example.com"}'

    told = await editor.ask("POST", "/contacts", headers={"Content-Type": "application/json"}, data=slowly())

    assert told.problem == "unauthorized"
    assert (await shop.get("/contacts")).body["data"] == []


async def test_a_token_that_asks_too_often_is_told_how_long_to_wait(served: Served) -> None:
    slow, other = await served.program(rate_limit=3), await served.program()
    told = [await slow.get("/contacts") for _ in range(4)]

    assert [each.status for each in told] == [200, 200, 200, 429]
    assert [each.headers["RateLimit"].partition(";t=")[0] for each in told[:3]] == [
        f'"token";r={left}' for left in (2, 1, 0)
    ]
    assert told[3].headers["RateLimit-Policy"] == '"token";q=3;w=60'
    assert 1 <= int(told[3].headers["Retry-After"]) <= 20
    assert (await other.get("/contacts")).status == 200


async def test_whoever_makes_more_tokens_asks_no_more_often(served: Served) -> None:
    slow = await served.program(Role.EDITOR, rate_limit=3)

    async def another(**more: object) -> Program:
        made = await slow.post("/tokens", {"name": "more", "scopes": ["contacts.read", "tokens.own"], **more})
        return Program(served.session, served.doors.base, made.body["token"], made.body["id"])

    made = await another()
    told = [await each.get("/contacts") for each in (made, slow, made, slow)]
    assert [each.status for each in told] == [200, 200, 429, 429]
    assert [each.headers["RateLimit"].partition(";t=")[0] for each in told] == ['"user";r=1', '"user";r=0'] + [
        '"user";r=0'
    ] * 2
    assert told[2].headers["RateLimit-Policy"] == '"user";q=3;w=60'


async def test_a_slow_token_holds_up_no_faster_one_of_its_user(served: Served) -> None:
    slow = await served.program(Role.EDITOR, rate_limit=2)
    people = served.doors.people
    owner = await people.user("editor-0@example.com")
    async with people.engine.begin() as connection:
        scopes = [Permission.CONTACTS_READ]
        id_, token = await add_token(connection, owner, "fast", scopes, BY, people.clock.now, rate_limit=60)
    fast = Program(served.session, served.doors.base, token, id_)

    assert [(await slow.get("/contacts")).status for _ in range(4)] == [200, 200, 429, 429]
    assert {(await fast.get("/contacts")).status for _ in range(30)} == {200}


def test_what_took_too_long_says_when_to_ask_again() -> None:
    answer = of_sentence(TookTooLongError()).answer()

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


async def test_pages_go_on_where_the_last_one_ended_and_nowhere_else(served: Served, shop: Program) -> None:
    made = [(await shop.post("/contacts", {"email": f"p{each}@example.com"})).body["id"] for each in range(5)]
    first = await shop.get("/contacts?limit=2")
    second = await shop.get(f"/contacts?limit=2&cursor={first.body['next']}")
    third = await shop.get(f"/contacts?limit=2&cursor={second.body['next']}")

    found = [each["id"] for page in (first, second, third) for each in page.body["data"]]
    assert sorted(found) == sorted(made)
    assert third.body["next"] is None
    for query in (f"channel=sms&cursor={first.body['next']}", "cursor=made.up", "cursor=" + "x" * 1024):
        told = await shop.get(f"/contacts?limit=2&{query}")
        assert (told.status, told.problem) == (400, "invalid_cursor"), query
    assert (await shop.get(f"/messages?cursor={first.body['next']}")).problem == "invalid_cursor"
    served.doors.people.clock.advance(hours=25)
    assert (await shop.get(f"/contacts?limit=2&cursor={first.body['next']}")).problem == "invalid_cursor"


async def test_whoever_was_overtaken_is_told(shop: Program) -> None:
    made = await shop.post("/contacts", ANA)
    path = f"/contacts/{made.body['id']}"
    read = await shop.get(path)
    mine = {"If-Match": read.headers["ETag"]}
    first = await shop.ask("PATCH", path, headers=mine, json={"name": "Ana Lima"})
    late = await shop.ask("PATCH", path, headers=mine, json={"name": "Ana Dias"})
    whatever = await shop.ask("PATCH", path, headers={"If-Match": "*"}, json={"name": "Ana Dias"})

    assert (made.headers["ETag"], first.status) == (read.headers["ETag"], 200)
    assert (late.status, late.problem) == (412, "overtaken")
    assert whatever.body["name"] == "Ana Dias"
    taken = [
        await shop.ask("PUT", f"{path}/responder", headers={"If-Match": tag}, json={"responder": "human"})
        for tag in (mine["If-Match"], whatever.headers["ETag"])
    ]
    assert [(each.status, each.problem) for each in taken] == [(412, "overtaken"), (200, "")]
    # Who answers changes by itself, and so is no part of what a contact is known by.
    assert taken[1].headers["ETag"] == whatever.headers["ETag"]
    same = await shop.get(path, headers={"If-None-Match": whatever.headers["ETag"]})
    assert (same.status, same.body) == (304, None)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_document_is_one_that_machines_read_and_the_page_shows_each_operation(
    served: Served,
) -> None:
    document = (await served.stranger().get("/openapi.json")).body
    validate(document)

    await served.doors.people.person()
    page = await (await served.doors.inside()).get("/api/v1")
    assert page.status == 200
    headers = {
        each["operationId"]: [parameter["name"] for parameter in each["parameters"] if parameter["in"] == "header"]
        for path in document["paths"].values()
        for each in path.values()
    }
    assert headers["publish_bundle"] == ["Idempotency-Key", "If-Match", "If-None-Match"]
    assert headers["set_contact_responder"] == ["If-Match"]
    for resource in RESOURCES:
        for each in resource.operations:
            assert f'id="{each.name}"' in page.text
            assert document["paths"][f"/api/v1{each.path}"][each.method.lower()]["operationId"] == each.name
            assert each.handle.__doc__
    assert json.dumps(document).count("$ref") > 50

    ids = re.findall(r'id="([^"]*)"', page.text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', page.text)) <= set(ids)
    assert {"Contact", "Message", "FilePayload", "Job"} <= set(ids)
    assert "`" not in re.sub(r"<pre.*?</pre>", "", page.text, flags=re.DOTALL)
