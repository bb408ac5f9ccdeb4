"""The second factor of a person: an app's codes, and ten recovery codes for who has lost it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.core.actors import Actor
from bot.db.sealing import NoKeyOpensError, Rotated
from bot.users import queries as users
from bot.users.digests import digest
from bot.users.queries import Credentials
from bot.users.signing import queries, totp
from bot.users.signing.totp import TotpSealer
from bot.users.values import CodeError, NoUserError


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret that an app may take up; it is nobody's before `confirm`.

    Attributes:
        secret: in base 32, to be typed.
        uri: the same, for a QR code.
        sealed: the same, to be given back with the app's first code: a form may carry it.
    """

    secret: str
    uri: str
    sealed: str

    def __repr__(self) -> str:
        return "Offer()"


class SecondFactors:
    """Takes up, asks for and takes away second factors."""

    def __init__(self, sealer: TotpSealer) -> None:
        self._sealer = sealer

    def offer(self, user_id: str, email: str, before: str = "") -> Offer:
        """A secret: that of the offer `before` (its `sealed`), where it was theirs and opens, else a new one.

        Raises BotError where there is no BOT_SECRET_KEY to keep it under.
        """
        secret = self._sealer.open(_offered(user_id), before) or totp.new_secret()
        return Offer(secret, totp.uri(secret, email), self._sealer.seal(_offered(user_id), secret))

    async def confirm(
        self, connection: AsyncConnection, user_id: str, sealed: str, code: str, by: Actor, now: datetime
    ) -> list[str]:
        """Take an offered secret up, once the app shows its code; gives the recovery codes, shown this once.

        Raises CodeError where the code is wrong, or the offer another one's.
        """
        secret = self._sealer.open(_offered(user_id), sealed)
        step = None if secret is None else totp.step_of(secret, code, now)
        if secret is None or step is None:
            raise CodeError
        before = await _locked(connection, user_id)
        values = {"totp": self._sealer.seal(user_id, secret), "totp_step": step}
        await users.change(connection, user_id, values, now)
        codes = await _new_codes(connection, user_id, now)
        told = {"before": {"second_factor": before.totp is not None}, "after": {"second_factor": True}}
        await record(connection, by, "user.second_factor", "user", user_id, told, at=now)
        return codes

    async def fits(self, connection: AsyncConnection, user: Credentials, code: str, now: datetime) -> bool:
        """Whether it is a code of theirs that was not used yet; it is from now on. The user must be locked."""
        secret = None if user.totp is None else self._sealer.open(user.id, user.totp)
        step = None if secret is None else totp.step_of(secret, code, now)
        if step is not None:
            return await users.use_step(connection, user.id, step)
        return await queries.use_recovery_code(connection, user.id, digest(totp.read_recovery_code(code)))

    async def rotate(self, connection: AsyncConnection) -> Rotated:
        """Encrypt all secrets anew with the newest key; raises BotError where there is none."""
        changed, current, sealed = 0, 0, []
        for row in await users.lock_totp(connection):
            try:
                fresh = self._sealer.resealed(row.totp or "")
            except NoKeyOpensError:
                sealed.append(row.email)
                continue
            if fresh is None:
                current += 1
                continue
            changed += 1
            await users.set_totp(connection, row.id, fresh)
        return Rotated(changed, current, tuple(sealed))


async def new_recovery_codes(connection: AsyncConnection, user_id: str, by: Actor, now: datetime) -> list[str]:
    """Other recovery codes, shown this once; those before them end. Raises CodeError for who has no second factor."""
    user = await _locked(connection, user_id)
    if user.totp is None:
        raise CodeError
    await record(connection, by, "user.recovery_codes", "user", user_id, at=now)
    return await _new_codes(connection, user_id, now)


async def remove_second_factor(connection: AsyncConnection, user_id: str, by: Actor, now: datetime) -> bool:
    """Take a user's second factor away, with its recovery codes; whether there was one."""
    user = await _locked(connection, user_id)
    if user.totp is None:
        return False
    await users.change(connection, user_id, {"totp": None, "totp_step": None}, now)
    await queries.set_recovery_codes(connection, user_id, (), now)
    told = {"before": {"second_factor": True}, "after": {"second_factor": False}}
    await record(connection, by, "user.second_factor", "user", user_id, told, at=now)
    return True


async def recovery_codes_left(connection: AsyncConnection, user_id: str) -> int:
    """How many recovery codes a user has not used yet."""
    return await queries.recovery_codes(connection, user_id)


async def _new_codes(connection: AsyncConnection, user_id: str, now: datetime) -> list[str]:
    codes = totp.new_recovery_codes()
    await queries.set_recovery_codes(connection, user_id, [digest(each) for each in codes], now)
    return codes


async def _locked(connection: AsyncConnection, user_id: str) -> Credentials:
    user = await users.lock_credentials(connection, user_id)
    if user is None:
        raise NoUserError(user_id)
    return user


def _offered(user_id: str) -> str:
    """The owner of an offer, so that none passes for a secret that was taken up."""
    return f"{user_id}: offered"
