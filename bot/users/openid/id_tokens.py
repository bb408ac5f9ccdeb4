"""ID tokens: what of one must hold before anything in it is believed (OpenID Connect Core 1.0, 3.1.3.7)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet
from joserfc.jws import JWSRegistry

from bot.core.i18n import N_, Phrase
from bot.users.openid.errors import ProviderUntrustedError
from bot.users.openid.providers import GOOGLE, IdentityProvider
from bot.users.signing.joining import Proof

LEEWAY = timedelta(minutes=1)
"""By how much the clocks may differ."""
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a private key alone: whoever knows the public one, or our secret, signs nothing."""
_KEY_TYPES = frozenset({"RSA", "EC", "OKP"})
_MOST_KEYS = 50
_LONGEST = 255
_OWN_OF_GOOGLE = frozenset({"gmail.com", "googlemail.com"})


class UnknownKeyError(Exception):
    """A token is signed by a key that is not among those that we know."""


class _Registry(JWSRegistry):
    max_header_length = 8192


def read_keys(provider: IdentityProvider, content: Mapping[str, Any]) -> KeySet:
    """The public keys of a provider by which it signs, without those that we do not understand."""
    listed = content.get("keys")
    found = [key for each in (listed[:_MOST_KEYS] if isinstance(listed, list) else ()) if (key := _key(each))]
    if not found:
        raise _untrusted(provider, N_("it has no keys by which it signs"))
    return KeySet(found)


def read_id_token(provider: IdentityProvider, token: str, keys: KeySet, nonce: str, now: datetime) -> Mapping[str, Any]:
    """What a token says, where it is this provider's, for us, of now, and of the sign-in with that nonce.

    Raises UnknownKeyError, and ProviderUntrustedError for any other fault.
    """
    try:
        read = jwt.decode(token, keys, registry=_Registry(algorithms=_ALGORITHMS, strict_check_header=False))
        claims = read.claims
        jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=int(LEEWAY.total_seconds()),
            iss={"essential": True},
            sub={"essential": True},
            aud={"essential": True, "value": provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(claims)
    except InvalidKeyIdError:
        raise UnknownKeyError from None
    except (JoseError, ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise _untrusted(provider, N_("its token does not hold ({error})"), error=_named(error)) from None
    _require(provider, claims["iss"] == provider.issuer, "iss")
    _require(provider, _is_for_us(claims, provider.client_id), "azp")
    given = claims.get("nonce")
    _require(
        provider, isinstance(given, str) and compare_digest(given.encode(errors="replace"), nonce.encode()), "nonce"
    )
    _require(provider, _is_subject(claims["sub"]), "sub")
    return claims


def proof_of(provider: IdentityProvider, claims: Mapping[str, Any]) -> Proof:
    """Who somebody is, by the claims of a token that was read."""
    email, name = (_text(claims.get(each)) for each in ("email", "name"))
    return Proof(provider.issuer, claims["sub"], email, _is_vouched_for(provider, email, claims), name)


def _is_vouched_for(provider: IdentityProvider, email: str, claims: Mapping[str, Any]) -> bool:
    """Whether the address is theirs today, by the provider's word.

    Google looks once, when an account is made, whether an address of somebody else's domain is theirs. What it vouches
    for later are its own, and those of organisations whose mail it sees to, which `hd` names.
    """
    if claims.get("email_verified") is not True:
        return False
    if provider.issuer != GOOGLE:
        return True
    return email.rpartition("@")[2].lower() in _OWN_OF_GOOGLE or bool(_text(claims.get("hd")))


def _key(content: Any) -> Any:
    """The key, where it is one by which somebody signs; else None."""
    if not isinstance(content, dict) or content.get("kty") not in _KEY_TYPES or content.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key(content)
        key.ensure_kid()
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key


def _is_for_us(claims: Mapping[str, Any], client_id: str) -> bool:
    """Whether we are the party that it was made for, where it is for several."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    return bool(claims.get("azp", None if several else client_id) == client_id)


def _is_subject(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isascii() and value.isprintable()


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""


def _named(error: Exception) -> str:
    return error.error if isinstance(error, JoseError) and error.error else type(error).__name__


def _require(provider: IdentityProvider, holds: bool, claim: str) -> None:
    if not holds:
        raise _untrusted(provider, N_("its token does not hold ({error})"), error=claim)


def _untrusted(provider: IdentityProvider, reason: str, **values: str) -> ProviderUntrustedError:
    return ProviderUntrustedError(provider.name, Phrase(reason, values))
