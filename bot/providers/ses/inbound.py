"""A mail that SES received, as its SNS action posts it.

{"notificationType": "Received", "mail": {"source": "ana@example.com", "messageId": "…"},
 "receipt": {"recipients": ["oi@example.com"], "spamVerdict": {"status": "PASS"}, "action": {"type": "SNS",
  "encoding": "BASE64"}}, "content": "<the whole mail>"}
"""

import base64
import binascii

from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, UnknownEvent
from bot.core.text import MAX_ID
from bot.providers.kit.json_reader import Part
from bot.providers.kit.json_rest import rest
from bot.providers.kit.timestamps import moment
from bot.providers.mail.headers import email_address
from bot.providers.mail.parse import open_mail, read_letter

_MAX_RECIPIENTS = 50
_VERDICTS = ("spamVerdict", "virusVerdict", "spfVerdict", "dkimVerdict", "dmarcVerdict")
_SHAPE = {
    "notificationType": str,
    "content": str,
    "mail": {
        # What the mail itself says again.
        **dict.fromkeys(("headers", "commonHeaders", "destination"), object),
        **dict.fromkeys(("timestamp", "source", "sourceArn", "messageId", "headersTruncated"), str),
    },
    "receipt": {
        **{name: {"status": str} for name in _VERDICTS},
        **dict.fromkeys(("timestamp", "processingTimeMillis", "dmarcPolicy"), str),
        "recipients": [str],
        "action": object,
    },
}
"""What is read, or says nothing of the mail."""


def parse_mail(notice: Part, account: str) -> Delivery:
    """The mail in a notice; raises UnparsableError where it does not name one.

    One whose words are not in it, since the rule put them into S3, is an UnknownEvent.
    """
    mail, receipt = notice.part("mail"), notice.part("receipt")
    recipients = _recipients(receipt)
    raw = _content(notice, receipt)
    if raw is None:
        return Delivery(unknown=(UnknownEvent("mail without its content: use the SNS action", account),))
    more = {"recipients": recipients[1:]} if recipients[1:] else {}
    letter = open_mail(raw, account=account, recipient=recipients[0])._replace(
        # A mail to two of ours comes once, and is answered once.
        id=mail.identifier("messageId")[:MAX_ID],
        envelope_sender=email_address(mail.text("source", "")),
        sent_at=moment(mail.text("timestamp", "")),
        own=frozenset((*recipients, account.partition(":")[2])),
        distrusted=_distrusted(receipt),
        more=(rest(notice.value, _SHAPE) or {}) | more,
    )
    if _verdict(receipt, "virus") == "FAIL":
        letter = letter._replace(attachments=(), whole=letter.whole and not letter.attachments)
    return read_letter(letter)


def _recipients(receipt: Part) -> list[str]:
    """Those of ours that the mail is for; raises UnparsableError when there is none."""
    listed = receipt.value.get("recipients")
    spelled = listed[:_MAX_RECIPIENTS] if isinstance(listed, list) else []
    addresses = [email_address(each) for each in spelled if isinstance(each, str)]
    found = [each for each in addresses if each]
    if not found:
        raise UnparsableError(f"{receipt.path}.recipients names nobody")
    return found


def _content(notice: Part, receipt: Part) -> bytes | None:
    """The whole mail as the action encoded it; None where it is not there."""
    content = notice.text("content", "")
    if not content:
        return None
    if receipt.maybe("action").text("encoding", "").upper() != "BASE64":
        return content.encode(errors="replace")
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise UnparsableError("content is not base64") from None


def _distrusted(receipt: Part) -> str:
    """Why SES's own checks say that nobody should answer: the sender may be forged, or the mail does harm."""
    if _verdict(receipt, "virus") == "FAIL":
        return "virus"
    if _verdict(receipt, "spam") == "FAIL":
        return "spam"
    forged = _verdict(receipt, "spf") == "FAIL" and _verdict(receipt, "dkim") != "PASS"
    return "not authenticated" if forged or _verdict(receipt, "dmarc") == "FAIL" else ""


def _verdict(receipt: Part, name: str) -> str:
    return receipt.maybe(f"{name}Verdict").text("status", "")
