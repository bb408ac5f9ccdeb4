"""What is given out reads as it was."""

import io
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from bot.contacts.exporting.rules import consent_cells, header, spelled, type_of
from bot.contacts.exporting.service import BOM
from bot.contacts.importing.columns import Type
from bot.contacts.importing.person import Person
from bot.contacts.importing.reading import people, read_sheet
from bot.contacts.rules import attribute_of, attributes_in, stored
from bot.core.addresses import Channel
from bot.core.consents import Agreed, ConsentReason, Standing
from bot.core.errors import BotError
from bot.core.sheets import csv_text
from bot.core.text import clean
from bot.engine.conversation import StateValue

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
PHONE = "+5511987654321"


def kept(value: StateValue) -> StateValue | None:
    """A value as a contact has it; None where it cannot be one."""
    try:
        return attribute_of("x", value) or None
    except BotError:
        return None


VALUES = some.one_of(
    some.text(max_size=20).filter(lambda text: kept(text) is not None),
    some.text(alphabet="'=+-@;, \t\r\n\"1a", max_size=9).filter(lambda text: kept(text) is not None),
    some.booleans(),
    some.integers(min_value=-(10**15) + 1, max_value=10**15 - 1),
    some.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=5),
)


@given(values=some.lists(VALUES, min_size=1, max_size=5), separator=some.sampled_from(",;\t"))
def test_whatever_is_kept_of_somebody_reads_as_it_was(values: list[StateValue], separator: str) -> None:
    wanted = {f"a{number}": attribute_of("x", value) for number, value in enumerate(values)}
    columns = [(name, type_of(value)) for name, value in attributes_in(stored(wanted)).items()]
    own = attributes_in(stored(wanted))
    row = ["", "Ana", PHONE, *[""] * 10, *(spelled(own[name]) for name, _type in columns)]
    file = io.BytesIO((BOM + csv_text([header(columns), row], separator)).encode())

    (person,) = people(file, read_sheet(file), "")
    assert isinstance(person, Person), person
    assert (person.name, person.phone, person.attributes) == ("Ana", PHONE, own)


@given(some.text(max_size=30))
def test_a_name_reads_as_it_was(name: str) -> None:
    wanted = clean(name, 255)[0]
    file = io.BytesIO(csv_text([["name", "phone"], [wanted, PHONE]], ";").encode())
    (person,) = people(file, read_sheet(file), "")
    assert isinstance(person, Person)
    assert person.name == wanted.strip()


def test_values_and_types() -> None:
    assert [(type_of(value), spelled(value)) for value in ("=1", True, 12, Decimal("1.234"), Decimal("0.5"))] == [
        (Type.TEXT, "=1"),
        (Type.BOOLEAN, "true"),
        (Type.NUMBER, "12"),
        (Type.NUMBER, "1.2340"),
        (Type.NUMBER, "0.5"),
    ]


def test_consents_are_told_by_channel_and_an_address_that_bounces_is_no_refusal() -> None:
    yes = Standing(opted_in=True, reason=ConsentReason.WORD, changed_at=NOW)
    no, bounce = (
        Standing(opted_in=False, reason=each, changed_at=NOW) for each in (ConsentReason.WORD, ConsentReason.BOUNCE)
    )
    agreed = {Channel.WHATSAPP: Agreed(yes, no), Channel.SMS: Agreed(bounce), Channel.EMAIL: Agreed(no, yes)}
    assert consent_cells(agreed) == ["yes", "", "no", "no", "", "yes"]
    assert consent_cells({}) == [""] * 6
