"""Benchmarks, in ratios to something simple that is measured in the same run.

python -m bench                        turns, latency, matcher, start: ten minutes on two cores
python -m bench --long                 growth, memory, replicas, fresh, peers: an hour
python -m bench --quick [--bars]       turns, matcher, doors, lanes, readers, api, inbox, points: eight minutes;
                                       --bars: exit 1 below half a target
python -m bench doors                  what strangers cost: two minutes
python -m bench lanes                  how long an answer waits beside a campaign: five minutes
python -m bench readers                turns while ten people page through a million messages: 20 minutes
python -m bench inbox                  a team at its inbox, among a million messages: 15 minutes
python -m bench points                 ten million lots of points: ten minutes, 10 GB
python -m bench api                    what a program waits among a million messages: ten minutes
python -m bench turns latency …        those parts
python -m bench turns --against COMMIT  what a turn costs against that commit, in 20 pairs: five minutes
python -m bench profile                where the CPU time of a turn goes
"""

import argparse
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import uvloop

from bench import (
    against,
    api,
    doors,
    fresh,
    growth,
    hotspots,
    inbox,
    lanes,
    latency,
    matcher,
    memory,
    page,
    peers,
    points,
    readers,
    replicas,
    report,
    start,
    turns,
)
from bench.machine import describe
from bench.outcome import Outcome
from bench.progress import say
from bench.targets import Finding

_Part = Callable[[], Awaitable[Outcome]]

_USUAL: Mapping[str, _Part] = {
    "turns": turns.measure,
    "latency": latency.measure,
    "matcher": matcher.measure,
    "start": start.measure,
}
_LONG: Mapping[str, _Part] = {
    "growth": growth.measure,
    "memory": memory.measure,
    "replicas": replicas.measure,
    "fresh": fresh.measure,
    "peers": peers.measure,
}
_QUICK: Mapping[str, _Part] = {
    "turns": partial(turns.measure, quick=True),
    "matcher": partial(matcher.measure, quick=True),
    "doors": partial(doors.measure, quick=True),
    "lanes": partial(lanes.measure, quick=True),
    "readers": partial(readers.measure, quick=True),
    "api": partial(api.measure, quick=True),
    "inbox": partial(inbox.measure, quick=True),
    "points": partial(points.measure, quick=True),
}
_ASIDE: Mapping[str, _Part] = {
    "doors": doors.measure,
    "lanes": lanes.measure,
    "readers": readers.measure,
    "api": api.measure,
    "inbox": inbox.measure,
    "points": points.measure,
    "profile": hotspots.measure,
}
_PARTS: Mapping[str, _Part] = {**_USUAL, **_LONG, **_ASIDE}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; returns the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    unknown = sorted({*given.parts} - _PARTS.keys())
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; there are {', '.join(_PARTS)}")
    if given.against:
        return _tell(_report(uvloop.run(_run(partial(against.measure, given.against))), quick=True), bars=given.bars)
    parts = _QUICK if given.quick else _LONG if given.long else _USUAL
    if given.parts:
        parts = {name: parts.get(name, _PARTS[name]) for name in given.parts}
    findings: list[Finding] = []
    for name, measure in parts.items():
        say(f"--- {name}")
        findings += _report(uvloop.run(_run(measure)), quick=given.quick)
    return _tell(findings, bars=given.bars)


def _tell(findings: list[Finding], *, bars: bool) -> int:
    print(*report.table(findings), sep="\n")
    failed = report.below_the_bar(findings) if bars else []
    print(*failed, sep="\n")
    return 1 if failed else 0


async def _run(measure: _Part) -> Outcome:
    return await measure()


def _report(outcome: Outcome, *, quick: bool) -> list[Finding]:
    path = report.write(outcome, describe(), quick=quick)
    print("", *outcome.lines, "", sep="\n", flush=True)
    say(f"-> {path}")
    if not quick:
        # Only here, since matplotlib comes with the `bench` extra, and the quick form does without it.
        from bench.plots import draw  # noqa: PLC0415

        say(f"-> {draw(outcome.part)}")
        page.write()
    return outcome.findings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(_PARTS))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--long", action="store_true", help="the long parts")
    which.add_argument("--quick", action="store_true", help="the quick form")
    parser.add_argument("--bars", action="store_true", help="exit 1 when a figure is less than half its target")
    parser.add_argument("--against", metavar="COMMIT", help="compare the CPU of a turn with that commit's")
    return parser


if __name__ == "__main__":
    sys.exit(main())
