"""How a post is known to be Vonage's: a JWT beside the body, or a signature among the SMS API's parameters.

Which one is asked for says the configuration, never the post. Source: Vonage's guides to signed webhooks and to
signing messages.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.kit.form import read_form, require_form
from bot.providers.kit.json_reader import Part, instant, read_json, read_object
from bot.providers.kit.signatures import equal, sign

JWT = "jwt"
"""The signature of the Messages API."""
TOLERANCE = timedelta(hours=25)
"""Vonage tries again for 24 hours, and does not say whether it signs each attempt anew; a repeat is kept once."""

_MAX_TOKEN = 8192
_REPLACED = str.maketrans("&=", "__")


def knock(request: WebhookRequest, credentials: Credentials, now: datetime) -> None:
    """Check the token but for the body's hash, or that the parameters can be ones; raises as `verify` does."""
    secrets, method = _configured(credentials)
    if method == JWT:
        _check_token(request, credentials, secrets, now)
    elif request.method != "GET" and "json" not in request.headers.get("content-type", "").lower():
        require_form(request.headers)


def verify(request: WebhookRequest, credentials: Credentials, now: datetime) -> None:
    """Check that the post is Vonage's, in the way that `VONAGE_SIGNATURE` says.

    Raises SignatureError, or NotConfiguredError when there is no secret or the way is none that Vonage has.
    """
    secrets, method = _configured(credentials)
    if method != JWT:
        _verify_parameters(request, secrets, _DIGESTS[method], now)
    elif not equal(_check_token(request, credentials, secrets, now), hashlib.sha256(request.body).hexdigest()):
        raise SignatureError("the token is for another body")


def _configured(credentials: Credentials) -> tuple[tuple[str, ...], str]:
    """The secrets, and the way to sign that the configuration says."""
    secrets = credentials.each("signature_secret")
    method = credentials.get("signature", JWT)
    if method != JWT and method not in _DIGESTS:
        raise NotConfiguredError("VONAGE_SIGNATURE (as jwt, md5hash, md5, sha1, sha256 or sha512)")
    return secrets, method


def parameters(request: WebhookRequest) -> dict[str, str]:
    """The parameters of the SMS API: the query of a GET, else the fields of a form or a JSON object.

    Raises UnparsableError.
    """
    return dict(request.once(_parameters))


def _parameters(request: WebhookRequest) -> dict[str, str]:
    if request.method == "GET":
        return dict(request.query)
    if "json" in request.headers.get("content-type", "").lower():
        post = read_json(request)
        try:
            return {key: post.text(key, "") for key in post.value}
        except UnparsableError:
            # Its words would hold the name, and a stranger's name can be as long as the body.
            raise UnparsableError("a parameter is not text") from None
    whole = len(request.body)
    return {field.name: field.text(whole) for field in read_form(request)}


def _check_token(request: WebhookRequest, credentials: Credentials, secrets: Iterable[str], now: datetime) -> str:
    """Check the JWT by itself; returns the hash that the body is to have."""
    if request.method != "POST":
        # The token covers a body alone.
        raise SignatureError("the Messages API posts")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or len(token) > _MAX_TOKEN:
        raise SignatureError("there is no bearer token")
    claims = _claims(token.strip(), secrets)
    try:
        issuer, key, body_hash = (claims.text(name) for name in ("iss", "api_key", "payload_hash"))
    except UnparsableError as error:
        raise SignatureError(f"the token lacks a claim: {error}") from None
    if issuer != "Vonage" or not equal(key, credentials["api_key"]):
        raise SignatureError("the token is for another account")
    _check_time(claims.instant("iat"), now)
    return body_hash.lower()


def _claims(token: str, secrets: Iterable[str]) -> Part:
    """What an HS256 token says; only that algorithm is taken, whatever the token names."""
    content, _, signature = token.rpartition(".")
    head, _, payload = content.partition(".")
    signed = content.encode(errors="replace")
    matches = [equal(signature, _unpadded(sign(secret, signed))) for secret in secrets]
    if not any(matches):
        raise SignatureError("the token is not signed with VONAGE_SIGNATURE_SECRET")
    if _decoded(head).value.get("alg") != "HS256":
        raise SignatureError("the token is not signed by HS256")
    return _decoded(payload)


def _decoded(part: str) -> Part:
    try:
        return read_object(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, UnparsableError):
        raise SignatureError("the token is not a JWT") from None


def _unpadded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _verify_parameters(request: WebhookRequest, secrets: Iterable[str], digest: "_Digest", now: datetime) -> None:
    try:
        given = parameters(request)
    except UnparsableError as error:
        raise SignatureError(f"there is no signature: {error}") from None
    if any("&" in name or "=" in name for name in given):
        # Values cannot be taken for further parameters; such a name could hide some that were signed.
        raise SignatureError("a parameter's name is none of Vonage's")
    signature = given.pop("sig", "").lower()
    signed = signed_text(given).encode(errors="replace")
    matches = [equal(signature, digest(secret, signed)) for secret in secrets]
    if not any(matches):
        raise SignatureError("sig is not the one of VONAGE_SIGNATURE_SECRET")
    _check_time(instant(given.get("timestamp", "")), now)


def signed_text(given: Mapping[str, str]) -> str:
    """What the SMS API signs: the parameters in order, less what could be taken for a further one."""
    return "".join(f"&{name}={given[name].translate(_REPLACED)}" for name in sorted(given))


def _check_time(moment: datetime | None, now: datetime) -> None:
    if moment is None or abs(now - moment) > TOLERANCE:
        raise SignatureError("the signature's time is too far from ours")


_Digest = Callable[[str, bytes], str]


def _md5_hash(secret: str, content: bytes) -> str:
    return hashlib.md5(content + secret.encode(), usedforsecurity=False).hexdigest()


def _hmac(algorithm: str) -> _Digest:
    return lambda secret, content: sign(secret, content, algorithm).hex()


_DIGESTS: Mapping[str, _Digest] = {
    "md5hash": _md5_hash,
    **{algorithm: _hmac(algorithm) for algorithm in ("md5", "sha1", "sha256", "sha512")},
}
