"""The public face of stored bundles: publish, look up, serve."""

from bot.flows.actions import Action, Actions, Heard, WordSource, specs_of, table
from bot.flows.catalogue import Catalogue
from bot.flows.differences import Differences, differences
from bot.flows.keep_files import keep_files
from bot.flows.library import Listed, NoBundleError, Shown, Standing, Version, listing, live, show, standing, versions
from bot.flows.publish import OvertakenError, Published, archive, lock_newest, publish, publish_over
from bot.flows.queries import count_bundles, count_triggers
from bot.flows.sendable import variables_of
from bot.flows.tried import TriedTrigger, triggers_in_order

__all__ = [
    "Action",
    "Actions",
    "Catalogue",
    "Differences",
    "Heard",
    "Listed",
    "NoBundleError",
    "OvertakenError",
    "Published",
    "Shown",
    "Standing",
    "TriedTrigger",
    "Version",
    "WordSource",
    "archive",
    "count_bundles",
    "count_triggers",
    "differences",
    "keep_files",
    "listing",
    "live",
    "lock_newest",
    "publish",
    "publish_over",
    "show",
    "specs_of",
    "standing",
    "table",
    "triggers_in_order",
    "variables_of",
    "versions",
]
