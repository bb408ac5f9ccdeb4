"""What is stored, for people to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.did_you_mean import near
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.flows import queries
from bot.flows.bundled import CheckedBundle
from bot.flows.faults import DID_YOU_MEAN
from bot.flows.stored import digest_of, stored_of


@dataclass(frozen=True, slots=True)
class Listed:
    """The newest version of a bundle.

    Attributes:
        name: the bundle's.
        version: from 1 up.
        status: `published` or `archived`.
        locale: of its own words.
        locales: all that it speaks, its own first.
        templates: how many it has; likewise `triggers` and `flows`.
        published_at: when.
        published_by: who.
    """

    name: str
    version: int
    status: str
    locale: str
    locales: tuple[str, ...]
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

    @property
    def locales(self) -> tuple[str, ...]:
        """All that it speaks, its own first."""
        return _locales(self.document)

    @property
    def files(self) -> Mapping[str, str]:
        """The files beside it by their name, as messages name them."""
        found: Mapping[str, str] = self.document.get(queries.FILES, {})
        return found


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a bundle.

    Attributes:
        id: of its row.
        version: from 1 up.
        status: `published` or `archived`.
        published_at: when.
        published_by: who.
    """

    id: str
    version: int
    status: str
    published_at: datetime | None
    published_by: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a bundle that was checked stands to what is published under its name.

    Attributes:
        newest: the newest version; None where there is none.
        over: the one that is in force; 0 for none.
        is_served: whether that one says the same already.
    """

    newest: Shown | None
    over: int
    is_served: bool

    @property
    def next(self) -> int:
        """The version that it would become."""
        return 1 if self.newest is None else self.newest.version + 1


async def listing(
    connection: AsyncConnection, words: str = "", statuses: Sequence[str] = (), after: str = "", limit: int = -1
) -> list[Listed]:
    """The newest version of each bundle, by name.

    Args:
        connection: to read on.
        words: a part of the name; empty for any.
        statuses: one of these; none for any.
        after: the names behind this one.
        limit: how many at most; -1 for all.
    """
    return [
        Listed(
            name=row.name,
            version=row.version,
            status=row.status,
            locale=_locales(row.document)[0],
            locales=_locales(row.document),
            templates=len(row.document.get("templates", ())),
            triggers=len(row.document.get("triggers", ())),
            flows=len(row.document.get("flows", ())),
            published_at=row.published_at,
            published_by=row.published_by,
        )
        for row in await queries.newest_of_each(connection, words, statuses, after, limit)
    ]


async def versions(connection: AsyncConnection, name: str, before: int | None, limit: int) -> list[Version]:
    """The versions of a bundle, the newest first: up to `limit` of those `before` that one."""
    rows = await queries.versions(connection, name, before, limit)
    return [Version(row.id, row.version, row.status, row.published_at, row.published_by) for row in rows]


async def standing(connection: AsyncConnection, bundle: CheckedBundle) -> Standing:
    """How a bundle that was checked stands to what is published under its name."""
    row = await queries.version_with_source(connection, bundle.document.bundle)
    if row is None:
        return Standing(None, 0, is_served=False)
    newest = _shown(row)
    over = newest.version if newest.status == "published" else 0
    return Standing(newest, over, is_served=over != 0 and row.digest == digest_of(stored_of(bundle)))


async def live(connection: AsyncConnection) -> list[str]:
    """Name and version of each bundle that answers, by name."""
    return [f"{each.name} {each.version}" for each in await listing(connection) if each.status == "published"]


class NoBundleError(BotError):
    """There is no such bundle, or no such version of it."""


async def show(connection: AsyncConnection, name: str, version: int | None = None) -> Shown:
    """That version of the bundle `name`, the newest where none is named; raises NoBundleError."""
    row = await queries.version_with_source(connection, name, version)
    if row is None:
        known = near(name, [each.name for each in await queries.newest_of_each(connection)])
        mend = DID_YOU_MEAN if "near" in known else N_("See `python bot.py flows list`.")
        raise NoBundleError(N_("there is no bundle {name}"), mend=mend, name=name, near=known.get("near"))
    return _shown(row)


def _shown(row: Row[*tuple[Any, ...]]) -> Shown:
    return Shown(
        row.name,
        row.version,
        row.status,
        row.published_at,
        row.published_by,
        row.document,
        row.source,
    )


def _locales(document: Mapping[str, Any]) -> tuple[str, ...]:
    own = str(document.get("locale", "en"))
    further = {locale for each in document.get("templates", {}).values() for locale in each.get("locales", ())}
    return (own, *sorted(further - {own}))
