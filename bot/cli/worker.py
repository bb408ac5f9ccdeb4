"""`worker`: delivers the outbox and runs due work without serving HTTP."""

from bot.app.logs import configure_logs
from bot.app.serve import run_loop, work
from bot.cli.common import read_settings
from bot.cli.misspelt import warn_of_misspelt
from bot.settings import require_keys


def command() -> None:
    """Work until told to stop."""
    settings = read_settings()
    require_keys(settings)
    configure_logs(settings)
    warn_of_misspelt(settings)
    run_loop(work(settings))
