"""What the rows of a sheet came to, in numbers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.contacts.importing.person import Faulty
from bot.contacts.importing.planning import Plan, Verdict


@dataclass(slots=True)
class Tally:
    """What rows came to, in numbers.

    Attributes:
        verdicts: how many of each.
        fields: how many of those that are updated change it.
        refused: how many are claimed to agree, and had refused; they stay so.
    """

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    refused: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.verdicts.total()

    @property
    def writes(self) -> int:
        """How many people are made or updated."""
        return self.verdicts[Verdict.MADE] + self.verdicts[Verdict.UPDATED]

    def take(self, looked: Plan | Faulty) -> None:
        """Count one more."""
        if isinstance(looked, Faulty):
            self.verdicts[Verdict.FAULTY] += 1
            return
        self.verdicts[looked.verdict] += 1
        self.refused += looked.refused
        if looked.verdict is Verdict.UPDATED:
            self.fields.update(looked.fields)

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            **{each.value: count for each, count in self.verdicts.items()},
            "fields": dict(self.fields),
            "refused": self.refused,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> "Tally":
        """What `as_json` gave; nothing of None."""
        told = kept or {}
        verdicts = Counter({each: told[each] for each in Verdict if each in told})
        return cls(verdicts, Counter(told.get("fields", {})), told.get("refused", 0))
