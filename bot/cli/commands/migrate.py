"""`migrate`: brings the database to the newest schema."""


def command() -> None:
    """Bring the database to the newest schema; safe to run twice at once."""
    from bot.cli import migrate

    migrate.command()
