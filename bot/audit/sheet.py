"""Lines of the audit in a sheet, as CSV has them."""

import json
from datetime import datetime

from bot.audit.queries import AuditLine
from bot.core.sheets import guarded
from bot.core.text import escaped, escaped_json


def cells(line: AuditLine) -> list[str]:
    """A line, cell by cell; what a sheet would take for a formula begins with an apostrophe."""
    return [_cell(value) for value in line]


def _cell(value: object) -> str:
    return guarded(_spelled(value))


def _spelled(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case str():
            return escaped(value)
    return escaped_json(json.dumps(value, ensure_ascii=False))
