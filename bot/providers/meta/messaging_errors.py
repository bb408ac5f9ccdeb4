"""What the Graph API's error codes mean on Messenger and Instagram; the subcode decides where there is one.

Source: "Common Error Codes" of the Messenger Platform, "Rate Limits" of the Graph API.
"""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

from bot.core.i18n import N_
from bot.providers.base import Refused


def refusal(code: str, subcode: str, status: int, words: str = "") -> Refused:
    """What error `code` with `subcode` means, both empty where the answer had none.

    Args:
        code: the error's.
        subcode: the error's.
        status: that came with them.
        words: the error's message, which decides where a code stands for too much and no subcode came.
    """
    known = _BY_SUBCODE.get(subcode) or _BY_BOTH.get((code, subcode))
    if known is None and code in _PERMISSIONS and not subcode:
        known = _by_words(words.lower())
    known = known or _BY_CODE.get(code)
    shown = f"{code}/{subcode}" if subcode else code or f"http_{status}"
    # With another status an error that nobody knows may be about the person or the message.
    passes = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if known is None and (passes or not code):
        known = _by_status(status)
    return replace(known or Refused("", f"Meta refused it ({shown})."), code=shown)


def _by_words(words: str) -> Refused:
    """Whether a lack of permission is one person's or the account's; in doubt nothing is paused for it."""
    return next((refused for part, refused in _WORDS if part in words), _DENIED)


def _by_status(status: int) -> Refused | None:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _PERMISSION
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _LIMIT
    return _BUSY if status >= HTTPStatus.INTERNAL_SERVER_ERROR else None


_BUSY = Refused("", N_("Meta could not take it just now."), retryable=True)
_LIMIT = Refused("", N_("Meta's rate limit is reached."), retryable=True, throttled=True)
_TOKEN = Refused("", N_("The access token is wrong or has expired."), operator=True, credentials=True)
_PERMISSION = Refused(
    "", N_("The access token may not send from this page or account."), operator=True, credentials=True
)
_BLOCKED = Refused("", N_("Meta has blocked this page or account from sending for now."), operator=True)
_WINDOW = Refused(
    "", N_("The person last wrote more than 24 hours ago, so that Meta takes nothing."), window_closed=True
)
_UNREACHABLE = Refused("", N_("This person cannot be reached: they blocked the page, or left."))
_TESTERS = Refused("", N_("Until Meta has reviewed the app, it may only write to people with a role in it."))

_DENIED = Refused(
    "",
    N_(
        "Meta does not let this page or account send this: look at the app's permissions, and whether the person may "
        "be written to."
    ),
    operator=True,
)
_NO_PAGE = Refused(
    "",
    N_("Meta does not know this page or account, or the access token may not use it: look at its id in the settings."),
    operator=True,
    credentials=True,
)

_PERMISSIONS = frozenset({"3", "10", "200", "230", "298"})
"""Without a subcode; with one that is not known they may as well be about the person."""
_WORDS = (
    ("outside of allowed window", _WINDOW),
    ("outside the allowed window", _WINDOW),
    ("testers", _TESTERS),
    ("isn't available", _UNREACHABLE),
    ("not available", _UNREACHABLE),
    ("cannot receive", _UNREACHABLE),
    ("no matching user", _UNREACHABLE),
    ("access token", _PERMISSION),
    ("does not have permission", _PERMISSION),
    ("does not have the capability", _PERMISSION),
    ("requires", _PERMISSION),
    ("pages_messaging", _PERMISSION),
    ("not authorized", _PERMISSION),
)
_BY_BOTH: Mapping[tuple[str, str], Refused] = {
    ("100", "33"): _NO_PAGE,
    **{("190", subcode): _TOKEN for subcode in ("458", "459", "460", "463", "464", "467", "492")},
}
_BY_CODE: Mapping[str, Refused] = {
    **dict.fromkeys(("2", "1200"), _BUSY),
    **dict.fromkeys(("4", "17", "32", "613", "80001", "80002", "80006"), _LIMIT),
    **dict.fromkeys(("102", "190"), _TOKEN),
    **dict.fromkeys(("33", "803"), _NO_PAGE),
    "368": _BLOCKED,
    "551": _UNREACHABLE,
}
_BY_SUBCODE: Mapping[str, Refused] = {
    **dict.fromkeys(("2018278", "2018065", "2534022"), _WINDOW),
    **dict.fromkeys(("1545041", "2018001", "2018108"), _UNREACHABLE),
    **dict.fromkeys(("2018027", "2018028"), _TESTERS),
}
