"""The figures of docs/performance.md, from the files in `bench/results/`; every full run writes them."""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.report import RESULTS

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
_BEGIN, _END = "<!-- figures: written by `python -m bench` -->\n", "<!-- end of figures -->\n"
_PARTS = (
    *(
        "turns",
        "latency",
        "matcher",
        "start",
        "growth",
        "memory",
        "replicas",
        "fresh",
        "doors",
        "lanes",
        "readers",
        "inbox",
        "api",
        "peers",
    ),
    "profile",
)


def page(text: str, results: Mapping[str, Any]) -> str:
    """`text` with its figures replaced by those of `results`: part to what its file holds."""
    before, _, rest = text.partition(_BEGIN)
    _old, _, after = rest.partition(_END)
    figures = "\n".join(_figures(results))
    return f"{before}{_BEGIN}\n{figures}\n\n{_END}{after}"


def write() -> None:
    """Bring the page up to date."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), results()), encoding="utf-8")


def results() -> dict[str, Any]:
    """What was measured last, by part."""
    paths = {part: RESULTS / f"{part}.json" for part in _PARTS}
    return {part: json.loads(path.read_text(encoding="utf-8")) for part, path in paths.items() if path.exists()}


def _figures(results: Mapping[str, Any]) -> Iterator[str]:
    targets = [target for result in results.values() for target in result["targets"]]
    if not targets:
        yield "Nothing has been measured yet."
        return
    yield "| target | aim | measured | range | |"
    yield "|---|---|---|---|---|"
    for target in targets:
        cells = (target[key] for key in ("name", "aim", "measured", "range", "verdict"))
        yield f"| {' | '.join(cells)} |"
    for part, result in results.items():
        yield ""
        yield f"### {part}"
        yield ""
        yield f"{_when(result['machine'])}"
        yield ""
        yield f"![{part}](../bench/results/{part}.svg)"
        yield ""
        yield from (f"    {line}".rstrip() for line in result["lines"])
    yield ""
    yield "### The machine"
    yield ""
    yield from _machine(results.values())


def _when(machine: Mapping[str, Any]) -> str:
    changed = " and changes since" if machine["changed_since"] else ""
    return f"Measured on {machine['date'][:10]}, commit {machine['commit']}{changed}."


def _machine(results: Collection[Any]) -> Iterator[str]:
    """Of the first part, with PostgreSQL's settings of the first part that used one."""
    machine = next(iter(results))["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    yield f"- {machine['cores']} cores of {machine['processor']}, {machine['memory_gb']} GB, {machine['system']}"
    yield f"- Python {machine['python']}; {packages}"
    for settings in [each["figures"]["postgresql"] for each in results if "postgresql" in each["figures"]][:1]:
        yield f"- PostgreSQL: {', '.join(f'`{name}` {value}' for name, value in settings.items())}"
