"""Lines of the audit in a sheet, as CSV has them."""

import json
from datetime import datetime

from bot.audit.queries import AuditLine
from bot.core.text import escaped, escaped_json


def cells(line: AuditLine) -> list[str]:
    """A line, cell by cell."""
    return [_spelled(value) for value in line]


def _spelled(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case str():
            return escaped(value)
    return escaped_json(json.dumps(value, ensure_ascii=False))
