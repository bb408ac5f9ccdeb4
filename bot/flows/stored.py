"""What is stored of a bundle that was checked, and by what it is told apart from another one."""

import hashlib
from typing import Any

import orjson

from bot.flows import queries
from bot.flows.bundled import CheckedBundle


def stored_of(bundle: CheckedBundle) -> dict[str, Any]:
    """Its document, without what equals its default, and where its files are kept."""
    stored = bundle.document.model_dump(mode="json", exclude_defaults=True)
    return {**stored, queries.FILES: dict(bundle.urls)} if bundle.urls else stored


def digest_of(stored: dict[str, Any]) -> str:
    """Alike for what says the same, whatever its layout and comments."""
    return hashlib.sha256(orjson.dumps(stored, option=orjson.OPT_SORT_KEYS)).hexdigest()
