"""A secret that is being changed: the new one, and beside it the old one, comma-separated."""

from pydantic import SecretStr


def beside(new: SecretStr, old: SecretStr) -> SecretStr:
    """A new secret, and behind it the one that was the newest until now.

    >>> beside(SecretStr("c"), SecretStr("b,a")).get_secret_value()
    'c,b'
    """
    return SecretStr(f"{new.get_secret_value()},{newest(old).get_secret_value()}")


def newest(secret: SecretStr) -> SecretStr:
    """The first of several, comma-separated; empty for none.

    >>> newest(SecretStr(" b, a")).get_secret_value()
    'b'
    """
    return SecretStr(secret.get_secret_value().partition(",")[0].strip())
