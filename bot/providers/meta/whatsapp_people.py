"""Who wrote a WhatsApp message, and as whom they were known before they changed their number or their user id.

{"from": "5511999990000", "type": "system", "system": {"type": "user_changed_number", "wa_id": "5511888880000",
 "user_id": "BR.2", "previous_user_id": "BR.1"}}
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.core.addresses import Address, AddressKind
from bot.core.errors import UnparsableError
from bot.providers.kit.json_lenient import part_at, text_at
from bot.providers.kit.json_reader import Part

_PHONE = re.compile(r"[1-9][0-9]{6,14}")
_USER_ID = re.compile(r"[A-Za-z]{2}\.[A-Za-z0-9]{1,128}")
_CHANGED = frozenset({"user_changed_number", "customer_changed_number", "user_changed_user_id"})

_NUMBER_AND_NAME = frozenset({"wa_id", "profile"})
_MORE = frozenset({"from_user_id", "previous_user_id", "system"})

Described = Mapping[str, Any]
"""An entry of a post's `contacts`."""


class Who(NamedTuple):
    """Who wrote.

    Attributes:
        addresses: the preferred one first.
        former: those that were theirs until now.
        name: their own, or empty.
        described: what the post says of them; empty where it says nothing.
    """

    addresses: tuple[Address, ...]
    former: tuple[Address, ...]
    name: str
    described: Described


def who(item: Part, contacts: list[Described]) -> Who:
    """Who wrote the message at `item`; raises UnparsableError when it names nobody."""
    return _by_number_alone(item.value, contacts) or _by_all_that_is_told(item, contacts)


def _by_number_alone(item: Mapping[str, Any], contacts: list[Described]) -> Who | None:
    """The sender as nearly all posts tell of them: one contact with the number that wrote, and a name."""
    if len(contacts) != 1 or contacts[0].keys() != _NUMBER_AND_NAME or not item.keys().isdisjoint(_MORE):
        return None
    (described,) = contacts
    phone, profile = described["wa_id"], described["profile"]
    if not (isinstance(phone, str) and isinstance(profile, dict) and phone == item.get("from")):
        return None
    name = profile.get("name")
    if not (isinstance(name, str) and _PHONE.fullmatch(phone)):
        return None
    return Who((Address(AddressKind.PHONE, f"+{phone}"),), (), name, described)


def _by_all_that_is_told(item: Part, contacts: list[Described]) -> Who:
    phone, user_id = text_at(item, "from").removeprefix("+"), text_at(item, "from_user_id")
    described = _described(contacts, phone, user_id)
    contact = Part(described)
    phone, user_id = phone or text_at(contact, "wa_id"), user_id or text_at(contact, "user_id")
    # A number that changes takes another user id along; of a user id alone only the messages after it may tell.
    former = [*_previous(contact), *_previous(item)]
    system = part_at(item, "system")
    if item.value.get("type") == "system" and text_at(system, "type") in _CHANGED:
        number = (text_at(system, "wa_id") or text_at(system, "new_wa_id")).removeprefix("+")
        before = text_at(system, "customer").removeprefix("+") or phone
        if _PHONE.fullmatch(number) and number != before:
            former += addresses_of(before, "")
            phone = number
        if _USER_ID.fullmatch(renamed := text_at(system, "user_id")):
            user_id = renamed
        former += _previous(system)
    addresses = addresses_of(phone, user_id)
    if not addresses:
        raise UnparsableError(f"{item.path}.from is not a sender")
    return Who(
        addresses,
        tuple(dict.fromkeys(each for each in former if each not in addresses)),
        text_at(contact, "profile", "name"),
        described,
    )


def addresses_at(item: Part, user_id: str, phone: str) -> tuple[Address, ...]:
    """Who is meant by the user id and the number at those keys; raises UnparsableError when there is neither."""
    addresses = addresses_of(text_at(item, phone).removeprefix("+"), text_at(item, user_id))
    if not addresses:
        raise UnparsableError(f"{item.path} names nobody")
    return addresses


def addresses_of(phone: str, user_id: str) -> tuple[Address, ...]:
    """What is an address of the two.

    The business-scoped user id comes first: it stays when the person hides their number behind a username.
    """
    addresses = []
    if user_id and _USER_ID.fullmatch(user_id):
        addresses.append(Address(AddressKind.WA_USER, user_id))
    if _PHONE.fullmatch(phone):
        addresses.append(Address(AddressKind.PHONE, f"+{phone}"))
    return tuple(addresses)


def _previous(part: Part) -> tuple[Address, ...]:
    return addresses_of("", text_at(part, "previous_user_id"))


def _described(contacts: list[Described], phone: str, user_id: str) -> Described:
    """The entry that describes this sender; a post may hold messages of several people."""
    for contact in contacts:
        if (user_id and contact.get("user_id") == user_id) or (phone and contact.get("wa_id") == phone):
            return contact
    # One that names nobody else is the sender's.
    alone = contacts[0] if len(contacts) == 1 else {}
    named = addresses_of(text_at(Part(alone), "wa_id"), text_at(Part(alone), "user_id"))
    return alone if not named or not (phone or user_id) else {}
