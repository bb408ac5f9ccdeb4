"""The door: who shows a password, a code, a link or a provider's word gets a session.

What takes long, a password, is looked at between two transactions, and a few at once; so a crowd at the door waits
there, and takes neither the traffic's connections nor its cores.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.clock import Clock
from bot.core.email_addresses import read_email
from bot.core.errors import BotError
from bot.core.spelled import read_name
from bot.core.text import MAX_NAME, clean
from bot.db.engine import reading
from bot.users import queries as users
from bot.users.digests import digest
from bot.users.held import sessions
from bot.users.held.sessions import end_sessions, start_session
from bot.users.models import FailureKind, LinkKind
from bot.users.queries import Credentials
from bot.users.signing import links, queries, strength, throttle
from bot.users.signing.choosing import choose, make_first
from bot.users.signing.gate import Gate
from bot.users.signing.joining import Proof, join, leave
from bot.users.signing.passwords import Passwords
from bot.users.signing.second_factor import SecondFactors
from bot.users.signing.transactions import begun
from bot.users.values import (
    CodeError,
    CodeNeeded,
    Known,
    PasswordError,
    SignedIn,
    SignInAgainError,
    SignInError,
    Visitor,
)


class SignIn:
    """Lets people in. One of it is there in a process."""

    def __init__(
        self,
        engine: AsyncEngine,
        factors: SecondFactors,
        passwords: Passwords,
        clock: Clock,
        gate: Gate | None = None,
    ) -> None:
        self._engine = engine
        self._factors = factors
        self._passwords = passwords
        self._clock = clock
        self._gate = gate or Gate()

    def close(self) -> None:
        """Take nobody more."""
        self._passwords.close()

    async def by_password(self, email: str, password: str, visitor: Visitor) -> SignedIn | CodeNeeded:
        """Let somebody in who knows the password of that address.

        Raises SignInError, alike whether there is such a user or not, and LaterError where it was tried too often or
        too many stand at the door.
        """
        async with self._gate.passed():
            now, account = self._clock(), _account(email)
            user = await self._tried(account, visitor, now)
            if not await self._fits(password, user) or user is None:
                raise SignInError
            dated = user.password_hash is not None and self._passwords.is_dated(user.password_hash)
            hashed = await self._passwords.hash(password) if dated else None
            async with begun(self._engine) as connection:
                await _require_as_before(connection, user, SignInError())
                await _forgive(connection, account, visitor)
                if hashed is not None:
                    await users.change(connection, user.id, {"password_hash": hashed}, now)
                return await self._let_in(connection, user, visitor, now, "password")

    async def by_code(self, token: str, code: str, visitor: Visitor) -> SignedIn:
        """Let somebody in whose password was right, and who shows a code of their second factor, or a recovery code.

        Raises CodeError for a wrong or used code, SignInAgainError where the password is too long ago, LaterError as
        `by_password`.
        """
        async with self._gate.passed():
            now = self._clock()
            async with begun(self._engine) as connection:
                user = await self._waiting_for_code(connection, token, now)
                await throttle.count(connection, FailureKind.CODE, user.id, now)
                signed_in = None
                if await self._factors.fits(connection, user, code, now):
                    if await queries.take_link(connection, digest(token), now) is None:
                        raise SignInAgainError
                    await throttle.forgive(connection, FailureKind.CODE, user.id)
                    signed_in = await _start(connection, user, visitor, now, "second factor")
            # The failure is counted by now.
            if signed_in is None:
                raise CodeError
            return signed_in

    async def by_link(
        self, token: str, password: str, visitor: Visitor, *, email: str = "", name: str = ""
    ) -> SignedIn | CodeNeeded:
        """Let somebody in who has a link, with the password that they choose.

        The first of all gives an address and a name too, and becomes ADMIN; who is invited may correct their name.
        Raises LinkError where the link is good for nothing, WeakPasswordError, BotError for an address or a name that
        cannot be, LaterError as `by_password`; the link stays good where they may try again.
        """
        async with self._gate.passed():
            now = self._clock()
            async with reading(self._engine) as connection:
                link = await links.look_at_link(connection, token, now)
            first = link.kind is LinkKind.WELCOME
            address = read_email(email) if first else link.email
            label = read_name(name) if first or name.strip() else link.name
            strength.require_good(password, (address, label))
            hashed = await self._passwords.hash(password)
            async with begun(self._engine) as connection:
                if first:
                    user = await make_first(connection, token, address, label, hashed, visitor, now)
                else:
                    user = await choose(connection, token, label, hashed, visitor, now)
                return await self._let_in(connection, user, visitor, now, "link")

    async def by_provider(
        self, proof: Proof, visitor: Visitor, *, link_id: str | None = None, domains: Collection[str] = ()
    ) -> SignedIn | CodeNeeded:
        """Let somebody in who has proved to a provider who they are; whoever has a second factor shows its code, too.

        That they came counts as an attempt already, which is taken back. Raises what `bot.users.signing.joining.join`
        does, and LaterError.

        Args:
            proof: what the provider says, checked.
            visitor: who stands at the door.
            link_id: of the link by which they came; None for none.
            domains: whose people are taken in as VIEWER without an invitation, in small letters.
        """
        async with self._gate.passed():
            now = self._clock()
            async with begun(self._engine) as connection:
                user = await join(connection, proof, link_id, domains, visitor, now)
                await throttle.forgive(connection, FailureKind.ADDRESS, visitor.address)
                return await self._let_in(connection, user, visitor, now, proof.provider)

    async def change_password(self, who: Known, password: str, new: str, visitor: Visitor) -> SignedIn:
        """Give somebody who is logged in another password; all their other sessions end, and this one has a new token.

        Raises PasswordError where `password` is not theirs, WeakPasswordError, LaterError as `by_password`.
        """
        async with self._gate.passed():
            now = self._clock()
            user = await self._proved(who, password, visitor, now)
            strength.require_good(new, (who.email, who.name))
            hashed = await self._passwords.hash(new)
            async with begun(self._engine) as connection:
                await _require_as_before(connection, user, PasswordError())
                await _forgive(connection, who.email, visitor)
                await users.change(connection, user.id, {"password_hash": hashed}, now)
                by = who.actor(visitor.address)
                await record(connection, by, "user.password", "user", user.id, at=now)
                return await _renewed(connection, user, who, visitor, now)

    async def leave_provider(self, who: Known, password: str, visitor: Visitor) -> SignedIn:
        """Let somebody who is logged in sign in by their password alone; all their other sessions end, as there.

        Raises PasswordError where `password` is not theirs, also where they have none and it would be the last way in,
        LaterError as `by_password`.
        """
        async with self._gate.passed():
            now = self._clock()
            user = await self._proved(who, password, visitor, now)
            async with begun(self._engine) as connection:
                await _require_as_before(connection, user, PasswordError())
                await _forgive(connection, who.email, visitor)
                await leave(connection, user, who.actor(visitor.address), now)
                return await _renewed(connection, user, who, visitor, now)

    async def require_password(self, who: Known, password: str, visitor: Visitor) -> None:
        """Ask somebody who is logged in once more, before what a stolen session must not do; raises PasswordError."""
        async with self._gate.passed():
            now = self._clock()
            await self._proved(who, password, visitor, now)
            async with begun(self._engine) as connection:
                await _forgive(connection, who.email, visitor)

    async def require_code(self, who: Known, code: str, visitor: Visitor) -> None:
        """The same of who has no password: a code of their second factor; raises CodeError, LaterError."""
        async with self._gate.passed():
            now = self._clock()
            async with begun(self._engine) as connection:
                user = await users.lock_credentials(connection, who.user_id)
                await throttle.count(connection, FailureKind.ADDRESS, visitor.address, now)
                await throttle.count(connection, FailureKind.CODE, who.user_id, now)
                fits = user is not None and await self._factors.fits(connection, user, code, now)
                if fits:
                    await throttle.forgive(connection, FailureKind.CODE, who.user_id)
                    await throttle.forgive(connection, FailureKind.ADDRESS, visitor.address)
            # The failure is counted by now.
            if not fits:
                raise CodeError

    async def _proved(self, who: Known, password: str, visitor: Visitor, now: datetime) -> Credentials:
        user = await self._tried(who.email, visitor, now)
        if not await self._fits(password, user) or user is None or user.id != who.user_id:
            raise PasswordError
        return user

    async def _tried(self, account: str, visitor: Visitor, now: datetime) -> Credentials | None:
        """Count an attempt; gives the user of that address, where there is one."""
        async with begun(self._engine) as connection:
            await throttle.count(connection, FailureKind.ACCOUNT, account, now)
            await throttle.count(connection, FailureKind.ADDRESS, visitor.address, now)
            return await users.credentials_of(connection, account)

    async def _fits(self, password: str, user: Credentials | None) -> bool:
        given = password if len(password.encode(errors="replace")) <= strength.MOST else ""
        return await self._passwords.fits(given, None if user is None else user.password_hash)

    async def _waiting_for_code(self, connection: AsyncConnection, token: str, now: datetime) -> Credentials:
        row = await queries.link_of(connection, digest(token), now)
        if row is None or row.kind != LinkKind.SECOND_FACTOR or row.user_id is None:
            raise SignInAgainError
        user = await users.lock_credentials(connection, row.user_id)
        if user is None or user.totp is None or not user.is_let_in:
            raise SignInAgainError
        return user

    async def _let_in(
        self, connection: AsyncConnection, user: Credentials, visitor: Visitor, now: datetime, means: str
    ) -> SignedIn | CodeNeeded:
        if user.totp is None:
            return await _start(connection, user, visitor, now, means)
        link = await links.make(connection, LinkKind.SECOND_FACTOR, user.id, now)
        return CodeNeeded(link.token, link.expires_at)


def _account(email: str) -> str:
    """As which account attempts are counted; what is no address is tried like one."""
    try:
        return read_email(email)
    except BotError:
        return clean(email.strip().casefold(), MAX_NAME)[0]


async def _require_as_before(connection: AsyncConnection, user: Credentials, error: BotError) -> None:
    """Lock a user; raises `error` where they are not let in, or have another password since theirs was looked at."""
    current = await users.lock_credentials(connection, user.id)
    if current is None or not current.is_let_in or current.password_hash != user.password_hash:
        raise error


async def _renewed(
    connection: AsyncConnection, user: Credentials, who: Known, visitor: Visitor, now: datetime
) -> SignedIn:
    """Their session with a new token, after a change of what lets them in; all others, and all links, end."""
    await queries.end_links(connection, user.id)
    await end_sessions(connection, user.id, who.actor(visitor.address), now, but=who.session_id)
    renewed = await sessions.renew_session(connection, user.id, who.session_id)
    if renewed is None:
        raise SignInError
    return renewed


async def _forgive(connection: AsyncConnection, account: str, visitor: Visitor) -> None:
    await throttle.forgive(connection, FailureKind.ACCOUNT, account)
    await throttle.forgive(connection, FailureKind.ADDRESS, visitor.address)


async def _start(
    connection: AsyncConnection, user: Credentials, visitor: Visitor, now: datetime, means: str
) -> SignedIn:
    begun = await start_session(connection, user.id, visitor, now)
    by = Actor(user.name, user.id, address=visitor.address)
    await record(connection, by, "session.start", "user", user.id, {"by": means, "session": begun.session_id}, at=now)
    return begun
