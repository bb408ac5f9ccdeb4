"""The secrets by which endpoints know that it is us: `whsec_` and base64, as Standard Webhooks has them."""

import base64
from collections.abc import Sequence

from pydantic import SecretStr

from bot.core.ids import new_key
from bot.db.sealing import Sealer
from bot.providers.kit.standard_webhooks import key

_SECRET = "secret"  # noqa: S105 - the name of a value


class EndpointSealer(Sealer):
    """Encrypts and decrypts them."""

    __slots__ = ()

    def __init__(self, secrets: Sequence[SecretStr]) -> None:
        """A sealer with the keys of BOT_SECRET_KEY, newest first; with none it opens nothing."""
        super().__init__(secrets, "secrets of endpoints")

    def seal(self, endpoint_id: str, secret: str) -> str:
        """Encrypt an endpoint's secret; raises BotError when there is no key."""
        return self.sealed(endpoint_id, {_SECRET: SecretStr(secret)})

    def key_of(self, endpoint_id: str, sealed: str) -> bytes:
        """The key that signs, of what `seal` gave; raises NoKeyOpensError."""
        return key(self.opened(endpoint_id, sealed)[_SECRET])


def new_secret() -> str:
    """A fresh secret.

    >>> new_secret().startswith("whsec_")
    True
    """
    return f"whsec_{base64.b64encode(new_key()).decode()}"
