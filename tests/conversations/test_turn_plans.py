"""Every statement of a batch finds its rows by an index on PostgreSQL, however full the tables are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations import intake
from bot.conversations.responding import hand_back
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Delivery, Echo, Status, StatusUpdate
from bot.db.engine import create_engine
from tests.support.bot import NUMBER, Bot, message, running_bot
from tests.support.plans import analyze

pytestmark = pytest.mark.own_database

BUNDLE = """\
bundle: shop
locale: en
templates:
  hours: {content: We open at six., buttons: [Where?]}
  ask: {content: "Which flavour?"}
triggers:
  - {type: contains, pattern: open, cooldown_sec: 60, template: hours}
  - {type: equals, pattern: pizza, flow: order}
flows:
  order:
    steps:
      - {key: flavour, type: collect_input, template: ask, save_as: flavour}
      - {key: done, type: end}
"""

PEOPLE = 4_000
LARGE = ("contacts", "contact_addresses", "consents", "messages", "flow_instances", "webhook_events", "scheduled_jobs")
_FILL = (
    (
        "INSERT INTO contacts (id, phone, seq, created_at, updated_at)"
        " SELECT 'c' || lpad(n::text, 24, '0'), '+55119' || lpad(n::text, 8, '0'), 4, now(), now()"
        " FROM generate_series(1, :people) n"
    ),
    (
        "INSERT INTO contact_addresses (id, contact_id, kind, value, created_at, updated_at)"
        " SELECT 'a' || substr(id, 2), id, 'phone', phone, now(), now() FROM contacts"
    ),
    (
        "INSERT INTO consents (id, address_id, channel, opted_in, reason, changed_at, created_at, updated_at)"
        " SELECT 'o' || substr(id, 2), id, 'sms', true, 'word', now(), now(), now() FROM contact_addresses"
    ),
    (
        "INSERT INTO flow_instances (id, contact_id, flow_id, current_step_key, state_json, last_interaction_at,"
        " created_at, updated_at) SELECT 'i' || substr(c.id, 2), c.id, f.id, 'flavour', '{}', now(), now(), now()"
        " FROM contacts c, flows f"
    ),
    (
        "INSERT INTO messages (id, contact_id, account, channel, address_id, address, address_kind, direction, status,"
        " turn_state, seq, content, provider_message_id, trigger_id, created_at, updated_at)"
        " SELECT 'm' || substr(c.id, 3) || s, c.id, :account, 'whatsapp', 'a' || substr(c.id, 2),"
        " c.phone, 'phone', CASE s % 2 WHEN 1 THEN 'inbound' ELSE 'outbound' END,"
        " CASE s % 2 WHEN 1 THEN 'delivered' ELSE 'sent' END, CASE s % 2 WHEN 1 THEN 'done' END, s, 'hello',"
        " 'wamid.' || c.id || s, CASE s % 2 WHEN 0 THEN (SELECT id FROM triggers LIMIT 1) END, now(), now()"
        " FROM contacts c, generate_series(1, 4) s"
    ),
)


@asynccontextmanager
async def plans_of(engine: AsyncEngine) -> AsyncIterator[list[str]]:
    """The plan of every statement that `engine` runs meanwhile, made with the statement's own values."""
    run: list[tuple[str, Any]] = []
    plans: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        # An INSERT of given values has no choice of plans.
        if statement.startswith(("SELECT", "UPDATE", "WITH")):
            run.append((statement, parameters[0] if many else parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield plans
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    async with engine.connect() as connection:
        for statement, parameters in run:
            rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", tuple(parameters))
            plans.append(statement + "\n" + "\n".join(row[0] for row in rows))


def echo(phone: str) -> Echo:
    """What a person of ours wrote to that number."""
    to = (Address(AddressKind.PHONE, phone),)
    return Echo(NUMBER, f"wamid.E{phone}", Channel.WHATSAPP, to, text="I am on it")


def _reads_by_index(plan: str) -> bool:
    """Whether no table that grows is read whole; small ones are, and should be."""
    return all(f"Seq Scan on {table}" not in plan for table in LARGE)


@pytest.fixture
async def bot(postgres_url: str) -> AsyncIterator[Bot]:
    """A bot with thousands of conversations behind it, the planner's statistics up to date."""
    engine = create_engine(postgres_url)
    async with running_bot(engine, BUNDLE) as made:
        async with engine.begin() as connection:
            for statement in _FILL:
                values = {"people": PEOPLE, "account": NUMBER}
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                await connection.execute(text(statement), used)
        async with engine.begin() as connection:
            await analyze(connection)
        yield made
    await engine.dispose()


async def test_a_batch_reads_and_writes_by_index_alone(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    phones = [f"+55119{number:08}" for number in (7, 2_500, 3_999)]

    async with plans_of(bot.engine) as plans:
        await bot.hears(*(message("Margherita", phone=phone) for phone in phones))
        await bot.hears(message("are you open?", phone="+5511000000001"), message("STOP", phone=phones[0]))
        sent = StatusUpdate(NUMBER, "wamid.c0000000000000000000000072", Status.READ)
        await bot.intake.receive("whatsapp", Delivery(statuses=(sent,)), b"")
        await bot.intake.receive("whatsapp", Delivery(echoes=(echo(phones[2]), echo("+5511000000002"))), b"")
        await bot.hears(message("1", phone="+5511000000001"), message("STOP", phone="+5511987654321"))
        await bot.hears(message("hi", phone="+551187654321"))
        monkeypatch.setattr(intake, "PENDING_ABOVE", -1)
        await bot.hears(message("pizza", phone=phones[1]))
        await bot.sweeper.sweep()
        async with bot.engine.begin() as connection:
            await hand_back(connection, ["c000000000000000000000007"], bot.clock.now)

    scanned = [plan for plan in plans if not _reads_by_index(plan)]
    assert len(plans) > 20
    assert scanned == []


async def test_a_plan_made_while_the_tables_were_empty_compares_no_row_with_each_contact(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    async with running_bot(engine, BUNDLE) as bot, plans_of(engine) as plans:
        await bot.hears(message("pizza"), message("are you open?", phone="+5511000000001"))
        await bot.hears(message("1", phone="+5511000000001"))
        await bot.intake.receive("whatsapp", Delivery(echoes=(echo("+5511000000001"),)), b"")
    await engine.dispose()

    read = [plan for plan in plans if plan.startswith("SELECT") and any(f" on {table}" in plan for table in LARGE)]
    assert len(read) > 2
    assert [plan for plan in read if "Join Filter" in plan or "Index Cond" not in plan] == []
