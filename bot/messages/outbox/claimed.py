"""A message that is this process's to send, read from its row."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.email import from_body
from bot.core.messages import OutboundMessage
from bot.core.purposes import Lane, Purpose
from bot.messages.body import choices_in, location_in, media_in, more_media_in, template_in
from bot.messages.outbox.window import windows_of


class Claimed(NamedTuple):
    """A message that is this process's to send until its lease ends.

    Attributes:
        message: what the provider is to send.
        address_id: the recipient's, whose consent a refusal may take away.
        provider: the account's, for the metrics.
        attempt: which attempt this is, from 1; no other claim of the message has the same, so that an answer that
            comes after the claim was lost changes nothing.
        started_at: when it was claimed, by the database's clock.
        expires_at: stale afterwards, or None.
        again: nobody knows whether the attempt before went out.
        resends: how often that has been so, this time included.
        instead: what may be sent should the provider say that the customer window is closed; else None.
        lane: in which it leaves.
        purpose: what it is sent for.
    """

    message: OutboundMessage
    address_id: str
    provider: str
    attempt: int
    started_at: datetime
    expires_at: datetime | None
    again: bool
    resends: int
    instead: OutboundMessage | None = None
    lane: Lane = Lane.REPLY
    purpose: Purpose = Purpose.SERVICE


def claimed_from(row: Row[Any], provider: str, lane: Lane, now: datetime, *, closed: bool) -> Claimed:
    """The claim of a message at `now`; one whose customer window is `closed` is sent as its approved template.

    So is one whose template somebody has chosen by hand.

    Raises AttributeError, KeyError, TypeError or ValueError where the row's `body` is not as we write it.
    """
    again = row.attempt_started_at is not None
    message, instead = _outbound(row), None
    if has_template(row) and message.channel in windows_of(row.account):
        template = template_in(row.body)
        approved = replace(message, template=template)
        as_it_is = closed or (template is not None and template.is_chosen)
        message, instead = (approved, None) if as_it_is else (message, approved)
    return Claimed(
        message=message,
        address_id=row.address_id,
        provider=provider,
        attempt=row.attempts + 1,
        started_at=now,
        expires_at=row.expires_at,
        again=again,
        resends=row.sends_unknown + again,
        instead=instead,
        lane=lane,
        purpose=Purpose(row.purpose),
    )


def has_template(row: Row[Any]) -> bool:
    """Whether an approved template may stand in for the message."""
    return isinstance(row.body, dict) and "template" in row.body


def _outbound(row: Row[Any]) -> OutboundMessage:
    return OutboundMessage(
        id=row.id,
        account=row.account,
        channel=Channel(row.channel),
        to=Address(AddressKind(row.address_kind), row.address),
        text=row.content,
        is_reply=row.reply_to_id is not None,
        **_rest(row.body) if row.body else {},
    )


def _rest(body: Mapping[str, Any]) -> dict[str, Any]:
    """What goes along with the words, by the name of its attribute."""
    return {
        "choices": choices_in(body),
        "choices_label": body.get("choices_label", ""),
        "email": from_body(body["email"]) if "email" in body else None,
        "media": media_in(body),
        "more_media": more_media_in(body),
        "encloses": body.get("encloses", False),
        "location": location_in(body),
        "html": body.get("html", ""),
    }
