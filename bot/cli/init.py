"""`init`: writes what a folder of one's own begins with, a first bundle and the settings."""

import os
from pathlib import Path

from bot.cli.common import _, print_line
from bot.core.ids import new_token
from bot.flows.folder import FLOWS, bundles_in

_ENV = Path(".env")
_PUBLIC, _PRIVATE = 0o666, 0o600
"""Rights of a new file, of which the umask takes some."""


def command() -> None:
    """Write a first bundle and `.env`; what is there already is never touched."""
    _tell_bundle()
    _tell_env()
    print_line(_("Next: `python bot.py run`, and try it with the link that it prints."))


def _tell_bundle() -> None:
    FLOWS.mkdir(exist_ok=True)
    if bundles_in(FLOWS):
        print_line(_("{folder} has bundles already: they are left as they are.", folder=f"{FLOWS}/"))
        return
    from bot.flows.samples import sample
    from bot.flows.yaml.schema import spelled

    name, text = sample(_.locale)
    _write_new(FLOWS / "schema.json", spelled(), _PUBLIC)
    path = FLOWS / name
    if _write_new(path, text, _PUBLIC):
        print_line(_("{path} is your first bundle: put your own words there.", path=path.as_posix()))
    else:
        print_line(_("{path} is there already and is left as it is.", path=path.as_posix()))


def _tell_env() -> None:
    from bot.cli.env_example import env_text

    head = _(
        "# Your settings, each with its default: take the # away where you set one. The environment goes before them.\n"
        "# Keep this file to yourself and out of version control: BOT_SECRET_KEY encrypts and signs."
    )
    if _write_new(_ENV, env_text(head, {"BOT_SECRET_KEY": new_token()}), _PRIVATE):
        print_line(_("{path} holds your settings, with a key of your own: keep it to yourself.", path=_ENV))
    else:
        print_line(_("{path} is there already and is left as it is.", path=_ENV))


def _write_new(path: Path, text: str, rights: int) -> bool:
    """Write a file whole or not at all; returns False, and touches nothing, where something of that name is."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights)
    except FileExistsError:
        return False
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - a descriptor, no path
            file.write(text)
    except OSError:
        path.unlink()
        raise
    return True
