from bot.core.addresses import Address, AddressKind, mask
from tests.support.tables import for_each


@for_each(
    ("value", "shown"),
    [
        ("+5511999990000", "…0000"),
        ("ana@example.com", "a…@example.com"),
        ("@example.com", "…@example.com"),
        ("7", "…7"),
    ],
)
def test_a_masked_address_tells_two_apart_but_cannot_be_written_to(value: str, shown: str) -> None:
    assert mask(value) == shown


def test_addresses_sort_by_kind_and_value_so_that_locks_are_taken_in_one_order() -> None:
    phone, email = Address(AddressKind.PHONE, "+1"), Address(AddressKind.EMAIL, "z@example.com")
    assert sorted([phone, email]) == [email, phone]
