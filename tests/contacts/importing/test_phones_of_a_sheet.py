"""Phones as people write them, and as spreadsheets spoil them."""

import pytest

from bot.contacts.importing.rules import phone_of
from bot.core.errors import BotError


def test_a_phone_is_read_as_it_is_written_in_its_country() -> None:
    for cell in ("11 98765-4321", "(011) 98765-4321", "+55 (11) 98765 4321", "5511987654321", "'+5511987654321"):
        assert phone_of(cell, "BR") == "+5511987654321"
    assert phone_of("+1 202 555 0143", "") == "+12025550143"


@pytest.mark.parametrize("cell", ["5.51E+12", "5,51199E+12", "5.51e12"])
def test_a_number_that_a_sheet_rounded_is_told_with_what_to_do(cell: str) -> None:
    with pytest.raises(BotError, match=r"rounded.*Format the column as text"):
        phone_of(cell, "BR")


@pytest.mark.parametrize(("cell", "country"), [("ana", "BR"), ("12", "BR"), ("11 98765-4321", ""), ("", "BR")])
def test_what_is_no_number_is_refused(cell: str, country: str) -> None:
    with pytest.raises(BotError, match="is no phone number"):
        phone_of(cell, country)
