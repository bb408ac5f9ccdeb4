"""Whether the values that somebody gave for an account are all that it takes, before they are stored."""

import contextlib
from collections.abc import Mapping

from pydantic import SecretStr

from bot.channels.configured import API_URL, ids_of, is_address
from bot.channels.stored import StoredCredentials
from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError, SignatureError
from bot.core.i18n import N_
from bot.providers.base import Circumstances, Credentials, Provider, WebhookRequest

_LONGEST_ID = 255
Values = Mapping[str, SecretStr]
"""What somebody gave, by the key of the credential."""


def complete_ids(provider: Provider, values: Values) -> list[str]:
    """The accounts, `provider:identity`, that the values stand for; raises BotError when they are not complete."""
    plain = {each.key: each.default or "" for each in provider.credentials}
    plain |= {key: value.get_secret_value() for key, value in values.items()}
    if API_URL in values and not is_address(plain[API_URL]):
        raise BotError(
            N_("{key} is not an address"), mend=N_("Write it as https://host/path."), blame=Blame.USAGE, key=API_URL
        )
    credentials = StoredCredentials(provider, plain)
    ids = list(ids_of(provider, credentials))
    if not ids:
        keys = ", ".join(each.key for each in provider.credentials if each.default is None)
        raise BotError(
            N_("these values do not say which account they are for"),
            mend=N_("Check them, and give what is missing with --set KEY=VALUE: {keys}."),
            keys=keys,
        )
    longest = max(ids, key=len)
    if len(longest) > _LONGEST_ID:
        raise BotError(
            N_("{id}… is too long for the id of an account"),
            mend=N_("Look for what was pasted into the wrong field."),
            blame=Blame.USAGE,
            id=longest[:64],
        )
    require_complete(provider, credentials)
    provider.probe(credentials, Circumstances(utc_now()))
    return ids


def require_complete(provider: Provider, credentials: Credentials) -> None:
    """Raises NotConfiguredError when posts could not be verified, or nothing sent, for want of a value."""
    # An unsigned request tells a missing secret from a present one, in the provider's own way.
    unsigned = WebhookRequest("POST", "https://localhost/", {}, {}, b"")
    with contextlib.suppress(SignatureError):
        provider.verify(unsigned, credentials, utc_now())
    with contextlib.suppress(SignatureError):
        if provider.challenge is not None:
            provider.challenge(unsigned, credentials)
