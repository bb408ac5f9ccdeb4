"""Credentials at rest: encrypted with keys made from BOT_SECRET_KEY.

Each of its values gives one key, by HKDF-SHA256. The newest, which comes first, encrypts; all of them decrypt. What is
encrypted names its account, so that nobody who can only write to the database can give one account another's.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.providers.base import Credentials

MAKE_A_KEY = N_("Set BOT_SECRET_KEY to the output of: python -c 'import secrets; print(secrets.token_urlsafe(32))'.")

_INFO = b"recado: credentials of accounts"
"""Tells these keys from others that may be made of the same secret; another one would make another key."""


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


class Vault:
    """Encrypts and decrypts credentials; neither it nor what it gives shows a secret when it is printed."""

    __slots__ = ("_keys",)

    def __init__(self, secrets: Sequence[SecretStr]) -> None:
        """A vault with the keys of `secrets`, newest first; with none it opens nothing."""
        self._keys = tuple(_key(each) for each in secrets)

    def __repr__(self) -> str:
        return f"Vault({len(self._keys)} keys)"

    def require_key(self) -> None:
        """Raises BotError when there is no key to encrypt with."""
        self._newest()

    def seal(self, account_id: str, values: Mapping[str, SecretStr]) -> str:
        """Encrypt the values by key of an account; raises BotError when there is no key."""
        content = {"account": account_id, "values": {key: each.get_secret_value() for key, each in values.items()}}
        return self._newest().encrypt(json.dumps(content).encode()).decode()

    def open(self, account_id: str, sealed: str) -> Credentials:
        """The credentials that `seal` encrypted for this account; raises SealedError."""
        if not self._keys:
            raise SealedError(account_id)
        try:
            content = json.loads(MultiFernet(self._keys).decrypt(sealed))
        except InvalidToken:
            raise SealedError(account_id) from None
        if content["account"] != account_id:
            raise SealedError(account_id)
        return Credentials(content["values"], {})

    def reseal(self, account_id: str, sealed: str) -> str | None:
        """The same under the newest key; None when it is so already. Raises SealedError, and BotError as `seal`."""
        newest = self._newest()
        try:
            newest.decrypt(sealed)
        except InvalidToken:
            pass
        else:
            return None
        try:
            return MultiFernet(self._keys).rotate(sealed).decode()
        except InvalidToken:
            raise SealedError(account_id) from None

    def _newest(self) -> Fernet:
        if not self._keys:
            raise BotError(N_("BOT_SECRET_KEY is not set, so credentials cannot be encrypted"), mend=MAKE_A_KEY)
        return self._keys[0]


def _key(secret: SecretStr) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=_INFO).derive(secret.get_secret_value().encode())
    return Fernet(urlsafe_b64encode(derived))
