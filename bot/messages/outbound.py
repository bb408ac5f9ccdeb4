"""The rows of what is to be sent, whoever asks for it: a turn, a person of ours, a system."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypedDict, Unpack

from bot.core.email import to_body
from bot.core.ids import new_id
from bot.core.messages import EmailHeaders, Status
from bot.messages import records
from bot.messages.models import Direction
from bot.messages.parts import parts_of
from bot.messages.records import PART, MessageRow


class Recipient(TypedDict):
    """To whom something is sent and through which account; the columns of `messages` of the same names."""

    contact_id: str
    account: str
    channel: str
    address_id: str
    address: str
    address_kind: str


class Sending(TypedDict, total=False):
    """What else may be said of a message to be sent; the columns of `messages` of the same names."""

    reply_to_id: str | None
    thread_id: str | None
    trigger_id: str | None
    flow_instance_id: str | None
    template_id: str | None
    scheduled_at: datetime | None
    expires_at: datetime | None
    despite_opt_out: bool
    epoch: int | None
    origin: str | None
    purpose: str
    lane: str


def recipient_of(row: MessageRow) -> Recipient:
    """Whoever is at the other end of a message."""
    return {
        "contact_id": row["contact_id"],
        "account": row["account"],
        "channel": row["channel"],
        "address_id": row["address_id"],
        "address": row["address"],
        "address_kind": row["address_kind"],
    }


def outbound_rows(
    to: Recipient,
    text: str,
    body: dict[str, Any],
    next_seq: Callable[[], int],
    now: datetime,
    /,
    *,
    mail: EmailHeaders | None = None,
    **values: Unpack[Sending],
) -> list[MessageRow]:
    """The rows that say `text`, in order: several where the channel takes no text as long.

    Args:
        to: whom.
        text: the words.
        body: what goes along with them, as `body_of` gives it; it belongs to the last row.
        next_seq: gives the next number of the contact's order, under its lock.
        now: when they are queued.
        mail: the headers of a mail; None for no mail.
        values: of the other columns, the same for each row.
    """
    *before, last = parts_of(to["account"], to["channel"], text, body)
    headers = {} if mail is None else {"email": to_body(mail)}
    bodies = [*({**headers} for _ in before), {**body, **headers}]
    if before:
        bodies = [{**each, PART: [number, len(bodies)]} for number, each in enumerate(bodies)]
    return [
        records.row(
            now,
            id=new_id(),
            **to,
            direction=Direction.OUTBOUND,
            status=Status.QUEUED,
            seq=next_seq(),
            content=part,
            body=its_body or None,
            **values,
        )
        for part, its_body in zip((*before, last), bodies, strict=True)
    ]
