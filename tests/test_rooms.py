"""What the rooms of `bot` keep to and no import contract can say."""

import ast
from collections.abc import Iterator
from pathlib import Path

import bot

ROOT = Path(bot.__file__).parent
STATEMENTS = {
    "sqlalchemy": {"delete", "exists", "insert", "select", "text", "union", "union_all", "update"},
    "sqlalchemy.dialects.postgresql": {"insert"},
    "sqlalchemy.dialects.sqlite": {"insert"},
    "bot.db.bulk": {"BulkInsert", "BulkUpdate", "insert_or_pass"},
}
"""By module the names of which statements are made."""


def may_hold_statements(file: Path) -> bool:
    return file.name in {"models.py", "queries.py"} or file.is_relative_to(ROOT / "db")


def names_of_statements(source: str) -> Iterator[str]:
    if not any(module in source for module in STATEMENTS):
        # To take apart all code takes a second.
        return
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ImportFrom(module=str(module)):
                yield from sorted({each.name for each in node.names} & STATEMENTS.get(module, set()))
            case ast.Import():
                # By the module's name each of them would be at hand.
                yield from (each.name for each in node.names if each.name in STATEMENTS)


def test_sql_stands_in_queries_alone() -> None:
    found = {
        str(file.relative_to(ROOT)): names
        for file in sorted(ROOT.rglob("*.py"))
        if not may_hold_statements(file) and (names := list(names_of_statements(file.read_text("utf-8"))))
    }

    assert found == {}


def test_statements_are_found_however_they_are_imported() -> None:
    source = "from sqlalchemy import Row, select\nimport sqlalchemy as sa\nfrom bot.db.bulk import BulkInsert, together"

    assert list(names_of_statements(source)) == ["select", "sqlalchemy", "BulkInsert"]
