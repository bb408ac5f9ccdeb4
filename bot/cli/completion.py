"""`completion`: the script by which a shell completes our commands; the shell then asks the program itself."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import typer

# Typer offers both there, though it does not list them.
from typer.completion import completion_init, get_completion_script  # type: ignore[attr-defined]

from bot.cli.common import _
from bot.cli.program import INSTALLED

_ASKED = "_RECADO_COMPLETE"
"""The variable by which a shell asks; typer makes it of the program's name."""
_SO_FAR = ("_TYPER_COMPLETE_ARGS", "COMP_WORDS")
"""Where the shells put what has been typed, the program's name first."""


class Shell(StrEnum):
    """The shells whose scripts there are."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def command(shell: Annotated[Shell, typer.Argument(help=_("Your shell."))]) -> None:
    """Print the script; a shell's settings file takes it up."""
    script = get_completion_script(prog_name=INSTALLED, complete_var=_ASKED, shell=shell)
    sys.stdout.write(f"{script}\n")


def completed(environ: Mapping[str, str]) -> Sequence[str]:
    """What has been typed after the program's name where a shell asks how it goes on, else nothing."""
    if _ASKED not in environ:
        return ()
    completion_init()
    typed = next((environ[name] for name in _SO_FAR if name in environ), "")
    try:
        return shlex.split(typed)[1:]
    except ValueError:
        # An open quote.
        return typed.split()[1:]
