"""What happens in the application is hinted at, from the turn to the provider's report."""

from bot.core.hints import Hints, Topic
from bot.db.hub import Ear
from bot.web.keys import HUB
from tests.support import posts
from tests.support.served import serving, signed
from tests.support.waiting import eventually


async def _whose(ear: Ear) -> frozenset[str]:
    """The contacts of whose messages the next hint is that names any."""
    while not (ids := (await ear.next(10)).ids.get(Topic.MESSAGES)):
        pass
    return ids


async def test_a_turn_and_what_came_of_its_answer_are_hinted_at(database_url: str) -> None:
    async with serving(database_url) as bot:
        with bot.app[HUB].listening() as ear:
            await bot.post("whatsapp", signed("whatsapp", "hi"))
            turn = await _whose(ear)
            await bot.until_sent(1)
            while await ear.next(0.3):
                pass
            [answer] = await bot.messages("outbound")
            assert turn == {answer.contact_id}

            status = posts.whatsapp_status("delivered", answer.provider_message_id)
            await bot.post("whatsapp", posts.signed_whatsapp(status))

            assert await _whose(ear) == turn


async def test_who_listens_in_another_process_hears_of_it(postgres_url: str) -> None:
    async with serving(postgres_url) as one, serving(postgres_url) as other:
        with other.app[HUB].listening() as ear:

            async def known() -> bool:
                return one.app[HUB].is_heard

            await eventually(known)
            while (await ear.next(0.2)).ids == Hints.everything().ids:
                pass

            await one.post("whatsapp", signed("whatsapp", "hi"))

            [asked] = await one.messages("inbound")
            assert await _whose(ear) == {asked.contact_id}
