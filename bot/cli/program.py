"""The name by which the program was called: what a mend advises to run must be what the person can run."""

import re
import sys
from pathlib import Path

INSTALLED = "recado"
"""The command that an installation brings."""
_WRITTEN = re.compile(r"\b(?:python )?bot\.py\b")
"""The program as our sentences name it."""


def called(argv0: str) -> str:
    """How the program is called again.

    >>> called("bot.py"), called("/home/ana/.venv/bin/recado"), called("/home/ana/bot/cli/main.py")
    ('python bot.py', 'recado', 'python -m bot.cli.main')
    """
    path = Path(argv0)
    if path.name == "bot.py":
        return "python bot.py"
    return "python -m bot.cli.main" if path.parts[-3:] == ("bot", "cli", "main.py") else INSTALLED


def as_called(sentence: str, program: str | None = None) -> str:
    """`sentence` with our commands as the person calls them.

    >>> as_called("Run `python bot.py migrate`.", "recado")
    'Run `recado migrate`.'
    """
    return _WRITTEN.sub(called(sys.argv[0]) if program is None else program, sentence)
