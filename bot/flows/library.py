"""What is stored, for people to look at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.did_you_mean import near
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.flows import queries
from bot.flows.faults import DID_YOU_MEAN


@dataclass(frozen=True, slots=True)
class Listed:
    """The newest version of a bundle.

    Attributes:
        name: the bundle's.
        version: from 1 up.
        status: `published` or `archived`.
        locale: of its own words.
        templates: how many it has; likewise `triggers` and `flows`.
        published_at: when.
        published_by: who.
    """

    name: str
    version: int
    status: str
    locale: str
    templates: int
    triggers: int
    flows: int
    published_at: datetime | None
    published_by: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A bundle's newest version, whole.

    Attributes:
        name: the bundle's.
        version: from 1 up.
        status: `published` or `archived`.
        published_at: when.
        published_by: who.
        document: as JSON; what equals its default is left out.
        source: the YAML as written.
    """

    name: str
    version: int
    status: str
    published_at: datetime | None
    published_by: str | None
    document: dict[str, Any]
    source: str


async def listing(connection: AsyncConnection) -> list[Listed]:
    """The newest version of each bundle, by name."""
    return [
        Listed(
            name=row.name,
            version=row.version,
            status=row.status,
            locale=row.document.get("locale", "en"),
            templates=len(row.document.get("templates", ())),
            triggers=len(row.document.get("triggers", ())),
            flows=len(row.document.get("flows", ())),
            published_at=row.published_at,
            published_by=row.published_by,
        )
        for row in await queries.newest_of_each(connection)
    ]


async def live(connection: AsyncConnection) -> list[str]:
    """Name and version of each bundle that answers, by name."""
    return [f"{each.name} {each.version}" for each in await listing(connection) if each.status == "published"]


async def show(connection: AsyncConnection, name: str) -> Shown:
    """The newest version of `name`; raises BotError when there is no such bundle."""
    row = await queries.newest_with_source(connection, name)
    if row is None:
        known = near(name, [each.name for each in await queries.newest_of_each(connection)])
        mend = DID_YOU_MEAN if "near" in known else N_("See `python bot.py flows list`.")
        raise BotError(N_("there is no bundle {name}"), mend=mend, name=name, near=known.get("near"))
    return Shown(row.name, row.version, row.status, row.published_at, row.published_by, row.document, row.source)
