"""What `recado flows check` says of SMS."""

from pathlib import Path

import pytest

from tests.cli.conftest import Recado

LONG = (
    "We are open from six to eleven, and the oven is hot. "
    "Write the name of a pizza, and we bring it to your door, still warm. "
)
TOLD = "shop.yaml: hello (en, variant 1) takes 3 SMS instead of 1. Write ' for \u2019, nothing for 🍕."


@pytest.fixture(autouse=True)
def shop(shell: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A bundle for SMS; no provider is configured."""
    del shell
    bundle = f"""
bundle: shop
locale: en
welcome: hello
fallback: sorry
templates:
  hello:
    content: "{LONG}It\u2019s good {{{{ contact.name }}}} 🍕"
  sorry:
    variants: ["Sorry?", "Pardon\\u200b?"]
    locales: {{pt: {{content: "Não entendi, {{{{ contact.name }}}}. {LONG}Ação, maçã, limão."}}}}
"""
    (tmp_path / "shop.yaml").write_text(bundle, encoding="utf-8")


async def test_whoever_sends_no_sms_hears_nothing_of_them(recado: Recado) -> None:
    assert (await recado("flows", "check", "shop.yaml")).out == "1 bundle fine\n"


async def test_where_a_number_for_sms_is_configured_dear_characters_are_told(
    recado: Recado, shell: pytest.MonkeyPatch
) -> None:
    shell.setenv("PLIVO_FROM", "15559870002")
    assert (await recado("flows", "check", "shop.yaml")).out.splitlines() == [TOLD, "1 bundle fine"]


async def test_broken_settings_do_not_keep_files_from_being_checked(recado: Recado, shell: pytest.MonkeyPatch) -> None:
    shell.setenv("PORT", "none")
    assert (await recado("flows", "check", "shop.yaml")).out == "1 bundle fine\n"


async def test_every_variant_is_counted_when_asked_for(recado: Recado) -> None:
    told = (await recado("flows", "check", "--sms", "shop.yaml")).out.splitlines()
    assert [line.split("\t") for line in told[:4]] == [
        ["shop.yaml", "hello", "en", "1", "UCS-2", "135+", "3+", "\u2019 🍕"],
        ["shop.yaml", "sorry", "en", "1", "GSM-7", "6", "1", "-"],
        ["shop.yaml", "sorry", "en", "2", "UCS-2", "8", "1", "U+200B"],
        ["shop.yaml", "sorry", "pt", "1", "UCS-2", "155+", "3+", "ã ç"],
    ]
    assert told[4:] == ["Counted without what variables (+), choices and links add.", TOLD, "1 bundle fine"]


async def test_a_bundle_without_words_has_nothing_to_count(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("bundle: empty\n", encoding="utf-8")
    assert (await recado("flows", "check", "--sms", "empty.yaml")).out == "1 bundle fine\n"
