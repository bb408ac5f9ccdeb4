"""The order in which people said things, where the order in which they came is another one."""

from collections.abc import Sequence

from bot.core.addresses import Address
from bot.core.messages import Echo, InboundMessage

Said = InboundMessage | Echo


def in_order(said: Sequence[Said]) -> list[Said]:
    """Each conversation by the time at which its messages were said; what has no time keeps its place.

    Only messages of one person change places with each other. Those said at the same time stay as they came.
    """
    ordered = list(said)
    if len(ordered) < 2:  # noqa: PLR2004 - alone there is no order
        return ordered
    places: dict[Address, list[int]] = {}
    for place, each in enumerate(ordered):
        if each.sent_at is not None:
            places.setdefault(_person(each), []).append(place)
    if len(places) < len(ordered):
        for own in places.values():
            by_time = sorted((ordered[place] for place in own), key=lambda each: each.sent_at)  # type: ignore[arg-type,return-value]  # those without a time are not among them
            for place, each in zip(own, by_time, strict=True):
                ordered[place] = each
    return ordered


def _person(said: Said) -> Address:
    return said.to[0] if isinstance(said, Echo) else said.addresses[0]
