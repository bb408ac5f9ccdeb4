"""`run`: serves webhooks and pages, and delivers the outbox."""

import os
import sys
from collections.abc import Container, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app.logs import configure_logs
from bot.app.serve import inherited_socket, inherited_token, listen, run_loop, serve
from bot.app.supervisor import run_workers
from bot.channels.service import Accounts, ConfiguredAccount
from bot.cli.caller import local_url, own_url
from bot.cli.common import _, print_line, read_settings, run_async
from bot.cli.database import opened
from bot.cli.misspelt import warn_of_misspelt
from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError
from bot.db.engine import parse_url, reading
from bot.flows.folder import FLOWS, bundles_in
from bot.flows.service import live
from bot.providers.table import PROVIDERS
from bot.settings import Settings, require_keys
from bot.users.openid.service import identity_providers
from bot.users.service import Link, welcome
from bot.web.access import SIGN_IN
from bot.web.local_token import PARAMETER, local_token


def command(host: str | None, port: int | None, public_url: str | None, workers: int) -> None:
    """Serve."""
    settings = _with_options(read_settings(), host, port, public_url)
    require_keys(settings)
    identity_providers(settings)
    configure_logs(settings)
    token = inherited_token() or local_token(settings.secret_key)
    listener = inherited_socket()
    if listener is not None:
        run_loop(serve(settings, listener, token))
        return
    warn_of_misspelt(settings)
    if workers > 1:
        _refuse_workers(settings)
    with listen(settings.host, settings.port) as listener:
        if _is_embedded(settings) and sys.stdin.isatty():
            from bot.cli.first_load import ask_which, load_first

            run_async(load_first(settings, ask_which))
        port_in_use: int = listener.getsockname()[1]
        if workers == 1:
            greet = partial(_greet, settings, port_in_use, token)
            run_loop(serve(settings, listener, token, on_ready=greet))
            return
        # Of several processes none greets, or each would end the link that the one before it has printed.
        run_async(_greet_before(settings, port_in_use, token))
        arguments = ["run", *(["--public-url", settings.public_url] if settings.public_url else [])]
        sys.exit(run_workers(listener, workers, arguments, token))


def _with_options(settings: Settings, host: str | None, port: int | None, public_url: str | None) -> Settings:
    given = {"BOT_HOST": host, "BOT_PORT": None if port is None else str(port), "BOT_PUBLIC_URL": public_url}
    set_ = {name: value for name, value in given.items() if value is not None}
    return Settings.read({**os.environ, **set_}, Path(".env")) if set_ else settings


def _is_embedded(settings: Settings) -> bool:
    return parse_url(settings.database_url.get_secret_value()).get_backend_name() == "sqlite"


def _refuse_workers(settings: Settings) -> None:
    if _is_embedded(settings):
        raise BotError(
            _("SQLite serves one process, so --workers must be 1"),
            mend=_("Set DATABASE_URL to a PostgreSQL database, or leave --workers out."),
            blame=Blame.USAGE,
        )
    if os.name != "posix":
        raise BotError(
            _("--workers needs Linux or macOS"), mend=_("Start several servers on other ports."), blame=Blame.USAGE
        )


async def _greet(settings: Settings, port: int, token: str, engine: AsyncEngine, accounts: Accounts) -> None:
    """Say where to go next; while there is no user, by a link that makes the first one."""
    async with reading(engine) as connection:
        answering = await live(connection)
    async with engine.begin() as connection:
        link = await welcome(connection, utc_now())
    _print_greeting(settings, port, token, accounts, answering, link)


async def _greet_before(settings: Settings, port: int, token: str) -> None:
    """The same where no server of this process's own is there to do it."""
    accounts = Accounts(settings)
    async with opened(settings) as engine:
        await accounts.refresh(engine)
        await _greet(settings, port, token, engine, accounts)


def _print_greeting(
    settings: Settings, port: int, token: str, accounts: Accounts, answering: Sequence[str], link: Link | None
) -> None:
    base = local_url(settings, port)
    lines: list[tuple[str, str]] = []
    lines.append((_("Sign in"), f"{own_url(settings, port)}{SIGN_IN if link is None else link.path}"))
    if settings.simulator != "off":
        lines.append((_("Try it"), f"{base}/simulator?{PARAMETER}={token}"))
    lines.append((_("Live"), ", ".join(answering) or _("no bundle: the bot has nothing to say")))
    lines.append((_("Edit"), _edit(settings)))
    for provider in PROVIDERS.values():
        own = [each for each in accounts if each.provider is provider]
        if own:
            lines.append((provider.title, _status(own, accounts.tested)))
        elif provider.name == "whatsapp":
            lines.append((provider.title, _("not connected: docs/providers/whatsapp.md")))
    if settings.metrics == "local":
        lines.append((_("Metrics"), f"{base}/metrics?{PARAMETER}={token}"))
    if settings.insecure_webhooks:
        lines.append((_("Unsigned"), f"{base}/webhooks/PROVIDER?{PARAMETER}={token} (BOT_INSECURE_WEBHOOKS)"))
    public = settings.public_url or _("none: run a tunnel to this port, then `bot.py run --public-url https://…`")
    lines.append((_("Public"), public))
    width = max(len(label) for label, _value in lines) + 3
    # In one piece, or somebody who reads along sees half of it.
    print_line("\n".join(["", *(f"  {label:<{width}}{value}" for label, value in lines), ""]))


def _status(own: Sequence[ConfiguredAccount], tested: Container[str]) -> str:
    """Which accounts their provider has known, and which nobody has asked it about yet."""
    connected = ", ".join(each.identity for each in own if each.id in tested)
    untested = ", ".join(each.identity for each in own if each.id not in tested)
    said = [_("connected: {accounts}", accounts=connected)] if connected else []
    if untested:
        provider = own[0].provider.name
        said.append(_("untested: {accounts} (`bot.py doctor {provider}`)", accounts=untested, provider=provider))
    return "; ".join(said)


def _edit(settings: Settings) -> str:
    if not _is_embedded(settings):
        return _("`bot.py flows load PATH` publishes your bundles")
    files = bundles_in(FLOWS)
    if not files:
        return _("`bot.py init` writes a first bundle; then start again")
    return _("{file} (goes live on save)", file=files[-1].as_posix())
