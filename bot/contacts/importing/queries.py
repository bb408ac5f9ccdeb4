"""The statements of imports alone."""

from bot.contacts.models import Contact
from bot.db.bulk import BulkUpdate

UPDATE_PEOPLE = BulkUpdate(Contact, "id", ("name", "phone", "email", "locale", "timezone", "attributes", "updated_at"))
"""Sets what a sheet says of contacts that are locked."""
