"""One value of each kind that listeners hear."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.core.consents import ConsentReason
from bot.core.events import (
    ConsentChanged,
    ContactCreated,
    ContactErased,
    ContactsMerged,
    ContactUpdated,
    Echoed,
    HandedBack,
    HandedOff,
    MergeUndone,
    News,
    StatusChanged,
    TakenBy,
    TurnCompleted,
    UserLimited,
)
from bot.core.inbox_events import (
    ConversationAssigned,
    ConversationOpened,
    ConversationResolved,
    NoteChange,
    NoteChanged,
)
from bot.core.messages import Status
from bot.core.purposes import ConsentPurpose, Purpose
from bot.listeners.service import KINDS, Kind, Listener, listening
from tests.support.rows import add_person

NOON = datetime(2026, 3, 9, 12, 0, 0, 123456, tzinfo=UTC)

EACH_KIND: tuple[News, ...] = (
    TurnCompleted(
        contact_id="c1",
        message_id="m1",
        seq=7,
        account="whatsapp:1000",
        channel=Channel.WHATSAPP,
        address_id="a1",
        sends=2,
        parked=False,
        paused=True,
        automatic=False,
        said_at=NOON - timedelta(microseconds=1),
        at=NOON,
    ),
    StatusChanged(
        contact_id="c1",
        message_id="m2",
        account="twilio:+1",
        channel=Channel.SMS,
        address_id="a1",
        origin="campaign:c9",
        purpose=Purpose.MARKETING,
        before=Status.QUEUED,
        after=Status.FAILED,
        error="131049",
        reported_at=None,
        at=NOON,
    ),
    ConsentChanged(
        contact_id="c1",
        address_id="a1",
        channel=Channel.EMAIL,
        purpose=ConsentPurpose.MARKETING,
        opted_in=False,
        reason=ConsentReason.WORD,
        detail="não, obrigada",
        said_at=NOON,
        at=NOON,
    ),
    HandedOff(contact_id="c1", by=TakenBy.USER, user_id="u1", until=None, at=NOON),
    Echoed(contact_id="c1", message_id="m3", channel=Channel.WHATSAPP, said_at=NOON - timedelta(seconds=1), at=NOON),
    HandedBack(contact_id="c1", reason="resumed", user_id="", at=NOON),
    ContactCreated(contact_id="c1", at=NOON),
    ContactUpdated(contact_id="c1", at=NOON),
    ContactsMerged(merge_id="g1", kept_id="c1", merged_id="c2", user_id="u1", at=NOON),
    MergeUndone(merge_id="g1", kept_id="c1", merged_id="c2", user_id="u1", at=NOON),
    ContactErased(contact_id="c1", user_id="", at=NOON),
    UserLimited(user_id="u1", by=Actor("Ana", "u2", address="10.0.0.1"), at=NOON),
    ConversationOpened(contact_id="c1", user_id="", at=NOON),
    ConversationAssigned(contact_id="c1", user_id="u1", instead_of="u2", by="u3", at=NOON),
    ConversationResolved(contact_id="c1", user_id="u1", at=NOON),
    NoteChanged(note_id="n1", contact_id="c1", change=NoteChange.DELETED, user_id="u1", at=NOON),
)


class Ears:
    """Hears every kind, and remembers each batch of values."""

    def __init__(self) -> None:
        self.batches: list[Sequence[News]] = []

    async def __call__(self, connection: AsyncConnection, values: Sequence[News], now: datetime) -> None:
        """Remember `values`."""
        assert connection.in_transaction()
        assert now.tzinfo is not None
        self.batches.append(values)

    def heard(self, kind: type[Kind]) -> list[Kind]:
        """All values of that kind, in order."""
        return [each for batch in self.batches for each in batch if isinstance(each, kind)]

    def on(self, engine: AsyncEngine) -> AsyncEngine:
        """The engine on which it hears everything."""
        return listening(engine, {kind: [Listener("ears", self)] for kind in KINDS.values()})


class Clumsy:
    """Writes a row, then raises as often as it is told to."""

    def __init__(self, *, times: int, error: Exception | None = None) -> None:
        self.times = times
        self.error = error or ZeroDivisionError("of a person's words")
        self.heard: list[News] = []

    async def __call__(self, connection: AsyncConnection, values: Sequence[News], now: datetime) -> None:  # noqa: ARG002 - a listener is given it
        """Write a row, and remember `values` unless it raises."""
        await add_person(connection, f"+{self.times}")
        if self.times:
            self.times -= 1
            raise self.error
        self.heard += values
