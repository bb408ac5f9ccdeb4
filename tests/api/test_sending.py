"""What a program that sends is told, where nothing goes."""

from tests.support.programs import Program, Served


async def test_a_refusal_says_what_to_do(served: Served, shop: Program) -> None:
    new = (await shop.post("/contacts", {"phone": "+5511987654321"})).body["id"]
    known = await served.hears("hi")
    told = {
        "no_conversation": await shop.post("/messages", {"contact_id": new, "text": "Ready."}),
        "no_account": await shop.post("/messages", {"contact_id": new, "text": "Ready.", "account": "whatsapp:1"}),
        "no_address": await shop.post("/messages", {"contact_id": new, "text": "Ready.", "account": "simulator"}),
        "no_template": await shop.post("/messages", {"contact_id": known, "template": "hello"}),
        "expired": await shop.post(
            "/messages", {"contact_id": known, "text": "Ready.", "not_before": "2020-01-01T09:00:00Z"}
        ),
    }

    assert {each.body.get("code"): each.body["detail"] for each in told.values()} == {
        "no_conversation": "Nothing was said with this contact yet, so there is no channel to go on with. "
        "Name `channels`, such as `sms`, or an `account`.",
        "no_account": "We have no account for whatsapp:1. `GET /accounts` lists those that there are.",
        "no_address": "This contact has no address on a channel that was asked for. "
        "`GET /contacts/ID/addresses` lists those that they have.",
        "no_template": "No published bundle has the template hello. "
        "`GET /templates` lists them by their names, `bundle/template`.",
        "expired": "It would be stale before it could go. "
        "Take a later `not_after`; by default it is a day after `not_before`.",
    }
    assert {name: each.body["code"] for name, each in told.items()} == {name: name for name in told}


async def test_whoever_wrote_in_the_simulator_can_be_written_to_without_a_provider(
    served: Served, shop: Program
) -> None:
    known = await served.hears("hi")

    sent = await shop.post("/messages", {"contact_id": known, "text": "Your bread is ready."})

    assert sent.status == 201
    told = (await shop.get(f"/messages/{sent.body['id']}")).body
    assert (told["account"], told["text"]) == ("simulator", "Your bread is ready.")


async def test_what_people_wrote_is_listed_without_what_they_were_told(served: Served, shop: Program) -> None:
    known = await served.hears("hi")
    await shop.post("/messages", {"contact_id": known, "text": "Your bread is ready."})

    heard, said = [(await shop.get(f"/messages?direction={each}")).body["data"] for each in ("in", "out")]

    assert [each["text"] for each in heard] == ["hi"]
    assert said[0]["text"] == "Your bread is ready."
    assert {each["direction"] for each in said} == {"out"}


async def test_an_account_and_channels_are_not_asked_for_at_once(shop: Program) -> None:
    both = {"contact_id": "x", "text": "Ready.", "account": "simulator", "channels": ["sms"]}

    told = await shop.post("/messages", both)

    assert (told.status, told.problem) == (422, "invalid")
