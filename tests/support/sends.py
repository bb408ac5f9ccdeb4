"""What a provider's `build` gives, for tests that look into it."""

from bot.core.clock import utc_now
from bot.core.messages import OutboundMessage
from bot.providers.base import Circumstances, Credentials, HttpRequest, Provider

NO_CREDENTIALS = Credentials({}, {})


def built(
    provider: Provider, message: OutboundMessage, credentials: Credentials, callback_url: str = ""
) -> HttpRequest:
    """The HTTP request that sends `message`."""
    request = provider.build(message, credentials, Circumstances(utc_now(), callback_url))
    assert isinstance(request, HttpRequest)
    return request


def probed(provider: Provider, credentials: Credentials) -> HttpRequest:
    """The HTTP request by which `doctor` tests the credentials."""
    request = provider.probe(credentials, Circumstances(utc_now()))
    assert isinstance(request, HttpRequest)
    return request
