"""The way into the API."""

from aiohttp import web

from bot.api.document import add_document
from bot.api.resources import RESOURCES
from bot.api.server import add_operations, as_problem

__all__ = ["as_problem", "setup"]


def setup(app: web.Application) -> None:
    """Add the routes."""
    add_operations(app, RESOURCES)
    add_document(app, RESOURCES)
