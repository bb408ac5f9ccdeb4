"""The public face of importing."""

from bot.contacts.importing.adding import KnownContactError, TwoContactsError, add_contact
from bot.contacts.importing.claim import Claim
from bot.contacts.importing.models import ImportStatus
from bot.contacts.importing.person import Fault, Faulty, Person
from bot.contacts.importing.planning import Plan, Verdict
from bot.contacts.importing.queries import import_of, recent_imports, rows_of
from bot.contacts.importing.reading import Sheet, read_sheet, tells_consent
from bot.contacts.importing.rules import as_country, phone_of
from bot.contacts.importing.slices import HANDLERS, KEEP, RETENTION
from bot.contacts.importing.staged import (
    JOB,
    MOST_BYTES,
    NewSheet,
    begin,
    discard,
    faults_of,
    new_sheet,
    receive,
    record_import,
)
from bot.contacts.importing.tally import Tally
from bot.contacts.importing.whole import Import

__all__ = [
    "HANDLERS",
    "JOB",
    "KEEP",
    "MOST_BYTES",
    "RETENTION",
    "Claim",
    "Fault",
    "Faulty",
    "Import",
    "ImportStatus",
    "KnownContactError",
    "NewSheet",
    "Person",
    "Plan",
    "Sheet",
    "Tally",
    "TwoContactsError",
    "Verdict",
    "add_contact",
    "as_country",
    "begin",
    "discard",
    "faults_of",
    "import_of",
    "new_sheet",
    "phone_of",
    "read_sheet",
    "receive",
    "recent_imports",
    "record_import",
    "rows_of",
    "tells_consent",
]
