"""Templates for programs: what each of them takes is what sending it asks for."""

from typing import Any

from bot.conversations.views import INTAKE
from bot.flows.service import archive
from tests.support.bundles import published
from tests.support.people import BY
from tests.support.programs import Program, Served

SHOP = """bundle: shop
templates:
  ready:
    variables: {what: bread}
    content: "{{ contact.name }}, your {{ what }} waits at {{ shop }}."
    list: {button: "{{ choose }}", rows: [{label: "{{ yes }}", description: "{{ more }}"}, Later]}
    locales:
      pt-BR: {variants: ["{{ shop }} espera.", "{{ hora }}"], subject: "{{ assunto }}"}
    whatsapp: {template: order_ready, language: en_US, parameters: ["{{ code }}"]}
  place: {location: {latitude: 1, longitude: 2, name: "{{ name }}", address: "{{ street }}"}}
  leaflet:
    content: Our leaflet.
    media: {type: document, url: "https://example.com/{{ file }}", filename: "{{ title }}"}
    html: "<p>{{ body }}</p>"
    whatsapp: {template: leaflet, header: {type: image, url: "https://example.com/{{ head }}"}}
"""


async def serve(served: Served, *texts: str) -> None:
    await published(served.doors.people.engine, *texts, now=served.doors.people.clock.now)
    await served.doors.app[INTAKE].catalogue.refresh()


def names(told: Any) -> list[str]:
    return [each["name"] for each in told.body["data"]]


async def test_each_says_what_it_takes_in_which_languages_and_for_which_channels(served: Served, shop: Program) -> None:
    await serve(served, SHOP)
    ready = (await shop.get("/templates/shop/ready")).body
    taken = {each["name"]: each["default"] for each in ready["variables"]}
    place, leaflet = [(await shop.get(f"/templates/shop/{key}")).body for key in ("place", "leaflet")]

    assert (ready["name"], ready["bundle"], ready["version"]) == ("shop/ready", "shop", 1)
    wanted = dict.fromkeys(("shop", "yes", "more", "choose", "hora", "assunto", "code"))
    assert taken == {"what": "bread", **wanted}
    assert [(each["locale"], len(each["texts"]), each["parts"]) for each in ready["languages"]] == [
        ("en", 1, ["choices", "whatsapp"]),
        ("pt-BR", 2, ["choices", "whatsapp", "subject"]),
    ]
    assert ready["languages"][0]["approved"] == {"name": "order_ready", "language": "en_US"}
    assert ready["channels"] == ["email", "whatsapp"]
    assert ([each["name"] for each in place["variables"]], place["channels"]) == (["name", "street"], [])
    assert (place["languages"][0]["texts"], place["languages"][0]["parts"]) == ([], ["location"])
    assert {each["name"] for each in leaflet["variables"]} == {"file", "title", "body", "head"}


async def test_what_has_no_default_is_what_sending_asks_for(served: Served, shop: Program) -> None:
    await serve(served, "bundle: a\ntemplates:\n  t: {content: '{{ one }} {{ two }}', variables: {one: x}}\n")
    person = await served.hears("hello")
    (listed,) = (await shop.get("/templates")).body["data"]
    needed = [each["name"] for each in listed["variables"] if each["default"] is None]
    refused = await shop.post("/messages", {"contact_id": person, "template": listed["name"]})

    sent = await shop.post("/messages", {"contact_id": person, "template": "a/t", "variables": {"two": "y"}})

    assert needed == ["two"]
    assert (refused.body["code"], "two" in refused.body["detail"]) == ("missing_variable", True)
    assert (await shop.get(f"/messages/{sent.body['id']}")).body["text"] == "x y"


async def test_only_what_is_published_is_listed_by_name_page_by_page(served: Served, shop: Program) -> None:
    cafe = "bundle: café\ntemplates:\n  oi: {content: Oi}\n"
    await serve(served, SHOP, cafe)
    page = await shop.get("/templates?limit=3")
    rest = await shop.get(f"/templates?limit=3&cursor={page.body['next']}")
    some, one = await shop.get("/templates?bundle=caf%C3%A9"), await shop.get("/templates?search=LEAF")

    assert [names(each) for each in (page, rest)] == [["café/oi", "shop/leaflet", "shop/place"], ["shop/ready"]]
    assert [names(each) for each in (some, one)] == [["café/oi"], ["shop/leaflet"]]
    assert rest.body["next"] is None
    async with served.doors.people.engine.begin() as connection:
        await archive(connection, "café", by=BY, now=served.doors.people.clock.now)
    await served.doors.app[INTAKE].catalogue.refresh()
    assert (await shop.get("/templates/caf%C3%A9/oi")).problem == "not_found"
    assert names(await shop.get("/templates?search=oi")) == []
