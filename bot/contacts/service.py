"""The public face of contacts."""

from bot.contacts.agreeing import write_down_consent
from bot.contacts.changed import changed
from bot.contacts.consent import (
    ConsentKey,
    PastConsent,
    SetConsent,
    apply_preferences,
    change_row,
    consent_changed,
    consent_history,
    consent_row,
    consents_of,
    set_consents,
)
from bot.contacts.directory import (
    AddressCard,
    ContactCard,
    FormerCard,
    addresses,
    cards,
    cards_of_merged,
    find_contacts,
    former_addresses,
    recent_contacts,
    tags,
)
from bot.contacts.family import family, kept, kept_family, kept_id, merged
from bot.contacts.holding import ContactsHeldError, Named, hold_owners
from bot.contacts.identify import ContactsChangedError, Sender, identify
from bot.contacts.listing.listed import ListedContacts, list_contacts, waiting_contacts
from bot.contacts.listing.queries import all_tags, conditions, count_contacts, recent_attributes, recent_locales
from bot.contacts.listing.wanted import Agreement, ContactFilter
from bot.contacts.locking import LockedContact, lock, look_at, try_lock
from bot.contacts.merging.duplicates.certain import MERGE_CERTAIN, told_own
from bot.contacts.merging.duplicates.likeness import Likeness
from bot.contacts.merging.duplicates.queries import Place as SuggestionPlace
from bot.contacts.merging.duplicates.queries import certain as certain_suggestions
from bot.contacts.merging.duplicates.queries import count as count_suggestions
from bot.contacts.merging.duplicates.suggesting import (
    HANDLERS,
    Suggestion,
    dismiss_suggestion,
    suggest_again,
    suggestions,
)
from bot.contacts.merging.joining import join, part
from bot.contacts.merging.preview import JoinPreview, preview_join
from bot.contacts.merging.values import ContactMove, Merge, from_json, to_json
from bot.contacts.merging.written import (
    find_merge,
    merge_that_holds,
    merges_of,
    merges_that_hold,
    note_moved,
    noted,
    set_heard,
    set_merge_undone,
    write_down_merge,
)
from bot.contacts.models import Responder
from bot.contacts.profile import correct
from bot.contacts.queries import (
    INSERT_CONSENT_CHANGES,
    UPDATE_CONTACTS,
    UPDATE_PROFILES,
    UPDATE_RESPONDERS,
    UPDATE_SEQS,
    UPSERT_CONSENTS,
    lock_contacts,
    tags_of_contacts,
)
from bot.contacts.rules import attribute_of, is_attribute, stored, tags_of, typed
from bot.contacts.tags import change_tags, tag
from bot.contacts.telling import tell_contacts
from bot.contacts.unsubscribing import Unsubscribing, unsubscribe_url

__all__ = [
    "HANDLERS",
    "INSERT_CONSENT_CHANGES",
    "MERGE_CERTAIN",
    "UPDATE_CONTACTS",
    "UPDATE_PROFILES",
    "UPDATE_RESPONDERS",
    "UPDATE_SEQS",
    "UPSERT_CONSENTS",
    "AddressCard",
    "Agreement",
    "ConsentKey",
    "ContactCard",
    "ContactFilter",
    "ContactMove",
    "ContactsChangedError",
    "ContactsHeldError",
    "FormerCard",
    "JoinPreview",
    "Likeness",
    "ListedContacts",
    "LockedContact",
    "Merge",
    "Named",
    "PastConsent",
    "Responder",
    "Sender",
    "SetConsent",
    "Suggestion",
    "SuggestionPlace",
    "Unsubscribing",
    "addresses",
    "all_tags",
    "apply_preferences",
    "attribute_of",
    "cards",
    "cards_of_merged",
    "certain_suggestions",
    "change_row",
    "change_tags",
    "changed",
    "conditions",
    "consent_changed",
    "consent_history",
    "consent_row",
    "consents_of",
    "correct",
    "count_contacts",
    "count_suggestions",
    "dismiss_suggestion",
    "family",
    "find_contacts",
    "find_merge",
    "former_addresses",
    "from_json",
    "hold_owners",
    "identify",
    "is_attribute",
    "join",
    "kept",
    "kept_family",
    "kept_id",
    "list_contacts",
    "lock",
    "lock_contacts",
    "look_at",
    "merge_that_holds",
    "merged",
    "merges_of",
    "merges_that_hold",
    "note_moved",
    "noted",
    "part",
    "preview_join",
    "recent_attributes",
    "recent_contacts",
    "recent_locales",
    "set_consents",
    "set_heard",
    "set_merge_undone",
    "stored",
    "suggest_again",
    "suggestions",
    "tag",
    "tags",
    "tags_of",
    "tags_of_contacts",
    "tell_contacts",
    "to_json",
    "told_own",
    "try_lock",
    "typed",
    "unsubscribe_url",
    "waiting_contacts",
    "write_down_consent",
    "write_down_merge",
]
