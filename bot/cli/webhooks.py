"""`webhooks list|show|replay`: what providers posted that was not understood, and reading it again after an upgrade."""

import base64
from collections import Counter
from dataclasses import asdict
from typing import Any

from bot.app.logs import configure_logs
from bot.app.resources import Role, open_resources
from bot.cli.account_checks import the_provider
from bot.cli.caller import caller
from bot.cli.choices import KeptFor
from bot.cli.common import (
    _,
    local_time,
    print_json,
    print_line,
    print_table,
    read_settings,
    run_async,
)
from bot.cli.database import opened, require_file
from bot.cli.moments import ago
from bot.conversations.parked.posts import RESULTS, Replayed, replay
from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError
from bot.core.text import shown_lines
from bot.db.engine import parse_url, reading
from bot.messages.service import KeptView, Wanted, kept_posts, next_kept, raw_of
from bot.settings import Settings


def list_posts(*, provider: str | None, kind: KeptFor | None, since: str | None, limit: int, as_json: bool) -> None:
    """List posts."""
    found = run_async(_list(read_settings(), _wanted((), provider, kind, since), limit))
    if as_json:
        print_json([_told(each) for each in found])
    elif found:
        columns = (
            _("When"),
            _("Post"),
            _("Provider"),
            _("Kind"),
            _("Account"),
            _("Bytes"),
            _("Cut"),
            _("Replayed"),
            "",
        )
        print_table(columns, [_row(each) for each in found])
    else:
        print_line(_("No post is kept raw."))


def show_post(id_: str, *, as_json: bool) -> None:
    """Show one post."""
    event, payload, request = run_async(_show(read_settings(), id_))
    text = _text(payload)
    if as_json:
        body = {"payload": text} if text is not None else {"payload_base64": base64.b64encode(payload or b"").decode()}
        print_json(_told(event) | {"request": request} | body)
        return
    print_table(("", ""), [*_facts(event), *((name, str(value)) for name, value in (request or {}).items())])
    print_line()
    print_line(shown_lines((payload or b"").decode(errors="replace").replace("\r\n", "\n")))


def replay_posts(
    ids: list[str] | None, *, every: bool, provider: str | None, kind: KeptFor | None, since: str | None, as_json: bool
) -> None:
    """Replay posts."""
    if bool(ids) == every:
        raise BotError(_("nothing says which posts"), mend=_("Give ids, or --all."), blame=Blame.USAGE)
    settings = read_settings()
    configure_logs(settings.model_copy(update={"log_level": "error"}))
    outcomes = run_async(_replay(settings, _wanted(tuple(ids or ()), provider, kind, since)))
    if as_json:
        print_json([{"id": each, "result": result} for each, result in outcomes.items()])
    else:
        for result, count in Counter(outcomes.values()).items():
            print_line(f"{count}  {_(RESULTS[result])}")
        if not outcomes:
            print_line(_("There is nothing to replay."))
    missing = [each for each in ids or () if each not in outcomes]
    if missing:
        raise BotError(
            _("there is no post {id} to replay", id=missing[0]),
            mend=_("See `bot.py webhooks list`: one is replayed once."),
        )


async def _list(settings: Settings, wanted: Wanted, limit: int) -> list[KeptView]:
    async with opened(settings) as engine, reading(engine) as connection:
        return await kept_posts(connection, wanted, limit)


async def _show(settings: Settings, id_: str) -> tuple[KeptView, bytes | None, dict[str, Any] | None]:
    async with opened(settings) as engine, reading(engine) as connection:
        found = await kept_posts(connection, Wanted(ids=(id_,)), 1)
        if not found:
            raise BotError(_("no post {id} is kept", id=id_), mend=_("See `bot.py webhooks list`."))
        return (found[0], *await raw_of(connection, id_))


async def _replay(settings: Settings, wanted: Wanted) -> dict[str, Replayed]:
    """What became of each post, by its id, in their order."""
    require_file(parse_url(settings.database_url.get_secret_value()))
    outcomes: dict[str, Replayed] = {}
    async with open_resources(settings, Role.CHAT) as resources:
        after = ""
        while True:
            async with reading(resources.engine) as connection:
                event = await next_kept(connection, wanted, after)
            if event is None:
                return outcomes
            outcomes[event.id] = await replay(resources.engine, resources.intake, event, caller(), utc_now())
            after = event.id


def _wanted(ids: tuple[str, ...], provider: str | None, kind: KeptFor | None, since: str | None) -> Wanted:
    if provider is not None:
        the_provider(provider)
    return Wanted(
        ids,
        () if provider is None else (provider,),
        () if kind is None else (kind,),
        since=None if since is None else ago(since),
    )


def _told(event: KeptView) -> dict[str, Any]:
    return {name: value for name, value in asdict(event).items() if name != "digest"}


def _row(event: KeptView) -> tuple[str, ...]:
    facts = dict(_facts(event))
    return tuple(facts.values())


def _facts(event: KeptView) -> list[tuple[str, str]]:
    items = [str(each) for listed in (event.detail or {}).values() if isinstance(listed, list) for each in listed]
    return [
        (_("When"), local_time(event.received_at)),
        (_("Post"), event.id),
        (_("Provider"), event.provider),
        (_("Kind"), event.kind),
        (_("Account"), event.account or ""),
        (_("Bytes"), "" if event.size is None else str(event.size)),
        (_("Cut"), event.cut),
        (_("Replayed"), "" if event.replayed_at is None else local_time(event.replayed_at)),
        ("", ", ".join(items)),
    ]


def _text(payload: bytes | None) -> str | None:
    try:
        return (payload or b"").decode()
    except UnicodeDecodeError:
        return None
