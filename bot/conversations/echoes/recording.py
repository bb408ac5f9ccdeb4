"""What people of ours write from the provider's own app: recorded in the conversation, and the bot makes way.

The bot is silent towards that contact as after a hand-off (decision 8), and for as long, counted from the person's last
words. What it had queued before is not sent any more. An echo of what the bot sent itself says only that it went out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.service import LockedContact
from bot.conversations.echoes import queries
from bot.conversations.echoes.queries import SentRow
from bot.conversations.state import ConversationState
from bot.conversations.takeover import handoff_of, taken_over
from bot.conversations.turn_notes import EchoNote
from bot.core.addresses import Address
from bot.core.ids import new_id
from bot.core.messages import Echo, Status, StatusUpdate
from bot.engine.definitions import Definitions
from bot.messages import records
from bot.messages.models import Direction
from bot.messages.records import ECHO
from bot.messages.service import apply

EchoKey = tuple[str, str]
"""(account, provider_message_id)."""

_TELLING = 200
"""Characters by which words are told apart; more may have been cut."""


async def by_people(
    connection: AsyncConnection, echoes: Sequence[Echo], by_address: Mapping[Address, LockedContact], now: datetime
) -> frozenset[EchoKey]:
    """Those of the echoes, distinct by key, that people of ours wrote and that are new; the contacts are locked.

    The others were recorded before, or the bot sent them: a message of ours has the provider's id, or one that begins
    the echo is under way to the same contact. Then the provider was faster with the echo than with its answer, and the
    echo settles that message.
    """
    sent = list(await queries.sent_or_under_way(connection, echoes, {by_address[each.to[0]].id for each in echoes}))
    # What has the same id comes before what has the same words.
    sent.sort(key=lambda row: row.provider_message_id is None)
    people: set[EchoKey] = set()
    reports: list[StatusUpdate] = []
    for each in echoes:
        contact_id = by_address[each.to[0]].id
        found = next((row for row in sent if _is_echoed(row, each, contact_id)), None)
        if found is None:
            people.add((each.account, each.provider_message_id))
        elif found.provider_message_id is None:
            # Each message has one echo.
            sent.remove(found)
            reports.append(StatusUpdate(each.account, each.provider_message_id, Status.SENT, message_id=found.id))
    if reports:
        await apply(connection, reports, now)
    return frozenset(people)


def _is_echoed(row: SentRow, echo: Echo, contact_id: str) -> bool:
    if row.account != echo.account:
        return False
    if row.provider_message_id is not None:
        return bool(row.provider_message_id == echo.provider_message_id)
    # Where a channel lacks what goes along, it stands below the words, and long words are cut.
    ours, theirs = row.content.strip()[:_TELLING], echo.text.strip()
    return row.contact_id == contact_id and (theirs.startswith(ours) if ours else not theirs)


def record(state: ConversationState, echo: Echo, before: Row[Any], definitions: Definitions, now: datetime) -> None:
    """Write down what a person of ours wrote, and let the bot be silent towards that contact from then on.

    Args:
        state: of the contact, which moves on.
        echo: what was written.
        before: the contact's row of `queries.before_echoes`.
        definitions: what is published.
        now: of the batch.
    """
    address = echo.to[0]
    row = records.row(
        now,
        id=new_id(),
        contact_id=state.contact.id,
        account=echo.account,
        channel=echo.channel,
        address_id=state.contact.address_ids[address],
        address=address.value,
        address_kind=address.kind,
        direction=Direction.OUTBOUND,
        status="sent",
        seq=state.next_seq(),
        content=echo.text,
        body={**echo.body, ECHO: True},
        provider_message_id=echo.provider_message_id,
        reply_to_id=state.last_inbound_id or before.last_inbound,
        sent_at=None if echo.sent_at is None else min(echo.sent_at, now),
    )
    state.outbound.append(row)
    state.notes.append(EchoNote(row["id"], state.contact.id, echo.account.partition(":")[0]))
    written_at = min(now, echo.sent_at or now)
    if before.given_back_at is not None and written_at <= before.given_back_at:
        # It comes late: whoever wrote it has given the conversation back since.
        return
    until = written_at + handoff_of(state.instance, definitions)
    if until > now:
        state.take_over(taken_over(state.instance, until, now))
