"""The plots beside the figures, drawn from the files in `bench/results/`; matplotlib comes with the `bench` extra."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.report import RESULTS

_OURS, _THEIRS, _GREY = "#0b6e99", "#c2571a", "#777777"
_COLOURS = {"recado": _OURS, "naive": _THEIRS}

mpl.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "recado",  # the same figures give the same file
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#dddddd",
        "grid.linewidth": 0.6,
        "axes.axisbelow": True,
        "legend.frameon": False,
    }
)


def draw(part: str) -> Path:
    """Draw a part's plot from its file; returns the plot's path."""
    figures = json.loads((RESULTS / f"{part}.json").read_text(encoding="utf-8"))["figures"]
    figure = _PLOTS[part](figures)
    path = RESULTS / f"{part}.svg"
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    return path


def _turns(figures: dict[str, Any]) -> Figure:
    groups = []
    for connections in sorted({our["connections"] for _their, our in figures["pairs"]}):
        pairs = [pair for pair in figures["pairs"] if pair[0]["connections"] == connections]
        for at, name in enumerate(("naive", "recado")):
            groups.append((f"{name}\n{connections} conn.", _COLOURS[name], [pair[at]["rate"] for pair in pairs]))
    groups += [
        ("naive\nbeside it", _THEIRS, [their["rate"] for their, _sent in figures["sending"]["pairs"]]),
        ("recado\nall sent", _OURS, [sent["rate"] for _their, sent in figures["sending"]["pairs"]]),
        ("recado\non SQLite", _OURS, [run["rate"] for run in figures["sqlite"]]),
    ]
    figure, axes = _one("Turns a second: every run, and the median")
    _dots(axes, groups)
    axes.set_ylabel("a second")
    return figure


def _latency(figures: dict[str, Any]) -> Figure:
    shares = sorted({pool["share"] for pool in figures["pools"]})
    figure = Figure(figsize=(10, 3.8), layout="constrained")
    figure.suptitle("Latency at the same rates, from the moment a post was due")
    first: Axes | None = None
    for column, share in enumerate(shares):
        axes = first = figure.add_subplot(1, len(shares), column + 1, sharey=first)
        for pool in figures["pools"]:
            if pool["share"] == share:
                points = sorted((float(at), seconds) for at, seconds in pool["percentiles"].items())
                beyond = [1 / (1 - at) for at, _seconds in points]
                times = [seconds * 1000 for _at, seconds in points]
                axes.plot(beyond, times, color=_COLOURS[pool["server"]], label=pool["server"])
        axes.set(xscale="log", yscale="log", xlabel="percentile")
        axes.set_xticks([2, 10, 100, 1000, 10000], ["50", "90", "99", "99.9", "99.99"])
        axes.set_title(f"{share:.0%}: {share * figures['maximum']:.0f} a second", fontsize=10)
        if column == 0:
            axes.set_ylabel("ms")
            axes.legend()
    return figure


def _matcher(figures: dict[str, Any]) -> Figure:
    sizes = sorted(int(size) for size in figures if size.isdigit())
    figure, axes = _one("Finding the trigger of a message")
    for key, label, colour in (("loop_us", "a loop of re searches", _THEIRS), ("ours_us", "recado", _OURS)):
        axes.plot(sizes, [median(figures[f"{size}"][key]) for size in sizes], "o-", color=colour, label=label)
    axes.set(xscale="log", yscale="log", xlabel="triggers", ylabel="microseconds a message")
    axes.legend()
    return figure


def _start(figures: dict[str, Any]) -> Figure:
    figure, axes = _one("From `bot.py run` to the first served webhook: every start, and the median")
    _dots(axes, [(name, _OURS, figures[name]) for name in ("SQLite", "PostgreSQL")])
    _line(axes, 1.5, "target")
    axes.set_ylabel("seconds")
    return figure


def _growth(figures: dict[str, Any]) -> Figure:
    figure, axes = _one("Turns a second by stored messages: every run, and the median")
    groups = [
        (f"{size:,}", _OURS, [runs[at]["rate"] for runs in figures["rounds"]])
        for at, size in enumerate(figures["sizes"])
    ]
    _dots(axes, groups)
    _line(axes, 0.85 * median(groups[0][2]), "target")
    axes.set(xlabel="stored messages", ylabel="a second")
    return figure


def _memory(figures: dict[str, Any]) -> Figure:
    points = sorted((int(turns), size) for turns, size in figures["megabytes"].items())
    figure, axes = _one("Resident size of the serving process")
    axes.plot([turns / 1000 for turns, _size in points], [size for _turns, size in points], color=_OURS)
    _line(axes, 1.1 * points[0][1], "target")
    axes.set(xlabel="thousand turns", ylabel="MB")
    return figure


def _replicas(figures: dict[str, Any]) -> Figure:
    figure, axes = _one("CPU seconds for 1,000 turns, by serving processes")
    for at, processes in enumerate(sorted({run["processes"] for run in figures["runs"]})):
        runs = [each["run"] for each in figures["runs"] if each["processes"] == processes]
        python, postgres = (median(run[key] for run in runs) / 1000 for key in ("server_us", "postgres_us"))
        axes.bar(at, python, 0.6, color=_OURS, label="Python" if at == 0 else None)
        axes.bar(at, postgres, 0.6, bottom=python, color=_THEIRS, label="PostgreSQL" if at == 0 else None)
        rate = f"{median(run['rate'] for run in runs):.0f} a second"
        axes.annotate(rate, (at, python + postgres), ha="center", va="bottom")
        axes.set_xticks(range(at + 1), [*(tick.get_text() for tick in axes.get_xticklabels()[:at]), f"{processes}"])
    axes.set(xlabel="processes", ylabel="CPU seconds")
    axes.legend()
    return figure


def _fresh(figures: dict[str, Any]) -> Figure:
    figure, axes = _one("The first minute on an empty database")
    for number, rates in enumerate(figures["minutes"]):
        axes.plot(range(1, len(rates) + 1), rates, color=_OURS, alpha=1 - 0.25 * number, linewidth=1.2)
    steady = median(rate for rates in figures["minutes"] for rate in rates[len(rates) // 2 :])
    _line(axes, steady / 2, "half the steady rate")
    axes.set(xlabel="second", ylabel="turns")
    return figure


def _peers(figures: dict[str, Any]) -> Figure:
    groups: list[tuple[str, str, list[float]]] = []
    for name, compared in figures.items():
        if name != "aside" and not compared["not_run"]:
            groups.append((name.replace(" ", "\n"), _THEIRS, [each["rate"] for each in compared["theirs"]]))
            groups.append(("recado", _OURS, [each["rate"] for each in compared["ours"]]))
    figure, axes = _one("Messages answered a second: every round, and the median")
    _dots(axes, groups)
    axes.set_ylabel("a second")
    return figure


def _profile(figures: dict[str, Any]) -> Figure:
    run = figures["run"]
    parts = [(name, share * run["server_us"]) for name, share in figures["shares"].items()]
    parts.append(("PostgreSQL", run["postgres_us"]))
    figure, axes = _one("CPU microseconds of a turn")
    names = [name for name, _us in parts][::-1]
    axes.barh(names, [us for _name, us in parts][::-1], color=[_THEIRS, *[_OURS] * (len(parts) - 1)])
    axes.set_xlabel("microseconds")
    return figure


def _doors(figures: dict[str, Any]) -> Figure:
    attacks = [name for name, found in figures.items() if isinstance(found, dict) and "over" in found]
    figure, axes = _one("Memory over idle and the longest wait of /health/live, by attack")
    axes.barh([f"{name} (MB)" for name in attacks], [figures[name]["over"] for name in attacks], color=_OURS)
    axes.barh(
        [f"{name} (ms)" for name in attacks], [figures[name]["longest"] * 1000 for name in attacks], color=_THEIRS
    )
    axes.tick_params(labelsize=6)
    return figure


def _lanes(figures: dict[str, Any]) -> Figure:
    figure, axes = _one("From a person's message to the request with its answer: every one, and the median")
    groups = [
        (name.replace(", ", "\n"), _OURS if "alone" in name else _THEIRS, [seconds * 1000 for seconds in delays])
        for name, delays in figures["delays"].items()
    ]
    _dots(axes, groups)
    axes.set(ylabel="ms", yscale="symlog")
    axes.tick_params(axis="x", labelsize=7)
    return figure


def _readers(figures: dict[str, Any]) -> Figure:
    figure, axes = _one("A turn's p95 while ten people read: every run, and the median")
    groups = [
        (f"{database}\n{how}", _OURS if how == "alone" else _THEIRS, [seconds * 1000 for seconds in p95s])
        for database in ("PostgreSQL", "SQLite")
        for how, p95s in figures.get(database, {"p95": {}})["p95"].items()
    ]
    _dots(axes, groups)
    axes.set_ylabel("ms")
    axes.tick_params(axis="x", labelsize=7)
    return figure


def _lists(figures: dict[str, Any]) -> Figure:
    figure, axes = _one("Until a list is there as a whole: every look, and the median")
    groups = [
        (label.replace(", ", "\n").replace(" ", "\n"), _OURS, [seconds * 1000 for seconds in took])
        for label, took in figures["lists"].items()
    ]
    _dots(axes, groups)
    axes.set_ylabel("ms")
    axes.tick_params(axis="x", labelsize=5)
    return figure


def _one(title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, 3.8), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=10)
    return figure, axes


def _dots(axes: Axes, groups: list[tuple[str, str, list[float]]]) -> None:
    """A column of dots for each (name, colour, values), with a line at the median."""
    for at, (_name, colour, values) in enumerate(groups):
        axes.plot([at] * len(values), values, "o", color=colour, alpha=0.6, markersize=5)
        axes.plot([at - 0.25, at + 0.25], [median(values)] * 2, color=colour, linewidth=2)
        shown = median(values)
        axes.annotate(f"{shown:.2f}" if shown < 10 else f"{shown:.0f}", (at + 0.28, shown), va="center")
    axes.set_xticks(range(len(groups)), [name for name, _colour, _values in groups])
    axes.set(xlim=(-0.5, len(groups) - 0.3), ylim=(0, None))


def _line(axes: Axes, value: float, label: str) -> None:
    axes.axhline(value, color=_GREY, linestyle="--", linewidth=1)
    axes.annotate(label, (0.01, value), xycoords=("axes fraction", "data"), color=_GREY, fontsize=9, va="bottom")
    axes.set_ylim(0, max(axes.get_ylim()[1], value * 1.1))


_PLOTS: Mapping[str, Callable[[dict[str, Any]], Figure]] = {
    "turns": _turns,
    "latency": _latency,
    "matcher": _matcher,
    "start": _start,
    "growth": _growth,
    "memory": _memory,
    "replicas": _replicas,
    "fresh": _fresh,
    "doors": _doors,
    "lanes": _lanes,
    "readers": _readers,
    "inbox": _lists,
    "api": _lists,
    "points": _lists,
    "peers": _peers,
    "profile": _profile,
}
