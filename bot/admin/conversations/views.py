"""The pages of conversations."""

from aiohttp import web

from bot.admin.conversations import (
    contact,
    contact_changes,
    contact_consent,
    contact_edit,
    contacts,
    failed,
    failed_changes,
    messages,
)
from bot.core.permissions import Permission
from bot.web.access import Routes
from bot.web.frame import Entry, add_entries
from bot.web.i18n import N_
from bot.web.posted import WORDY


def setup(app: web.Application) -> None:
    """Add the routes, and their entries to the navigation."""
    routes = Routes(app)
    routes.get(messages.PATH, messages.show, Permission.MESSAGES_READ)
    routes.get(contacts.PATH, contacts.show, Permission.CONTACTS_READ)
    routes.get(contact.ONE, contact.one, Permission.CONTACTS_READ)
    routes.get(f"{contact.ONE}/news", contact.news, Permission.MESSAGES_READ)
    edit = Permission.CONTACTS_EDIT
    routes.get(f"{contact.ONE}/edit", contact_edit.ask, edit)
    routes.post(f"{contact.ONE}/edit", contact_edit.change, edit)
    routes.get(f"{contact.ONE}/consent", contact_consent.ask, edit)
    routes.post(f"{contact.ONE}/consent", contact_consent.write_down, edit)
    routes.post(f"{contact.ONE}/tag", contact_changes.give_tags, edit)
    routes.post(f"{contact.ONE}/untag", contact_changes.take_tags, edit)
    routes.post(f"{contact.ONE}/take-over", contact_changes.take, edit)
    routes.post(f"{contact.ONE}/hand-back", contact_changes.give_back, edit)
    routes.post(f"{contact.ONE}/send", contact_changes.send, Permission.MESSAGES_SEND, most=WORDY)
    routes.get(failed.PATH, failed.show, Permission.MESSAGES_READ)
    for what, handler in (
        ("retry", failed_changes.retry_chosen),
        ("retry-all", failed_changes.retry_all),
        ("dismiss", failed_changes.dismiss_chosen),
        ("dismiss-all", failed_changes.dismiss_all),
    ):
        routes.post(f"{failed.PATH}/{what}", handler, Permission.MESSAGES_SEND)
    add_entries(
        app,
        Entry(messages.PATH, N_("Messages"), "messages-square", Permission.MESSAGES_READ, key="m"),
        Entry(contacts.PATH, N_("Contacts"), "contact", Permission.CONTACTS_READ, key="c"),
        Entry(failed.PATH, N_("Unsent"), "error", Permission.MESSAGES_READ, key="n"),
    )
