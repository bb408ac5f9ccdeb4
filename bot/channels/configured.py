"""What the settings say of the accounts: credentials by provider, rates."""

from collections.abc import Iterator

from yarl import URL

from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.providers.base import Credentials, Provider
from bot.settings import Settings

API_URL = "api_url"
"""The key of the credential that says where messages are sent."""
_TOO_FAST = 1_000_000.0
"""A bound no provider comes near."""


def credentials_of(provider: Provider, settings: Settings) -> Credentials:
    """What the settings hold for `provider`, its defaults included; raises BotError when its URL is none."""
    values = {each.key: settings.lookup(each.setting) or each.default or "" for each in provider.credentials}
    for each in provider.credentials:
        if each.key == API_URL and values[each.key] and not is_address(values[each.key]):
            raise BotError(
                N_("{setting} is not an address"),
                mend=N_("Write {setting} as https://host/path."),
                setting=each.setting,
            )
    return Credentials(values, {each.key: each.setting for each in provider.credentials})


def rate_of(provider: Provider, settings: Settings) -> float:
    """Messages a second, by the settings or else by default; raises BotError when it is no rate."""
    setting = f"{provider.name.upper()}_RATE"
    spelled = settings.lookup(setting)
    if spelled is None:
        return provider.default_rate
    try:
        rate = float(spelled)
    except ValueError:
        rate = 0.0
    if not is_rate(rate):
        raise BotError(
            N_("{setting} is not a number above 0"),
            mend=N_("Write {setting} as messages a second, e.g. 20."),
            setting=setting,
        )
    return rate


def ids_of(provider: Provider, credentials: Credentials) -> Iterator[str]:
    """The accounts, `provider:identity`, that the credentials stand for."""
    return (f"{provider.name}:{identity}" for identity in provider.identity(credentials))


def is_address(url: str) -> bool:
    """Whether it is a URL with scheme and host that HTTP knows."""
    try:
        parsed = URL(url)
    except ValueError:
        return False
    return parsed.scheme in {"http", "https"} and bool(parsed.host)


def is_rate(rate: float) -> bool:
    """Whether so many messages a second can be meant."""
    return 0 < rate < _TOO_FAST
