"""`init`: what a folder of one's own begins with."""

import os
import stat
from pathlib import Path
from typing import TextIO

import pytest
from dotenv import dotenv_values

from bot.cli import init
from bot.cli.program import as_called
from bot.flows.checking import check
from bot.flows.files import read_paths
from bot.flows.samples import sample
from bot.flows.yaml.schema import spelled
from bot.settings import Settings, require_keys
from bot.web.i18n import LOCALES, translator
from tests.cli.conftest import Recado

FULL = Path("/dev/full")


@pytest.mark.parametrize(("locale", "name", "other"), [("en", "shop", "pt"), ("pt-BR", "loja", "en")])
async def test_the_first_bundle_is_in_the_shells_language_and_in_the_other(
    recado: Recado, shell: pytest.MonkeyPatch, tmp_path: Path, locale: str, name: str, other: str
) -> None:
    shell.setattr(init, "_", translator(locale, as_called))

    result = await recado("init")

    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"flows/{name}.yaml ")
    assert "`recado run`" in result.out.splitlines()[-1]
    checked = check(read_paths([tmp_path / "flows"]))
    assert [each.sentence() for each in (*checked.faults, *checked.notes)] == []
    [bundle] = checked.bundles
    assert (bundle.document.bundle, bundle.document.locale) == (name, locale)
    assert {tuple(each.locales) for each in bundle.document.templates.values()} == {(other,)}


def test_there_is_a_first_bundle_in_every_language_that_we_speak() -> None:
    assert len({sample(locale) for locale in LOCALES}) == len(LOCALES)


async def test_editors_complete_the_first_bundle(recado: Recado, tmp_path: Path) -> None:
    await recado("init")

    first_line = (tmp_path / "flows" / "shop.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first_line == "# yaml-language-server: $schema=schema.json"
    assert (tmp_path / "flows" / "schema.json").read_text(encoding="utf-8") == spelled()


async def test_the_settings_have_a_good_key_of_their_own_and_are_for_their_owner_alone(
    recado: Recado, tmp_path: Path
) -> None:
    await recado("init")

    env = tmp_path / ".env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert list(dotenv_values(env)) == ["BOT_SECRET_KEY"]
    settings = Settings.read({}, env)
    require_keys(settings)
    assert len(settings.secret_key) == 1
    (tmp_path / "flows" / "shop.yaml").unlink()
    env.unlink()
    await recado("init")
    assert Settings.read({}, env).secret_key != settings.secret_key


async def test_what_is_there_already_is_left_as_it_is(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOT_PORT=9000\n", encoding="utf-8")
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "mine.yml").write_text("bundle: mine\n", encoding="utf-8")

    result = await recado("init")

    assert result.code == 0
    assert result.out.splitlines()[:2] == [
        "flows/ has bundles already: they are left as they are.",
        ".env is there already and is left as it is.",
    ]
    assert (tmp_path / ".env").read_text(encoding="utf-8") == "BOT_PORT=9000\n"
    assert [each.name for each in (tmp_path / "flows").iterdir()] == ["mine.yml"]


async def test_a_link_that_leads_nowhere_is_not_followed(recado: Recado, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / ".env").symlink_to(elsewhere)

    result = await recado("init")

    assert ".env is there already" in result.out
    assert not elsewhere.exists()


async def test_a_file_where_the_folder_should_be_is_named(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "flows").write_text("", encoding="utf-8")

    result = await recado("init")

    assert (result.code, result.err) == (1, "Error: flows: File exists. Check the path.\n")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
async def test_a_full_disk_leaves_no_half_written_file(
    recado: Recado, shell: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def opened(descriptor: int, mode: str, **options: str) -> TextIO:
        os.close(descriptor)
        return FULL.open(mode, **options)  # type: ignore[call-overload,no-any-return]

    shell.setattr(init, "open", opened, raising=False)

    result = await recado("init")

    assert result.code == 3
    assert "No space left on device" in result.err
    assert list((tmp_path / "flows").iterdir()) == []
