"""The public face of bundles as files: read them, check them, count what they cost; all without a database."""

from bot.flows.bundled import CheckedBundle
from bot.flows.checks.check import Checked, Source, check
from bot.flows.checks.segments import Dear, VariantSegments, count_segments, dear
from bot.flows.files import read_folder, read_paths
from bot.flows.yaml.parse import MAX_BYTES

__all__ = [
    "MAX_BYTES",
    "Checked",
    "CheckedBundle",
    "Dear",
    "Source",
    "VariantSegments",
    "check",
    "count_segments",
    "dear",
    "read_folder",
    "read_paths",
]
