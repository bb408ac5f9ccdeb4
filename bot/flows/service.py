"""The public face of stored bundles: publish, look up, serve."""

from bot.flows.actions import Action, Actions, Heard, WordSource, table
from bot.flows.catalogue import Catalogue
from bot.flows.keep_files import keep_files
from bot.flows.library import Listed, Shown, listing, live, show
from bot.flows.publish import Published, archive, publish

__all__ = [
    "Action",
    "Actions",
    "Catalogue",
    "Heard",
    "Listed",
    "Published",
    "Shown",
    "WordSource",
    "archive",
    "keep_files",
    "listing",
    "live",
    "publish",
    "show",
    "table",
]
