"""The public face of the inbox: who of ours has which conversation, and how it stands.

Whoever changes something gives a connection in a transaction, who it is (`by`) and the moment (`now`). Conversations
are named by their contacts' ids, any number at once; each that cannot be changed is refused with the reason.
"""

from bot.inbox.assigning import assign, assignees, give_back, unassign
from bot.inbox.depth import WaitingDepth, waiting_depth
from bot.inbox.finding.found import FoundHere, FoundNote, find
from bot.inbox.finding.wanted import FindFilter
from bot.inbox.hearing import LISTENERS
from bot.inbox.jobs import HANDLERS
from bot.inbox.kinds import COLOURS, By, ConversationStatus, DraftMode, EndedAs, NoteType, PresenceStatus
from bot.inbox.labels.changing import (
    MOST_LABELS,
    add_label,
    change_label,
    delete_label,
    find_label,
    hold_label,
    label,
    label_by_name,
    label_called,
    merge_labels,
    unused_colour,
)
from bot.inbox.labels.queries import counts as count_labelled
from bot.inbox.labels.queries import label_of, labels
from bot.inbox.listing.listed import (
    Author,
    LastWords,
    ListedConversation,
    Placed,
    conversations,
    list_conversations,
)
from bot.inbox.listing.queries import MOST_UNREAD, LabelRow
from bot.inbox.listing.queries import count as count_conversations
from bot.inbox.listing.queries import counts as count_lists
from bot.inbox.listing.wanted import ConversationFilter, ConversationList, Place, Sort
from bot.inbox.notes.writing import NoteCard, add_note, change_note, delete_note, hold_note, note, notes, notes_of_team
from bot.inbox.own.drafts import DraftCard, drafts, save_draft
from bot.inbox.own.files import (
    MOST_FILES,
    DraftFile,
    add_draft_file,
    bring_back,
    draft_files,
    drop_draft_file,
    files_to_send,
    mark_sent,
)
from bot.inbox.own.presence import Present, arrive, leave, present
from bot.inbox.own.reads import mark_all_read, mark_read
from bot.inbox.pending.listed import PendingPage, list_pending
from bot.inbox.pending.queries import PendingPlace
from bot.inbox.pending.wanted import PendingFilter
from bot.inbox.periods.earlier import EarlierConversation, earlier_conversations
from bot.inbox.replies.queries import (
    ReplyTemplateFilter,
    ReplyTemplateRow,
    count_reply_templates,
    reply_template,
    reply_templates,
)
from bot.inbox.replies.queries import categories as reply_categories
from bot.inbox.replies.templates import (
    AskedTemplate,
    add_reply_template,
    change_reply_template,
    delete_reply_template,
    example_values,
    fill_reply_template,
    find_reply_template,
    hold_reply_template,
    template_words,
)
from bot.inbox.reports.reading import report
from bot.inbox.reports.sheet import as_json as report_json
from bot.inbox.reports.sheet import rows as report_rows
from bot.inbox.reports.sheet import spelled as spelled_group
from bot.inbox.reports.spans import Span, day_of, monday_of
from bot.inbox.reports.values import MOST_DAYS, Durations, Figures, Key, Report, ReportQuery, Waiting
from bot.inbox.rules import OF_AGENT, OF_CONTACT, Filled, fill
from bot.inbox.standing import reopen, resolve, snooze
from bot.inbox.starting import start_flow
from bot.inbox.values import REASONS, AskedError, Code, NotThereError, Outcomes, Refusal, TakenError
from bot.inbox.wanting.queries import MOST_WANTED
from bot.inbox.wanting.reading import Wanting, wanting

__all__ = [
    "COLOURS",
    "HANDLERS",
    "LISTENERS",
    "MOST_DAYS",
    "MOST_FILES",
    "MOST_LABELS",
    "MOST_UNREAD",
    "MOST_WANTED",
    "OF_AGENT",
    "OF_CONTACT",
    "REASONS",
    "AskedError",
    "AskedTemplate",
    "Author",
    "By",
    "Code",
    "ConversationFilter",
    "ConversationList",
    "ConversationStatus",
    "DraftCard",
    "DraftFile",
    "DraftMode",
    "Durations",
    "EarlierConversation",
    "EndedAs",
    "Figures",
    "Filled",
    "FindFilter",
    "FoundHere",
    "FoundNote",
    "Key",
    "LabelRow",
    "LastWords",
    "ListedConversation",
    "NotThereError",
    "NoteCard",
    "NoteType",
    "Outcomes",
    "PendingFilter",
    "PendingPage",
    "PendingPlace",
    "Place",
    "Placed",
    "PresenceStatus",
    "Present",
    "Refusal",
    "ReplyTemplateFilter",
    "ReplyTemplateRow",
    "Report",
    "ReportQuery",
    "Sort",
    "Span",
    "TakenError",
    "Waiting",
    "WaitingDepth",
    "Wanting",
    "add_draft_file",
    "add_label",
    "add_note",
    "add_reply_template",
    "arrive",
    "assign",
    "assignees",
    "bring_back",
    "change_label",
    "change_note",
    "change_reply_template",
    "conversations",
    "count_conversations",
    "count_labelled",
    "count_lists",
    "count_reply_templates",
    "day_of",
    "delete_label",
    "delete_note",
    "delete_reply_template",
    "draft_files",
    "drafts",
    "drop_draft_file",
    "earlier_conversations",
    "example_values",
    "files_to_send",
    "fill",
    "fill_reply_template",
    "find",
    "find_label",
    "find_reply_template",
    "give_back",
    "hold_label",
    "hold_note",
    "hold_reply_template",
    "label",
    "label_by_name",
    "label_called",
    "label_of",
    "labels",
    "leave",
    "list_conversations",
    "list_pending",
    "mark_all_read",
    "mark_read",
    "mark_sent",
    "merge_labels",
    "monday_of",
    "note",
    "notes",
    "notes_of_team",
    "present",
    "reopen",
    "reply_categories",
    "reply_template",
    "reply_templates",
    "report",
    "report_json",
    "report_rows",
    "resolve",
    "save_draft",
    "snooze",
    "spelled_group",
    "start_flow",
    "template_words",
    "unassign",
    "unused_colour",
    "waiting_depth",
    "wanting",
]
