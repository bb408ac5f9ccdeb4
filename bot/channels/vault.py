"""Credentials at rest: encrypted, each for its own account."""

from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.db.sealing import NoKeyOpensError, Sealer
from bot.providers.base import Credentials


class SealedError(BotError):
    """Stored credentials that no key of ours opens."""

    def __init__(self, account_id: str) -> None:
        super().__init__(
            N_("the credentials of {account} cannot be decrypted"),
            mend=N_(
                "Put the key they were encrypted with back into BOT_SECRET_KEY, after the newest one, "
                "or give them anew with `bot.py accounts add`."
            ),
            account=account_id,
        )


class Vault(Sealer):
    """Encrypts and decrypts credentials."""

    __slots__ = ()

    def __init__(self, secrets: Sequence[SecretStr]) -> None:
        """A vault with the keys of `secrets`, newest first; with none it opens nothing."""
        super().__init__(secrets, "credentials of accounts")

    def seal(self, account_id: str, values: Mapping[str, SecretStr]) -> str:
        """Encrypt the values by key of an account; raises BotError when there is no key."""
        return self.sealed(account_id, values)

    def open(self, account_id: str, sealed: str) -> Credentials:
        """The credentials that `seal` encrypted for this account; raises SealedError."""
        return Credentials(self.values(account_id, sealed), {})

    def values(self, account_id: str, sealed: str) -> Mapping[str, str]:
        """The same by key."""
        try:
            return self.opened(account_id, sealed)
        except NoKeyOpensError:
            raise SealedError(account_id) from None

    def reseal(self, account_id: str, sealed: str) -> str | None:
        """The same under the newest key; None when it is so already. Raises SealedError, and BotError as `seal`."""
        try:
            return self.resealed(sealed)
        except NoKeyOpensError:
            raise SealedError(account_id) from None
