from bot.core.addresses import Address, AddressKind, Channel, channels_of, mask
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


def test_a_made_up_persons_address_is_reached_on_its_own_channel_alone() -> None:
    assert channels_of(AddressKind.SIMULATOR, "sms:ana") == (Channel.SMS,)
    assert channels_of(AddressKind.SIMULATOR, "pigeon:ana") == ()
    assert channels_of(AddressKind.PHONE, "+351912345678") == (Channel.WHATSAPP, Channel.SMS)
