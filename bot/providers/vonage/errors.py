"""What Vonage's error codes mean for us: of the Messages API, and of delivery receipts of the SMS API.

Source: developer.vonage.com/api-errors/messages, and its guide to delivery receipts.
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
        return _credentials(shown, "The API key or secret is wrong, or the account lacks the Messages API.")
    if status == HTTPStatus.PAYMENT_REQUIRED:
        return _operator(shown, _CREDIT)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _throttled(shown)
    return Refused(shown, f"Vonage refused it ({shown}).")


def receipt(code: str) -> Refused:
    """What the `err-code` of an SMS API's delivery receipt means."""
    return _RECEIPTS.get(code) or Refused(code, f"The carrier did not deliver it ({code}).")


def _throttled(code: str) -> Refused:
    return Refused(code, "Vonage's rate limit is reached.", retryable=True, throttled=True)


def _later(code: str, reason: str, retry_after: float | None = None) -> Refused:
    return Refused(code, reason, retryable=True, retry_after=retry_after)


def _operator(code: str, reason: str) -> Refused:
    return Refused(code, reason, operator=True)


def _credentials(code: str, reason: str) -> Refused:
    return Refused(code, reason, operator=True, credentials=True)


_CREDIT = "The Vonage account has not enough credit."
_OPTED_OUT = "The person has opted out of messages from this number, or the number does not exist."
_AWAY = "The phone is switched off or out of reach."
_SPAM = "The carrier filtered the message out."

_ALL = (
    _throttled("1000"),
    _later("1030", "Vonage failed inside."),
    _later("1100", "Vonage did not reach the carrier."),
    _later("1180", _AWAY, _FEW_MINUTES),
    _later("1220", "The phone was busy.", _FEW_MINUTES),
    _later("1230", "The carrier's network failed.", _FEW_MINUTES),
    _operator("1060", "The Vonage account is barred."),
    _operator("1070", _CREDIT),
    _operator("1080", "The account may not send through this API."),
    _operator("1120", "The sender is not allowed in that country."),
    _operator("1160", "The trial account may only write to its test numbers."),
    Refused("1010", "Something is missing in the request."),
    Refused("1020", "Something in the request is not valid: often the recipient's number."),
    Refused("1040", "Vonage could not route the message."),
    Refused("1050", "The recipient may not get messages from Vonage."),
    Refused("1090", "The message is too long."),
    Refused("1170", "The recipient's number is not valid."),
    Refused("1190", "The recipient's number is not in service."),
    Refused("1210", _SPAM),
    Refused("1240", _OPTED_OUT, opt_out=ConsentReason.PROVIDER),
    Refused("1340", "The person last wrote too long ago for anything but an approved template.", window_closed=True),
)
_KNOWN: Mapping[str, Refused] = {each.code: each for each in _ALL}

_RECEIPTS: Mapping[str, Refused] = {
    each.code: each
    for each in (
        _later("2", _AWAY, _FEW_MINUTES),
        Refused("3", "The recipient's number is not in service."),
        Refused("4", "The person has barred messages of this kind."),
        Refused("5", "The recipient's number has changed its carrier."),
        Refused("6", _SPAM),
        _later("7", "The phone was busy.", _FEW_MINUTES),
        _later("8", "The carrier's network failed.", _FEW_MINUTES),
        Refused("9", _OPTED_OUT, opt_out=ConsentReason.PROVIDER),
        Refused("10", "The carrier did not understand the message."),
        Refused("11", "Vonage has no route to the recipient."),
        Refused("12", "The recipient's carrier could not be reached."),
        Refused("14", "The recipient's carrier has blocked the sender."),
        Refused("15", "The person's prepaid credit is used up."),
    )
}
