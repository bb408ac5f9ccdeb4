"""What Telnyx's error codes mean for us; they come with a refused send and with a failed status.

Source: Telnyx's "Messaging Error Code Reference" and "API Errors".
"""

from collections.abc import Mapping
from http import HTTPStatus

from bot.core.consents import ConsentReason
from bot.providers.base import Refused

_FEW_MINUTES = 300.0


def refusal(code: str, status: int = HTTPStatus.BAD_REQUEST) -> Refused:
    """What error `code` means, empty where the answer had none; `status` is the HTTP status that came with it."""
    if code in _KNOWN:
        return _KNOWN[code]
    shown = code or f"http_{status}"
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _credentials(shown, _CREDENTIALS)
    if status == HTTPStatus.PAYMENT_REQUIRED:
        return _operator(shown, "The Telnyx account has not enough credit.")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _throttled(shown)
    if status == HTTPStatus.CONFLICT:
        # Telnyx knows the idempotency key of one whose outcome we do not know, and will tell it once it is done.
        return Refused(shown, "An earlier attempt to send it is still under way at Telnyx.", retryable=True)
    return Refused(shown, f"Telnyx refused it ({shown}).")


def _throttled(code: str) -> Refused:
    return Refused(code, "Telnyx's or the carrier's rate limit is reached.", retryable=True, throttled=True)


def _later(code: str, reason: str) -> Refused:
    return Refused(code, reason, retryable=True, retry_after=_FEW_MINUTES)


def _operator(code: str, reason: str) -> Refused:
    return Refused(code, reason, operator=True)


def _credentials(code: str, reason: str) -> Refused:
    return Refused(code, reason, operator=True, credentials=True)


_CREDENTIALS = "The API key is wrong, or may not send."

_ALL = (
    _throttled("10011"),
    _throttled("40011"),
    _throttled("40318"),
    _later("40002", "The carrier's spam filter holds the sender back for now."),
    _later("40004", "The recipient's carrier rejected it without saying why."),
    _later("40006", "The recipient's carrier cannot be reached."),
    _credentials("10009", _CREDENTIALS),
    _credentials("10010", _CREDENTIALS),
    _operator("40010", "The number is not registered for messages to the United States (10DLC)."),
    _operator("40013", "The carrier rejected the sender: look whether the number is active and may send."),
    _operator("40305", "The sender is not a number of this account with a messaging profile."),
    Refused("40300", "The person has opted out of messages from this number.", opt_out=ConsentReason.PROVIDER),
    Refused("10002", "The recipient is not a valid phone number."),
    Refused("10016", "The recipient is not a valid phone number."),
    Refused("40001", "The recipient is a landline, or cannot be reached by SMS."),
    Refused("40003", "The carrier has blocked the sender for good."),
    Refused("40005", "It could not be delivered in time."),
    Refused("40008", "The recipient's carrier did not take it."),
    Refused("40009", "The carrier rejected the message's content."),
    Refused("40012", "The recipient is not a valid phone number."),
    Refused("40014", "It waited at Telnyx for too long."),
    Refused("40015", "Telnyx filtered the message out."),
    Refused("40310", "The recipient is not a valid phone number."),
)
_KNOWN: Mapping[str, Refused] = {each.code: each for each in _ALL}
