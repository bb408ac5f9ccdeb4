"""The public face of notices: words to people of ours, to addresses that they gave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.addresses import AddressKind
from bot.core.ids import new_id
from bot.jobs import service as jobs
from bot.notices.models import NoticeStatus
from bot.notices.notifier import Notifier, account_for
from bot.notices.queries import INSERT_NOTICES, NoticeRow, Unsent, delete_old, last_unsent

__all__ = ["HANDLERS", "NewNotice", "Notifier", "Unsent", "account_for", "kind_of", "last_unsent", "queue_notices"]

LIFE = timedelta(hours=6)
"""For how long a notice is tried: what it tells is old news then."""
KEPT = timedelta(days=30)
"""For how long it is kept what became of it."""
_MOST_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class NewNotice:
    """Words for somebody of ours.

    Attributes:
        user_id: who.
        address: where to: an e-mail address, or a phone number with its country's code.
        subject: of a mail.
        content: the words; what is sent to a phone should be short.
    """

    user_id: str
    address: str
    subject: str
    content: str

    @property
    def kind(self) -> AddressKind:
        """What kind of address it is."""
        return kind_of(self.address)


def kind_of(address: str) -> AddressKind:
    """What kind of address one is that somebody of ours gave."""
    return AddressKind.EMAIL if "@" in address else AddressKind.PHONE


async def queue_notices(connection: AsyncConnection, notices: Sequence[NewNotice], now: datetime) -> None:
    """Queue them, for when the caller has committed."""
    rows: list[NoticeRow] = [
        {
            "id": new_id(),
            "user_id": each.user_id,
            "address": each.address,
            "kind": each.kind,
            "subject": each.subject[:_MOST_SUBJECT],
            "content": each.content,
            "status": NoticeStatus.QUEUED,
            "due_at": now,
            "expires_at": now + LIFE,
            "created_at": now,
            "updated_at": now,
        }
        for each in notices
    ]
    if rows:
        await INSERT_NOTICES.execute(connection, rows)


async def _forget(context: jobs.Context[object]) -> None:
    await delete_old(context.connection, context.now - KEPT)


HANDLERS: Mapping[str, jobs.Handler[object]] = {
    "notice_retention": jobs.Handler(_forget, recurs=jobs.Daily(time(3, 55), ZoneInfo("UTC"))),
}
"""By type of job."""
