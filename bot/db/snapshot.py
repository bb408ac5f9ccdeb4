"""What the migrations leave in a new SQLite database, in one file: to go through them one by one takes half a second.

It need not be of the newest revision: those after it are run as in any database.
"""

from sqlalchemy import Connection

from bot.db import revisions

SNAPSHOT = revisions.MIGRATIONS / "sqlite.sql"
_END = ";\n\n"
# Those that a virtual table makes itself.
_SHADOWS = "SELECT name FROM pragma_table_list WHERE type = 'shadow'"
_MADE = f"SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT IN ({_SHADOWS}) ORDER BY rowid"


def restore(connection: Connection) -> None:
    """Make all that is in the file in an SQLite database without tables; its revision is written down there."""
    for statement in SNAPSHOT.read_text(encoding="utf-8").split(_END):
        if statement:
            connection.exec_driver_sql(statement)


def taken(connection: Connection) -> str:
    """The statements that make an SQLite database like this one, in the migrations' own words, with its rows."""
    made = connection.exec_driver_sql(_MADE).all()
    statements = [each.sql for each in made]
    for table in (each.name for each in made if each.type == "table" and not each.sql.startswith("CREATE VIRTUAL")):
        columns = [row.name for row in connection.exec_driver_sql(f"SELECT name FROM pragma_table_info('{table}')")]
        quoted = " || ', ' || ".join(f'quote("{column}")' for column in columns)
        rows = connection.exec_driver_sql(f"SELECT {quoted} FROM {table}").scalars()
        statements += [f"INSERT INTO {table} VALUES ({row})" for row in rows]
    return "".join(f"{each}{_END}" for each in statements)
