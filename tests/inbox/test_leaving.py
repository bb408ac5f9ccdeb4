"""Somebody who may not answer any more has no conversation."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.actors import Actor
from bot.inbox.leaving import LEAVE
from bot.inbox.service import Code
from bot.users import service as users
from bot.users.service import Role
from tests.support.inbox import RUI, Agent, Office, office_on

BOSS = Actor("Boss")


@pytest.fixture
async def office(engine: AsyncEngine) -> AsyncIterator[Office]:
    async with office_on(engine) as made:
        yield made


async def limit(office: Office, agent: Agent, how: str) -> None:
    async with office.bot.engine.begin() as connection:
        if how == "role":
            await users.change_role(connection, agent.id, Role.VIEWER, BOSS, office.now)
        else:
            change = users.disable_user if how == "disable" else users.delete_user
            await change(connection, agent.id, BOSS, office.now)


@pytest.mark.parametrize("how", ["disable", "delete", "role"])
async def test_what_somebody_has_who_may_not_answer_any_more_is_nobodys_and_waits_to_be_taken(
    office: Office, how: str
) -> None:
    bia, eve = await office.agent("Bia"), await office.agent("Eve")
    ana, rui = await office.writes("help"), await office.writes("help", RUI)
    await office.assign(bia, ana)
    await office.assign(eve, rui)
    await limit(office, bia, how)
    await office.runs(LEAVE)

    assert (await office.assignee(ana), await office.assignee(rui)) == (None, eve.id)
    assert (await office.conversation(ana)).status == "open"
    told = ("conversation.unassign", "Boss", {"before": {"assignee": "Bia"}, "after": {"assignee": None}})
    assert (await office.told())[-1] == told


async def test_who_is_let_in_again_at_once_keeps_what_they_have(office: Office) -> None:
    bia, ana = await office.agent("Bia"), await office.writes("help")
    await office.assign(bia, ana)
    await limit(office, bia, "disable")
    async with office.bot.engine.begin() as connection:
        await users.enable_user(connection, bia.id, BOSS, office.now)
    await office.runs(LEAVE)

    assert await office.assignee(ana) == bia.id


async def test_whoever_has_nothing_leaves_no_work(office: Office) -> None:
    bia, ana = await office.agent("Bia"), await office.writes("help")
    await office.assign(bia, ana)
    await office.resolve(bia, ana)
    await limit(office, bia, "disable")

    assert await office.due(LEAVE) == 0


async def test_of_taking_and_being_disabled_at_once_nobody_is_left_with_a_conversation(office: Office) -> None:
    await office.agent("Boss", "ADMIN")
    for number in range(8):
        bia, phone = await office.agent(f"Bia{number}"), f"+55119999{number:05}"
        ana = await office.writes("help", phone)
        outcomes, _disabled = await asyncio.gather(office.assign(bia, ana), limit(office, bia, "disable"))
        # Where they were disabled first they never had it, and there is nothing to do.
        if await office.due(LEAVE):
            await office.runs(LEAVE)

        refused = outcomes.refused.get(ana)
        assert refused is None or refused.code is Code.NO_USER
        assert await office.assignee(ana) is None, number
