import doctest
from types import ModuleType

import pytest

from bot.core import addresses, email, ids, sms, text
from bot.db import engine
from bot.providers.kit import media_kinds, sms_sender, timestamps


@pytest.mark.parametrize(
    "module",
    [addresses, email, ids, sms, text, engine, media_kinds, timestamps, sms_sender],
    ids=lambda module: module.__name__,
)
def test_the_examples_in_docstrings_hold(module: ModuleType) -> None:
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0
