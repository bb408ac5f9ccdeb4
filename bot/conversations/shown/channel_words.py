"""What channels are called."""

from collections.abc import Mapping

from bot.core.addresses import Channel
from bot.core.i18n import N_

CHANNELS: Mapping[str, str] = {
    Channel.WHATSAPP: N_("WhatsApp"),
    Channel.SMS: N_("SMS"),
    Channel.EMAIL: N_("E-mail"),
    Channel.TELEGRAM: N_("Telegram"),
    Channel.MESSENGER: N_("Messenger"),
    Channel.INSTAGRAM: N_("Instagram"),
    Channel.OTHER: N_("Another channel"),
}
"""All of them, marked for translation, in the order in which they are offered."""
