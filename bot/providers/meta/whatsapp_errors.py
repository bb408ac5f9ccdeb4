"""What Meta's error codes mean for us; most throttling comes as HTTP 400, so the code decides, not the status.

Source: Meta's "Error codes" page of the WhatsApp Cloud API.
"""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

from bot.core.consents import ConsentReason
from bot.core.i18n import N_
from bot.providers.base import Refused

_HOUR = 3600.0
_PAIR_INTERVAL = 6.0
"""Seconds in which Meta takes one message to the same person."""


def refusal(code: str, status: int = HTTPStatus.BAD_REQUEST, subcode: str = "") -> Refused:
    """What error `code` means, empty where the answer had none; `status` is the HTTP status that came with it."""
    known = _BY_SUBCODE.get((code, subcode))
    if known is not None:
        return _credentials(f"{code}/{subcode}", known)
    if code in _KNOWN:
        return _KNOWN[code]
    if code.isascii() and code.isdigit() and 200 <= int(code[:9]) <= 299:  # noqa: PLR2004 - Meta's range of permissions
        return _credentials(code, _PERMISSION)
    shown = code or f"http_{status}"
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _credentials(shown, _PERMISSION)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _throttled(shown)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _later(shown, _BUSY)
    return Refused(shown, f"WhatsApp refused it ({shown}).")


def _later(code: str, reason: str, retry_after: float | None = None) -> Refused:
    return Refused(code, reason, retryable=True, retry_after=retry_after)


def _throttled(code: str) -> Refused:
    """The account as a whole sends too fast."""
    return replace(_later(code, _LIMIT), throttled=True)


def _operator(code: str, reason: str) -> Refused:
    return Refused(code, reason, operator=True)


def _credentials(code: str, reason: str) -> Refused:
    return Refused(code, reason, operator=True, credentials=True)


_PERMISSION = N_("The access token may not send from this number.")
_TOKEN = N_("The access token is wrong or has expired.")
_BUSY = N_("WhatsApp could not take it just now.")
_LIMIT = N_("WhatsApp's rate limit is reached.")
_PAYLOAD = N_("WhatsApp does not accept the message as it is built.")
_TEMPLATE = N_("The WhatsApp template does not fit: check its name, language and parameters.")
_LOCKED = N_("The WhatsApp account is restricted or locked: see the Business Manager.")
_NUMBER = N_("The WhatsApp number is not registered, or its name is not approved: see the Business Manager.")

_NO_NUMBER = N_(
    "WhatsApp does not know the phone number id, or the access token may not use it: "
    "look at WHATSAPP_PHONE_NUMBER_ID, which is not the phone number itself."
)
_BY_SUBCODE: Mapping[tuple[str, str], str] = {
    ("100", "33"): _NO_NUMBER,
    ("190", "458"): N_("The app that the access token was made by is no longer connected to the account."),
    ("190", "459"): N_("Meta wants the owner of the access token to log in and confirm something."),
    ("190", "460"): N_("The access token ended when its owner changed the password: make a new one."),
    ("190", "463"): N_("The access token has expired: make one of a system user, which does not."),
    ("190", "464"): N_("Meta wants the owner of the access token to confirm their account."),
    ("190", "467"): N_("The access token has ended or was withdrawn: make a new one."),
}
"""What nothing can be sent with."""

_ALL = (
    *(_later(code, _BUSY) for code in ("2", "131000", "131016", "131057", "133004")),
    *(_throttled(code) for code in ("4", "80007", "130429")),
    _later("131056", N_("Too many messages to the same person in a short time."), _PAIR_INTERVAL),
    _later("131048", N_("WhatsApp limits this number because people reported its messages."), _HOUR),
    _later("132015", N_("The WhatsApp template is paused for low quality."), _HOUR),
    _later("131049", N_("WhatsApp holds it back to protect the person from too many messages."), 24 * _HOUR),
    Refused(
        "131047",
        N_("The person last wrote more than 24 hours ago, so that only an approved template may be sent."),
        window_closed=True,
    ),
    Refused("131026", N_("This number cannot be reached on WhatsApp.")),
    Refused("131050", N_("The person wants no more of these messages."), opt_out=ConsentReason.MARKETING),
    Refused("131021", N_("A number cannot write to itself.")),
    Refused("131030", N_("The test number may only write to people on its list: add this one in the app's dashboard.")),
    Refused("130472", N_("WhatsApp holds it back because the person is part of an experiment.")),
    *(Refused(code, _PAYLOAD) for code in ("100", "131008", "131009", "131051", "135000")),
    Refused("131053", N_("WhatsApp could not take the attached file.")),
    *(Refused(code, _TEMPLATE) for code in ("132000", "132001", "132005", "132007", "132012", "132016")),
    *(_credentials(code, _TOKEN) for code in ("0", "190")),
    *(_credentials(code, _PERMISSION) for code in ("3", "10", "131005")),
    *(_credentials(code, _NO_NUMBER) for code in ("33", "803")),
    *(_operator(code, _LOCKED) for code in ("368", "131031")),
    _operator("130497", N_("This account may not write to people in that country.")),
    _operator("131042", N_("WhatsApp has no valid payment method for this account: see the Business Manager.")),
    *(_operator(code, _NUMBER) for code in ("131037", "131045", "133010")),
)
_KNOWN: Mapping[str, Refused] = {each.code: each for each in _ALL}
