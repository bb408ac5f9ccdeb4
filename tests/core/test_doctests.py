import doctest
from importlib import import_module
from pathlib import Path

from tests.support.tables import for_each

ROOT = Path(__file__).parent.parent.parent
WITH_EXAMPLES = sorted(
    ".".join(each.relative_to(ROOT).with_suffix("").parts)
    for each in (ROOT / "bot").rglob("*.py")
    if ">>> " in each.read_text(encoding="utf-8")
)


@for_each("module", WITH_EXAMPLES)
def test_the_examples_in_docstrings_hold(module: str) -> None:
    results = doctest.testmod(import_module(module))
    assert results.attempted > 0
    assert results.failed == 0
