"""Posts under way through the intake, and the items that each of them carries."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.service import Named
from bot.conversations.batch import Judgements
from bot.conversations.triage import Carried
from bot.core.consents import Preference
from bot.core.errors import SignatureError
from bot.core.messages import Delivery, Echo, InboundMessage, StatusUpdate
from bot.messages import service as messages
from bot.messages.service import RawPost, Token


@dataclass(slots=True)
class Post:
    """One webhook post under way; `done` is set when its last item is committed, or when one cannot be.

    A caller that goes away cancels `done` and nothing else.
    """

    raw: RawPost
    delivery: Delivery
    open_items: int
    done: asyncio.Future[None]
    judged: Judgements
    failed: bool = False

    @property
    def token(self) -> Token:
        """The one-time token it was signed with; an empty one where there is none."""
        return self.raw.provider, self.delivery.token

    def settle(self) -> None:
        """One more of its items is committed."""
        self.open_items -= 1
        if self.open_items <= 0 and not self.done.done():
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        """One of its items cannot be committed: its caller is told, and what else it carries is left."""
        self.failed = True
        if not self.done.done():
            self.done.set_exception(error)


class Item(NamedTuple):
    """One thing that a post carries."""

    post: Post
    what: Carried

    @property
    def people(self) -> tuple[Named, ...]:
        """Whose contact it takes: who wrote, to whom one of our people wrote, or who wants no more; or none."""
        what = self.what
        if isinstance(what, InboundMessage):
            return what.addresses
        if isinstance(what, StatusUpdate):
            return (what.key,) if what.opt_out is not None else ()
        if isinstance(what, Preference):
            return (what.address,)
        return what.to if isinstance(what, Echo) else ()


class ReplayedError(Exception):
    """Posts were signed with tokens that had been used for something else."""

    def __init__(self, tokens: set[Token]) -> None:
        super().__init__(f"{len(tokens)} tokens were used for something else before")
        self.tokens = tokens


def judged_of(items: Sequence[Item]) -> Judgements:
    """What became of the files that came within the posts of `items`."""
    return {key: judged for item in items if item.post.judged for key, judged in item.post.judged.items()}


async def spend_tokens(connection: AsyncConnection, items: Sequence[Item], now: datetime) -> None:
    """Raises ReplayedError when a post's token stood for something else before, in this batch or an earlier one."""
    tokens: dict[Token, str] = {}
    replayed: set[Token] = set()
    for post in (item.post for item in items if item.post.delivery.token):
        if tokens.setdefault(post.token, post.delivery.token_for) != post.delivery.token_for:
            replayed.add(post.token)
    if tokens:
        replayed |= await messages.spend(connection, tokens, now)
    if replayed:
        raise ReplayedError(replayed)


def refuse(items: Sequence[Item], tokens: set[Token]) -> Sequence[Item]:
    """Refuse the posts that were signed with those tokens; returns the items of the others."""
    for item in items:
        if item.post.token in tokens:
            item.post.fail(SignatureError("the signature was made for another message"))
    return [item for item in items if item.post.token not in tokens]
