"""`doctor`: what is set up, what is not, and how to mend it."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from bot.cli.checks import Finding, Verdict, examine
from bot.cli.common import _, print_json, print_line, read_settings, run_async, working
from bot.cli.database import opened
from bot.core.errors import Blame, BotError
from bot.providers.base import Provider
from bot.providers.table import PROVIDERS
from bot.settings import Settings

_MARKS = {Verdict.GOOD: ("✓", "green"), Verdict.NOTE: ("!", "yellow"), Verdict.FAULT: ("✗", "red")}


def command(
    provider: Annotated[str | None, typer.Argument(help=_("Only this provider, e.g. whatsapp."))] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON."))] = False,
) -> None:
    """Check everything a message passes on its way."""
    providers = _chosen(provider)
    with working(_("Asking the database and the providers …")):
        findings = run_async(_examine(read_settings(), providers))
    if as_json:
        print_json([asdict(each) for each in findings])
    else:
        for each in findings:
            _print(each)
    if any(each.verdict is Verdict.FAULT for each in findings):
        sys.exit(1)


def _chosen(name: str | None) -> list[Provider]:
    if name is None:
        return list(PROVIDERS.values())
    if name not in PROVIDERS:
        raise BotError(
            _("there is no provider {name}", name=name),
            mend=_("Choose one of {names}.", names=", ".join(PROVIDERS)),
            blame=Blame.USAGE,
        )
    return [PROVIDERS[name]]


async def _examine(settings: Settings, providers: list[Provider]) -> list[Finding]:
    async with opened(settings) as engine:
        return await examine(settings, engine, providers)


def _print(finding: Finding) -> None:
    mark, colour = _MARKS[finding.verdict]
    print_line(f"{mark} {finding.subject}: {finding.message}", style=colour)
    if finding.mend:
        print_line(f"  {finding.mend}")
