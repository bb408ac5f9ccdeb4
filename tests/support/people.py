"""People who log in, and the door by which they come."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import pyotp
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.audit.service import AuditFilter, AuditLine, all_lines
from bot.core.actors import Actor
from bot.db.engine import reading
from bot.users.service import (
    Cost,
    Known,
    Link,
    Role,
    SecondFactors,
    SignedIn,
    SignIn,
    UserView,
    Visitor,
    add_user,
    find_user,
    identify_session,
    second_factors,
    sign_in,
)
from tests.support.accounts import SECRET_KEY
from tests.support.bot import Clock

CHEAP = Cost(memory=8, passes=1, lanes=1)
"""What passwords cost in tests, but in those that measure it."""
PASSWORD = "quiet otter lantern 42"
ANOTHER = "seven loud violins 77"
BY = Actor("ana (terminal)")
HERE = Visitor("203.0.113.7", "Firefox")


@dataclass(slots=True)
class People:
    """One process's door, and who comes by it."""

    engine: AsyncEngine
    door: SignIn
    factors: SecondFactors
    clock: Clock = field(default_factory=Clock)

    async def invited(self, email: str = "ana@example.com", role: Role = Role.ADMIN) -> Link:
        """A link for somebody new."""
        async with self.engine.begin() as connection:
            return (await add_user(connection, email, role, BY, self.clock.now)).link

    async def person(self, email: str = "ana@example.com", role: Role = Role.ADMIN) -> UserView:
        """Somebody with a PASSWORD."""
        link = await self.invited(email, role)
        assert isinstance(await self.door.by_link(link.token, PASSWORD, HERE), SignedIn)
        return await self.user(email)

    async def user(self, spelled: str = "ana@example.com") -> UserView:
        """How somebody stands; deleted ones, too."""
        async with reading(self.engine) as connection:
            return await find_user(connection, spelled, deleted=True)

    async def enters(self, email: str = "ana@example.com", password: str = PASSWORD) -> SignedIn:
        """Somebody without a second factor logs in."""
        signed_in = await self.door.by_password(email, password, HERE)
        assert isinstance(signed_in, SignedIn)
        return signed_in

    async def known(self, signed_in: SignedIn) -> Known | None:
        """Who is known by a session's token."""
        return await identify_session(self.engine, signed_in.token, self.clock.now)

    async def knows(self, signed_in: SignedIn) -> Known:
        """The same, who is known."""
        known = await self.known(signed_in)
        assert known is not None
        return known

    async def with_app(self, email: str = "ana@example.com") -> tuple[pyotp.TOTP, list[str]]:
        """Somebody takes up a second factor; gives their app, and their recovery codes."""
        user = await self.user(email)
        offer = self.factors.offer(user.id, user.email)
        app = pyotp.TOTP(offer.secret)
        async with self.engine.begin() as connection:
            codes = await self.factors.confirm(
                connection, user.id, offer.sealed, app.at(self.clock.now), BY, self.clock.now
            )
        # The code that was shown is used up.
        self.clock.advance(seconds=60)
        return app, codes

    async def told(self, action: str | None = None) -> list[AuditLine]:
        """The audit, the newest first."""
        wanted = AuditFilter(actions=() if action is None else (action,))
        return [each async for page in all_lines(partial(reading, self.engine), wanted) for each in page]


@asynccontextmanager
async def people_of(engine: AsyncEngine, clock: Clock | None = None) -> AsyncIterator[People]:
    """A door on a database."""
    own, keys = clock or Clock(), (SecretStr(SECRET_KEY),)
    door = sign_in(engine, keys, own, CHEAP)
    yield People(engine, door, second_factors(keys), own)
    door.close()
