"""Contacts by the API: what is known of them is kept as the pages and sheets keep it."""

from tests.support.programs import Program, Served

ANA = {"phone": "+55 11 98765-4321"}


async def test_tags_are_the_same_however_they_are_spelled(shop: Program) -> None:
    made = await shop.post("/contacts", {**ANA, "tags": ["VIP", " summer  sale", "vip"]})
    path = f"/contacts/{made.body['id']}"
    same = await shop.ask("PATCH", path, json={"tags": ["Vip", "Summer Sale"]})
    fewer = await shop.ask("PATCH", path, json={"tags": ["VIP"]})

    assert made.body["tags"] == same.body["tags"] == ["summer sale", "vip"]
    assert fewer.body["tags"] == ["vip"]
    for spelled in ("vip", "VIP", "%20Vip", "other&tag=VIP"):
        found = (await shop.get(f"/contacts?tag={spelled}")).body["data"]
        assert [each["id"] for each in found] == [made.body["id"]], spelled
    assert (await shop.ask("PATCH", path, json={"tags": []})).body["tags"] == []


async def test_what_cannot_be_kept_is_refused_of_a_new_contact_as_of_one_that_is_there(shop: Program) -> None:
    made = (await shop.post("/contacts", {**ANA, "attributes": {"plan": " gold "}})).body
    assert made["attributes"] == {"plan": "gold"}
    for wrong in (
        {"attributes": {"a b": "1"}},
        {"attributes": {"email": "x@example.com"}},
        {"attributes": {"plan": "x" * 501}},
        {"attributes": {"visits": 10**18 + 1}},
        {"tags": ["a\u200b"]},
        {"tags": [" "]},
    ):
        new = await shop.post("/contacts", {"email": "rui@example.com", **wrong})
        changed = await shop.ask("PATCH", f"/contacts/{made['id']}", json=wrong)
        assert (new.problem, changed.problem) == ("refused", "refused"), wrong
    assert len((await shop.get("/contacts")).body["data"]) == 1


async def test_null_clears_what_nobody_knows_any_more_and_an_empty_text_is_refused(shop: Program) -> None:
    known = {"name": "Ana", "locale": "pt-BR", "timezone": "America/Sao_Paulo", "tags": ["vip"]}
    made = await shop.post("/contacts", {**ANA, **known})
    path = f"/contacts/{made.body['id']}"

    for name in ("name", "locale", "timezone"):
        for empty in ("", " "):
            refused = await shop.ask("PATCH", path, json={name: empty})
            assert (refused.status, len(refused.body["detail"]) > 20) == (422, True), (name, empty)
            assert (await shop.post("/contacts", {"email": "rui@example.com", name: empty})).status == 422, (
                name,
                empty,
            )
    assert (await shop.ask("PATCH", path, json={"tags": None})).body["errors"][0]["pointer"] == "/tags"
    assert (await shop.ask("PATCH", path, json={})).body == made.body

    renamed = await shop.ask("PATCH", path, json={"locale": None, "name": "Ana Lima"})
    cleared = await shop.ask("PATCH", path, json={"name": None, "timezone": None})
    assert [renamed.body[name] for name in known] == ["Ana Lima", None, "America/Sao_Paulo", ["vip"]]
    assert [cleared.body[name] for name in known] == [None, None, None, ["vip"]]
    assert (await shop.ask("PATCH", path, json={"name": None})).body == cleared.body


async def test_a_refusal_keeps_what_was_written_and_points_to_it(shop: Program) -> None:
    ana = (await shop.post("/contacts", ANA)).body
    for member, value, begin in (
        ("phone", "123", "123 is no phone number. "),
        ("email", "eva@@example", "eva@@example is no e-mail address. "),
        ("locale", "portuguese", "portuguese is no language. "),
        ("timezone", "recife", "recife is no time zone. "),
        ("attributes", {"a b": 1}, "a b cannot be the name of an attribute. "),
        ("tags", [" "], "A tag "),
        ("country", "zz", "zz is no country. "),
    ):
        told = await shop.post("/contacts", {"email": "eva@example.com", member: value})
        [fault] = told.body["errors"]
        where = f"/{member}/a b" if member == "attributes" else f"/{member}"
        assert (told.status, fault["pointer"]) == (422, where), (member, told.body)
        assert fault["detail"].startswith(begin), told.body
        assert told.body["detail"] == fault["detail"]
        if member in {"locale", "timezone", "attributes", "tags"}:
            changed = await shop.ask("PATCH", f"/contacts/{ana['id']}", json={member: value})
            assert [each["pointer"] for each in changed.body["errors"]] == [where]


async def test_a_phone_is_read_as_people_write_it_in_the_country(shop: Program) -> None:
    told = await shop.post("/contacts", {"phone": "(11) 98765-4321", "country": "br"})

    assert told.body["phone"] == "+5511987654321"


async def test_addresses_of_two_contacts_are_told_as_such(shop: Program) -> None:
    ana = (await shop.post("/contacts", ANA)).body["id"]
    bia = (await shop.post("/contacts", {"email": "bia@example.com"})).body["id"]

    told = await shop.post("/contacts", {**ANA, "email": "bia@example.com"})

    assert (told.status, told.body["code"]) == (409, "two_contacts")
    assert told.body["detail"] == (
        f"These addresses are of two contacts: {ana} and {bia}. Take one address out, or change one of the two instead."
    )


async def test_who_waits_for_a_person_is_listed(served: Served, shop: Program) -> None:
    ana, rui = await served.hears("hi"), await served.hears("hi", "+5511999990002")
    await shop.post("/conversations/several/reopen", {"contact_ids": [ana, rui]})
    assert (await shop.get("/contacts?waiting=true")).body["data"] == []
    read = await shop.get(f"/contacts/{ana}")
    await served.hears("are you there?")
    (found,) = (await shop.get("/contacts?waiting=true&responder=human")).body["data"]
    assert (found["id"], found["waiting_since"] is not None) == (ana, True)
    assert (await shop.get("/contacts?waiting=true&channel=telegram")).body["data"] == []
    assert (await shop.get("/contacts?waiting=true&tag=vip")).body["data"] == []
    assert (await shop.get(f"/contacts/{ana}")).headers["ETag"] == read.headers["ETag"], "that they wait is no change"
