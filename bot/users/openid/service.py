"""The public face of signing in at providers: sending somebody there, and taking them in when they come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from types import MappingProxyType

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.clock import Clock
from bot.core.i18n import N_, Phrase
from bot.core.ids import new_token
from bot.core.text import one_line
from bot.users.digests import digest
from bot.users.models import FailureKind, LinkKind
from bot.users.openid import queries
from bot.users.openid.errors import (
    DeclinedError,
    ProviderError,
    ProviderRefusedError,
    ProviderUntrustedError,
    RequestOverError,
)
from bot.users.openid.exchange import Exchange
from bot.users.openid.providers import IdentityProvider, back_at, identity_providers
from bot.users.signing import links, throttle
from bot.users.signing.queries import link_of
from bot.users.signing.sign_in import SignIn
from bot.users.signing.transactions import begun
from bot.users.values import CodeNeeded, LinkError, SignedIn, Visitor

__all__ = [
    "LIVES",
    "Asked",
    "DeclinedError",
    "Exchange",
    "Identities",
    "IdentityProvider",
    "ProviderError",
    "RequestOverError",
    "back_at",
    "identity_providers",
]

LIVES = timedelta(minutes=10)
"""How long somebody may take at a provider."""
_LONGEST_PATH, _LONGEST_CODE = 1024, 4096
_DECLINED = frozenset({"access_denied", "login_required", "consent_required", "interaction_required"})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody is to go to a provider.

    Attributes:
        url: where to.
        state: what their browser is to show when it comes back.
    """

    url: str
    state: str

    def __repr__(self) -> str:
        return "Asked()"


class Identities:
    """Signs people in at providers. One of it is there in a process."""

    def __init__(
        self,
        engine: AsyncEngine,
        door: SignIn,
        clock: Clock,
        providers: Mapping[str, IdentityProvider],
        domains: Sequence[str] = (),
    ) -> None:
        """Within a running loop.

        Args:
            engine: its database.
            door: lets in who has proved who they are.
            clock: gives the time.
            providers: by key.
            domains: whose people are taken in as VIEWER, where their provider vouches for their address.
        """
        self._engine = engine
        self._door = door
        self._clock = clock
        self._domains = frozenset(domains)
        self._exchanges = {key: Exchange(each, clock) for key, each in providers.items()}
        self.providers = MappingProxyType(dict(providers))

    async def close(self) -> None:
        """Break off what is under way."""
        for each in self._exchanges.values():
            await each.close()

    async def ask(
        self, key: str, back: str, visitor: Visitor, after: str = "/", *, token: str = "", choose: bool = False
    ) -> Asked:
        """Begin a sign-in; it counts as an attempt until it has succeeded.

        Raises KeyError for no provider of ours, LinkError, LaterError, ProviderError.

        Args:
            key: of the provider.
            back: our URL to which it sends them back, as it is registered there.
            visitor: who wants to sign in.
            after: the path to go on to afterwards.
            token: of the link by which they came; empty for none.
            choose: whether the provider asks which account they mean, even where it knows.
        """
        exchange, now = self._exchanges[key], self._clock()
        async with begun(self._engine) as connection:
            link_id = await _link_id(connection, token, now) if token else None
        return await self._ask(exchange, back, visitor, after, link_id, choose=choose)

    async def ask_to_join(self, key: str, back: str, visitor: Visitor, user_id: str, after: str) -> Asked:
        """The same for who is signed in, and has just proved it once more: that account is theirs from then on.

        It is as if they had a link to choose another password, so that all their sessions end when they come back.
        """
        exchange, now = self._exchanges[key], self._clock()
        await exchange.endpoints()
        async with begun(self._engine) as connection:
            link = await links.make(connection, LinkKind.RESET, user_id, now)
            link_id = await _link_id(connection, link.token, now)
        return await self._ask(exchange, back, visitor, after, link_id, choose=True)

    async def take(
        self, key: str, back: str, came: Mapping[str, str], shown: str, visitor: Visitor
    ) -> tuple[SignedIn | CodeNeeded, str]:
        """Let in who comes back; gives the path to go on to, too.

        Raises KeyError for no provider of ours, RequestOverError, DeclinedError, ProviderError, and what
        `SignIn.by_provider` does.

        Args:
            key: of the provider.
            back: our URL to which they came.
            came: the query of it.
            shown: the state that their browser was given; empty for none.
            visitor: who comes.
        """
        exchange, state = self._exchanges[key], came.get("state", "")
        if not state and came.get("error") in _DECLINED:
            # Some give no state back with it; nothing is let in by that.
            raise DeclinedError(exchange.provider.name)
        if not state or not compare_digest(state.encode(errors="replace"), shown.encode(errors="replace")):
            raise RequestOverError
        async with begun(self._engine) as connection:
            asked = await queries.take_request(connection, digest(state), self._clock())
        if asked is None or asked.provider != exchange.provider.issuer:
            raise RequestOverError
        try:
            code = await _code(exchange, came)
            proof = await exchange.proof(code, back, asked.nonce, asked.verifier)
        except ProviderError as error:
            log.warning("sign-in at a provider failed", provider=key, reason=str(error.reason))
            raise
        outcome = await self._door.by_provider(proof, visitor, link_id=asked.link_id, domains=self._domains)
        return outcome, asked.next

    async def _ask(
        self, exchange: Exchange, back: str, visitor: Visitor, after: str, link_id: str | None, *, choose: bool
    ) -> Asked:
        now, state, nonce, verifier = self._clock(), new_token(), new_token(), new_token() + new_token()
        url = await exchange.page(back, state, nonce, verifier, choose=choose)
        row: queries.NewRequestRow = {
            "state_hash": digest(state),
            "provider": exchange.provider.issuer,
            "nonce": nonce,
            "verifier": verifier,
            "next": after if len(after) <= _LONGEST_PATH else "/",
            "link_id": link_id,
            "created_at": now,
            "expires_at": now + LIVES,
        }
        async with begun(self._engine) as connection:
            await throttle.count(connection, FailureKind.ADDRESS, visitor.address, now)
            await queries.insert_request(connection, row)
        return Asked(url, state)


async def _link_id(connection: AsyncConnection, token: str, now: datetime) -> str:
    link = await link_of(connection, digest(token), now)
    if link is None or link.kind not in links.OPENED:
        raise LinkError
    id_: str = link.id
    return id_


async def _code(exchange: Exchange, came: Mapping[str, str]) -> str:
    """The code that a browser brings back; raises DeclinedError, ProviderError."""
    name, error, issuer = exchange.provider.name, came.get("error", ""), came.get("iss")
    names_itself = (await exchange.endpoints()).names_itself
    if issuer != exchange.provider.issuer and (issuer is not None or names_itself):
        raise ProviderUntrustedError(name, Phrase(N_("the answer is another provider's")))
    if error in _DECLINED:
        raise DeclinedError(name)
    if error:
        raise ProviderRefusedError(name, Phrase(N_("it answers {error}"), {"error": one_line(error)[:64]}))
    code = came.get("code", "")
    if not code or len(code) > _LONGEST_CODE:
        raise ProviderUntrustedError(name, Phrase(N_("it gave no code")))
    return code
