from pathlib import Path

from dotenv import dotenv_values

from bot.cli.env_example import env_example, sections, settings_page
from bot.settings import Settings

ROOT = Path(__file__).parent.parent


def test_the_example_lists_every_setting_as_the_code_has_it() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example(), "run `make env-example`"


def test_the_page_lists_every_setting_as_the_code_has_it() -> None:
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == settings_page(), "run `make env-example`"


def test_the_example_as_it_is_sets_nothing() -> None:
    assert dict(dotenv_values(ROOT / ".env.example")) == {}


def test_every_default_of_the_example_is_understood() -> None:
    listed = {each.name: each.default for _title, settings in sections() for each in settings}
    assert Settings.read(listed).model_dump() == Settings.read({}).model_dump()


def test_every_setting_says_what_it_is_for_in_one_line() -> None:
    settings = [each for _title, settings in sections() for each in settings]
    assert all(each.about and "\n" not in each.about and "|" not in each.about for each in settings)
    assert len({each.name for each in settings}) == len(settings)
