"""Answering a contact by hand, in the order of the conversation; who does so takes it over."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.sending.composing import Composed, SentByHand, send_composed
from bot.conversations.sending.requests import REASONS, Code, Words
from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.flows.service import Catalogue

_REASONS: Mapping[Code, str] = MappingProxyType(
    {
        **REASONS,
        Code.NO_CONTACT: N_("there is no conversation with this contact yet"),
        Code.NO_CONVERSATION: N_("there is no conversation with this contact yet"),
        Code.NO_ADDRESS: N_("there is no conversation with this contact yet"),
    }
)
_MENDS: Mapping[Code, str] = MappingProxyType(
    {
        Code.NO_CONTACT: N_("Wait until they write."),
        Code.NO_CONVERSATION: N_("Wait until they write."),
        Code.NO_ADDRESS: N_("Wait until they write."),
        Code.NO_ACCOUNT: N_("Connect the account again, or reach them elsewhere."),
        Code.ACCOUNT_PAUSED: N_("Let it go on with `bot.py accounts resume`."),
        Code.OPTED_OUT: N_("They come back by writing START or VOLTAR."),
        Code.WINDOW_CLOSED: N_("Wait until they write, or reach them elsewhere."),
        Code.TOO_LONG: N_("Send fewer."),
        Code.NO_WORDS: N_("Put them in quotes."),
        Code.KEY_USED: N_("Send it anew."),
        Code.KEY_TOO_LONG: N_("Send it anew."),
    }
)


async def send_by_hand(
    connection: AsyncConnection,
    catalogue: Catalogue,
    contact_id: str,
    text: str,
    by: Actor,
    now: datetime,
    *,
    channel: Channel | None = None,
    key: str = "",
) -> SentByHand:
    """Queue `text` for a contact at once, as `send_composed` does, whatever was said meanwhile.

    It leaves through the account on which they last wrote, or on `channel`, if one is given.

    Raises BotError when the contact is gone, has no conversation to go on with, has opted out, or has not written for
    so long that the channel lets only approved templates through, when the channel takes not as many parts, and when
    something else was sent under the key.
    """
    composed = Composed(
        contact_id=contact_id,
        say=Words(text),
        channels=() if channel is None else (channel,),
        key=key,
        undo={},
    )
    outcome = await send_composed(connection, catalogue, composed, by, now)
    if isinstance(outcome, SentByHand):
        return outcome
    raise BotError(_REASONS[outcome.code], mend=_MENDS[outcome.code], detail=outcome.detail)
