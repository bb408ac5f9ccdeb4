"""At which providers people may sign in, as the settings say."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from pydantic import SecretStr
from yarl import URL

from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.settings import Settings

GOOGLE = "https://accounts.google.com"
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """Where people may prove who they are.

    Attributes:
        key: its word in our paths.
        name: as people know it.
        issuer: as it names itself, letter by letter.
        client_id: as it knows this server.
        client_secret: by which this server proves that.
    """

    key: str
    name: str
    issuer: str
    client_id: str
    client_secret: SecretStr

    @property
    def origin(self) -> URL:
        """Where it is, as its operator chose: on a network of one's own, too."""
        return URL(self.issuer).origin()


def back_at(base: str, provider: IdentityProvider) -> str:
    """Our URL to which a provider leads back, as its operator registers it there; `base` is where this server is."""
    return f"{base}/sign-in/with/{provider.key}/back"


def identity_providers(settings: Settings) -> Mapping[str, IdentityProvider]:
    """Those that the settings name, by key; raises BotError for one of which a part is missing or cannot be."""
    found: dict[str, IdentityProvider] = {}
    google: dict[str, str | SecretStr] = {
        "GOOGLE_CLIENT_ID": settings.google_client_id,
        "GOOGLE_CLIENT_SECRET": settings.google_client_secret,
    }
    if _is_whole(google):
        found["google"] = IdentityProvider(
            "google", "Google", GOOGLE, settings.google_client_id, settings.google_client_secret
        )
    other: dict[str, str | SecretStr] = {
        "BOT_OIDC_ISSUER": settings.oidc_issuer,
        "BOT_OIDC_CLIENT_ID": settings.oidc_client_id,
        "BOT_OIDC_CLIENT_SECRET": settings.oidc_client_secret,
    }
    if _is_whole(other):
        issuer = _issuer(settings.oidc_issuer)
        name = settings.oidc_name or URL(issuer).host or issuer
        found["oidc"] = IdentityProvider("oidc", name, issuer, settings.oidc_client_id, settings.oidc_client_secret)
    elif settings.oidc_name:
        _refuse_part("BOT_OIDC_NAME", next(iter(other)))
    if settings.sign_in_domains and not found:
        _refuse_part("BOT_SIGN_IN_DOMAINS", "GOOGLE_CLIENT_ID")
    return found


def _is_whole(parts: Mapping[str, str | SecretStr]) -> bool:
    """Whether all of it is set; raises BotError where only a part is."""
    given = {name: bool(value) for name, value in parts.items()}
    if any(given.values()) and not all(given.values()):
        _refuse_part(next(name for name in given if given[name]), next(name for name in given if not given[name]))
    return all(given.values())


def _refuse_part(given: str, missing: str) -> None:
    raise BotError(
        N_("{given} is set, but {missing} is not, so nobody can sign in there"),
        mend=N_("Set {missing}, too, or take {given} away; docs/users.md tells how."),
        given=given,
        missing=missing,
    )


def _issuer(spelled: str) -> str:
    """The issuer as it is spelled; raises BotError for one that cannot be asked safely."""
    try:
        url = URL(spelled)
        plain = url.host is not None and not (url.user or url.password or url.raw_query_string or url.fragment)
        safe = url.scheme == "https" or (url.scheme == "http" and _is_here(url.host or ""))
    except ValueError:
        plain = safe = False
    if not plain or not safe or len(spelled) > _LONGEST:
        raise BotError(
            N_("BOT_OIDC_ISSUER is not the https:// address of a provider"),
            mend=N_("Write it as the provider names itself: https://sso.example.com/realms/shop."),
        )
    return spelled


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
