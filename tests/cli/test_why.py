import json

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.engine.trace import Code
from tests.cli.conftest import Recado
from tests.support.rows import Person, add_account, add_inbound, add_outbound, add_person

TRACE = [{"code": Code.NO_TRIGGER, "data": {"tried": 6}}, {"code": Code.SILENT, "data": {}}]


@pytest.fixture
async def ana(engine: AsyncEngine, database_url: str, shell: pytest.MonkeyPatch) -> Person:
    """Someone in the shell's database."""
    shell.setenv("DATABASE_URL", database_url)
    async with engine.begin() as connection:
        await add_account(connection)
        return await add_person(connection)


async def test_the_last_message_is_explained_step_by_step(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    async with engine.begin() as connection:
        await add_inbound(connection, ana, "hello?", trace=TRACE)
    result = await recado("why", "--last")
    assert result.code == 0
    heading, *steps = result.out.splitlines()
    assert heading.endswith("+5511999990000 wrote on whatsapp: hello?")
    assert len(steps) == 2
    assert steps[1] == "  2. So the bot said nothing."


async def test_the_answers_are_shown_with_how_far_they_came(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    async with engine.begin() as connection:
        asked = await add_inbound(connection, ana, "oi", trace=TRACE)
        await add_outbound(
            connection, ana, "Olá!", reply_to_id=asked, status="failed", error="131047", error_reason="Too late."
        )
    result = await recado("why", asked)
    assert result.out.splitlines()[-1] == "  → Olá!  [failed (Too late.)]"


async def test_a_file_that_is_answered_with_a_file_is_named(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    async with engine.begin() as connection:
        asked = await add_inbound(connection, ana, "", kind="media", body={"media": [{"type": "image"}]})
        await add_outbound(connection, ana, "", reply_to_id=asked, body={"media": [{"type": "sticker"}]})
    heading, answer = (await recado("why", asked)).out.splitlines()
    assert heading.endswith("+5511999990000 wrote on whatsapp: [image]")
    assert answer == "  → [sticker]  [queued]"


async def test_a_message_is_explained_as_json(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    async with engine.begin() as connection:
        asked = await add_inbound(connection, ana, "oi", trace=TRACE)
    told = json.loads((await recado("why", asked, "--json")).out)
    assert told["message"]["id"] == asked
    assert told["steps"][-1] == "So the bot said nothing."
    assert told["replies"] == []


async def test_a_message_whose_turn_is_still_to_come_says_so(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    async with engine.begin() as connection:
        await add_inbound(connection, ana, "oi", turn_state="pending")
    assert "Its turn is still to come." in (await recado("why", "--last")).out


async def test_an_answer_of_ours_points_to_the_message_it_answers(
    recado: Recado, engine: AsyncEngine, ana: Person
) -> None:
    async with engine.begin() as connection:
        asked = await add_inbound(connection, ana, "oi")
        answer = await add_outbound(connection, ana, "Olá!", reply_to_id=asked)
    result = await recado("why", answer)
    assert result.code == 1
    assert f"recado why {asked}" in result.err


async def test_an_unknown_message_is_the_inputs_fault(recado: Recado, ana: Person) -> None:
    del ana
    assert (await recado("why", "c123")).err == "Error: there is no message c123. See `recado messages list`.\n"
    assert (await recado("why", "--last")).code == 1


@pytest.mark.parametrize("arguments", [(), ("c123", "--last")])
async def test_neither_or_both_are_wrong_usage(recado: Recado, ana: Person, arguments: tuple[str, ...]) -> None:
    del ana
    assert (await recado("why", *arguments)).code == 2
