"""A small system that uses every face there is: people join by a word or a flow, and each evening all hear of it."""

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Column, MetaData, String, Table, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.job_services import JobServices
from bot.conversations.service import FromTemplate, SendRequest, queue_later
from bot.core.events import ContactErased, ContactsMerged, StatusChanged
from bot.core.purposes import Purpose
from bot.engine.actions import ActionCall, ActionResult, ActionSpec, ActionUse, SystemWord
from bot.engine.conversation import ChangeTags
from bot.engine.templates import compile_text
from bot.flows.service import Action, Heard
from bot.jobs.service import Context, Daily, Handler
from bot.listeners.service import Listener

TICKETS = Table("tickets", MetaData(), Column("contact_id", String(25), primary_key=True), Column("told", String(16)))
SPEC = ActionSpec("raffle.join", outcomes=("joined", "again"), values=("people",))
ANSWERS = {"joined": compile_text("You are in, with {{ raffle.people }} others."), "again": compile_text("You are in.")}


async def join(connection: AsyncConnection, calls: Sequence[ActionCall], _now: datetime) -> Sequence[ActionResult]:
    known = set((await connection.execute(select(TICKETS.c.contact_id))).scalars())
    new = [each.contact_id for each in calls if each.contact_id not in known]
    if new:
        await connection.execute(insert(TICKETS), [{"contact_id": each} for each in sorted(set(new))])
    values, effects = {"people": len(known)}, (ChangeTags(added=("raffle",)),)
    return [ActionResult("joined" if each.contact_id in new else "again", values, effects) for each in calls]


async def word(_connection: AsyncConnection, heard: Sequence[Heard], _now: datetime) -> Sequence[SystemWord | None]:
    joins = SystemWord(use=ActionUse(SPEC.name, SPEC, {}, "raffle"), answers=ANSWERS)
    return [joins if each.text == "raffle" else None for each in heard]


async def announce(context: Context[JobServices]) -> None:
    say, day = FromTemplate("shop/tonight"), context.job.key
    ids = (await context.connection.execute(select(TICKETS.c.contact_id).order_by(TICKETS.c.contact_id))).scalars()
    asked = {"say": say, "purpose": Purpose.NOTICE, "origin": "raffle"}
    requests = [SendRequest(contact_id=each, key=f"raffle:{day}:{each}", **asked) for each in ids]  # type: ignore[arg-type]
    await queue_later(context.connection, requests, f"raffle:{day}", context.now)


async def told(connection: AsyncConnection, changes: Sequence[StatusChanged], _now: datetime) -> None:
    ours = [{"id": each.contact_id, "how": each.after} for each in changes if each.origin == "raffle"]
    if ours:
        statement = update(TICKETS).where(TICKETS.c.contact_id == bindparam("id")).values(told=bindparam("how"))
        await connection.execute(statement, ours)


async def merged(connection: AsyncConnection, merges: Sequence[ContactsMerged], _now: datetime) -> None:
    for each in merges:
        both = TICKETS.c.contact_id.in_([each.kept_id, each.merged_id])
        if (await connection.execute(delete(TICKETS).where(both))).rowcount:
            await connection.execute(insert(TICKETS), {"contact_id": each.kept_id})


async def erased(connection: AsyncConnection, people: Sequence[ContactErased], _now: datetime) -> None:
    await connection.execute(delete(TICKETS).where(TICKETS.c.contact_id.in_([each.contact_id for each in people])))


ACTION = Action(SPEC, join)
HANDLERS = {"raffle": Handler(announce, recurs=Daily(time(19), ZoneInfo("America/Sao_Paulo")))}
LISTENERS = {
    StatusChanged: [Listener("raffle", told)],
    ContactsMerged: [Listener("raffle", merged)],
    ContactErased: [Listener("raffle", erased)],
}
