"""What is kept of a token that whoever has it may use: nothing by which it could be found again."""

import hashlib


def digest(secret: str) -> str:
    """SHA-256 in hexadecimal: enough for what nobody can guess, which passwords are not."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
