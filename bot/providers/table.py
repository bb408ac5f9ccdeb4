"""Every provider there is, by name; a further one is a module and a line here."""

from collections.abc import Mapping

from bot.providers.base import Provider
from bot.providers.generic import provider as generic
from bot.providers.mailgun import provider as mailgun
from bot.providers.meta import dialog360, instagram, messenger, whatsapp
from bot.providers.mime import provider as mime_mail
from bot.providers.plivo import provider as plivo
from bot.providers.postmark import provider as postmark
from bot.providers.sendgrid import provider as sendgrid
from bot.providers.ses import provider as ses
from bot.providers.telegram import provider as telegram
from bot.providers.telnyx import provider as telnyx
from bot.providers.twilio import provider as twilio
from bot.providers.vonage import provider as vonage

PROVIDERS: Mapping[str, Provider] = {
    "whatsapp": whatsapp.PROVIDER,
    "dialog360": dialog360.PROVIDER,
    "twilio": twilio.PROVIDER,
    "vonage": vonage.PROVIDER,
    "telnyx": telnyx.PROVIDER,
    "plivo": plivo.PROVIDER,
    "mailgun": mailgun.PROVIDER,
    "sendgrid": sendgrid.PROVIDER,
    "postmark": postmark.PROVIDER,
    "messenger": messenger.PROVIDER,
    "instagram": instagram.PROVIDER,
    "telegram": telegram.PROVIDER,
    "ses": ses.PROVIDER,
    "mime": mime_mail.PROVIDER,
    "generic": generic.PROVIDER,
}
