"""Making endpoints and changing them; each change is a line of the audit."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import difference, record
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.hints import Topic
from bot.core.i18n import N_
from bot.core.ids import new_id
from bot.db.hub import hint
from bot.db.sealing import NoKeyOpensError, Rotated
from bot.endpoints import queries
from bot.endpoints.kinds import DisabledReason, EndpointStatus
from bot.endpoints.reading import origin_of, read_asked
from bot.endpoints.rules import OLD_SECRET
from bot.endpoints.secrets import EndpointSealer, new_secret
from bot.endpoints.values import Added, Asked, EndpointCard, NoEndpointError, Terms

MOST_ENDPOINTS = 50
"""Each is looked at in every batch, and is told of everything that it asks for."""


async def add_endpoint(connection: AsyncConnection, terms: Terms, asked: Asked, by: Actor, now: datetime) -> Added:
    """Make an endpoint, which is told of what happens from now on.

    Raises AskedError for what it cannot be, and BotError where there is no key to encrypt its secret with, or there are
    too many.
    """
    wanted = read_asked(terms, asked)
    await queries.lock_adding(connection)
    if await queries.count_endpoints(connection) >= MOST_ENDPOINTS:
        raise BotError(N_("there are {most} endpoints, the most"), mend=N_("Delete one."), most=MOST_ENDPOINTS)
    id_, secret = new_id(), new_secret()
    await queries.insert_endpoint(
        connection,
        {
            "id": id_,
            "url": wanted.url,
            "description": wanted.description,
            "kinds": [each.value for each in wanted.kinds],
            "secret": terms.sealer.seal(id_, secret),
            "created_at": now,
            "updated_at": now,
        },
    )
    await _note(connection, "endpoint.add", id_, by, now, {"after": _told(wanted)})
    return Added(await _shown(connection, id_), secret)


async def change_endpoint(
    connection: AsyncConnection, terms: Terms, endpoint_id: str, asked: Asked, by: Actor, now: datetime
) -> EndpointCard:
    """Change where it is and of what it is told; raises NoEndpointError, AskedError."""
    before, _secret = await _locked(connection, endpoint_id)
    wanted = read_asked(terms, asked)
    kinds = [each.value for each in wanted.kinds]
    values = {"url": wanted.url, "description": wanted.description, "kinds": kinds, "updated_at": now}
    await queries.set_endpoint(connection, endpoint_id, **values)
    was = Asked(before.url, before.kinds, before.description)
    detail = difference(_told(was), _told(wanted))
    if detail or was.url != wanted.url:
        await _note(connection, "endpoint.change", endpoint_id, by, now, detail)
    return await _shown(connection, endpoint_id)


async def roll_secret(connection: AsyncConnection, terms: Terms, endpoint_id: str, by: Actor, now: datetime) -> str:
    """Give it another secret, shown this once; the one before signs as well for a day. Raises NoEndpointError."""
    _before, sealed = await _locked(connection, endpoint_id)
    secret = new_secret()
    values = {"secret": terms.sealer.seal(endpoint_id, secret), "old_secret": sealed}
    await queries.set_endpoint(connection, endpoint_id, **values, old_secret_until=now + OLD_SECRET, updated_at=now)
    await _note(connection, "endpoint.roll", endpoint_id, by, now)
    return secret


async def pause_endpoint(connection: AsyncConnection, endpoint_id: str, by: Actor, now: datetime) -> bool:
    """Let what happens wait for it; whether that is something new. Raises NoEndpointError."""
    return await _set_status(connection, endpoint_id, EndpointStatus.PAUSED, by, now)


async def disable_endpoint(connection: AsyncConnection, endpoint_id: str, by: Actor, now: datetime) -> bool:
    """Tell it of nothing any more; one that was disabled by itself is left so, and nobody need be told of it any more.

    Returns whether that is something new; raises NoEndpointError.
    """
    return await _set_status(connection, endpoint_id, EndpointStatus.DISABLED, by, now)


async def enable_endpoint(connection: AsyncConnection, endpoint_id: str, by: Actor, now: datetime) -> bool:
    """Tell it of what happens, and at once of what waits; whether that is something new. Raises NoEndpointError."""
    return await _set_status(connection, endpoint_id, EndpointStatus.ENABLED, by, now)


async def delete_endpoint(connection: AsyncConnection, endpoint_id: str, by: Actor, now: datetime) -> None:
    """Delete it, with what waits for it; raises NoEndpointError."""
    before, _secret = await _locked(connection, endpoint_id)
    # Nobody will ever need its secrets again.
    await queries.set_endpoint(
        connection, endpoint_id, deleted_at=now, secret="", old_secret=None, old_secret_until=None, updated_at=now
    )
    await _note(connection, "endpoint.delete", endpoint_id, by, now, {"before": _told(_asked(before))})


async def rotate_endpoints(connection: AsyncConnection, sealer: EndpointSealer) -> Rotated:
    """Encrypt all secrets anew with the newest key; raises BotError where there is none."""
    changed, current, sealed = 0, 0, []
    for row in await queries.lock_secrets(connection):
        try:
            fresh = sealer.resealed(row.secret)
            old = None if row.old_secret is None else sealer.resealed(row.old_secret)
        except NoKeyOpensError:
            sealed.append(origin_of(row.url))
            continue
        if fresh is None and old is None:
            current += 1
            continue
        changed += 1
        values = {"secret": fresh or row.secret, "old_secret": old or row.old_secret}
        await queries.set_endpoint(connection, row.id, **values)
    return Rotated(changed, current, tuple(sealed))


async def _set_status(
    connection: AsyncConnection, endpoint_id: str, status: EndpointStatus, by: Actor, now: datetime
) -> bool:
    before, _secret = await _locked(connection, endpoint_id)
    reason = DisabledReason.ASKED if status is EndpointStatus.DISABLED else None
    if (before.status, before.disabled_reason) == (status, reason):
        return False
    values = {"status": status, "disabled_reason": reason, "updated_at": now}
    if status is EndpointStatus.ENABLED:
        values["failing_since"] = None
        await queries.put_to_work(connection, endpoint_id, now)
    await queries.set_endpoint(connection, endpoint_id, **values)
    detail = difference({"status": before.status}, {"status": status.value})
    if not detail:
        detail = difference({"reason": before.disabled_reason}, {"reason": reason})
    await _note(connection, f"endpoint.{_VERBS[status]}", endpoint_id, by, now, detail)
    return True


_VERBS = {EndpointStatus.ENABLED: "enable", EndpointStatus.PAUSED: "pause", EndpointStatus.DISABLED: "disable"}


def _asked(card: EndpointCard) -> Asked:
    return Asked(card.url, card.kinds, card.description)


def _told(asked: Asked) -> dict[str, object]:
    """What the audit tells; of the address only its beginning, since many have a secret in the rest."""
    kinds = [each.value for each in asked.kinds]
    return {"url": origin_of(asked.url), "description": asked.description, "kinds": kinds}


async def _locked(connection: AsyncConnection, endpoint_id: str) -> tuple[EndpointCard, str]:
    found = await queries.lock_endpoint(connection, endpoint_id)
    if found is None:
        raise NoEndpointError(endpoint_id)
    return found


async def _shown(connection: AsyncConnection, endpoint_id: str) -> EndpointCard:
    card = await queries.endpoint(connection, endpoint_id)
    if card is None:
        raise NoEndpointError(endpoint_id)
    return card


async def _note(
    connection: AsyncConnection,
    action: str,
    endpoint_id: str,
    by: Actor,
    now: datetime,
    detail: dict[str, object] | None = None,
) -> None:
    hint(connection, Topic.ENDPOINTS, [endpoint_id])
    await record(connection, by, action, "endpoint", endpoint_id, detail or {}, at=now)
