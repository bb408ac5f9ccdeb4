"""Who changes something: a person who is logged in, a token, a command, or the server by itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it, as the audit tells it.

    Attributes:
        name: as people read it, at most 255 characters: a user's name, or the system's user who typed a command, such
            as `ana (terminal)`.
        user_id: of who is logged in, or whose token it is; None for a command and for the server.
        token_id: of the token, where it is one.
        address: the network address from which it came; empty where there is none.
    """

    name: str
    user_id: str | None = None
    token_id: str | None = None
    address: str = ""


SYSTEM = Actor("system")
"""The server by itself."""
