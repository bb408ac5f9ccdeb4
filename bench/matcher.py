"""`matcher`: microseconds to find a message's trigger, against a loop of `re` searches; and what compiling holds up.

python -m bench.matcher [--quick]
"""

import argparse
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median

import uvloop

from bench import report
from bench.outcome import Outcome
from bench.progress import say
from bench.stalls import measure_stalls
from bench.targets import MATCHER_1000, MATCHER_10000, MATCHER_LOOP, Finding
from bench.wanted import Wanted, messages, wanted
from bot.engine.definitions import BundleRules, Trigger, Triggers
from bot.engine.patterns import Candidate, compile_pattern
from bot.engine.text import without_accents

_SIZES = (10, 100, 1_000, 2_000, 10_000)
_PAIRS, _QUICK_PAIRS = 11, 5
_MESSAGES, _LOOP_MESSAGES = 4_000, 100
_EARLIER = 10_000
_LOCALE = "pt-BR"

_Find = Callable[[str], int | None]
"""From a message to the position of the trigger that answers it."""


class DifferentAnswerError(Exception):
    """Ours and the loop do not find the same trigger."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The same triggers for both.

    Attributes:
        made: what they are.
        ours: finds by our index, as a turn does.
        loop: finds by one search after the other.
        compiling: seconds that ours took to compile, index included.
    """

    made: Sequence[Wanted]
    ours: _Find
    loop: _Find
    compiling: float


@dataclass(frozen=True, slots=True)
class Round:
    """Microseconds a message, measured one after the other with messages that were not seen before.

    Attributes:
        ours: by number of triggers.
        loop: the same for the loop.
    """

    ours: dict[int, float]
    loop: dict[int, float]


async def measure(*, quick: bool = False) -> Outcome:
    """Rounds over all sizes; then the stalls of the event loop while bundles are loaded."""
    outcome = Outcome("matcher")
    say(f"compiling {', '.join(f'{size:,}' for size in _SIZES)} triggers")
    subjects = {size: _subject(size) for size in _SIZES}
    for subject in subjects.values():
        _require_same(subject)
        # RE2 builds its automaton while it is used, so a server that has just begun is slower.
        _each(subject.ours, messages(subject.made, _EARLIER, seed=0))
    rounds = [_round(subjects, seed) for seed in range(1, 1 + (_QUICK_PAIRS if quick else _PAIRS))]
    outcome.findings += [
        Finding.median_of(MATCHER_1000, [each.ours[1_000] / each.ours[10] for each in rounds]),
        Finding.median_of(MATCHER_10000, [each.ours[10_000] / each.ours[10] for each in rounds]),
        Finding.median_of(MATCHER_LOOP, [each.loop[2_000] / each.ours[2_000] for each in rounds]),
    ]
    outcome.lines.append("triggers     ours, us a message     loop, us a message  compiled in")
    for size, subject in subjects.items():
        ours, loop = [each.ours[size] for each in rounds], [each.loop[size] for each in rounds]
        outcome.figures[f"{size}"] = {"ours_us": ours, "loop_us": loop, "compiled_s": subject.compiling}
        outcome.lines.append(f"{size:8,}  {_spread(ours)}  {_spread(loop)}  {subject.compiling:9.3f} s")
    stalls = [await measure_stalls(size) for size in ((1_000,) if quick else (1_000, 10_000))]
    outcome.figures["stalls"] = [asdict(each) for each in stalls]
    outcome.lines += [each.line for each in stalls]
    return outcome


def _subject(size: int) -> Subject:
    made = wanted(size)
    bundle = BundleRules("prices", 1, _LOCALE)
    began = time.perf_counter()
    triggers = Triggers(
        Trigger(f"{at}", f"{at}", compile_pattern(each.kind, each.pattern), bundle) for at, each in enumerate(made)
    )
    compiling = time.perf_counter() - began
    searches = [re.compile(each.expression, re.IGNORECASE).search for each in made]

    def ours(text: str) -> int | None:
        candidate = Candidate(text, _LOCALE)
        for trigger in triggers.possible(candidate):
            if trigger.pattern.matches(candidate):
                return int(trigger.id)
        return None

    def loop(text: str) -> int | None:
        bare = without_accents(text)
        for at, search in enumerate(searches):
            if search(bare):
                return at
        return None

    return Subject(made, ours, loop, compiling)


def _require_same(subject: Subject) -> None:
    texts = messages(subject.made, _LOOP_MESSAGES, seed=0)
    answers = [(text, subject.ours(text), subject.loop(text)) for text in texts]
    different = [each for each in answers if each[1] != each[2]]
    if different:
        raise DifferentAnswerError(different)


def _round(subjects: dict[int, Subject], seed: int) -> Round:
    ours, loop = {}, {}
    for size, subject in subjects.items():
        ours[size] = _each(subject.ours, messages(subject.made, _MESSAGES, seed))
        loop[size] = _each(subject.loop, messages(subject.made, _LOOP_MESSAGES, seed))
    return Round(ours, loop)


def _each(find: _Find, texts: Sequence[str]) -> float:
    """Microseconds of CPU a message, so that what else the machine does counts as little as can be."""
    began = time.thread_time()
    for text in texts:
        find(text)
    return (time.thread_time() - began) / len(texts) * 1e6


def _spread(values: Sequence[float]) -> str:
    return f"{median(values):7.1f} ({min(values):6.1f} to {max(values):6.1f})"


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and 1,000 triggers loaded at most")
    outcome = uvloop.run(measure(quick=parser.parse_args().quick))
    print(*outcome.lines, "", *report.table(outcome.findings), sep="\n")


if __name__ == "__main__":
    _main()
