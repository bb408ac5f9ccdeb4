"""The figures on the pages of Telegram, SES, the mail server and the bridge are those of the code."""

from pathlib import Path

from bot.core.text import MAX_ID
from bot.providers.generic import inbound as generic_inbound
from bot.providers.kit import standard_webhooks
from bot.providers.mime import provider as mime_mail
from bot.providers.ses import sns
from bot.providers.telegram import outbound as telegram_outbound
from tests.support.tables import for_each

PAGES = Path(__file__).parents[2] / "docs" / "providers"


@for_each(
    ("page", "figures"),
    [
        (
            "telegram",
            f"up to {telegram_outbound.MAX_BUTTONS}, where each id has at most {telegram_outbound.MAX_DATA} bytes",
        ),
        ("telegram", f"A text ends at {telegram_outbound.MAX_TEXT:,} characters"),
        ("telegram", f"A file's words end at {telegram_outbound.MAX_CAPTION:,};"),
        ("mime", f"may have up to {mime_mail.MAX_BODY >> 20} MiB"),
        ("ses", f"fresh for {sns.TOLERANCE.total_seconds() / 3600:g} hour"),
        ("generic", f"at most {standard_webhooks.TOLERANCE.total_seconds() / 60:g} minutes from now"),
        ("generic", f"yours, up to {MAX_ID} characters"),
        ("generic", f"who wrote, up to {generic_inbound.MAX_ADDRESS} characters"),
        ("generic", f"up to {generic_inbound.MAX_FILES} files"),
    ],
)
def test_the_limits_on_the_page_are_those_of_the_code(page: str, figures: str) -> None:
    text = " ".join((PAGES / f"{page}.md").read_text(encoding="utf-8").split())
    assert figures in text


@for_each("code", generic_inbound.OPT_OUTS)
def test_the_bridges_page_names_every_code_that_opts_out(code: str) -> None:
    assert f"`{code}`" in (PAGES / "generic.md").read_text(encoding="utf-8")


@for_each("channel", generic_inbound.CHANNELS)
def test_the_bridges_page_names_every_channel(channel: str) -> None:
    assert f"`{channel}`" in (PAGES / "generic.md").read_text(encoding="utf-8")
