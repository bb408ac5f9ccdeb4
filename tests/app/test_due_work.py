"""Due work in the whole application: its handlers find what a process has made once."""

import asyncio

import pytest

from bot.app import resources
from bot.app.due_work import HANDLERS
from bot.conversations.job_services import JobServices
from bot.conversations.service import SendRequest, Words, queue_later
from bot.conversations.views import ACCOUNTS
from bot.core.clock import utc_now
from bot.jobs import runner
from bot.jobs.service import Context, Handler, NewJob, schedule
from bot.messages.outbox import loop
from bot.web.keys import CLOCK
from tests.support.served import serving, signed


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


async def test_what_a_job_queues_is_sent_at_once(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "POLL_SECONDS", 3600.0)
    monkeypatch.setattr(runner, "POLL_SECONDS", 0.02)
    async with serving(database_url) as bot:
        await bot.post("whatsapp", signed("whatsapp", "hi"))
        await bot.until_sent(1)
        (answered,) = await bot.messages("outbound")
        async with bot.engine.begin() as connection:
            request = SendRequest(contact_id=answered.contact_id, say=Words("Rye is back."))
            await queue_later(connection, [request], "rye", utc_now())

        await bot.until_sent(2)

    assert bot.providers.sends("whatsapp")[1].payload["text"]["body"] == "Rye is back."
