"""What is typed of an account: its name, its rate and the values of its provider's credentials."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiohttp import web
from pydantic import SecretStr
from yarl import URL

from bot.channels.service import API_URL, Values, is_rate
from bot.core.text import clean
from bot.providers.base import Credential
from bot.web.i18n import N_, Translator
from bot.web.outgoing import NoHttpsError, PrivateAddressError, is_neighbour, require_open_internet
from bot.web.pages import language
from bot.web.posted import posted_by

_MOST_NAME = 255
_MOST_VALUE = 8000
_HOST = "smtp_host"
_OWN_NETWORK = N_("Addresses of the server's own network are given with `bot.py accounts add`.")


@dataclass(frozen=True, slots=True)
class TypedAccount:
    """A form as somebody filled it in.

    Attributes:
        name: what they call it, or empty.
        rate: messages a second; None where nothing that can be meant was typed.
        values: by key of the credential, those that are not empty.
        shown: what stands in the fields again: never a secret.
        errors: a sentence by field.
    """

    name: str
    rate: float | None
    values: Values
    shown: Mapping[str, str]
    errors: Mapping[str, str]


def read_account(request: web.Request, credentials: Iterable[Credential]) -> TypedAccount:
    """What was posted; the field of a credential is its key behind `c-`."""
    posted, _ = posted_by(request), language(request)
    name, spelled = clean(posted.last("name").strip(), _MOST_NAME)[0], posted.last("rate").strip()
    values: dict[str, SecretStr] = {}
    shown, errors = {"name": name, "rate": spelled, "keep": posted.last("keep")}, dict[str, str]()
    for each in credentials:
        field, value = f"c-{each.key}", posted.last(f"c-{each.key}").strip()[:_MOST_VALUE]
        if not each.secret:
            shown[field] = value
        if value:
            values[each.key] = SecretStr(value)
        wrong = _wrong_address(each, value, _)
        if wrong:
            errors[field] = wrong
    rate = _rate(spelled)
    if rate is None:
        errors["rate"] = _("Write how many messages a second, such as 20.")
    return TypedAccount(name, rate, values, shown, errors)


def _rate(spelled: str) -> float | None:
    try:
        rate = float(spelled.replace(",", "."))
    except ValueError:
        return None
    return rate if is_rate(rate) else None


def _wrong_address(credential: Credential, value: str, _: Translator) -> str:
    """Why a page may not lead the server there: who signs in to pages need not know the server's neighbours."""
    if credential.key not in {API_URL, _HOST} or not value or value == credential.default:
        return ""
    try:
        url = URL(value if credential.key == API_URL else f"https://{value}")
        require_open_internet(url)
    except ValueError:
        return _("Write a whole address, such as https://example.com.")
    except NoHttpsError:
        return _("Only https addresses are taken here; `bot.py accounts add` takes others.")
    except PrivateAddressError:
        return _(_OWN_NETWORK)
    return _(_OWN_NETWORK) if is_neighbour(url.host or "") else ""
