"""A bot whose conversations people take, and the people."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.audit.models import AuditLog
from bot.channels.service import Accounts
from bot.contacts.models import Contact, ContactAddress
from bot.conversations.job_services import JobServices
from bot.conversations.service import BY_A_USER, Queued, SendRequest, Words, queue
from bot.core.actors import Actor
from bot.core.ids import new_id
from bot.inbox import service as inbox
from bot.inbox.models import Assignment, InboxConversation
from bot.jobs.models import ScheduledJob
from bot.jobs.service import Context, Job
from bot.listeners.service import listening
from bot.settings import Settings
from bot.users.models import User
from tests.support.bot import SETTINGS, Bot, message, running_bot

BUNDLE = """\
bundle: shop
locale: en
fallback: sorry
handoff_hours: 2
templates:
  sorry: {content: "Pardon?"}
  hours: {content: We open at six.}
  calling: {content: Someone will write to you.}
  many: {content: How many?}
  done: {content: "{{ many }} it is."}
triggers:
  - {type: contains, pattern: open, template: hours}
  - {type: equals, pattern: help, flow: help}
flows:
  help:
    steps:
      - {key: calling, type: end, template: calling, handoff: true}
  order:
    steps:
      - {key: many, type: collect_input, template: many, save_as: many, transitions: {default: done}}
      - {key: done, type: end, template: done}
"""
ANA, RUI = "+5511999990001", "+5511999990002"
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody of ours."""

    id: str
    by: Actor


@dataclass(slots=True)
class Office:
    """A bot, and people who take conversations from it."""

    bot: Bot

    @property
    def now(self) -> datetime:
        """The moment."""
        return self.bot.clock.now

    async def agent(self, name: str, role: str = "EDITOR") -> Agent:
        """Somebody who answers, unless their role says otherwise."""
        id_, email = new_id(), f"{name.lower()}@example.com"
        async with self.bot.engine.begin() as connection:
            await connection.execute(insert(User).values(id=id_, email=email, name=name, role=role))
        return Agent(id_, Actor(name, id_))

    async def leaves(self, agent: Agent) -> None:
        """Somebody may not log in any more."""
        async with self.bot.engine.begin() as connection:
            await connection.execute(update(User).where(User.id == agent.id).values(disabled_at=self.now))

    async def writes(self, text: str, phone: str = ANA) -> str:
        """A contact writes; gives the contact's id."""
        await self.bot.hears(message(text, phone=phone))
        async with self.bot.engine.connect() as connection:
            statement = select(ContactAddress.contact_id).where(ContactAddress.value == phone)
            return (await connection.execute(statement)).scalar_one()

    async def conversation(self, contact_id: str) -> Any:
        """The conversation's row, or None."""
        async with self.bot.engine.connect() as connection:
            statement = select(InboxConversation.__table__).where(InboxConversation.contact_id == contact_id)
            return (await connection.execute(statement)).one_or_none()

    async def assignee(self, contact_id: str) -> str | None:
        """Whose it is, or was; lists say the same."""
        async with self.bot.engine.connect() as connection:
            statement = select(Assignment.user_id).where(Assignment.contact_id == contact_id)
            found: str | None = (await connection.execute(statement)).scalar_one_or_none()
            listed = select(InboxConversation.assignee_id).where(InboxConversation.contact_id == contact_id)
            assert (await connection.execute(listed)).scalar_one_or_none() == found
        return found

    async def contact(self, contact_id: str) -> Any:
        """The contact's row."""
        async with self.bot.engine.connect() as connection:
            return (await connection.execute(select(Contact.__table__).where(Contact.id == contact_id))).one()

    async def told(self, resource: str = "conversation") -> list[tuple[str, str, Any]]:
        """Lines of the audit: what was done, by whom, what it was and what it is; in order."""
        async with self.bot.engine.connect() as connection:
            columns = (AuditLog.action, AuditLog.actor, AuditLog.detail)
            statement = select(*columns).where(AuditLog.resource == resource).order_by(AuditLog.id)
            return [tuple(row) for row in await connection.execute(statement)]

    async def later(self, connection: AsyncConnection, contact_id: str, text: str, agent: Agent) -> None:
        """Somebody says something tomorrow."""
        request = SendRequest(
            contact_id=contact_id,
            say=Words(text),
            by_person=True,
            origin=f"{BY_A_USER}{agent.id}",
            not_before=self.now + DAY,
        )
        (outcome,) = await queue(connection, self.bot.catalogue.definitions, [request], self.now)
        assert isinstance(outcome, Queued)

    async def assign(self, agent: Agent, *ids: str, by: Agent | None = None, instead_of: str = "") -> inbox.Outcomes:
        """Let somebody have conversations."""
        async with self.bot.engine.begin() as connection:
            return await inbox.assign(connection, ids, agent.id, (by or agent).by, self.now, instead_of=instead_of)

    async def resolve(self, agent: Agent, *ids: str, reopens_for: timedelta = DAY) -> inbox.Outcomes:
        """Let the bot have conversations again."""
        async with self.bot.engine.begin() as connection:
            return await inbox.resolve(connection, ids, agent.by, self.now, reopens_for=reopens_for)

    async def reopen(self, agent: Agent, *ids: str) -> inbox.Outcomes:
        """Let people have conversations."""
        async with self.bot.engine.begin() as connection:
            return await inbox.reopen(connection, ids, agent.by, self.now)

    async def snooze(self, agent: Agent, until: datetime, *ids: str) -> inbox.Outcomes:
        """Put conversations off."""
        async with self.bot.engine.begin() as connection:
            return await inbox.snooze(connection, ids, until, agent.by, self.now)

    async def due(self, type_: str) -> int:
        """How many jobs of a type wait for their turn."""
        async with self.bot.engine.connect() as connection:
            statement = select(func.count()).select_from(ScheduledJob).where(ScheduledJob.type == type_)
            return (await connection.execute(statement)).scalar_one()

    async def runs(self, type_: str, settings: dict[str, str] | None = None) -> None:
        """Those jobs of a type that are due have their turn."""
        read = Settings.read(SETTINGS | (settings or {}))
        services = JobServices(Accounts(read), self.bot.catalogue, self.bot.clock, read)
        async with self.bot.engine.begin() as connection:
            statement = select(ScheduledJob.payload).where(
                ScheduledJob.type == type_, ScheduledJob.scheduled_at <= self.now
            )
            due = list(await connection.scalars(statement)) or [{}]
            for payload in due:
                job = Job("j1", type_, "k1", payload, 1)
                await inbox.HANDLERS[type_].run(Context(connection, job, self.now, services))


@asynccontextmanager
async def office_on(engine: AsyncEngine) -> AsyncIterator[Office]:
    """An office on a database."""
    async with running_bot(listening(engine, inbox.LISTENERS), BUNDLE) as bot:
        yield Office(bot)
