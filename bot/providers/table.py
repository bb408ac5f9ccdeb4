"""Every provider there is, by name; a further one is a module and a line here."""

from collections.abc import Mapping

from bot.providers import (
    dialog360,
    generic,
    instagram,
    mailgun,
    messenger,
    mime_mail,
    plivo,
    postmark,
    sendgrid,
    ses,
    telegram,
    telnyx,
    twilio,
    vonage,
    whatsapp,
)
from bot.providers.base import Provider

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
