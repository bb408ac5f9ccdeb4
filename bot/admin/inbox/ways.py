"""By which ways the contact is reached, as they are chosen where one writes, and how long each takes any words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.service import Way, ways_to
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.addresses import Channel
from bot.core.text import one_line
from bot.web.i18n import Translator
from bot.web.keys import CLOCK
from bot.web.pages import language

_SOON = timedelta(hours=2)
"""A window that closes within that is told."""
_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class WayCard:
    """An account of ours and a channel.

    Attributes:
        value: by which it is chosen; empty for the one on which the conversation was last.
        name: how it is called.
        account: ours.
        channel: on which.
        is_limited: it takes any words for a while alone after they wrote, and approved templates at any time.
        is_closed: it takes approved templates alone by now.
        is_paused: it sends nothing for now.
        left: how long it takes any words, where that is told; empty for long enough, and where it is closed.
    """

    value: str
    name: str
    account: str
    channel: Channel
    is_limited: bool
    is_closed: bool
    is_paused: bool
    left: str


@dataclass(frozen=True, slots=True)
class Ways:
    """All of them.

    Attributes:
        cards: the one that is taken where nothing is chosen first.
    """

    cards: Sequence[WayCard]

    @property
    def by_mail(self) -> bool:
        """Whether one of them is by mail."""
        return any(each.channel is Channel.EMAIL for each in self.cards)

    @property
    def others(self) -> Sequence[WayCard]:
        """Those that take any words."""
        return [each for each in self.cards if not (each.is_closed or each.is_paused)]


def read_value(value: str) -> tuple[str, tuple[Channel, ...]]:
    """The account and the channel that a card's value means; nothing for where the conversation was last.

    >>> read_value("sms/twilio:+15005550006")
    ('twilio:+15005550006', (<Channel.SMS: 'sms'>,))
    >>> read_value("pigeon/loft")
    ('', ())
    """
    channel, _, account = value.partition("/")
    known = channel in list(Channel) and account
    return (account, (Channel(channel),)) if known else ("", ())


async def read_ways(request: web.Request, connection: AsyncConnection, contact_id: str) -> Ways:
    """The ways to a contact, with the rest of each window."""
    _, now = language(request), request.app[CLOCK]()
    found = await ways_to(connection, contact_id, now)
    several = Counter(each.channel for each in found)
    # Where nothing was said yet, whoever writes first chooses.
    ordered = sorted(found, key=lambda each: (not each.is_last, not each.takes_words))

    def card(each: Way) -> WayCard:
        channel = _(CHANNELS[each.channel])
        account = one_line(each.name) or each.account.partition(":")[2] or each.account
        # What is none of the known channels has no name but its account's.
        name = account if each.channel is Channel.OTHER else channel
        rest = None if each.open_until is None else each.open_until - now
        return WayCard(
            value="" if each.is_last else f"{each.channel}/{each.account}",
            name=f"{channel} · {account}" if several[each.channel] > 1 and name is channel else name,
            account=each.account,
            channel=each.channel,
            is_limited=each.is_limited,
            is_closed=each.is_limited and each.open_until is None,
            is_paused=each.is_paused,
            left=_lasts(rest, _) if rest is not None and rest < _SOON else "",
        )

    return Ways([card(each) for each in ordered])


def _lasts(rest: timedelta, _: Translator) -> str:
    hours, minutes = divmod(ceil(rest.total_seconds() / _MINUTE), _HOUR // _MINUTE)
    if not hours:
        return _.plural("{count} minute", "{count} minutes", minutes)
    return _("{hours} h {minutes} min", hours=hours, minutes=minutes)
