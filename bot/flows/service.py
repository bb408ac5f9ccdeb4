"""The public face of flows: check, publish, look up, serve."""

from bot.flows.actions import Action, Actions, Heard, WordSource, table
from bot.flows.bundled import keep_files
from bot.flows.catalogue import Catalogue
from bot.flows.checks.check import Checked, Source, check
from bot.flows.checks.segments import Dear, VariantSegments, count_segments, dear
from bot.flows.files import read_folder, read_paths
from bot.flows.library import Listed, Shown, listing, live, show
from bot.flows.publish import CheckedBundle, Published, archive, publish
from bot.flows.watch import Choose, Loaded, load_initial, log_loaded, watch_folder

__all__ = [
    "Action",
    "Actions",
    "Catalogue",
    "Checked",
    "CheckedBundle",
    "Choose",
    "Dear",
    "Heard",
    "Listed",
    "Loaded",
    "Published",
    "Shown",
    "Source",
    "VariantSegments",
    "WordSource",
    "archive",
    "check",
    "count_segments",
    "dear",
    "keep_files",
    "listing",
    "live",
    "load_initial",
    "log_loaded",
    "publish",
    "read_folder",
    "read_paths",
    "show",
    "table",
    "watch_folder",
]
