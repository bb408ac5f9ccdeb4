"""The Ed25519 signature under which Telnyx posts."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.core.errors import NotConfiguredError
from bot.providers.base import Credentials
from bot.providers.kit.signatures import decoded


def keys_of(credentials: Credentials) -> list[Ed25519PublicKey]:
    """The keys; raises NotConfiguredError when there is none, or none that can be one."""
    return [_key(each) for each in credentials.each("public_key")]


def _key(spelled: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(decoded(spelled))
    except ValueError:
        raise NotConfiguredError("TELNYX_PUBLIC_KEY (as the 44 characters that Mission Control shows)") from None


def is_signed(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    """Whether the key signed it."""
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True
