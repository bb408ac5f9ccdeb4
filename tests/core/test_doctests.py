import doctest
from types import ModuleType

import pytest

from bot.cli import common
from bot.core import addresses, email, ids
from bot.db import engine


@pytest.mark.parametrize("module", [addresses, email, ids, engine, common], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_hold(module: ModuleType) -> None:
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0
