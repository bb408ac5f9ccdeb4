"""What the Graph API's error codes mean on Messenger and Instagram; the subcode decides where there is one.

Source: "Common Error Codes" of the Messenger Platform, "Rate Limits" of the Graph API.
"""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

from bot.providers.base import Refused


def refusal(code: str, subcode: str, status: int) -> Refused:
    """What error `code` with `subcode` means, both empty where the answer had none; `status` came with them."""
    known = _BY_SUBCODE.get(subcode) or (_PERMISSION if code in _PERMISSIONS and not subcode else _BY_CODE.get(code))
    shown = f"{code}/{subcode}" if subcode else code or f"http_{status}"
    # With another status an error that nobody knows may be about the person or the message.
    passes = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if known is None and (passes or not code):
        known = _by_status(status)
    return replace(known or Refused("", f"Meta refused it ({shown})."), code=shown)


def _by_status(status: int) -> Refused | None:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _PERMISSION
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _LIMIT
    return _BUSY if status >= HTTPStatus.INTERNAL_SERVER_ERROR else None


_BUSY = Refused("", "Meta could not take it just now.", retryable=True)
_LIMIT = Refused("", "Meta's rate limit is reached.", retryable=True, throttled=True)
_TOKEN = Refused("", "The access token is wrong or has expired.", operator=True, credentials=True)
_PERMISSION = Refused("", "The access token may not send from this page or account.", operator=True, credentials=True)
_BLOCKED = Refused("", "Meta has blocked this page or account from sending for now.", operator=True)
_WINDOW = Refused("", "The person last wrote more than 24 hours ago, so that Meta takes nothing.", window_closed=True)
_UNREACHABLE = Refused("", "This person cannot be reached: they blocked the page, or left.")
_TESTERS = Refused("", "Until Meta has reviewed the app, it may only write to people with a role in it.")

_PERMISSIONS = frozenset({"3", "10", "200", "230", "298"})
"""Without a subcode; with one that is not known they may as well be about the person."""
_BY_CODE: Mapping[str, Refused] = {
    **dict.fromkeys(("2", "1200"), _BUSY),
    **dict.fromkeys(("4", "17", "32", "613", "80001", "80002", "80006"), _LIMIT),
    **dict.fromkeys(("102", "190"), _TOKEN),
    "368": _BLOCKED,
    "551": _UNREACHABLE,
}
_BY_SUBCODE: Mapping[str, Refused] = {
    **dict.fromkeys(("2018278", "2018065", "2534022"), _WINDOW),
    **dict.fromkeys(("1545041", "2018001", "2018108"), _UNREACHABLE),
    **dict.fromkeys(("2018027", "2018028"), _TESTERS),
}
