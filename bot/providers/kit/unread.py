"""Nothing authentic is lost: what no reader took of a message goes along in `body["more"]`.

Providers add details at will, and spell the ones we know in odd ways. Readers take what they know and pass over the
rest; here the message is held against what its provider posted.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.core.messages import Echo, InboundMessage, JsonObject

_MAX_DEPTH = 20
_TOO_DEEP = "\0too deep"
"""Equal to nothing that a message can hold."""


class Told(NamedTuple):
    """Where a post says what needs no keeping, since it is the same in each message, or kept in another form.

    Attributes:
        words: paths, such as `chat.type`, whose text is passed over; of lists without their index.
        numbers: paths at which a number is passed over, also one that is spelled as text.
    """

    words: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


def whole(message: InboundMessage, item: JsonObject, told: Told, *said: Any) -> InboundMessage:
    """The message with the parts of `item` that it does not hold as `body["more"]`.

    Args:
        message: as read from `item`.
        item: what its provider posted.
        told: what is passed over.
        said: what else is held, though not as it was posted.
    """
    addresses = [each.value for each in message.addresses]
    held = (message.provider_message_id, addresses, message.text, message.label, message.name, message.body, said)
    more = _left(item, told, held)
    return message._replace(body={**message.body, "more": more}) if more else message


def whole_echo(echo: Echo, item: JsonObject, told: Told, *said: Any) -> Echo:
    """The echo with the parts of `item` that it does not hold, as `whole` has it."""
    addresses = [each.value for each in echo.to]
    more = _left(item, told, (echo.provider_message_id, addresses, echo.text, echo.body, said))
    return echo._replace(body={**echo.body, "more": more}) if more else echo


def _left(item: JsonObject, told: Told, held: Any) -> dict[str, Any]:
    known = {leaf for _path, leaf in _leaves(held, "", 0)} - {_TOO_DEEP}
    return {
        key: value
        for key, value in item.items()
        if any(leaf not in known and not _is_told(path, leaf, told) for path, leaf in _leaves(value, key, 0))
    }


def _is_told(path: str, leaf: str, told: Told) -> bool:
    return path in told.words or (path in told.numbers and leaf.removeprefix("-").replace(".", "", 1).isdecimal())


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """The texts, numbers and true marks in a JSON value, with their paths; nothing else says anything."""
    if isinstance(value, str):
        if value:
            yield path, value
    elif value is True:
        yield path, f"{path.rpartition('.')[2]}: true"
    elif isinstance(value, int | float) and value is not False:
        yield path, str(value)
    elif isinstance(value, dict | list | tuple):
        if depth == _MAX_DEPTH:
            yield path, _TOO_DEEP
        elif isinstance(value, dict):
            for key, inner in value.items():
                yield from _leaves(inner, f"{path}.{key}" if path else key, depth + 1)
        else:
            for inner in value:
                yield from _leaves(inner, path, depth + 1)
