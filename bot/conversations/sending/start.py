"""Beginning a flow with contacts who have not just written: a reminder that asks, a campaign that is answered."""

import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.contacts.service import LockedContact
from bot.conversations.batch import read_situations, write
from bot.conversations.rounds import ActionFailedError, Rounds
from bot.conversations.runner import WaitingTurn, conversation_of, end
from bot.conversations.sending.dissent import dissent
from bot.conversations.sending.keepable import keepable_start
from bot.conversations.sending.requests import Code, Outcome, Queued, Refused, StartRequest, require_few, to_kept
from bot.conversations.sending.routes import Route, Routes, closed_routes, read_routes
from bot.conversations.state import ConversationState
from bot.conversations.takeover import is_with_a_person
from bot.conversations.telling import tell_turns
from bot.core.addresses import Channel
from bot.core.consents import NOTHING
from bot.core.email import to_body
from bot.core.ids import new_id
from bot.core.messages import MessageKind
from bot.core.purposes import LANES
from bot.engine.definitions import Definitions, Flow
from bot.engine.turn import Acting
from bot.engine.turn import start as begin
from bot.flows.service import Catalogue
from bot.messages import records
from bot.messages import service as messages
from bot.messages.records import MessageRow

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Cue:
    """A flow that may begin."""

    request: StartRequest
    flow: Flow
    route: Route
    state: ConversationState


async def start(
    connection: AsyncConnection, catalogue: Catalogue, requests: Sequence[StartRequest], now: datetime
) -> list[Outcome]:
    """Begin flows; gives for each request the messages that the flow said first, or why it does not begin.

    Whoever is in a flow, or with a person, or has written what is not answered yet, is not begun with. Outside a
    customer window a flow begins where the first words that it says have an approved template.

    Args:
        connection: in a transaction; contacts are locked here, where they are not yet, and waited for.
        catalogue: what is published, and what flows may do.
        requests: at most `MAX_REQUESTS`; of several for one contact only the first may begin.
        now: the moment.
    """
    require_few(requests)
    requests = [keepable_start(each) for each in requests]
    asked = await contacts.lock(connection, {each.contact_id for each in requests})
    locked = {contact.id: contact for contact in asked.values()}
    return await _Starting(connection, catalogue, locked, now).begin([to_kept(each, asked) for each in requests])


@dataclass(frozen=True, slots=True)
class _Starting:
    """Begins flows under the locks of their contacts.

    Attributes:
        connection: that holds the locks.
        catalogue: what is published, and what flows may do.
        locked: the contacts by id; those that are gone are missing.
        now: the moment.
    """

    connection: AsyncConnection
    catalogue: Catalogue
    locked: Mapping[str, LockedContact]
    now: datetime

    async def begin(self, requests: Sequence[StartRequest], begun: Collection[str] = ()) -> list[Outcome]:
        """Begin them together, or in halves where an action fails, down to the one request that is refused for it.

        So whatever one costs, few savepoints are kept; `begun` are the contacts with whom an earlier half began.
        """
        try:
            async with self.connection.begin_nested():
                return await self._together(requests, begun)
        except ActionFailedError as error:
            if len(requests) == 1:
                # What the handler's error says may quote a person.
                log.error("flow not begun", action=str(error), error=type(error.__cause__).__name__)  # noqa: TRY400
                return [Refused(Code.ACTION_FAILED, str(error))]
        half = len(requests) // 2
        first = await self.begin(requests[:half], begun)
        outcomes = zip(requests, first, strict=False)
        begun = {*begun, *(each.contact_id for each, outcome in outcomes if isinstance(outcome, Queued))}
        return first + await self.begin(requests[half:], begun)

    async def _together(self, requests: Sequence[StartRequest], begun: Collection[str]) -> list[Outcome]:
        """Begin flows; raises ActionFailedError where an action of one of them fails."""
        connection, now = self.connection, self.now
        asked = {each.contact_id for each in requests}
        locked = {contact_id: contact for contact_id, contact in self.locked.items() if contact_id in asked}
        states = {contact.id: ConversationState.of(contact) for contact in locked.values()}
        definitions = await read_situations(connection, self.catalogue, states, now)
        routes = await read_routes(connection, locked, [(each.account, each.channels) for each in requests])
        outcomes = [
            Refused(Code.FLOW_RUNNING)
            if each.contact_id in begun
            else _cue(each, states, definitions.published, routes)
            for each in requests
        ]
        closed = await closed_routes(connection, [each.route for each in outcomes if isinstance(each, _Cue)], now)
        rounds = Rounds(connection, self.catalogue.actions, now)
        cues = [(at, each) for at, each in enumerate(outcomes) if isinstance(each, _Cue)]
        async for at, cue in rounds.over(cues, lambda each: each[1].request.contact_id):
            refused = _begin(definitions, rounds, cue, now, closed=cue.route in closed)
            if refused is not None:
                outcomes[at] = refused
        await self._write([each for each in outcomes if isinstance(each, _Cue)])
        return [each if isinstance(each, Refused) else _queued(each) for each in outcomes]

    async def _write(self, begun: Sequence[_Cue]) -> None:
        for cue in begun:
            for row in cue.state.outbound:
                row["origin"], row["scheduled_at"] = cue.request.origin or None, None
                row["purpose"], row["lane"] = cue.request.purpose, LANES[cue.request.purpose]
        if begun:
            moved = {each.state.contact.id: each.state for each in begun}
            await write(self.connection, moved.values(), self.now, insert=messages.INSERT_QUEUED)
            await tell_turns(self.connection, moved, (), self.now)


def _queued(cue: _Cue) -> Queued:
    return Queued(tuple(row["id"] for row in cue.state.outbound))


def _cue(
    request: StartRequest, states: Mapping[str, ConversationState], flows: Mapping[str, Flow], routes: Routes
) -> _Cue | Refused:
    state, flow = states.get(request.contact_id), flows.get(request.flow)
    if state is None:
        return Refused(Code.NO_CONTACT)
    if flow is None:
        return Refused(Code.NO_FLOW, request.flow)
    route = routes.find(state.contact, request.account, request.channels)
    return route if isinstance(route, Refused) else _Cue(request, flow, route, state)


def _begin(definitions: Definitions, rounds: Rounds, cue: _Cue, now: datetime, *, closed: bool) -> Refused | None:
    """Begin one flow, as far as it goes without an action; why not, or None."""
    state, to = cue.state, cue.route.to
    if state.instances:
        # Another request of this call has begun one, though it may have ended at once.
        return Refused(Code.FLOW_RUNNING)
    channel = Channel(to["channel"])
    if state.instance is not None and is_with_a_person(state.instance, now):
        return Refused(Code.TAKEN_OVER)
    if state.blocked:
        return Refused(Code.TURN_PENDING)
    refused = dissent(state.consents.get((to["address_id"], channel), NOTHING), cue.request.purpose)
    if refused is not None:
        return Refused(refused)
    if closed and not _opens_with_a_template(cue.flow):
        return Refused(Code.WINDOW_CLOSED)
    row = _cue_row(cue, now)
    try:
        turn = begin(
            definitions,
            conversation_of(state, row, (to["address_id"], channel)),
            cue.flow,
            cue.request.state,
            channel,
            now=now,
            seed=f"{to['account']}\n{to['address']}\n{state.seq}",
            instance_id=new_id(),
        )
    except Exception as error:  # noqa: BLE001 - whatever the engine's fault is, only this contact may suffer
        # What the engine was about may be a person's; where it failed is not.
        at = traceback.extract_tb(error.__traceback__)[-1]
        log.error(  # noqa: TRY400
            "flow not begun", flow=cue.request.flow, error=type(error).__name__, at=f"{at.filename}:{at.lineno}"
        )
        return Refused(Code.ENGINE_FAULT, cue.request.flow)
    if turn is None:
        return Refused(Code.FLOW_RUNNING)
    if isinstance(turn, Acting):
        rounds.hold(WaitingTurn(state, row, turn, lives=False))
    else:
        end(state, row, turn, now)
    return None


def _opens_with_a_template(flow: Flow) -> bool:
    """Whether an approved template stands for the first words that a flow says."""
    first = next((step.template for step in flow.steps if step.template is not None), None)
    if first is None:
        return False
    texts = (first.base, *first.locales.values())
    return all(each.extras is not None and each.extras.approved is not None for each in texts)


def _cue_row(cue: _Cue, now: datetime) -> MessageRow:
    """What stands in for a message of theirs: where it would have come from. It is never written."""
    last = cue.route.last
    mail = None if last is None or last.email is None else {"email": to_body(last.email)}
    return records.row(
        now,
        **cue.route.to,
        id="",
        seq=cue.state.seq,
        kind=MessageKind.TEXT,
        content="",
        body=mail,
        thread_id=None if last is None else last.thread_id,
    )
