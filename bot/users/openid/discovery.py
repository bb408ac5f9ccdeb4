"""What a provider says of itself (OpenID Connect Discovery 1.0): where it is asked, and how."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError
from yarl import URL

from bot.core.i18n import N_, Phrase
from bot.users.openid.errors import ProviderAwayError, ProviderUntrustedError
from bot.users.openid.line import Line
from bot.users.openid.providers import IdentityProvider

_PATH = "/.well-known/openid-configuration"
_OK = 200
_POSTED, _BASIC = "client_secret_post", "client_secret_basic"
_Address = Annotated[str, Field(min_length=1, max_length=2000)]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a provider is asked.

    Attributes:
        authorization: where a browser is sent.
        token: where a code is exchanged.
        keys: where its public keys are.
        userinfo: where it tells more of somebody; empty for nowhere.
        posts_secret: whether our secret stands in the form, else in a header.
        names_itself: whether each answer that a browser brings back says whose it is (RFC 9207).
    """

    authorization: str
    token: str
    keys: str
    userinfo: str
    posts_secret: bool
    names_itself: bool


class _Document(BaseModel):
    issuer: _Address
    authorization_endpoint: _Address
    token_endpoint: _Address
    jwks_uri: _Address
    userinfo_endpoint: Annotated[str, Field(max_length=2000)] | None = None
    token_endpoint_auth_methods_supported: list[str] | None = None
    authorization_response_iss_parameter_supported: bool | None = None


async def discover(provider: IdentityProvider, line: Line) -> Endpoints:
    """Ask a provider about itself; raises ProviderError where it is not what the settings say."""
    answer = await line.ask(f"{provider.issuer.rstrip('/')}{_PATH}")
    if answer.status != _OK:
        reason = Phrase(N_("it answers {status} at {path}"), {"status": str(answer.status), "path": _PATH})
        raise ProviderAwayError(provider.name, reason)
    return read_endpoints(provider, answer.content)


def read_endpoints(provider: IdentityProvider, content: Mapping[str, Any]) -> Endpoints:
    """What its document says; raises ProviderUntrustedError."""
    try:
        document = _Document.model_validate(content)
    except ValidationError as error:
        place = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
        raise _untrusted(provider, N_("{place} of its document is missing or odd"), place=place) from None
    if document.issuer != provider.issuer:
        raise _untrusted(provider, N_("it calls itself {issuer}, not {wanted}"), issuer=document.issuer[:255])
    methods = document.token_endpoint_auth_methods_supported or [_BASIC]
    if _POSTED not in methods and _BASIC not in methods:
        raise _untrusted(provider, N_("it takes no client secret"))
    if not _is_for_browsers(provider, document.authorization_endpoint):
        raise _untrusted(provider, N_("its page of signing in is not on https"))
    return Endpoints(
        authorization=document.authorization_endpoint,
        token=document.token_endpoint,
        keys=document.jwks_uri,
        userinfo=document.userinfo_endpoint or "",
        # In a header the secret would be quoted, which servers read in several ways.
        posts_secret=_POSTED in methods,
        names_itself=document.authorization_response_iss_parameter_supported or False,
    )


def _is_for_browsers(provider: IdentityProvider, address: str) -> bool:
    try:
        url = URL(address)
        return url.host is not None and (url.scheme == "https" or url.origin() == provider.origin)
    except ValueError:
        return False


def _untrusted(provider: IdentityProvider, reason: str, **values: str) -> ProviderUntrustedError:
    return ProviderUntrustedError(provider.name, Phrase(reason, {"wanted": provider.issuer, **values}))
