"""What people decide on posts that were kept raw: they are read again with what the code understands today, or left.

Each goes the way that it went when it came, so that a message that was recorded before stays one. Who wrote when is
the provider's word, else the moment at which the post came: what is too old by then is recorded, not answered.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from yarl import URL

from bot.audit.service import record
from bot.channels.service import Accounts
from bot.conversations.authority import accounts_of
from bot.conversations.intake import Intake
from bot.conversations.opening import Unreadable, open_again
from bot.core.actors import Actor
from bot.core.hints import Topic
from bot.core.i18n import N_
from bot.core.messages import Delivery
from bot.db.engine import reading
from bot.db.hub import hint
from bot.messages.service import KeptView, PostState, dismiss_posts, mark_replayed, raw_of
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
    DECIDED = "decided"
    """It was understood, or dismissed, before."""


RESULTS: Mapping[Replayed, str] = {
    Replayed.UNDERSTOOD: N_("understood: it is recorded, and answered unless it is too old"),
    Replayed.PARTLY: N_("understood in part; the rest stays kept"),
    Replayed.NOT_UNDERSTOOD: N_("still not understood; it stays kept"),
    Replayed.CUT: N_("cut: files or more of it were not kept, so it cannot be read again"),
    Replayed.NOT_READABLE: N_("kept by an older version, without what it takes to read it again"),
    Replayed.NO_ACCOUNT: N_("of an account that is not there any more"),
    Replayed.DECIDED: N_("understood or dismissed meanwhile"),
}
"""What became of it, in plain words, marked for translation."""


async def replay(engine: AsyncEngine, intake: Intake, event: KeptView, by: Actor, now: datetime) -> Replayed:
    """Read one post again and commit what is understood of it; once more changes nothing.

    Whoever reads it stands in the audit, in the transaction that marks what is understood.
    """
    if event.state is not PostState.WAITING:
        return Replayed.DECIDED
    outcome = await _read_again(engine, intake, event)
    async with engine.begin() as connection:
        if outcome is Replayed.UNDERSTOOD and not await mark_replayed(connection, event, now):
            return Replayed.DECIDED
        await record(connection, by, "post.replay", "post", event.id, {"result": outcome.value}, at=now)
        hint(connection, Topic.POSTS, [event.id])
    return outcome


async def dismiss(connection: AsyncConnection, event_ids: Collection[str], by: Actor, now: datetime) -> frozenset[str]:
    """Leave posts as they are; returns which waited until now.

    Args:
        connection: in a transaction; locks them.
        event_ids: of posts that are kept raw.
        by: who decides.
        now: the moment.
    """
    dismissed = await dismiss_posts(connection, event_ids, now)
    for each in sorted(dismissed):
        await record(connection, by, "post.dismiss", "post", each, at=now)
    hint(connection, Topic.POSTS, dismissed)
    return dismissed


async def _read_again(engine: AsyncEngine, intake: Intake, event: KeptView) -> Replayed:
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
    return Replayed.PARTLY if rest or opened.foreign else Replayed.UNDERSTOOD


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
