"""Passwords: argon2id, in threads of its own.

Who asks must have passed the gate (`bot.users.signing.gate`): each password that is looked at takes 64 MiB and a fifth
of a second of a core.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar
from unicodedata import normalize

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from bot.core.ids import new_token
from bot.users.signing.gate import AT_ONCE

T = TypeVar("T")


class Cost(NamedTuple):
    """What a password costs.

    Attributes:
        memory: KiB.
        passes: over that memory.
        lanes: threads of one password.
    """

    memory: int = 64 * 1024
    passes: int = 3
    lanes: int = 1


class Passwords:
    """Makes and compares hashes."""

    def __init__(self, cost: Cost | None = None) -> None:
        """`cost` is what a new hash takes; None for that of real people."""
        memory, passes, lanes = cost or Cost()
        self._hasher = PasswordHasher(passes, memory, lanes, type=Type.ID)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._nobodys = ""

    async def hash(self, password: str) -> str:
        """What is kept of a password."""
        return await self._aside(self._hasher.hash, _spelled(password))

    async def fits(self, password: str, hashed: str | None) -> bool:
        """Whether it is the password of that hash; for None, where there is none, it takes as long to say no."""
        if not self._nobodys:
            # Whoever comes first waits for it, whether there is such a user or not.
            self._nobodys = await self.hash(new_token())
        return await self._aside(self._verified, hashed or self._nobodys, _spelled(password)) and hashed is not None

    def is_dated(self, hashed: str) -> bool:
        """Whether it should be made anew, since passwords cost more by now."""
        return self._hasher.check_needs_rehash(hashed)

    def close(self) -> None:
        """Take nothing more; what is under way ends by itself."""
        self._threads.shutdown(wait=False)

    def _verified(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _aside(self, work: Callable[..., T], *arguments: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)


def _spelled(password: str) -> str:
    """One spelling of each character, whatever keyboard it was typed on; lone surrogates, which UTF-8 lacks, as `?`."""
    return normalize("NFKC", password).encode(errors="replace").decode()
