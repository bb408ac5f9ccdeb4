"""The frame of the command line: which commands there are, and what becomes of their errors.

A command is a line in COMMANDS, a module of `commands` that says what people type, and one of this room, which does it.
Only the module that is called is imported, and what does it only once it does: so `--help` is quick.
"""

import io
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated

import typer

from bot.cli.common import _
from bot.cli.completion import completed
from bot.cli.failures import report
from bot.cli.program import called
from bot.cli.spoken import App, bind, run
from bot.core.garbage import collecting_none


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is.

    Attributes:
        module: has `app`, a typer group, or `command`, a function.
        summary: its line in `--help`.
        examples: what people type after the program's name, for its own `--help`.
    """

    module: str
    summary: str
    examples: tuple[str, ...] = ()


COMMANDS: Mapping[str, Entry] = {
    "run": Entry(
        "bot.cli.commands.run",
        _("Serve webhooks and pages, and deliver the outbox."),
        ("run", "run --port 8081 --public-url https://bot.example.com", "run --workers 2"),
    ),
    "init": Entry("bot.cli.init", _("Write a first bundle and the settings (.env) into this folder.")),
    "worker": Entry("bot.cli.commands.worker", _("Deliver the outbox and run due work, without serving.")),
    "chat": Entry(
        "bot.cli.commands.chat",
        _("Talk to the bot in the terminal."),
        ("chat", "chat --as +351912345678 --channel sms", "chat --channel email"),
    ),
    "flows": Entry(
        "bot.cli.commands.flows",
        _("Check, publish, list, show and archive bundles."),
        ("flows check flows/", "flows load flows/shop.yaml", "flows show shop > shop.yaml"),
    ),
    "migrate": Entry("bot.cli.commands.migrate", _("Bring the database to the newest schema.")),
    "messages": Entry(
        "bot.cli.commands.messages",
        _("See messages."),
        ("messages list --contact +5511999990000", "messages list --state parked --json"),
    ),
    "send": Entry(
        "bot.cli.commands.send",
        _("Write to a contact by hand, in place of the bot."),
        ('send +5511999990000 "Sua pizza saiu do forno!"',),
    ),
    "contacts": Entry(
        "bot.cli.commands.contacts",
        _("See and correct contacts; let the bot go on after a hand-off."),
        ("contacts list", "contacts show +5511999990000", "contacts resume ana@example.com"),
    ),
    "inbox": Entry(
        "bot.cli.commands.inbox",
        _("See how much was said, and how long people waited for a person."),
        ("inbox report", "inbox report --by agent --since 2026-01-01 --csv > agents.csv", "inbox report --json"),
    ),
    "accounts": Entry(
        "bot.cli.commands.accounts",
        _("Add, list, test, pause and remove the accounts at providers."),
        ("accounts add whatsapp", "accounts test whatsapp:106540352242922", "accounts list --json"),
    ),
    "webhooks": Entry(
        "bot.cli.commands.webhooks",
        _("See what providers posted that was not understood, and read it again."),
        ("webhooks list --since 7d", "webhooks show cmwq7sw6e0000caawbcvyiw70", "webhooks replay --all"),
    ),
    "jobs": Entry(
        "bot.cli.commands.jobs",
        _("See due work and how far it is; cancel it, or run it again."),
        ("jobs list --status failed", "jobs show cmwq7sw6e0000caawbcvyiw70", "jobs retry cmwq7sw6e0000caawbcvyiw70"),
    ),
    "endpoints": Entry(
        "bot.cli.commands.endpoints",
        _("Let programs be told of what happens, and see what became of it."),
        ("endpoints add https://shop.example/recado --kind message.received", "endpoints list --json"),
    ),
    "labels": Entry(
        "bot.cli.commands.labels",
        _("Keep the labels by which a team tells its conversations apart."),
        ('labels add "Late delivery" --colour orange', "labels list", "labels merge Bill Billing"),
    ),
    "replies": Entry(
        "bot.cli.commands.replies",
        _("Keep the replies that a team says often."),
        ('replies add hours "We open at six, {{ contact.first_name }}."', "replies list --json > replies.json"),
    ),
    "points": Entry(
        "bot.cli.commands.points",
        _("Keep programmes by which people earn points, and what becomes of the points."),
        (
            'points programme add Club --timezone America/Sao_Paulo --expires-after "12 months"',
            "points earn +5511999990000 120 --reference order-4711 --key order-4711",
            "points balance +5511999990000",
        ),
    ),
    "users": Entry(
        "bot.cli.commands.users",
        _("Invite people who log in, and say what they may do."),
        ("users add ana@example.com --role EDITOR", "users list", "users reset ana@example.com"),
    ),
    "tokens": Entry(
        "bot.cli.commands.tokens",
        _("Make and end the tokens of programs that use the API."),
        ("tokens add ana@example.com --name CRM --scope contacts.read", "tokens list"),
    ),
    "audit": Entry(
        "bot.cli.commands.audit",
        _("See who did what."),
        ("audit list --since 7d", "audit list --resource user --json", "audit export > audit.csv"),
    ),
    "why": Entry("bot.cli.commands.why", _("Tell why the bot did or did not answer a message."), ("why --last",)),
    "doctor": Entry(
        "bot.cli.commands.doctor",
        _("Check settings, database, providers and the public address."),
        ("doctor", "doctor whatsapp"),
    ),
    "completion": Entry(
        "bot.cli.completion",
        _("Print the script that completes commands in your shell."),
        ("completion bash >> ~/.bashrc", "completion zsh >> ~/.zshrc"),
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 the input is at fault, 2 wrong usage, 3 the surroundings failed."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character shows a question mark instead of ending the command.
            stream.reconfigure(errors="replace")
    given, debug = _without_debug(sys.argv[1:] if arguments is None else arguments)
    try:
        bind()
        # To look through what modules bring takes a fifth of a start; what runs long begins to collect by itself.
        with collecting_none():
            run(_frame(given), given)
    except KeyboardInterrupt:
        # As shells count it: 128 and the signal's number.
        sys.exit(130)
    except Exception as error:
        if debug:
            raise
        sys.exit(report(error))


def _without_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """`--debug` counts wherever it stands, up to a `--`."""
    given = list(arguments)
    end = given.index("--") if "--" in given else len(given)
    debug = "--debug" in given[:end]
    return [each for each in given[:end] if each != "--debug"] + given[end:], debug


def _frame(arguments: Sequence[str]) -> typer.Typer:
    chosen = next((each for each in arguments or completed(os.environ) if not each.startswith("-")), None)
    frame = App(
        name="recado",
        help=_("Recado, a chat bot: messages and mails in, the right answer out."),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    frame.callback()(_global_options)
    for name, entry in COMMANDS.items():
        if name == chosen:
            _add(frame, name, entry)
        else:
            frame.command(name, help=entry.summary)(_not_called)
    return frame


def _add(frame: typer.Typer, name: str, entry: Entry) -> None:
    module = import_module(entry.module)
    group: typer.Typer | None = getattr(module, "app", None)
    if group is None:
        frame.command(name, help=entry.summary, epilog=_examples(entry))(module.command)
    else:
        frame.add_typer(group, name=name, help=entry.summary, epilog=_examples(entry), no_args_is_help=True)


def _examples(entry: Entry) -> str | None:
    if not entry.examples:
        return None
    program = called(sys.argv[0])
    # The mark at its beginning keeps the lines as they are.
    return "\n".join(("\b", _("Examples:"), *(f"  {program} {each}" for each in entry.examples)))


def _not_called() -> None:
    """Stands in `--help` for a command whose module is not imported."""


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"recado {version('recado')}")
        raise typer.Exit


def _global_options(
    *,
    debug: Annotated[bool, typer.Option("--debug", help=_("Show the traceback of an error."))] = False,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help=_("Show the version and exit."))
    ] = False,
) -> None:
    # Both are acted on elsewhere: `--debug` before the parsing, `--version` in its callback.
    del debug, show_version


if __name__ == "__main__":
    main()
