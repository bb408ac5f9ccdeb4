"""Telling some accounts what is due: claimed, read and queued under one lock, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.contacts.service import LockedContact
from bot.conversations.service import Code, FromTemplate, Outcome, Queued, SendRequest, queue
from bot.core.hints import Topic
from bot.core.ids import new_id
from bot.core.purposes import Purpose
from bot.db.hub import hint
from bot.engine.definitions import Definitions
from bot.loyalty.accounts import queries as accounts
from bot.loyalty.accounts.cards import Standing
from bot.loyalty.accounts.reading import standings
from bot.loyalty.kinds import NoticeStatus
from bot.loyalty.ledger.queries import lock_accounts, owners
from bot.loyalty.lives import day_of, end_of
from bot.loyalty.notices import queries, rules
from bot.loyalty.notices.rules import Due
from bot.loyalty.notices.stopping import stop_url
from bot.loyalty.values import Programme
from bot.settings import Settings

ORIGIN = "points:"
"""How the origin of each notice begins; the programme's id follows."""
OPTED_OUT = "user opted out"
MISSING = "missing email"
SPENT = "spent in time"
_NO_WAY = frozenset({Code.NO_ADDRESS, Code.NO_CONVERSATION, Code.NO_CONTACT})


class _Came(NamedTuple):
    """What came of an attempt at once; all None where a message is on its way.

    Attributes:
        is_final: nobody tries it again.
    """

    status: NoticeStatus
    reason: str
    is_final: bool


@dataclass(slots=True)
class _Written:
    """Rows to be written."""

    now: datetime
    claims: list[dict[str, Any]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)

    def note(self, due: Due, points: int, came: _Came | str) -> None:
        """What came of a notice at once, or the message that tells it."""
        message_id = came if isinstance(came, str) else None
        settled_at = self.now if isinstance(came, _Came) and came.is_final else None
        name = {"account_id": due.account_id, "notification_type": due.kind, "expiration_date": due.day}
        claim = {"points": points, "message_id": message_id, "claimed_at": self.now, "settled_at": settled_at}
        self.claims.append(name | claim)
        if isinstance(came, _Came):
            self.log.append(log_row(name | claim, came.status, came.reason, None, self.now))


def log_row(
    claim: Mapping[str, Any], status: NoticeStatus, reason: str | None, sent_at: datetime | None, now: datetime
) -> dict[str, Any]:
    """The line of the log of what came of an attempt."""
    return {
        "id": new_id(),
        **{name: claim[name] for name in ("account_id", "notification_type", "expiration_date", "message_id")},
        "status": status.value,
        "sent_at": sent_at,
        "failure_reason": reason,
        "points_expiring": claim["points"],
        "created_at": now,
    }


async def tell(
    connection: AsyncConnection,
    definitions: Definitions,
    settings: Settings,
    programme: Programme,
    account_ids: Iterable[str],
    now: datetime,
) -> int:
    """Tell those who have these accounts all that is due to them, in one message each; gives how many are queued.

    What is told of a person is read with all their accounts under lock. Whatever was to be told anew and is not there
    any more is SKIPPED. At most `MAX_REQUESTS` accounts; the transaction has locked nothing yet.
    """
    if programme.released_at is None or not programme.asked.is_active:
        return 0
    wanted = sorted(set(account_ids))
    whose = {each for each in (await owners(connection, wanted)).values() if each}
    locked = await contacts.lock(connection, whose)
    heads = {each.id: each for each in locked.values()}
    kin = await contacts.merged(connection, heads)
    await lock_accounts(connection, [programme.id], {*heads, *kin}, wanted)
    read = await standings(connection, programme, heads, now)
    written = _Written(now)
    asked = await _asked(connection, settings, programme, read, heads, written)
    outcomes = await queue(connection, definitions, [each.request for each in asked], now) if asked else []
    for each, outcome in zip(asked, outcomes, strict=True):
        for due, points in each.dues.items():
            written.note(due, points, _came(outcome))
    await queries.WRITE_CLAIMS.execute(connection, written.claims)
    await queries.INSERT_LOG.execute(connection, written.log)
    hint(connection, Topic.POINTS, {each["account_id"] for each in written.claims})
    return sum(isinstance(each, Queued) for each in outcomes)


class _Asked(NamedTuple):
    request: SendRequest
    dues: dict[Due, int]


async def _asked(
    connection: AsyncConnection,
    settings: Settings,
    programme: Programme,
    read: Mapping[str, Standing],
    heads: Mapping[str, LockedContact],
    written: _Written,
) -> list[_Asked]:
    """The messages that are due; what is skipped is written down at once."""
    today = day_of(written.now, programme.zone)
    ids = [each.id for standing in read.values() for each in standing.accounts]
    left: dict[str, list[tuple[date | None, int]]] = {}
    for row in await accounts.left_by_day(connection, ids):
        left.setdefault(row.account_id, []).append((row.expires_on, int(row.points)))
    found = await queries.claims(connection, ids, today)
    claims = {Due(row.account_id, row.notification_type, row.expiration_date): row for row in found}
    asked = []
    for head, standing in read.items():
        dues = _dues(programme, standing, left, today)
        _skip_spent(standing, claims, dues, written)
        dues = {each: points for each, points in dues.items() if _is_open(claims.get(each))}
        if not dues:
            continue
        stop = stop_url(settings, standing.accounts[0].id)
        request = _request(programme, standing, dues, heads[head], today, stop)
        if any(not each.email_notifications for each in standing.accounts):
            _skip(written, dues, _Came(NoticeStatus.SKIPPED, OPTED_OUT, is_final=True))
        elif request is None:
            _skip(written, dues, _Came(NoticeStatus.FAILED, Code.NO_TEMPLATE.value, is_final=False))
        else:
            asked.append(_Asked(request, dues))
    return asked


def _skip(written: _Written, dues: Mapping[Due, int], came: _Came) -> None:
    for due, points in dues.items():
        written.note(due, points, came)


def _dues(
    programme: Programme, standing: Standing, left: Mapping[str, Sequence[tuple[date | None, int]]], today: date
) -> dict[Due, int]:
    """The notices that stand at a stage today, told or not, with the points of each account."""
    dues: dict[Due, int] = {}
    for card in standing.accounts:
        for day, points in rules.endings_of(card, left.get(card.id, ()), today, programme.asked.idle_days):
            stage = rules.stage_of(day, today, programme.asked.notice_days)
            if stage is not None:
                due = Due(card.id, rules.kind_of(stage), day)
                dues[due] = dues.get(due, 0) + points
    return dues


def _skip_spent(standing: Standing, claims: Mapping[Due, Any], dues: Mapping[Due, int], written: _Written) -> None:
    """What was to be told anew, and of which nothing is left."""
    own = {each.id for each in standing.accounts}
    days = {(each.account_id, each.day) for each in dues}
    for due, claim in claims.items():
        if due.account_id in own and _is_open(claim) and (due.account_id, due.day) not in days:
            written.note(due, claim.points, _Came(NoticeStatus.SKIPPED, SPENT, is_final=True))


def _is_open(claim: Any) -> bool:
    return claim is None or (claim.settled_at is None and claim.message_id is None)


def _request(
    programme: Programme, standing: Standing, dues: Mapping[Due, int], head: LockedContact, today: date, stop: str
) -> SendRequest | None:
    day = min(each.day for each in dues)
    stage = rules.stage_of(day, today, programme.asked.notice_days)
    template = None if stage is None else rules.template_of(dict(programme.asked.templates), stage)
    if template is None:
        return None
    given = rules.variables(standing, day, today, programme.asked.unit, head.locale or "")
    return SendRequest(
        contact_id=head.id,
        say=FromTemplate(template, {**given, "stop": stop}),
        channels=programme.asked.channels,
        purpose=Purpose.NOTICE,
        origin=f"{ORIGIN}{programme.id}",
        # Tomorrow the number of days is another one.
        not_after=end_of(today, programme.zone),
    )


def _came(outcome: Outcome) -> _Came | str:
    if isinstance(outcome, Queued):
        return outcome.message_id
    if outcome.code is Code.OPTED_OUT:
        return _Came(NoticeStatus.SKIPPED, OPTED_OUT, is_final=True)
    if outcome.code in _NO_WAY:
        return _Came(NoticeStatus.SKIPPED, MISSING, is_final=False)
    return _Came(NoticeStatus.FAILED, outcome.code.value, is_final=False)
