"""What a batch of posts carries, sorted into what is to be done with it."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from bot.conversations.authority import Foreign
from bot.conversations.batch import InboundKey
from bot.conversations.chronology import in_order
from bot.core.addresses import within
from bot.core.consents import Preference
from bot.core.messages import Delivery, Echo, InboundMessage, StatusUpdate, UnknownEvent
from bot.messages.service import RawPost

Carried = InboundMessage | StatusUpdate | UnknownEvent | Preference | Echo | Foreign
"""One thing a post carries."""


@dataclass(slots=True)
class Kept:
    """A post to be kept raw, once for each reason, however many of its items have it.

    Attributes:
        post: as it came.
        kind: the reason, a kind of `webhook_events`.
        account: our side, or empty where the item names none.
        items: the provider's names or ids of the items concerned.
    """

    post: RawPost
    kind: str
    account: str
    items: list[str] = field(default_factory=list)

    @property
    def detail(self) -> dict[str, Any]:
        """What goes beside the raw body."""
        return {"events" if self.kind == "unknown" else "messages": self.items}


@dataclass(slots=True)
class Sorted:
    """A batch's items.

    Attributes:
        fresh: messages to record and answer, with their provider, each once.
        incoming: the fresh messages, and what people of ours wrote elsewhere, each once, in order.
        repeated: how many messages were not, by provider: committed before, or twice in this batch.
        statuses: by provider.
        preferences: who opted out or in, with the raw post, in order.
        kept: by post and kind.
        echoed: what of our people is among `incoming`.
    """

    fresh: dict[InboundKey, tuple[str, InboundMessage]] = field(default_factory=dict)
    incoming: list[InboundMessage | Echo] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    statuses: dict[str, list[StatusUpdate]] = field(default_factory=dict)
    preferences: list[tuple[RawPost, Preference]] = field(default_factory=list)
    kept: dict[tuple[int, str], Kept] = field(default_factory=dict)
    echoed: set[InboundKey] = field(default_factory=set)

    def take(self, post: RawPost, key: InboundKey, message: InboundMessage) -> None:
        """Let the message be recorded, once."""
        if key in self.fresh:
            self.repeated.append(post.provider)
            return
        self.fresh[key] = (post.provider, message)
        self.incoming.append(message)
        if message.cleaned:
            self.keep(post, "cleaned", message.account, message.provider_message_id)

    def take_echo(self, post: RawPost, echo: Echo) -> None:
        """Let what one of our people wrote be recorded, once."""
        key = (echo.account, echo.provider_message_id)
        if key in self.echoed:
            return
        self.echoed.add(key)
        self.incoming.append(echo)
        if echo.cleaned:
            self.keep(post, "cleaned", echo.account, echo.provider_message_id)

    def keep(self, post: RawPost, kind: str, account: str, item: str) -> None:
        """Let the post be kept raw because of `item`."""
        kept = self.kept.setdefault((id(post), kind), Kept(post, kind, account))
        kept.items.append(item)


def carried(delivery: Delivery) -> tuple[Carried, ...]:
    """All that a post carries, in order; whose ids mean somebody only at an account is scoped by it."""
    echoes = [each._replace(to=within(each.to, each.account)) for each in delivery.echoes]
    preferences = [replace(each, address=within((each.address,), each.account)[0]) for each in delivery.preferences]
    said = in_order([*map(_heard, delivery.messages), *echoes])
    return (*said, *delivery.statuses, *preferences, *delivery.unknown)


def _heard(message: InboundMessage) -> InboundMessage:
    addresses = within(message.addresses, message.account)
    return message if addresses is message.addresses else message._replace(addresses=addresses)


def sort(items: Iterable[tuple[RawPost, Carried]], accounts: Container[str], seen: Container[InboundKey]) -> Sorted:
    """Sort `items` (raw post, what it carries).

    Args:
        items: in order.
        accounts: those we know; a message for another one is kept, not answered.
        seen: messages known to have been committed before.
    """
    found = Sorted()
    for post, what in items:
        if isinstance(what, StatusUpdate):
            found.statuses.setdefault(post.provider, []).append(what)
        elif isinstance(what, UnknownEvent):
            found.keep(post, "unknown", what.account, what.kind)
        elif isinstance(what, Foreign):
            found.keep(post, "unknown_account", what.account, what.item)
        elif what.account not in accounts:
            item = "" if isinstance(what, Preference) else what.provider_message_id
            found.keep(post, "unknown_account", what.account, item)
        elif isinstance(what, Preference):
            found.preferences.append((post, what))
        elif isinstance(what, Echo):
            found.take_echo(post, what)
        elif (key := (what.account, what.provider_message_id)) in seen:
            found.repeated.append(post.provider)
        else:
            found.take(post, key, what)
    found.incoming = in_order(found.incoming)
    return found
