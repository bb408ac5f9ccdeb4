"""Histories of points by chance, many side by side, which the ledger and the model must tell alike.

    python -m tests.loyalty.histories 10000 --seed 7

tries so many on each database; `tests/loyalty/test_histories.py` tries a few.
"""

import argparse
import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.ids import new_id
from bot.db.engine import create_engine, reading
from bot.db.migrate import upgrade
from bot.loyalty import service as loyalty
from bot.loyalty.programmes import changing
from bot.loyalty.service import (
    Adjust,
    AskedProgramme,
    Cancel,
    Confirm,
    Earn,
    OnReturn,
    Outcome,
    Pend,
    Pended,
    Period,
    Posted,
    Posting,
    Redeem,
    Refund,
    Refusal,
    Return,
    Unit,
    day_of,
)
from tests.loyalty.model import Model
from tests.support.memory import quick_folder
from tests.support.points import CLUB, Club, club_on
from tests.support.postgres import Databases, postgres_server

AT_ONCE = 50
"""Histories whose steps share transactions."""
STEPS = 25
Told = Callable[[str], str | None]
"""Tells the model what was posted, by the name of the entry; gives the code of a refusal, or None."""


@dataclass
class History:
    """Three people, what the model knows of their points, and what was asked so far."""

    chance: random.Random
    club: Club
    model: Model
    people: Sequence[str]
    merges: list[str] = field(default_factory=list)
    keyed: list[tuple[Posting, str]] = field(default_factory=list)
    pending: dict[str, tuple[str, int]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def ask(self) -> tuple[Posting, Told]:
        """What is asked next, and how the model is told."""
        weights = {"earn": 5, "redeem": 5, "refund": 3, "return_": 2, "adjust": 2, "pend": 1, "settle": 2, "again": 2}
        posting, told = getattr(self, f"_{self.chance.choices(list(weights), list(weights.values()))[0]}")()
        return replace(posting, reason=self.chance.choice(("", "a mug"))) if not self.is_known(
            posting
        ) else posting, told

    def is_known(self, posting: Posting) -> bool:
        """Whether it was asked before, by its key."""
        key = getattr(posting, "key", None)
        return key is not None and any(getattr(known, "key", None) == key for known, _name in self.keyed)

    def _named(self) -> tuple[str, dict[str, Any]]:
        who = self.chance.choice(self.people)
        key = new_id() if self.chance.random() < 0.5 else None
        return who, {"programme_id": self.club.programme.id, "contact_id": who, "key": key}

    def _until(self) -> tuple[date | None, dict[str, Any]]:
        roll, today = self.chance.random(), self.model.today
        if roll < 0.15:
            return None, {"never_ends": True}
        if roll < 0.4:
            day = today + timedelta(self.chance.randint(0, 40))
            return day, {"expires_on": day}
        return self._usual(), {}

    def _usual(self) -> date | None:
        """The last day that the programme says."""
        asked, today = self.club.programme.asked, self.model.today
        if asked.expires_after is None:
            return None
        return max(asked.expires_after.after(today), today + timedelta(asked.least_life))

    def _give(self, who: str, points: int, ends: date | None, name: str) -> None:
        self.model.give(self.model.heads.get(who, who), points, ends, name)
        self.model.touch(who)

    def _earn(self) -> tuple[Posting, Told]:
        (who, named), (ends, until), n = self._named(), self._until(), self.chance.randint(1, 12)
        return Earn(**named, **until, points=n), lambda name: self._give(who, n, ends, name)

    def _redeem(self) -> tuple[Posting, Told]:
        (who, named), n = self._named(), self.chance.randint(1, 15)

        def told(name: str) -> str | None:
            refusal = self.model.take(who, n, name)
            if refusal is None:
                self.model.touch(who)
            return refusal

        return Redeem(**named, points=n), told

    def _adjust(self) -> tuple[Posting, Told]:
        (who, named), (ends, until), n = self._named(), self._until(), self.chance.randint(1, 6)

        def told(name: str) -> str | None:
            if gives:
                self._give(who, n, ends, name)
                del self.model.earned[name]
                return None
            refusal = self.model.take(who, n, name)
            self.model.redeemed.pop(name, None)
            return refusal

        gives = self.chance.random() < 0.5
        return Adjust(**named, **until, points=n if gives else -n), told

    def _refund(self) -> tuple[Posting, Told]:
        if not self.model.redeemed:
            return self._redeem()
        name, n = self.chance.choice(list(self.model.redeemed)), self._some()
        programme = self.club.programme.id
        return Refund(programme_id=programme, entry_id=name, points=n), lambda _name: self.model.refund(name, n)

    def _return_(self) -> tuple[Posting, Told]:
        if not self.model.earned:
            return self._earn()
        name, n = self.chance.choice(list(self.model.earned)), self._some()
        programme = self.club.programme.id
        return Return(programme_id=programme, entry_id=name, points=n), lambda _name: self.model.give_up(name, n)

    def _some(self) -> int | None:
        return None if self.chance.random() < 0.4 else self.chance.randint(1, 8)

    def _pend(self) -> tuple[Posting, Told]:
        (who, named), n = self._named(), self.chance.randint(1, 6)

        def told(name: str) -> None:
            self.pending[name] = (self.model.heads.get(who, who), n)

        return Pend(**named, points=n), told

    def _settle(self) -> tuple[Posting, Told]:
        if not self.pending:
            return self._pend()
        id_ = self.chance.choice(list(self.pending))
        programme = self.club.programme.id
        if self.chance.random() < 0.3:
            return Cancel(programme_id=programme, pending_id=id_), lambda _name: self.pending.pop(id_) and None

        def told(name: str) -> None:
            owner, n = self.pending.pop(id_)
            # It is the owner's own account that was pending, whoever they are by now.
            self.model.give(owner, n, self._usual(), name)
            self.model.touch(owner)

        return Confirm(programme_id=programme, pending_id=id_), told

    def _again(self) -> tuple[Posting, Told]:
        if not self.keyed:
            return self._earn()
        posting, name = self.chance.choice(self.keyed)
        if self.chance.random() < 0.5:
            return posting, lambda again: None if again == name else "another entry"
        return replace(posting, reference="another"), lambda _name: "key_used"


async def play(engine: AsyncEngine, seed: int, histories: int, steps: int = STEPS) -> None:
    """Let histories go on side by side; raises AssertionError where the ledger and the model differ."""
    chance = random.Random(seed)  # noqa: S311 - the same in each run
    club = await club_on(engine, _programme(seed))
    asked, first = club.programme.asked, new_id()
    played = []
    for number in range(histories):
        model = Model(asked.on_return is OnReturn.OWE, asked.idle_days, asked.least_life)
        own = random.Random(f"{seed}:{number}")  # noqa: S311 - likewise
        played.append(History(own, club, model, [await club.contact() for _ in range(3)]))
    for _step in range(steps):
        club.later(hours=chance.choice((0, 1, 5, 30, 24 * 6)))
        for each in played:
            each.model.midnight(day_of(club.now, club.programme.zone))
            await _merge_or_undo(each)
        if chance.random() < 0.3:
            async with engine.begin() as connection:
                await loyalty.end_due(connection, club.programme, club.now, 20)
        batch = [(each, *each.ask()) for each in played]
        outcomes = await club.post(*(posting for _history, posting, _told in batch))
        for (history, posting, told), outcome in zip(batch, outcomes, strict=True):
            _compare(history, posting, told, outcome)
        await _look(club, played, first)


def _programme(seed: int) -> AskedProgramme:
    """Rules of all kinds: the first twelve seeds have each pair of them."""
    return replace(
        CLUB,
        name=f"Clube {seed} {new_id()}",
        expires_after=(Period(20, Unit.DAYS), None, Period(1, Unit.MONTHS))[seed % 3],
        least_life=(5, 25, 0)[seed // 3 % 3],
        on_return=list(OnReturn)[seed % 2],
        idle_days=(None, 15)[seed // 2 % 2],
    )


async def _merge_or_undo(history: History) -> None:
    club, model = history.club, history.model
    if history.chance.random() < 0.9:
        return
    if model.heads and history.chance.random() < 0.5:
        club.merges = history.merges
        await club.undo()
        model.heads.popitem()
        history.done.append("undo")
    elif not model.heads:
        kept, merged = history.chance.sample(history.people, 2)
        club.merges = history.merges
        await club.merge(kept, merged)
        model.heads[merged] = kept
        history.done.append("merge")


def _compare(history: History, posting: Posting, told: Told, outcome: Outcome) -> None:
    name = _name(outcome)
    refusal = told(name)
    found = outcome.code.value if isinstance(outcome, Refusal) else None
    history.done.append(f"{_short(posting)} -> {found or _short(outcome)}")
    assert found == refusal, "\n".join(history.done)
    if found is None and getattr(posting, "key", None) and not history.is_known(posting):
        history.keyed.append((posting, name))


def _short(told: object) -> str:
    """A posting or an outcome without what says nothing."""
    said = {each.name: getattr(told, each.name) for each in fields(told)}  # type: ignore[arg-type]  # both are dataclasses
    about = {name: value for name, value in said.items() if value not in ("", None, False) and name != "programme_id"}
    return f"{type(told).__name__}({about})"


def _name(outcome: Outcome) -> str:
    match outcome:
        case Posted():
            return outcome.id
        case Pended():
            return outcome.pending.id
        case Refusal():
            return ""


async def _look(club: Club, played: Sequence[History], first: str) -> None:
    """What everybody has is what the model says, and no invariant is broken."""
    people = [who for each in played for who in each.people]
    async with reading(club.engine) as connection:
        read = await loyalty.standings(connection, club.programme, people, club.now)
        faults, _looked_at = await loyalty.check(connection, first, at_once=len(people))
    assert not faults, faults
    for history in played:
        for who in history.people:
            standing, here = read[who], history.model.here(who)
            ends = [history.model.end(each) for each in here]
            endings = {day: ends.count(day) for day in ends if day.year < 2200}
            found = (standing.balance, dict(standing.endings), standing.forever)
            expected = (history.model.balance(who), endings, len(ends) - sum(endings.values()))
            assert found == expected, "\n".join([*history.done, f"{who}: {found}, the model {expected}"])


async def _played(url: str, histories: int, seed: int) -> None:
    engine = create_engine(url)
    await upgrade(engine)
    for number, beginning in enumerate(range(0, histories, AT_ONCE)):
        with patch.object(changing, "MOST_PROGRAMMES", number + 1):
            await play(engine, seed + number, min(AT_ONCE, histories - beginning))
        print(  # noqa: T201 - a command
            f"{engine.dialect.name}: {min(beginning + AT_ONCE, histories)} of {histories} histories agree", flush=True
        )
    await engine.dispose()


async def _main(histories: int, seed: int, databases: Sequence[str]) -> None:
    with TemporaryDirectory(dir=quick_folder()) as folder:
        if "sqlite" in databases:
            await _played(f"sqlite+aiosqlite:///{Path(folder) / 'points.db'}", histories, seed)
    if "postgresql" in databases:
        with postgres_server(durable=False) as url:
            made = Databases(url)
            await made.prepare()
            await _played(await made.create(), histories, seed)
            await made.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("histories", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    given = parser.parse_args()
    asyncio.run(_main(given.histories, given.seed, given.database or ["sqlite", "postgresql"]))
