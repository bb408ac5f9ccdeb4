import doctest
from types import ModuleType

from bot.core import addresses, email, ids, sms, text
from bot.db import engine
from bot.providers.kit import media_kinds, sms_sender, timestamps
from tests.support.tables import for_each


@for_each(
    "module",
    [addresses, email, ids, sms, text, engine, media_kinds, timestamps, sms_sender],
)
def test_the_examples_in_docstrings_hold(module: ModuleType) -> None:
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0
