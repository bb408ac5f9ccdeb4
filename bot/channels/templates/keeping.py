"""What came of asking for templates, written down: which are new, which changed, which are gone."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.account import ConfiguredAccount
from bot.channels.templates import queries
from bot.channels.templates.asking import Listed
from bot.channels.templates.queries import KeptTemplate, ListingRow, OfferedTemplate, TemplateRow
from bot.channels.templates.rules import FORGOTTEN_AFTER, changes, next_time
from bot.core.hints import Topic
from bot.core.ids import jitter, new_id
from bot.core.listed_templates import APPROVED, ListedTemplate, from_json, to_json
from bot.db.bulk import together
from bot.db.hub import hint
from bot.providers.base import Refused
from bot.web import metrics


class TemplateCard(NamedTuple):
    """A template of an account.

    Attributes:
        id: names it here.
        account_id: whose.
        template: as its provider lists it.
        created_at: when it was first listed.
        changed_at: when it was first listed, or last listed otherwise than before.
        gone_at: when it was no longer listed; None while it is.
    """

    id: str
    account_id: str
    template: ListedTemplate
    created_at: datetime
    changed_at: datetime
    gone_at: datetime | None


async def record_templates(
    connection: AsyncConnection, account: ConfiguredAccount, result: Listed | Refused, now: datetime
) -> None:
    """Write down what came of asking; what was kept stays where that was in vain. An account without a row is left.

    Args:
        connection: in a transaction.
        account: that was asked about.
        result: of `ask_for_templates`.
        now: the moment.
    """
    metrics.TEMPLATE_LISTINGS.labels(
        provider=account.provider.name, result="failed" if isinstance(result, Refused) else "listed"
    ).inc()
    await queries.begin_listing(connection, account.id, now)
    await queries.lock_listing(connection, account.id)
    before = await queries.listing(connection, account.id)
    if before is None:
        return
    asked = {"asked_at": now, "asked_with": account.credentials.fingerprint, "claimed_until": None}
    if isinstance(result, Refused):
        failures = before.failures + 1
        at = next_time(now, failures, result.retry_after, jitter())
        await queries.set_listing(
            connection, account.id, {**asked, "error": result.reason, "failures": failures, "next_at": at}
        )
    else:
        await _keep(connection, account.id, result, now)
        at = next_time(now, 0, None, jitter())
        await queries.set_listing(
            connection, account.id, {**asked, "listed_at": now, "error": None, "failures": 0, "next_at": at}
        )
    hint(connection, Topic.ACCOUNTS, [account.id])


async def templates_of(connection: AsyncConnection, account_id: str) -> tuple[list[TemplateCard], ListingRow | None]:
    """All templates of an account, by name and language, and how asking for them stands."""
    rows = await queries.kept(connection, account_id)
    return [_card(each) for each in rows], await queries.listing(connection, account_id)


async def offered_templates(connection: AsyncConnection, account_ids: Iterable[str]) -> list[OfferedTemplate]:
    """Those of the accounts' templates that somebody may choose by hand now, by name and language."""
    return await queries.offered(connection, set(account_ids), APPROVED)


async def sendable_template(connection: AsyncConnection, template_id: str) -> TemplateCard | None:
    """The template of that id, where somebody may choose it by hand now."""
    row = await queries.one(connection, template_id)
    card = None if row is None else _card(row)
    return card if card is not None and card.template.is_sendable else None


async def sendable_named(
    connection: AsyncConnection, names: Collection[str]
) -> Mapping[tuple[str, str, str], ListedTemplate]:
    """Those of these names that may be sent, by account, name and language."""
    rows = await queries.sendable(connection, names, APPROVED) if names else ()
    cards = [each for each in map(_card, rows) if each.template.is_sendable]
    return {(each.account_id, each.template.name, each.template.language): each.template for each in cards}


async def _keep(connection: AsyncConnection, account_id: str, listed: Listed, now: datetime) -> None:
    rows = await queries.kept(connection, account_id)
    ids = {(each.name, each.language): each.id for each in rows}
    before = {(each.name, each.language): _template(each) for each in rows}
    gone = frozenset((each.name, each.language) for each in rows if each.gone_at is not None)
    found = changes(before, gone, listed)
    new = [_row(new_id(), account_id, each, now) for each in found.new]
    changed = [_row(ids[each.name, each.language], account_id, each, now) for each in found.changed]
    changed += [_row(ids[key], account_id, before[key], now, gone_at=now) for key in found.gone]
    await together(connection, (queries.INSERT_TEMPLATES, new), (queries.UPDATE_TEMPLATES, changed))
    await queries.forget_gone(connection, account_id, now - FORGOTTEN_AFTER)


def _row(
    id_: str, account_id: str, template: ListedTemplate, now: datetime, *, gone_at: datetime | None = None
) -> TemplateRow:
    return {
        "id": id_,
        "account_id": account_id,
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "status": template.status,
        "quality": template.quality,
        "parameters": len(template.blanks),
        "content": to_json(template),
        "changed_at": now,
        "gone_at": gone_at,
        "created_at": now,
        "updated_at": now,
    }


def _template(kept: KeptTemplate) -> ListedTemplate:
    columns = {name: getattr(kept, name) for name in ("name", "language", "category", "status", "quality")}
    return from_json(kept.content, **columns)


def _card(kept: KeptTemplate) -> TemplateCard:
    return TemplateCard(kept.id, kept.account_id, _template(kept), kept.created_at, kept.changed_at, kept.gone_at)
