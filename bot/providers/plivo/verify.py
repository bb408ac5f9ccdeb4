"""How a post is known to be Plivo's: by its signature V2, which covers the URL alone, or V3, which covers the form too.

Which one is asked for says the configuration, so that nobody can leave the better one out. Source: Plivo's library,
utils/signature_v3.py.
"""

from base64 import b64encode
from datetime import datetime
from urllib.parse import parse_qs, urlsplit, urlunsplit

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.kit.form import read_form, require_form
from bot.providers.kit.signatures import equal, sign

V2 = "v2"
V3 = "v3"

_MAX_NONCE = 200
_MAX_SIGNATURES = 10


def knock(request: WebhookRequest, credentials: Credentials, now: datetime) -> None:
    """As `verify` where the form is not signed; else, that there are a token, a nonce, a signature and a form."""
    if credentials.get("signature", V2) != V3:
        verify(request, credentials, now)
        return
    credentials.each("auth_token")
    _given_with_nonce(request, V3)
    if request.method != "GET":
        require_form(request.headers)


def verify(request: WebhookRequest, credentials: Credentials, _now: datetime) -> None:
    """Check the signature that `PLIVO_SIGNATURE` asks for: an HMAC-SHA256 under the auth token, with a nonce.

    V2 leaves the form unsigned, so that its nonce goes along with what is parsed: the shell refuses one that comes
    again for something else. A subaccount's posts are signed under the main account's token too, in headers of their
    own. Raises SignatureError, or NotConfiguredError when there is no token or the signature is none that Plivo has.
    """
    tokens = credentials.each("auth_token")
    version = credentials.get("signature", V2)
    if version not in {V2, V3}:
        raise NotConfiguredError("PLIVO_SIGNATURE (as v2 or v3)")
    given, nonce = _given_with_nonce(request, version)
    signed = (_signed_v2(request, nonce) if version == V2 else _signed_v3(request, nonce)).encode(errors="replace")
    expected = [b64encode(sign(token, signed)).decode() for token in tokens]
    matches = [equal(each, other) for each in given for other in expected]
    if not any(matches):
        raise SignatureError(f"X-Plivo-Signature-{version.upper()} is not the one of PLIVO_AUTH_TOKEN for this URL")


def signed_nonce(request: WebhookRequest, version: str) -> str:
    """The nonce that is signed along; empty where there is none."""
    nonce = request.headers.get(f"x-plivo-signature-{version}-nonce", "")
    return nonce if len(nonce) <= _MAX_NONCE else ""


def parameters(request: WebhookRequest) -> list[tuple[str, str]]:
    """The names and values of the form, or of a GET's query; raises UnparsableError."""
    return request.once(_parameters)


def _parameters(request: WebhookRequest) -> list[tuple[str, str]]:
    if request.method == "GET":
        return list(request.query.items())
    whole = len(request.body)
    return [(field.name, field.text(whole)) for field in read_form(request)]


def _given_with_nonce(request: WebhookRequest, version: str) -> tuple[list[str], str]:
    nonce, given = signed_nonce(request, version), _given(request, version)
    if not nonce or not given:
        raise SignatureError(f"X-Plivo-Signature-{version.upper()} or its nonce is missing")
    return given, nonce


def _given(request: WebhookRequest, version: str) -> list[str]:
    """The signatures, which may be several in one header."""
    names = (f"x-plivo-signature-{version}", f"x-plivo-signature-ma-{version}")
    listed = ",".join(request.headers.get(name, "") for name in names).split(",", _MAX_SIGNATURES)
    return [each.strip() for each in listed[:_MAX_SIGNATURES] if each.strip()]


def _signed_v2(request: WebhookRequest, nonce: str) -> str:
    return _split(request.url)[0] + nonce


def _signed_v3(request: WebhookRequest, nonce: str) -> str:
    base, query = _split(request.url)
    items = "&".join(f"{name}={value}" for name, value in sorted(_pairs(query)))
    if request.method == "GET":
        return f"{base}{'?' if items else ''}{items}.{nonce}"
    try:
        fields = "".join(name + value for name, value in sorted(parameters(request)))
    except UnparsableError:
        raise SignatureError("the body is not a form") from None
    mark = "?" if items or fields else ""
    return f"{base}{mark}{items}{'.' if items and fields else ''}{fields}.{nonce}"


def _split(url: str) -> tuple[str, str]:
    """The URL up to its query, and the query."""
    try:
        parts = urlsplit(url)
        return urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")), parts.query
    except ValueError:
        # Without BOT_PUBLIC_URL the host is what the caller says.
        raise SignatureError("the URL is none") from None


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        named = parse_qs(query, keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        raise SignatureError("the query has too many fields") from None
    return [(name, value) for name, values in named.items() for value in values]
