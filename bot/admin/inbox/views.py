"""The pages of the inbox."""

from aiohttp import web

from bot.admin.inbox import (
    bulk,
    changes,
    choosing,
    composing,
    handing,
    own,
    page,
    person,
    replies,
    rescheduling,
    wanting,
    writing_first,
)
from bot.admin.inbox.filing import MOST_UPLOAD
from bot.admin.inbox.lists import PATH
from bot.core.permissions import Permission
from bot.web.access import Routes
from bot.web.frame import Entry, add_entries
from bot.web.i18n import N_
from bot.web.posted import WORDY
from bot.web.turnstile import Turnstile


def setup(app: web.Application) -> None:
    """Add the routes, and the entry to the navigation: the first one."""
    app[page.TURNSTILE] = Turnstile()
    routes = Routes(app)
    routes.get(PATH, page.show, Permission.MESSAGES_READ)
    routes.get(f"{PATH}/list", page.rows, Permission.MESSAGES_READ)
    routes.get(wanting.PATH, wanting.tell, Permission.MESSAGES_SEND)
    for what, change in bulk.UNDER:
        may = Permission.MESSAGES_READ if what == "read" else Permission.MESSAGES_SEND
        routes.post(f"{PATH}/list/{what}", bulk.handler(change), may)
    routes.get(writing_first.NEW, writing_first.ask, Permission.MESSAGES_SEND)
    routes.post(writing_first.NEW, writing_first.begin, Permission.CONTACTS_EDIT)
    routes.get(page.ONE, page.show, Permission.MESSAGES_READ)
    routes.get(f"{page.ONE}/news", page.news, Permission.MESSAGES_READ)
    routes.get(f"{page.ONE}/replies", replies.offer, Permission.MESSAGES_SEND)
    routes.post(f"{page.ONE}/here", own.here, Permission.MESSAGES_READ)
    routes.post(f"{page.ONE}/gone", own.gone, Permission.MESSAGES_READ)
    routes.post(f"{page.ONE}/draft", own.draft, Permission.MESSAGES_SEND, most=WORDY)
    for what, handler in changes.UNDER:
        routes.post(f"{page.ONE}/{what}", handler, Permission.MESSAGES_SEND)
    for what, handler in rescheduling.UNDER:
        routes.post(f"{page.ONE}/{what}", handler, Permission.MESSAGES_SEND, most=WORDY)
    routes.post(f"{page.ONE}/label-anew", changes.label_anew, Permission.INBOX_MANAGE)
    for what, handler in (
        ("send", composing.write),
        ("attach", composing.attach),
        ("detach", composing.detach),
        ("send-template", choosing.send),
    ):
        routes.post(f"{page.ONE}/{what}", handler, Permission.MESSAGES_SEND, most=MOST_UPLOAD)
    for what, handler in person.UNDER:
        routes.post(f"{page.ONE}/{what}", handler, Permission.CONTACTS_EDIT)
    routes.post(f"{page.ONE}/hand-back", handing.hand_back, Permission.MESSAGES_SEND)
    routes.post(f"{page.ONE}/flow", handing.start, Permission.MESSAGES_SEND)
    add_entries(app, Entry(PATH, N_("Inbox"), "inbox", Permission.MESSAGES_READ, key="i", concern=wanting.concern))
