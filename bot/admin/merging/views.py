"""The pages of contacts who are one person."""

from aiohttp import web

from bot.admin.conversations.contact import ONE
from bot.admin.merging import changes, preview, suggested
from bot.admin.merging.back import LIST
from bot.core.permissions import Permission
from bot.web.access import Routes


def setup(app: web.Application) -> None:
    """Add the routes; the list of contacts and each contact's page lead there."""
    routes, edit = Routes(app), Permission.CONTACTS_EDIT
    routes.get(LIST, suggested.show, Permission.CONTACTS_READ)
    routes.post(f"{LIST}/dismiss", suggested.dismiss, edit)
    routes.post(f"{LIST}/again", suggested.again, edit)
    routes.get(f"{ONE}/merge", preview.ask, edit)
    routes.post(f"{ONE}/merge", changes.join, edit)
    routes.post(f"{ONE}/unmerge", changes.part, edit)
