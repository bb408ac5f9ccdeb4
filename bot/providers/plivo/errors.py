"""What Plivo's error codes mean for us; they come with a failed status. A refused send has its HTTP status alone.

Source: Plivo's "Messaging error codes".
"""

from collections.abc import Mapping
from http import HTTPStatus

from bot.core.consents import ConsentReason
from bot.providers.base import Refused


def refusal(status: int) -> Refused:
    """What the HTTP status of a refused send means."""
    code = f"http_{status}"
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _credentials(code, "The Auth ID or the Auth Token is wrong.")
    if status == HTTPStatus.PAYMENT_REQUIRED:
        return _operator(code, _CREDIT)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Refused(code, "Plivo's rate limit is reached.", retryable=True, throttled=True)
    return Refused(code, f"Plivo refused it ({code}).")


def failure(code: str) -> Refused:
    """What the `ErrorCode` of a failed status means."""
    return _KNOWN.get(code) or Refused(code, f"It was not delivered ({code}).")


def _operator(code: str, reason: str) -> Refused:
    return Refused(code, reason, operator=True)


def _credentials(code: str, reason: str) -> Refused:
    return Refused(code, reason, operator=True, credentials=True)


_CREDIT = "The Plivo account has not enough credit."

_ALL = (
    Refused("10", "The carrier did not understand the message."),
    Refused("20", "The carrier's network failed."),
    Refused("30", "The carrier filtered the message out."),
    _operator("40", "The sender is not a number of this account that may send SMS."),
    Refused("50", "The recipient is not a valid phone number, or a landline."),
    Refused("60", "The message went in a circle between carriers."),
    Refused("70", "The recipient's number is not in service."),
    Refused("80", "The phone is switched off or out of reach."),
    Refused("90", "Plivo has no route to the recipient."),
    Refused("100", "The carrier does not take messages of this kind."),
    Refused("110", "The message is too long."),
    Refused("200", "The person has opted out of messages from this number.", opt_out=ConsentReason.PROVIDER),
    Refused("300", "Plivo failed inside."),
    Refused("420", "It could not be delivered in time."),
    _operator("450", "The account may not send to that country: see Messaging > Geo Permissions."),
    _operator("900", _CREDIT),
    _operator("910", "The Plivo account is disabled."),
)
_KNOWN: Mapping[str, Refused] = {each.code: each for each in _ALL}
