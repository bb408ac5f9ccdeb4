"""The public face of importing."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.contacts.importing.claim import Claim
from bot.contacts.importing.person import Fault, Faulty, Person
from bot.contacts.importing.planning import Plan, Verdict
from bot.contacts.importing.reading import Sheet, read_sheet
from bot.contacts.importing.rules import as_country
from bot.contacts.importing.whole import Import, Tally
from bot.core.actors import Actor

__all__ = [
    "Claim",
    "Fault",
    "Faulty",
    "Import",
    "Person",
    "Plan",
    "Sheet",
    "Tally",
    "Verdict",
    "as_country",
    "read_sheet",
    "record_import",
]


async def record_import(
    connection: AsyncConnection, by: Actor, claim: Claim, planned: Tally, skips: int, now: datetime
) -> None:
    """One line of the audit for all that an import writes, in its first transaction; it names nobody.

    Args:
        connection: in the transaction.
        by: who imports.
        claim: the file's name, and what is claimed of consents.
        planned: what the dry run told.
        skips: how many rows are left out.
        now: when.
    """
    told = {
        "file": claim.file,
        "made": planned.verdicts[Verdict.MADE],
        "updated": planned.verdicts[Verdict.UPDATED],
        "left_out": skips,
        "consent": claim.reason,
        "purpose": claim.purpose.value,
    }
    await record(connection, by, "contact.import", "contact", "", told, at=now)
