"""`points expire|check`: posting what has ended, and adding up all accounts."""

from collections.abc import Callable

import typer

from bot.cli.common import _, print_json, print_line, read_settings, run_async
from bot.cli.database import opened
from bot.cli.point_programmes import the_programme
from bot.cli.progress import telling
from bot.core.clock import utc_now
from bot.db.engine import reading
from bot.loyalty import service as loyalty
from bot.loyalty.service import Fault

_AT_ONCE = 200
"""Accounts in one transaction."""


def expire(programme: str | None, *, as_json: bool) -> None:
    """Post what has ended, in slices: what was posted stays so wherever it is interrupted."""

    async def ended() -> tuple[int, int]:
        accounts = points = 0
        tell = _progress()
        async with opened(read_settings()) as engine:
            async with reading(engine) as connection:
                one = None if programme is None else await the_programme(connection, programme)
                wanted = await loyalty.programmes(connection) if one is None else [one]
            for each in wanted:
                is_all = False
                while not is_all:
                    async with engine.begin() as connection:
                        found = await loyalty.end_due(connection, each, utc_now(), _AT_ONCE)
                    accounts, points, is_all = accounts + found.accounts, points + found.points, found.is_all
                    tell(accounts)
        return accounts, points

    accounts, points = run_async(ended())
    if as_json:
        print_json({"accounts": accounts, "points": points})
    else:
        print_line(
            _.plural(
                "{points} points of {count} account have ended.",
                "{points} points of {count} accounts have ended.",
                accounts,
                points=points,
            )
        )


def check(programme: str | None, *, as_json: bool) -> None:
    """Add up all accounts; exit 1 where anything is not as it must be."""

    async def checked() -> tuple[list[Fault], int]:
        found, looked, tell = list[Fault](), 0, _progress()
        async with opened(read_settings()) as engine:
            of = ""
            if programme is not None:
                async with reading(engine) as connection:
                    of = (await the_programme(connection, programme)).id
            async for faults, count in loyalty.check_all(lambda: reading(engine), programme_id=of):
                found += faults
                looked = count
                tell(looked)
        return found, looked

    faults, looked = run_async(checked())
    if as_json:
        print_json({"accounts": looked, "faults": [each._asdict() for each in faults]})
    else:
        for each in faults:
            sentence = _(loyalty.FAULT_WORDS[each.kind]).format_map(each._asdict())
            print_line(f"{each.account_id}: {sentence}")
        said = _.plural(
            "{count} account was added up: {faults} faults.",
            "{count} accounts were added up: {faults} faults.",
            looked,
            faults=len(faults),
        )
        print_line(said)
    if faults:
        raise typer.Exit(1)


def _progress() -> Callable[[int], None]:
    return telling(lambda count: _.plural("{count} account so far", "{count} accounts so far", count))
