"""The tables of providers in the docs are those of the code."""

from bot.cli.provider_table import CHANNELS, pages, support_table
from bot.core.addresses import Channel
from bot.providers.base import Feature
from bot.providers.table import PROVIDERS


def test_the_pages_hold_the_tables_that_the_modules_make() -> None:
    # `make providers` writes them.
    assert [path.name for path, text in pages().items() if path.read_text(encoding="utf-8") != text] == []


def test_every_channel_has_a_name_for_people() -> None:
    assert CHANNELS.keys() == set(Channel)


def test_every_feature_has_a_column_and_every_provider_a_row() -> None:
    head, _rule, *rows = support_table().splitlines()

    assert head.count("|") == 1 + 4 + len(Feature)
    assert [row.split("](")[1].split(".md)")[0] for row in rows] == list(PROVIDERS)
