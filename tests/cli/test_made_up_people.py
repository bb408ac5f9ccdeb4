"""People of the simulator and the terminal are found by how they look, but never in place of a real one."""

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.service import find_contacts, recent_contacts
from bot.core.addresses import AddressKind
from tests.support.rows import add_person

PHONE = "+5511999990000"


async def test_a_made_up_person_is_found_by_the_phone_they_show(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        made_up = await add_person(connection, f"whatsapp:{PHONE}", AddressKind.SIMULATOR)

        assert [card.id for card in await find_contacts(connection, PHONE)] == [made_up.id]
        assert [card.reached for card in await recent_contacts(connection, 10)] == [(f"whatsapp:{PHONE}",)]


async def test_a_real_person_with_that_phone_comes_first(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await add_person(connection, f"whatsapp:{PHONE}", AddressKind.SIMULATOR)
        real = await add_person(connection, PHONE)

        assert [card.id for card in await find_contacts(connection, PHONE)] == [real.id]
