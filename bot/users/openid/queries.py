"""The statements over sign-ins that were sent to a provider."""

from datetime import datetime
from typing import NamedTuple, TypedDict

from sqlalchemy import delete, exists, insert, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.users.models import OpenidRequest, SignInLink


class NewRequestRow(TypedDict):
    """A request that is inserted; see `bot.users.models.OpenidRequest`."""

    state_hash: str
    provider: str
    nonce: str
    verifier: str
    next: str
    link_id: str | None
    created_at: datetime
    expires_at: datetime


class RequestRow(NamedTuple):
    """What is known of a sign-in that comes back; the attributes are the columns of the same name."""

    provider: str
    nonce: str
    verifier: str
    next: str
    link_id: str | None


async def insert_request(connection: AsyncConnection, row: NewRequestRow) -> None:
    """Note that somebody was sent to a provider."""
    await connection.execute(insert(OpenidRequest).values(row))


async def take_request(connection: AsyncConnection, state_hash: str, now: datetime) -> RequestRow | None:
    """Delete what was noted, which is good once; None where it is not there, or over, as where its link is."""
    # The link of the first user is one row, which each start writes over.
    link_stands = exists().where(
        SignInLink.id == OpenidRequest.link_id,
        SignInLink.expires_at > now,
        SignInLink.created_at <= OpenidRequest.created_at,
    )
    statement = (
        delete(OpenidRequest)
        .where(
            OpenidRequest.state_hash == state_hash,
            OpenidRequest.expires_at > now,
            or_(OpenidRequest.link_id.is_(None), link_stands),
        )
        .returning(*(getattr(OpenidRequest, name) for name in RequestRow._fields))
    )
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else RequestRow(*row)
