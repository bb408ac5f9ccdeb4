"""Reading posts again that were kept raw, with what the code understands today.

Each goes the way that it went when it came, so that a message that was recorded before stays one. Who wrote when is
the provider's word, else the moment at which the post came: what is too old by then is recorded, not answered.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from yarl import URL

from bot.channels.service import Accounts
from bot.conversations.authority import accounts_of
from bot.conversations.intake import Intake
from bot.conversations.opening import Unreadable, open_again
from bot.core.messages import Delivery
from bot.db.engine import reading
from bot.messages.service import KeptView, mark_replayed, raw_of
from bot.providers.base import WebhookRequest
from bot.providers.table import PROVIDERS


class Replayed(StrEnum):
    """What became of a post that was read again."""

    UNDERSTOOD = "understood"
    """All of it."""
    PARTLY = "partly"
    """The rest stays kept."""
    NOT_UNDERSTOOD = "not understood"
    CUT = "cut"
    """Some of it was not kept, so it cannot be read."""
    NOT_READABLE = "not readable"
    """It was kept by a version that did not keep what it takes to read it, or its provider is gone."""
    NO_ACCOUNT = "no account"
    """The account whose credentials proved it is not there any more."""


async def replay(engine: AsyncEngine, intake: Intake, event: KeptView, now: datetime) -> Replayed:
    """Read one post again and commit what is understood of it; once more changes nothing."""
    async with reading(engine) as connection:
        payload, request = await raw_of(connection, event.id)
    provider = PROVIDERS.get(event.provider)
    if event.cut:
        return Replayed.CUT
    if provider is None or payload is None or request is None:
        return Replayed.NOT_READABLE
    received, proven_by = _received(payload, request), str(request.get("proven_by", ""))
    found = (
        each for each in intake.accounts.every_credentials(provider.name) if proven_by in accounts_of(provider, each)
    )
    credentials = next(found, None)
    if credentials is None:
        return Replayed.NO_ACCOUNT
    opened = open_again(provider, received, credentials, intake.accounts, event.received_at)
    if isinstance(opened, Unreadable):
        return Replayed.NOT_UNDERSTOOD
    understood, rest = _understood(opened.delivery, intake.accounts, event.received_at)
    if not any((understood.messages, understood.statuses, understood.preferences, understood.echoes)):
        return Replayed.NOT_UNDERSTOOD
    await intake.receive(provider.name, understood, payload, request=received, proven_by=proven_by)
    if rest or opened.foreign:
        return Replayed.PARTLY
    async with engine.begin() as connection:
        await mark_replayed(connection, event, now)
    return Replayed.UNDERSTOOD


def _received(payload: bytes, request: dict[str, Any]) -> WebhookRequest:
    by_get = request["method"] == "GET"
    url = f"{request['url']}?{payload.decode(errors='replace')}" if by_get else str(request["url"])
    query = URL(url, encoded=True).query
    return WebhookRequest(request["method"], url, request["headers"], query, b"" if by_get else payload, made={})


def _understood(delivery: Delivery, accounts: Accounts, came: datetime) -> tuple[Delivery, bool]:
    """What is understood, with the moment it was said, and whether anything is not.

    Without a one-time token: it was spent when the post came, and may have stood for what was not understood then.
    """
    understood = Delivery(
        messages=tuple(
            each._replace(sent_at=each.sent_at or came) for each in delivery.messages if each.account in accounts
        ),
        statuses=tuple(each for each in delivery.statuses if each.account in accounts),
        preferences=tuple(
            replace(each, said_at=each.said_at or came) for each in delivery.preferences if each.account in accounts
        ),
        echoes=tuple(
            each._replace(sent_at=each.sent_at or came) for each in delivery.echoes if each.account in accounts
        ),
    )
    claims = (delivery.messages, delivery.statuses, delivery.preferences, delivery.echoes)
    taken = (understood.messages, understood.statuses, understood.preferences, understood.echoes)
    return understood, bool(delivery.unknown) or sum(map(len, claims)) > sum(map(len, taken))
