"""A whole mail (RFC 5322) as a mail server's pipe hands it over, with its envelope beside it.

POST /webhooks/mime
X-Envelope-Sender: ana@example.com
X-Envelope-Recipient: oi@example.com

The same may stand in the query, as `sender` and `recipient`.
"""

from bot.core.messages import Delivery, UnknownEvent
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.kit.mime import Headers
from bot.providers.mail.headers import author, email_address
from bot.providers.mail.parse import open_mail, read_letter

_DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to")
"""Headers in which mail servers write the envelope's recipient."""


def parse(request: WebhookRequest, credentials: Credentials) -> Delivery:
    """The mail, for the account that the credentials stand for; one that names no recipient is an UnknownEvent."""
    own = author(credentials.get("from"))[1]
    account = f"mime:{own}"
    letter = open_mail(request.body, account=account, recipient="")
    recipient = email_address(_envelope(request, "recipient") or "") or _delivered_to(letter.headers)
    if not recipient:
        return Delivery(unknown=(UnknownEvent("mail without a recipient", account),))
    sender = _envelope(request, "sender")
    if sender is None:
        sender = next(iter(letter.headers.all("return-path")), None)
    return read_letter(
        letter._replace(
            recipient=recipient,
            # Postfix writes MAILER-DAEMON for the null sender, which is no address either.
            envelope_sender=None if sender is None else email_address(sender),
            own=frozenset({own} - {""}),
        )
    )


def _envelope(request: WebhookRequest, part: str) -> str | None:
    """What the mail server says of the envelope; None where it says nothing."""
    header = request.headers.get(f"x-envelope-{part}")
    if header is not None:
        return header
    # A plus sign that nobody escaped comes as a blank, which no address has.
    value = request.query.get(part)
    return None if value is None else value.strip().replace(" ", "+")


def _delivered_to(headers: Headers) -> str:
    found = (email_address(value) for name in _DELIVERED_TO for value in headers.all(name))
    return next((each for each in found if each), "")
