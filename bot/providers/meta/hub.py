"""What every webhook of Meta shares: the signature of a post, and the challenge that a new URL must answer."""

from datetime import datetime

from bot.core.errors import SignatureError
from bot.core.i18n import N_
from bot.core.messages import WebhookAnswer
from bot.providers.base import Credential, Credentials, WebhookRequest
from bot.providers.kit.signatures import equal, sign

SIGNATURE = "HMAC-SHA256 of the body"

_PREFIX = "sha256="


def credentials_of(name: str, token: str) -> tuple[Credential, Credential]:
    """The app's secret and the verify token, as settings of provider `name`; `token` says where the latter is typed."""
    return (
        Credential(
            "app_secret",
            f"{name.upper()}_APP_SECRET",
            N_(
                "Proves that a post is Meta's: Meta app > App settings > Basic > App secret; "
                "two, comma-separated, to rotate"
            ),
            secret=True,
            several=True,
        ),
        Credential(
            "verify_token",
            f"{name.upper()}_VERIFY_TOKEN",
            token,
            secret=True,
        ),
    )


def knock(request: WebhookRequest, credentials: Credentials, _now: datetime) -> None:
    """Check that there is an app secret, and a header that could be a signature; raises as `verify` does."""
    credentials.each("app_secret")
    _given(request)


def verify(request: WebhookRequest, credentials: Credentials, _now: datetime) -> None:
    """Check `X-Hub-Signature-256`, the HMAC-SHA256 of the raw body under the app's secret.

    Raises SignatureError, or NotConfiguredError when there is no app secret.
    """
    secrets = credentials.each("app_secret")
    given = _given(request)
    for secret in secrets:
        if equal(given, sign(secret, request.body).hex()):
            return
    raise SignatureError("X-Hub-Signature-256 is not the one of the app secret in the settings")


def _given(request: WebhookRequest) -> str:
    header = request.headers.get("x-hub-signature-256", "")
    if not header.startswith(_PREFIX):
        raise SignatureError("X-Hub-Signature-256 is missing")
    return header.removeprefix(_PREFIX)


def challenge(request: WebhookRequest, credentials: Credentials) -> WebhookAnswer:
    """Give back `hub.challenge` when Meta shows the verify token.

    Raises SignatureError, or NotConfiguredError when there is no verify token.
    """
    token = credentials["verify_token"]
    shown = request.query.get("hub.verify_token", "")
    if not equal(shown, token) or request.query.get("hub.mode") != "subscribe":
        raise SignatureError("hub.verify_token is not the verify token in the settings")
    return WebhookAnswer(body=request.query.get("hub.challenge", "").encode(errors="replace"))
