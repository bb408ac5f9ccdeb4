"""Codes of an app, by time (RFC 6238), and recovery codes for who has lost it."""

import hmac
from collections.abc import Sequence
from datetime import datetime

import pyotp
from pydantic import SecretStr

from bot.core.ids import new_code
from bot.db.sealing import NoKeyOpensError, Sealer

CODES = 10
"""Recovery codes of a person."""
_SECONDS = 30
_DRIFT = (0, -1, 1)
"""Steps by which a telephone's clock may be off."""
_ISSUER = "Recado"
_SECRET = "secret"  # noqa: S105 - the name of a value
_DIGITS = 6


class TotpSealer(Sealer):
    """Encrypts the secrets of second factors."""

    __slots__ = ()

    def __init__(self, secrets: Sequence[SecretStr]) -> None:
        """With the keys of `secrets`, newest first."""
        super().__init__(secrets, "second factors of users")

    def seal(self, owner: str, secret: str) -> str:
        """The secret, encrypted for its owner; raises BotError when there is no key."""
        return self.sealed(owner, {_SECRET: SecretStr(secret)})

    def open(self, owner: str, sealed: str) -> str | None:
        """What `seal` encrypted for this owner; None when no key opens it."""
        try:
            return self.opened(owner, sealed)[_SECRET]
        except NoKeyOpensError:
            return None


def new_secret() -> str:
    """A secret for an app: 160 bits in base 32."""
    return pyotp.random_base32()


def uri(secret: str, email: str) -> str:
    """What a QR code tells an app."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step of 30 seconds whose code this is, the present one or the one beside it; None when it is none's."""
    given = "".join(code.split())
    if len(given) != _DIGITS or not given.isascii():
        return None
    present, codes = int(now.timestamp()) // _SECONDS, pyotp.TOTP(secret)
    fits = [step for step in (present + each for each in _DRIFT) if _is(codes.generate_otp(step), given)]
    return fits[0] if fits else None


def new_recovery_codes() -> list[str]:
    """Codes for a drawer."""
    return [new_code() for _ in range(CODES)]


def read_recovery_code(typed: str) -> str:
    """A recovery code as it was made, however it was copied."""
    letters = "".join(each for each in typed.casefold() if each.isalnum())
    return "-".join(letters[start : start + 4] for start in range(0, len(letters[:64]), 4))


def _is(code: str, given: str) -> bool:
    return hmac.compare_digest(code.encode(), given.encode())
