"""The command line: `python bot.py COMMAND` (installed as `recado` too)."""

from bot.cli.main import main

if __name__ == "__main__":
    main()
