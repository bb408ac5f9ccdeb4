"""`contacts import`: people of a sheet, a dry run first."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.cli.caller import caller
from bot.cli.common import _, print_line, read_settings, run_async
from bot.cli.database import opened
from bot.cli.progress import telling
from bot.contacts.importing.service import (
    Claim,
    Faulty,
    Import,
    Plan,
    Tally,
    Verdict,
    as_country,
    read_sheet,
    record_import,
    tells_consent,
)
from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError
from bot.core.purposes import ConsentPurpose
from bot.core.text import escaped_json
from bot.db.engine import reading
from bot.settings import Settings


def import_contacts(
    file: Path,
    *,
    consent: str | None,
    no_consent: bool,
    purpose: ConsentPurpose,
    country: str,
    apply: bool,
    skip_faulty: bool,
    as_json: bool,
) -> None:
    """Import contacts."""
    if (consent is not None and bool(consent.strip())) is no_consent:
        mend = _('Give --consent "how they agreed", or --no-consent.')
        raise BotError(_("it is to be said whether these people agreed"), mend=mend, blame=Blame.USAGE)
    show = (_Json if as_json else _Words)(asked=apply)
    with file.open("rb") as opened_file:
        at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        sheet = read_sheet(opened_file)
        claim = Claim((consent or "").strip(), purpose, file.name, at, is_in_sheet=tells_consent(sheet.columns))
        wanted = Import(opened_file, sheet, as_country(country), claim)
        run_async(_import(read_settings(), wanted, show, apply=apply, skip_faulty=skip_faulty))


async def _import(settings: Settings, wanted: Import, show: "_Words", *, apply: bool, skip_faulty: bool) -> None:
    async with opened(settings) as engine:
        tally, faulty = Tally(), []
        tell = _progress(wanted.sheet.about)
        async for each in wanted.dry_run(lambda: reading(engine), utc_now):
            tally.take(each)
            show.row(each)
            if isinstance(each, Faulty):
                faulty.append(each.line)
            tell(tally.rows)
        stops = bool(faulty) and not skip_faulty
        if apply and not stops:
            tally = await _apply(engine, wanted, tally, frozenset(faulty))
        show.end(tally, applied=apply and not stops)
        if stops:
            mend = _("Mend them, or leave them out with --skip-faulty.")
            raise BotError(_("there are faulty rows ({count}), so nothing is written", count=len(faulty)), mend=mend)


async def _apply(engine: AsyncEngine, wanted: Import, planned: Tally, without: frozenset[int]) -> Tally:
    if not planned.writes:
        return planned

    async def note(connection: AsyncConnection) -> None:
        await record_import(connection, caller(), wanted.claim, planned, len(without), utc_now())

    done = Tally()
    done.verdicts[Verdict.FAULTY] += len(without)
    tell = _progress(wanted.sheet.about)
    async for each in wanted.apply(engine.begin, utc_now, without, note):
        done.take(each)
        tell(done.rows)
    return done


class _Words:
    """What is told, for people."""

    def __init__(self, *, asked: bool) -> None:
        """Of an import of which it is asked that it be written, or of a dry run."""
        self._asked = asked

    def row(self, looked: Plan | Faulty) -> None:
        """One row; those with which nothing is wrong are only counted."""
        if isinstance(looked, Faulty):
            for message, mend in (each.words(_) for each in looked.faults):
                sentence = f"{message}. {mend}".strip()
                print_line(_("line {line}: {sentence}", line=looked.line, sentence=sentence))

    def end(self, tally: Tally, *, applied: bool) -> None:
        """All of it."""
        counts = tally.verdicts
        print_line(_("New people: {count}", count=counts[Verdict.MADE]))
        changes = ", ".join(f"{name} {count}" for name, count in tally.fields.most_common())
        told = f" ({changes})" if changes else ""
        print_line(_("Known, and changed: {count}", count=counts[Verdict.UPDATED]) + told)
        print_line(_("Known so already: {count}", count=counts[Verdict.SAME]))
        print_line(_("Faulty rows: {count}", count=counts[Verdict.FAULTY]))
        if tally.refused:
            print_line(_("Had refused messages, and stay so: {count}", count=tally.refused))
        if applied:
            print_line(_("It is written."))
        elif not self._asked:
            print_line(_("Nothing is written: this was a dry run; --apply does it."))


class _Json(_Words):
    """The same, for programs: a line for each row, and one for all."""

    def row(self, looked: Plan | Faulty) -> None:
        """One row."""
        if isinstance(looked, Faulty):
            faults = [each.words(_) for each in looked.faults]
            told = [{"message": message, "mend": mend} for message, mend in faults]
            _print({"line": looked.line, "verdict": Verdict.FAULTY, "faults": told})
            return
        contact = None if looked.contact is None else looked.contact.id
        _print(
            {
                "line": looked.person.line,
                "verdict": looked.verdict,
                "contact": contact,
                "fields": looked.fields,
                "refused": looked.refused,
            }
        )

    def end(self, tally: Tally, *, applied: bool) -> None:
        """All of it."""
        counts = {each.value: tally.verdicts[each] for each in Verdict}
        _print({"applied": applied, **counts, "refused": tally.refused, "fields": tally.fields})


def _print(value: dict[str, Any]) -> None:
    sys.stdout.write(escaped_json(json.dumps(value, ensure_ascii=False)) + "\n")


def _progress(about: int) -> Callable[[int], None]:
    return telling(lambda rows: _("{rows} of about {about} rows", rows=rows, about=max(rows, about)))
