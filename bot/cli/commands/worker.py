"""`worker`: delivers the outbox and runs due work without serving HTTP."""


def command() -> None:
    """Work until told to stop."""
    from bot.cli import worker

    worker.command()
