"""Who proves to a provider who they are: which user that is.

With a link they are whom it lets in. Else they are who joined before; else who has the address, if the provider vouches
for it; else somebody new, where the settings take in the people of their domain.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.email_addresses import read_email
from bot.core.errors import BotError
from bot.core.ids import new_id
from bot.core.text import MAX_NAME, clean
from bot.users import queries as users
from bot.users.held.sessions import end_sessions
from bot.users.models import FailureKind, LinkKind
from bot.users.queries import Credentials
from bot.users.rules import Role
from bot.users.signing import queries, throttle
from bot.users.values import JoinedElsewhereError, LinkError, NotVouchedForError, UnknownPersonError, Visitor


@dataclass(frozen=True, slots=True)
class Proof:
    """What a provider says of somebody, in an ID token that was checked.

    Attributes:
        provider: its issuer.
        subject: who it is there, at most 255 characters.
        email: their address there; empty for none.
        is_verified: whether the provider vouches that it is theirs.
        name: as they are called there; empty for not told.
    """

    provider: str
    subject: str
    email: str = ""
    is_verified: bool = False
    name: str = ""

    @property
    def address(self) -> str:
        """The address that the provider vouches for, as we keep them; empty for none."""
        try:
            return read_email(self.email) if self.is_verified else ""
        except BotError:
            return ""


async def join(
    connection: AsyncConnection,
    proof: Proof,
    link_id: str | None,
    domains: Collection[str],
    visitor: Visitor,
    now: datetime,
) -> Credentials:
    """The user that somebody is.

    Raises UnknownPersonError for who is nobody here, or is not let in, LinkError where the link is good for nothing,
    NotVouchedForError, and JoinedElsewhereError.
    """
    known = await users.credentials_at(connection, proof.provider, proof.subject)
    if link_id is not None:
        return await _by_link(connection, proof, known, link_id, visitor, now)
    if known is not None:
        return await _locked(connection, known.id)
    if not proof.address:
        raise UnknownPersonError
    known = await users.credentials_of(connection, proof.address)
    if known is not None:
        return await _by_address(connection, await _locked(connection, known.id), proof, visitor, now)
    # The first of all comes by the link of the start: who comes by a domain is no ADMIN.
    if proof.address.rpartition("@")[2] not in domains or not await users.any_user(connection):
        raise UnknownPersonError
    return await _made(connection, proof, Role.VIEWER, visitor, now)


async def leave(connection: AsyncConnection, user: Credentials, by: Actor, now: datetime) -> None:
    """Let a user, who is locked, sign in at their provider no more."""
    if user.provider is None:
        return
    await users.change(connection, user.id, {"provider": None, "provider_id": None}, now)
    await _tell(connection, user, None, by, now)


async def _by_link(
    connection: AsyncConnection,
    proof: Proof,
    known: Credentials | None,
    link_id: str,
    visitor: Visitor,
    now: datetime,
) -> Credentials:
    link = await queries.link_at(connection, link_id, now)
    if link is None:
        raise LinkError
    if link.user_id is None:
        await _taken(connection, link_id, now)
        if await users.any_user(connection):
            raise LinkError
        if not proof.address:
            raise NotVouchedForError
        return await _made(connection, proof, Role.ADMIN, visitor, now)
    if known is not None and known.id != link.user_id:
        raise JoinedElsewhereError
    # The user is locked before their links, as by whoever disables them.
    user = await _locked(connection, link.user_id)
    await _taken(connection, link_id, now)
    joined = await _joined(connection, user, proof, visitor, now)
    if link.kind == LinkKind.RESET:
        # As when they choose another password: whoever else is signed in as them is so no more.
        await queries.end_links(connection, user.id)
        await end_sessions(connection, user.id, Actor(user.name, user.id, address=visitor.address), now)
        await throttle.forgive(connection, FailureKind.ACCOUNT, user.email)
    return joined


async def _taken(connection: AsyncConnection, link_id: str, now: datetime) -> None:
    """Use a link up: of two who use it at once, one finds it."""
    if not await queries.take_link_at(connection, link_id, now):
        raise LinkError


async def _by_address(
    connection: AsyncConnection, user: Credentials, proof: Proof, visitor: Visitor, now: datetime
) -> Credentials:
    """The user of that address, who joins now unless they are known as another subject there, or elsewhere."""
    if user.provider is not None and (user.provider, user.provider_id) != (proof.provider, proof.subject):
        raise UnknownPersonError
    return await _joined(connection, user, proof, visitor, now)


async def _joined(
    connection: AsyncConnection, user: Credentials, proof: Proof, visitor: Visitor, now: datetime
) -> Credentials:
    """The user, who signs in at that provider from now on, and at no other one."""
    if (user.provider, user.provider_id) == (proof.provider, proof.subject):
        return user
    try:
        async with connection.begin_nested():
            values = {"provider": proof.provider, "provider_id": proof.subject}
            await users.change(connection, user.id, values, now)
    except IntegrityError:
        raise JoinedElsewhereError from None
    by = Actor(user.name, user.id, address=visitor.address)
    await _tell(connection, user, proof.provider, by, now)
    return user._replace(provider=proof.provider, provider_id=proof.subject)


async def _tell(connection: AsyncConnection, user: Credentials, provider: str | None, by: Actor, now: datetime) -> None:
    told = {"before": {"provider": user.provider}, "after": {"provider": provider}}
    await record(connection, by, "user.provider", "user", user.id, told, at=now)


async def _made(connection: AsyncConnection, proof: Proof, role: Role, visitor: Visitor, now: datetime) -> Credentials:
    email = proof.address
    name = clean(proof.name.strip(), MAX_NAME)[0] or email.partition("@")[0]
    row = users.new_row(new_id(), email, name, role, now, provider=proof.provider, provider_id=proof.subject)
    await queries.end_links(connection, None)
    if not await users.insert_user(connection, row):
        # Perhaps it was they themselves, in another tab.
        known = await users.credentials_at(connection, proof.provider, proof.subject)
        if known is None:
            raise UnknownPersonError
        return await _locked(connection, known.id)
    by = Actor(name, row["id"], address=visitor.address)
    told = {"after": {"email": email, "role": role, "provider": proof.provider}}
    await record(connection, by, "user.add", "user", row["id"], told, at=now)
    return users.credentials_in(row)


async def _locked(connection: AsyncConnection, user_id: str) -> Credentials:
    user = await users.lock_credentials(connection, user_id)
    if user is None or not user.is_let_in:
        raise UnknownPersonError
    return user
