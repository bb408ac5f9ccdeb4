"""docs/performance.md shows the figures as the files have them."""

from bench.page import PAGE, page, results
from bench.report import RESULTS


def test_the_page_shows_what_was_measured_last() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text, results())


def test_every_file_of_results_has_its_plot() -> None:
    assert [part for part in results() if not (RESULTS / f"{part}.svg").exists()] == []


def test_figures_are_replaced_and_the_rest_stays() -> None:
    machine = {
        "date": "2026-01-02T03:04:05+00:00",
        "commit": "abc",
        "changed_since": False,
        "processor": "a processor",
        "cores": 2,
        "memory_gb": 4,
        "system": "Linux",
        "python": "3.11",
        "packages": {"aiohttp": "1"},
    }
    target = {"name": "rate", "aim": "at least 1.00 x", "measured": "1.20 x", "range": "", "verdict": "PASS"}
    measured = {"start": {"machine": machine, "targets": [target], "lines": ["a line"], "figures": {}}}
    begin, end = "<!-- figures: written by `python -m bench` -->\n", "<!-- end of figures -->\n"
    written = page(f"before\n{begin}old\n{end}after\n", measured)
    assert written.startswith(f"before\n{begin}\n| target | aim")
    assert written.endswith(f"{end}after\n")
    assert "| rate | at least 1.00 x | 1.20 x |  | PASS |" in written
    assert "    a line\n" in written
    assert "old" not in written
    assert page(written, measured) == written
