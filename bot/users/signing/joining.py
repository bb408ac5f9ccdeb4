"""Who proves to a provider who they are: which user that is.

They are who joined before; else whom a link lets in; else who has the address, if the provider vouches for it; else
somebody new, where the settings take in the people of their domain.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.email_addresses import read_email
from bot.core.ids import new_id
from bot.core.text import MAX_NAME, clean
from bot.users import queries as users
from bot.users.digests import digest
from bot.users.models import LinkKind
from bot.users.queries import Credentials
from bot.users.rules import Role
from bot.users.signing import links, queries
from bot.users.values import LinkError, SignInError, UnknownPersonError, Visitor


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


async def join(
    connection: AsyncConnection,
    proof: Proof,
    token: str,
    domains: Collection[str],
    visitor: Visitor,
    now: datetime,
) -> Credentials:
    """The user that somebody is; raises UnknownPersonError, LinkError, and SignInError for who is not let in."""
    known = await users.credentials_at(connection, proof.provider, proof.subject)
    if known is not None:
        return await _locked(connection, known.id)
    if token:
        return await _by_link(connection, proof, token, visitor, now)
    if not proof.is_verified or not proof.email:
        raise UnknownPersonError
    email = read_email(proof.email)
    known = await users.credentials_of(connection, email)
    if known is not None:
        return await _joined(connection, await _locked(connection, known.id), proof, visitor, now)
    if email.rpartition("@")[2] not in {each.lower() for each in domains}:
        raise UnknownPersonError
    return await _made(connection, proof, Role.VIEWER, visitor, now)


async def _by_link(
    connection: AsyncConnection, proof: Proof, token: str, visitor: Visitor, now: datetime
) -> Credentials:
    row = await queries.link_of(connection, digest(token), now)
    if row is None:
        raise LinkError
    if row.user_id is None:
        await links.take(connection, token, now, {LinkKind.WELCOME})
        if await users.any_user(connection):
            raise LinkError
        if not proof.is_verified or not proof.email:
            raise UnknownPersonError
        return await _made(connection, proof, Role.ADMIN, visitor, now)
    user = await _locked(connection, row.user_id)
    await links.take(connection, token, now, {LinkKind.INVITATION, LinkKind.RESET})
    return await _joined(connection, user, proof, visitor, now)


async def _joined(
    connection: AsyncConnection, user: Credentials, proof: Proof, visitor: Visitor, now: datetime
) -> Credentials:
    """The user, who signs in at that provider, too, from now on; nobody signs in at two."""
    if user.provider is not None:
        raise UnknownPersonError
    await users.change(connection, user.id, {"provider": proof.provider, "provider_id": proof.subject}, now)
    by = Actor(user.name, user.id, address=visitor.address)
    await record(connection, by, "user.provider", "user", user.id, {"after": {"provider": proof.provider}}, at=now)
    return user._replace(provider=proof.provider, provider_id=proof.subject)


async def _made(connection: AsyncConnection, proof: Proof, role: Role, visitor: Visitor, now: datetime) -> Credentials:
    email = read_email(proof.email)
    name = clean(proof.name.strip(), MAX_NAME)[0] or email.partition("@")[0]
    row = users.new_row(new_id(), email, name, role, now, provider=proof.provider, provider_id=proof.subject)
    await queries.end_links(connection, None)
    if not await users.insert_user(connection, row):
        raise UnknownPersonError
    by = Actor(name, row["id"], address=visitor.address)
    told = {"after": {"email": email, "role": role, "provider": proof.provider}}
    await record(connection, by, "user.add", "user", row["id"], told, at=now)
    return users.credentials_in(row)


async def _locked(connection: AsyncConnection, user_id: str) -> Credentials:
    user = await users.lock_credentials(connection, user_id)
    if user is None or not user.is_let_in:
        raise SignInError
    return user
