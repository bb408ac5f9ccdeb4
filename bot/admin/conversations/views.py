"""The pages of conversations."""

from aiohttp import web

from bot.admin.conversations import contact, contacts, messages
from bot.core.permissions import Permission
from bot.web.access import Routes
from bot.web.frame import Entry, add_entries
from bot.web.i18n import N_


def setup(app: web.Application) -> None:
    """Add the routes, and their entries to the navigation."""
    routes = Routes(app)
    routes.get(messages.PATH, messages.show, Permission.MESSAGES_READ)
    routes.get(contacts.PATH, contacts.show, Permission.CONTACTS_READ)
    routes.get(contact.ONE, contact.one, Permission.CONTACTS_READ)
    add_entries(
        app,
        Entry(messages.PATH, N_("Messages"), "messages-square", Permission.MESSAGES_READ, key="m"),
        Entry(contacts.PATH, N_("Contacts"), "contact", Permission.CONTACTS_READ, key="c"),
    )
