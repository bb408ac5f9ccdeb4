"""Who wrote a WhatsApp message, by the short way that nearly all posts take and by the long one."""

from typing import Any

from bot.core.addresses import Address, AddressKind
from bot.providers.kit.json_reader import Part
from bot.providers.meta.whatsapp_people import who
from tests.support.tables import for_each

RUI = {"profile": {"name": "Rui"}, "wa_id": "15551230001"}
PHONE = Address(AddressKind.PHONE, "+15551230001")


@for_each(
    ("contact", "name"),
    [
        (RUI, "Rui"),
        ({**RUI, "wa_id": "15551230002"}, ""),
        ({**RUI, "profile": "Rui"}, ""),
        ({**RUI, "profile": {"name": None}}, ""),
        ({**RUI, "wa_id": 15551230001}, ""),
        ({"wa_id": "15551230001"}, ""),
    ],
)
def test_an_odd_contact_costs_the_name_at_most(contact: dict[str, Any], name: str) -> None:
    sender = who(Part({"from": "15551230001", "type": "text"}), [contact])
    assert (sender.addresses, sender.name) == ((PHONE,), name)


def test_both_ways_come_to_the_same() -> None:
    short = who(Part({"from": "15551230001"}), [RUI])
    long = who(Part({"from": "15551230001", "system": {}}), [RUI])
    assert short == long
