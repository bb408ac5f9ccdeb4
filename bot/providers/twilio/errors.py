"""What Twilio's error codes mean for us; they come with a refused send and with a failed status.

Source: Twilio's "Error and Warning Dictionary".
"""

from collections.abc import Mapping
from http import HTTPStatus

from bot.core.consents import ConsentReason
from bot.providers.base import Refused

_FEW_MINUTES = 300.0
_DAY = 86_400.0


def refusal(code: str, status: int = HTTPStatus.BAD_REQUEST) -> Refused:
    """What error `code` means, empty where the answer had none; `status` is the HTTP status that came with it."""
    if code in _KNOWN:
        return _KNOWN[code]
    shown = code or f"http_{status}"
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _credentials(shown, _CREDENTIALS)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _throttled(shown, _LIMIT)
    return Refused(shown, f"Twilio refused it ({shown}).")


def _later(code: str, reason: str, retry_after: float | None = None) -> Refused:
    return Refused(code, reason, retryable=True, retry_after=retry_after)


def _throttled(code: str, reason: str, retry_after: float | None = None) -> Refused:
    return Refused(code, reason, retryable=True, retry_after=retry_after, throttled=True)


def _day(code: str, reason: str) -> Refused:
    """The account's own limit for a day."""
    return Refused(code, reason, retryable=True, retry_after=_DAY, operator=True)


def _operator(code: str, reason: str) -> Refused:
    return Refused(code, reason, operator=True)


def _credentials(code: str, reason: str) -> Refused:
    return Refused(code, reason, operator=True, credentials=True)


_CREDENTIALS = "The account SID or the auth token is wrong."
_LIMIT = "Twilio's rate limit is reached."
_QUEUE = "Too much is waiting at Twilio for this sender."

_ALL = (
    *(_throttled(code, _LIMIT) for code in ("20429", "63017", "30022")),
    # Not too fast, but too many: who goes on trying gets nowhere.
    _day(
        "63038",
        "The Twilio account has sent as many messages as it may in 24 hours; what waits is tried again a day later.",
    ),
    _day("30023", "The day's messages to this carrier are used up (10DLC); what waits is tried again a day later."),
    _operator("30454", "The trial account has sent as many messages as it may: upgrade it."),
    _throttled("63018", "The WhatsApp sender's rate limit is reached."),
    # The first refuses a send, the second comes later, from a messaging service.
    *(_throttled(code, _QUEUE, _FEW_MINUTES) for code in ("21611", "30001")),
    _later("30003", "The phone is switched off or out of reach.", _FEW_MINUTES),
    _later("30008", "The carrier failed without saying why.", _FEW_MINUTES),
    _credentials("20003", _CREDENTIALS),
    _operator("21408", "The account may not send to that country: see Messaging > Settings > Geo permissions."),
    _operator("21608", "The trial account may only write to verified numbers."),
    _operator("21606", "The sender cannot send messages, or not to that country."),
    _operator("21660", "The sender belongs to another Twilio account."),
    _operator("30002", "The Twilio account is suspended."),
    _operator("30034", "The number is not registered for messages to the United States (10DLC)."),
    Refused("21610", "The person has opted out of messages from this number.", opt_out=ConsentReason.PROVIDER),
    _operator("21703", "The messaging service has no sender: see Messaging > Services > Sender Pool."),
    _operator("21711", "The sender is not in the messaging service: see Messaging > Services > Sender Pool."),
    Refused("21211", "The recipient is not a valid phone number."),
    Refused("21614", "The recipient is not a mobile number."),
    Refused("21635", "The recipient is a landline."),
    Refused("30004", "The message was blocked."),
    Refused("30005", "The recipient's number is not known."),
    Refused("30006", "The recipient is a landline, or its carrier cannot be reached."),
    Refused("30007", "The carrier filtered the message out."),
    Refused("63003", "This number cannot be reached on WhatsApp."),
    Refused("63014", "The person has blocked this sender."),
    Refused(
        "63016",
        "The person last wrote more than 24 hours ago, so that only an approved template may be sent.",
        window_closed=True,
    ),
)
_KNOWN: Mapping[str, Refused] = {each.code: each for each in _ALL}
