"""Who types a command, for the audit; and where our pages are, for links."""

import getpass

from yarl import URL

from bot.core.actors import Actor
from bot.settings import Settings

_HERE = frozenset({"127.0.0.1", "::1", "localhost"})


def caller() -> Actor:
    """The system's user who typed the command."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        # A container's user may have no name.
        name = "?"
    return Actor(f"{name} (terminal)")


def own_url(settings: Settings, port: int | None = None) -> str:
    """Where this server's pages are: BOT_PUBLIC_URL, or its address on this computer."""
    return settings.public_url or local_url(settings, settings.port if port is None else port)


def is_here_alone(settings: Settings) -> bool:
    """Whether `own_url` opens on this computer alone."""
    return URL(own_url(settings)).host in _HERE


def local_url(settings: Settings, port: int) -> str:
    """The address of this server on this computer."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
