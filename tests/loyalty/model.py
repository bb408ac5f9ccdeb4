"""What points are, told as simply as may be: every single point is a thing, and lies somewhere."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

LOTS = count()


@dataclass
class Point:
    owner: str
    lot: int
    ends: date | None
    where: str = "here"  # else "ended", "returned", or the name of what redeemed it


@dataclass
class Model:
    owes: bool
    idle_days: int | None
    least_life: int
    today: date = date.min
    points: list[Point] = field(default_factory=list)
    owed: dict[str, int] = field(default_factory=dict)
    active: dict[str, date] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    earned: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    redeemed: dict[str, list[Point]] = field(default_factory=dict)

    def family(self, who: str) -> list[str]:
        head = self.heads.get(who, who)
        return [head, *sorted(each for each in self.heads if self.heads[each] == head)]

    def end(self, point: Point) -> date:
        return min(
            point.ends or date.max, self.active[point.owner] + timedelta(self.idle_days) if self.idle_days else date.max
        )

    def here(self, who: str) -> list[Point]:
        own = [each for each in self.points if each.where == "here" and each.owner in self.family(who)]
        return sorted(own, key=lambda each: (self.end(each), each.lot))

    def balance(self, who: str) -> int:
        return len(self.here(who)) - sum(self.owed.get(each, 0) for each in self.family(who))

    def midnight(self, today: date) -> None:
        self.today = today
        for each in self.points:
            if each.where == "here" and self.end(each) < today:
                each.where = "ended"

    def touch(self, who: str) -> None:
        self.active |= dict.fromkeys(self.family(who), self.today)

    def give(self, owner: str, n: int, ends: date | None, name: str = "") -> None:
        filled, lot = min(self.owed.get(owner, 0), n), next(LOTS)
        self.owed[owner] = self.owed.get(owner, 0) - filled
        self.points += [Point(owner, lot, ends) for _ in range(n - filled)]
        self.earned[name] = (owner, lot, n)

    def take(self, who: str, n: int, name: str) -> str | None:
        if n > self.balance(who):
            return "too_few"
        self.redeemed[name] = self.here(who)[:n]
        for each in self.redeemed[name]:
            each.where = name
        return None

    def refund(self, name: str, n: int | None) -> str | None:
        rest = sorted(self.redeemed[name], key=lambda each: each.lot, reverse=True)
        n = len(rest) if n is None else n
        if n > len(rest) or not rest:
            return "more_than_redeemed"
        back, self.redeemed[name] = rest[:n], rest[n:]
        for owner in {each.owner for each in back}:
            own = [each for each in back if each.owner == owner]
            filled, lot = min(self.owed.get(owner, 0), len(own)), next(LOTS)
            self.owed[owner] = self.owed.get(owner, 0) - filled
            for each in own[: len(own) - filled]:
                each.where = "here"
                if each.ends is not None and each.ends < self.today:
                    each.lot, each.ends = lot, self.today + timedelta(self.least_life)
            self.active[owner] = self.today
        return None

    def give_up(self, name: str, n: int | None) -> str | None:
        owner, lot, left = self.earned[name]
        n = left if n is None else n
        if n > left or not left:
            return "more_than_earned"
        n = min(n, left - sum(each.lot == lot and each.where == "ended" for each in self.points))
        if n < 1:
            return "ended"
        taken = sorted(self.here(owner), key=lambda each: each.lot != lot)[:n]
        if len(taken) < n and not self.owes:
            return "redeemed"
        for each in taken:
            each.where = "returned"
        self.owed[owner] = self.owed.get(owner, 0) + n - len(taken)
        self.earned[name] = (owner, lot, left - n)
        return None
