"""What one message says as the messages that are sent: several where the channel takes no text as long."""

from functools import cache

from bot.channels.service import SIMULATOR
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Choice, OutboundMessage
from bot.core.splitting import TextLimit, split
from bot.messages.body import Body, choices_in, location_in, media_in, more_media_in
from bot.providers.kit.numbered import undescribed
from bot.providers.kit.plain_text import plain
from bot.providers.table import PROVIDERS

_SHORT = 300
"""Characters that every channel takes."""
_LINK = 400
"""Characters that the link to a file of ours may have; it is made when it is sent."""
_NOBODY = Address(AddressKind.PHONE, "")


def parts_of(account: str, channel: str, text: str, body: Body) -> tuple[str, ...]:
    """The texts of the messages that say `text`, in order; what goes along with it belongs to the last.

    One text where it is short enough, and where what goes along alone is too long: nothing is left to be parted then.

    Args:
        account: through which it is sent.
        channel: of the conversation.
        text: the words.
        body: what goes along with them.
    """
    if len(text) <= _SHORT and not body:
        return (text,)
    limit = limit_of(account, Channel(channel))
    if limit is None:
        return (text,)
    choices = choices_in(body)
    below = _below(body, choices)
    if not limit.takes(below):
        below = _below(body, undescribed(choices))
    return split(text, limit.takes, lambda part: limit.takes(part + below))


@cache
def limit_of(account: str, channel: Channel) -> TextLimit | None:
    """How long a text may be; None where nothing limits it. The simulator's is a usual one of the channel."""
    name = account.partition(":")[0]
    if name == SIMULATOR:
        return next((each.texts[channel] for each in PROVIDERS.values() if channel in each.texts), None)
    return PROVIDERS[name].texts.get(channel) if name in PROVIDERS else None


def _below(body: Body, choices: tuple[Choice, ...]) -> str:
    """What a provider without anything better writes below the words."""
    media = media_in(body)
    more = more_media_in(body)
    said = OutboundMessage(
        "", "", Channel.OTHER, _NOBODY, "", choices, media=media, location=location_in(body), more_media=more
    )
    below = plain(said)
    links = sum(not each.url.startswith("http") for each in (media, *more) if each is not None)
    below += " " * _LINK * links
    return f"\n\n{below}" if below else ""
