"""Typer's own words in the shell's language: those of help, and of a command that was written wrongly.

Some of them it asks gettext for, and finds them in our catalogue. The others it says in English alone: titles and
placeholders stand in methods meant to be overridden, and what is wrong with a command is told anew from its message.
"""

import gettext
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from bot.cli.common import _, printable
from bot.core.expressions import compiled_later
from bot.core.i18n import N_
from bot.web.i18n import CATALOGUES, DOMAIN, SOURCE

_FROM_GETTEXT = (
    *(N_("Arguments"), N_("Options"), N_("Commands"), N_("required"), N_("Aborted!"), N_("(dynamic)")),
    *(N_("default: {default}"), N_("env var: {var}"), N_("Missing command."), N_("No such command {name!r}.")),
)
"""What Typer asks gettext for, so that `make messages` keeps it."""
_PLACEHOLDERS = {"[OPTIONS]": N_("[OPTIONS]"), "COMMAND [ARGS]...": N_("COMMAND [ARGS]...")}
_MESSAGES: Sequence[tuple[re.Pattern[str], str]] = (
    (compiled_later(r"No such option: (?P<name>\S+)"), N_("there is no option {name}")),
    (
        compiled_later(r"No such option: (?P<name>\S+) \(Possible options: (?P<others>.*)\)"),
        N_("there is no option {name}; did you mean {others}?"),
    ),
    (compiled_later(r"Missing argument '(?P<name>.*?)'\.( .*)?"), N_("{name} is missing")),
    (compiled_later(r"Missing option '(?P<name>.*?)'\.( .*)?"), N_("the option {name} is missing")),
    (compiled_later(r"Got unexpected extra argument\(s\) \((?P<words>.*)\)"), N_("this is too much: {words}")),
    (compiled_later(r"Option '(?P<name>.*)' requires an argument\."), N_("the option {name} wants a value")),
    (compiled_later(r"Option '(?P<name>.*)' does not take a value\."), N_("the option {name} takes no value")),
    (
        compiled_later(
            r"Invalid value for '(?P<name>.*?)': (Value error, )?'(?P<value>.*)' is not one of (?P<choices>.*?)\.?"
        ),
        N_("{name} is one of {choices}, not {value}"),
    ),
    (
        compiled_later(r"Invalid value for '(?P<name>.*?)': Input should be a valid (integer|number).*"),
        N_("{name} must be a number"),
    ),
    (
        compiled_later(r"Invalid value for '(?P<name>.*?)': Input should be greater than or equal to (?P<limit>\S+)"),
        N_("{name} must be at least {limit}"),
    ),
    (
        compiled_later(r"Invalid value for '(?P<name>.*?)': Input should be less than or equal to (?P<limit>\S+)"),
        N_("{name} must be at most {limit}"),
    ),
)
"""What Typer says in English alone."""


def bind() -> None:
    """Let what Typer asks gettext for come from our catalogue, in the language that is ours."""
    if _.locale != SOURCE:
        os.environ["LANGUAGE"] = _.locale.replace("-", "_")
        gettext.bindtextdomain(DOMAIN, str(CATALOGUES))
        gettext.textdomain(DOMAIN)


class _Spoken:
    """The parts of a command's help that Typer says in English alone."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        pieces = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]  # of the command that this is mixed into
        words = (_(_PLACEHOLDERS[each]) if each in _PLACEHOLDERS else each for each in pieces)
        formatter.write_usage(ctx.command_path, " ".join(words), prefix=_("Usage: "))

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]  # likewise
        if option is not None:
            option.help = _("Show this message and exit.")
        return option


class SpokenCommand(_Spoken, TyperCommand):
    """A command."""


class SpokenGroup(_Spoken, TyperGroup):
    """A command with commands of its own."""


class App(typer.Typer):
    """A group whose commands speak the shell's language."""

    def __init__(self, **settings: Any) -> None:
        """`settings` are Typer's."""
        super().__init__(**{"cls": SpokenGroup, "rich_markup_mode": None, **settings})

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """As Typer's."""
        return super().command(name, **{"cls": SpokenCommand, **settings})


def run(app: typer.Typer, arguments: Sequence[str]) -> None:
    """Run the command and exit; one that was written wrongly is told in the shell's language."""
    command = typer.main.get_command(app)
    try:
        sys.exit(command(arguments, standalone_mode=False) or 0)
    except typer.Abort:
        sys.stderr.write(_("Aborted!") + "\n")
        sys.exit(1)
    except typer.TyperException as error:
        _tell(error)
        sys.exit(error.exit_code)


def _tell(error: typer.TyperException) -> None:
    context, message = getattr(error, "ctx", None), error.format_message()
    usage = context.get_usage() if context is not None else ""
    if usage and message.startswith(usage):
        # Where a command is missing, what is said is the help.
        sys.stderr.write(f"{message}\n")
        return
    if context is not None:
        asked = {"command": context.command_path, "option": context.help_option_names[0]}
        hint = _("Try '{command} {option}' for help.", **asked)
        sys.stderr.write(f"{usage}\n{hint}\n\n")
    sys.stderr.write(_("Error: {sentence}", sentence=printable(retold(message))) + "\n")


def retold(message: str) -> str:
    """What Typer says of a command that was written wrongly, in the shell's language; as it is, where we lack words."""
    for expression, words in _MESSAGES:
        found = expression.fullmatch(message)
        if found is not None:
            said = _(words, **found.groupdict())
            return said if said.endswith("?") else f"{said}."
    return message
