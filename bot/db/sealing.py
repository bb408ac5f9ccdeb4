"""Secrets at rest: encrypted with keys made from BOT_SECRET_KEY.

Each of its values gives one key for each purpose, by HKDF-SHA256. The newest, which comes first, encrypts; all of them
decrypt. What is encrypted names its owner, so that nobody who can only write to the database can give one what is
another's.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from bot.core.errors import BotError
from bot.core.i18n import N_

MAKE_A_KEY = N_("Set BOT_SECRET_KEY to the output of: python -c 'import secrets; print(secrets.token_urlsafe(32))'.")


class Rotated(NamedTuple):
    """What became of what is stored.

    Attributes:
        changed: how many were encrypted anew.
        current: how many had been encrypted with the newest key already.
        sealed: the names of those that no key opens; they are as before.
    """

    changed: int
    current: int
    sealed: tuple[str, ...]


class NoKeyOpensError(Exception):
    """What was sealed is another owner's, of another purpose, damaged, or no key of ours opens it."""


class Sealer:
    """Encrypts and decrypts values of one purpose; neither it nor what it gives shows a secret when it is printed."""

    __slots__ = ("_keys",)

    def __init__(self, secrets: Sequence[SecretStr], purpose: str) -> None:
        """A sealer with the keys of `secrets`, newest first; with none it opens nothing.

        `purpose` tells these keys from others that are made of the same secrets; another one makes other keys.
        """
        self._keys = tuple(_key(each, purpose) for each in secrets)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._keys)} keys)"

    def require_key(self) -> None:
        """Raises BotError when there is no key to encrypt with."""
        self._newest()

    def sealed(self, owner: str, values: Mapping[str, SecretStr]) -> str:
        """The values by key, encrypted for their owner; raises BotError when there is no key."""
        # `account` is what stands in the rows that are there.
        content = {"account": owner, "values": {key: each.get_secret_value() for key, each in values.items()}}
        return self._newest().encrypt(json.dumps(content).encode()).decode()

    def opened(self, owner: str, sealed: str) -> dict[str, str]:
        """What `sealed` encrypted for this owner; raises NoKeyOpensError."""
        if not self._keys:
            raise NoKeyOpensError
        try:
            content = json.loads(MultiFernet(self._keys).decrypt(sealed.encode(errors="replace")))
        except InvalidToken:
            raise NoKeyOpensError from None
        if content["account"] != owner:
            raise NoKeyOpensError
        values: dict[str, str] = content["values"]
        return values

    def resealed(self, sealed: str) -> str | None:
        """The same under the newest key; None when it is so already.

        Raises NoKeyOpensError, and BotError when there is no key.
        """
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
            raise NoKeyOpensError from None

    def _newest(self) -> Fernet:
        if not self._keys:
            raise BotError(N_("BOT_SECRET_KEY is not set, so secrets cannot be encrypted"), mend=MAKE_A_KEY)
        return self._keys[0]


def _key(secret: SecretStr, purpose: str) -> Fernet:
    info = f"recado: {purpose}".encode()
    derived = HKDF(SHA256(), length=32, salt=None, info=info).derive(secret.get_secret_value().encode())
    return Fernet(urlsafe_b64encode(derived))
