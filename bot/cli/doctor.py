"""`doctor`: what is set up, what is not, and how to mend it."""

import sys
from dataclasses import asdict

from bot.cli.account_checks import the_provider
from bot.cli.checks import examine
from bot.cli.common import _, print_json, read_settings, run_async
from bot.cli.database import engine_of
from bot.cli.findings import Finding, Verdict, print_finding
from bot.cli.terminal import working
from bot.providers.base import Provider
from bot.providers.table import PROVIDERS
from bot.settings import Settings


def command(provider: str | None, *, as_json: bool) -> None:
    """Check everything a message passes on its way."""
    providers = list(PROVIDERS.values()) if provider is None else [the_provider(provider)]
    with working(_("Asking the database and the providers …")):
        findings = run_async(_examine(read_settings(), providers))
    if as_json:
        print_json([asdict(each) for each in findings])
    else:
        for each in findings:
            print_finding(each)
    if any(each.verdict is Verdict.FAULT for each in findings):
        sys.exit(1)


async def _examine(settings: Settings, providers: list[Provider]) -> list[Finding]:
    async with engine_of(settings) as engine:
        return await examine(settings, engine, providers)
