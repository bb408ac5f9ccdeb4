"""Due work in the whole application: its handlers find what a process has made once."""

import asyncio

import pytest

from bot.app import resources
from bot.app.due_work import HANDLERS
from bot.conversations.job_services import JobServices
from bot.conversations.views import ACCOUNTS
from bot.core.clock import utc_now
from bot.jobs.service import Context, Handler, NewJob, schedule
from bot.web.keys import CLOCK
from tests.support.served import serving


async def test_a_handler_works_with_the_accounts_bundles_and_clock_of_its_process(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: asyncio.Future[JobServices] = asyncio.get_running_loop().create_future()

    async def look(context: Context[JobServices]) -> None:
        seen.set_result(context.services)

    monkeypatch.setattr(resources, "HANDLERS", {**HANDLERS, "look": Handler(look)})
    async with serving(database_url) as bot:
        async with bot.engine.begin() as connection:
            await schedule(connection, [NewJob("look", "a", utc_now())])
        services = await asyncio.wait_for(seen, 10)

        app = bot.client.server.app  # type: ignore[attr-defined]  # it runs our application
        assert services.accounts is app[ACCOUNTS]
        assert services.clock is app[CLOCK]
        assert [each.name for each in services.catalogue.definitions.bundles] == ["cafe"]
