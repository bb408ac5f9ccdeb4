"""Accounts as programs see them: how each stands, and nothing of what it proves itself with."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from bot.api.shapes import Given, Page, PageQuery, Shown, Text
from bot.core.addresses import Channel
from bot.messages.service import AccountState, ListedAccount, Traffic
from bot.providers.table import PROVIDERS

MOST_REASON = 500
_Lately = "Null: not among the newest messages."


class Source(StrEnum):
    """Where an account's credentials are."""

    SETTINGS = "settings"
    STORED = "stored"
    REMOVED = "removed"


class Account(Shown):
    """One of our senders with a provider."""

    id: Annotated[str, Field(description="`provider:identity`, as messages name it.")]
    name: Annotated[str | None, Field(description="What its owner calls it.")]
    provider: str
    channels: Annotated[list[Channel], Field(description="On which it sends.")]
    state: Annotated[
        AccountState,
        Field(
            description=(
                "`failing`: it cannot be used, or its provider does not know its credentials. `paused`: what is "
                "queued waits. `untested`: its provider was not asked yet. `connected`: it knows the credentials."
            )
        ),
    ]
    source: Annotated[Source, Field(description="Where its credentials are; `removed`: only its queue is left.")]
    paused: Annotated[bool, Field(description="Nothing is sent through it.")]
    paused_reason: str | None
    fault: Annotated[str | None, Field(description="Why it cannot be used.")]
    refused_at: Annotated[datetime | None, Field(description="When its provider said that it does not know it.")]
    rate: Annotated[float | None, Field(description="Messages a second; null for no limit.")]
    slowed: Annotated[float, Field(description="The part of the rate that is used now, at most 1.")]
    queued: Annotated[int, Field(description="How many messages wait.")]
    oldest_queued_at: Annotated[datetime | None, Field(description="When the first of them was queued.")]
    last_received_at: Annotated[datetime | None, Field(description=f"When somebody last wrote. {_Lately}")]
    last_sent_at: Annotated[datetime | None, Field(description=f"When one of ours last went out. {_Lately}")]
    webhook_url: Annotated[str | None, Field(description="The address that its provider is to call.")]

    @classmethod
    def of(cls, listed: ListedAccount, lately: Traffic, base: str) -> "Account":
        """As it is listed; `base` is where this server is reached."""
        provider = PROVIDERS.get(listed.provider)
        return cls(
            id=listed.id,
            name=listed.name or None,
            provider=listed.provider,
            channels=[] if provider is None else list(provider.channels),
            state=listed.state,
            source=Source(listed.source),
            paused=listed.paused,
            paused_reason=listed.paused_reason or None,
            fault=None if listed.fault is None else listed.fault.sentence(),
            refused_at=listed.refused_at,
            rate=listed.rate,
            slowed=listed.slowed,
            queued=listed.queued,
            oldest_queued_at=listed.oldest,
            last_received_at=lately.received,
            last_sent_at=lately.sent,
            webhook_url=f"{base}{listed.webhook_path}" if listed.webhook_path else None,
        )


class AccountPage(Page[Account]):
    """Some accounts."""


class AccountQuery(PageQuery):
    """Which accounts."""

    state: Annotated[tuple[AccountState, ...], Field(description="How they stand.")] = ()
    provider: Annotated[tuple[Text, ...], Field(description="Whose they are.")] = ()


class Pausing(Given):
    """Why nothing is to be sent."""

    reason: Annotated[
        str, Field(min_length=3, max_length=MOST_REASON, description="A plain sentence, for whoever looks at it.")
    ]


class PausedAccount(Shown):
    """Whether an account sends."""

    id: str
    paused: bool
    changed: Annotated[bool, Field(description="False: it was so before.")]


class Answer(StrEnum):
    """What a provider says of an account."""

    KNOWN = "known"
    REFUSED = "refused"
    NONE = "none"


class AccountTest(Shown):
    """What came of asking a provider."""

    answer: Annotated[
        Answer,
        Field(
            description=(
                "`known`: it knows the credentials, and the account counts as connected. `refused`: it does not, and "
                "the account counts as failing. `none`: nobody answered in time, and the account stands as before."
            )
        ),
    ]
    said: Annotated[str, Field(description="In a sentence.")]
