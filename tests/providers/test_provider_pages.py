"""The pages that tell how to connect a provider say what the code does."""

from pathlib import Path

from bot.providers.base import Provider
from bot.providers.mailgun import provider as mailgun
from bot.providers.meta import whatsapp_outbound
from bot.providers.plivo import outbound as plivo_outbound
from bot.providers.table import PROVIDERS
from bot.providers.telnyx import outbound as telnyx_outbound
from bot.providers.twilio import outbound as twilio_outbound
from bot.providers.vonage import outbound as vonage_outbound
from bot.providers.vonage import verify as vonage_verify
from tests.support.tables import for_each

PAGES = Path(__file__).parents[2] / "docs" / "providers"


@for_each("provider", PROVIDERS.values())
def test_a_providers_page_names_every_setting_and_its_webhook(provider: Provider) -> None:
    page = (PAGES / f"{provider.name}.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}

    assert rows == {each.setting for each in provider.credentials} | {f"{provider.name.upper()}_RATE"}
    assert f"/webhooks/{provider.name}" in page
    assert f"python bot.py doctor {provider.name}" in page


@for_each("provider", PROVIDERS.values())
def test_the_rate_on_the_page_is_the_default(provider: Provider) -> None:
    page = (PAGES / f"{provider.name}.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{provider.name.upper()}_RATE`"))

    assert f"{provider.default_rate:g} by default" in row


@for_each("provider", PROVIDERS.values())
def test_every_provider_is_on_the_first_page(provider: Provider) -> None:
    assert f"]({provider.name}.md)" in (PAGES / "README.md").read_text(encoding="utf-8")


def test_the_limits_on_the_pages_are_those_of_the_code() -> None:
    names = ("whatsapp", "twilio", "mailgun")
    whatsapp, twilio, mail = ((PAGES / f"{name}.md").read_text(encoding="utf-8") for name in names)
    limits = whatsapp_outbound

    assert f"up to {limits.MAX_BUTTONS} options of up to {limits.MAX_BUTTON_TITLE} characters" in whatsapp
    assert f"under a text of up to {limits.MAX_BUTTONS_TEXT:,}" in whatsapp
    assert f"up to {limits.MAX_ROWS}\n  options of up to {limits.MAX_ROW_TITLE} characters" in whatsapp
    assert f"longer than {twilio_outbound.MAX_TEXT:,} characters" in twilio
    assert f"up to {mailgun.MAX_BODY >> 20} MiB" in mail
    assert mailgun.TOLERANCE.total_seconds() == 9 * 3600
    assert "is fresh for nine hours" in mail


def test_the_limits_of_sms_on_the_pages_are_those_of_the_code() -> None:
    vonage, telnyx, plivo = (
        (PAGES / f"{name}.md").read_text(encoding="utf-8") for name in ("vonage", "telnyx", "plivo")
    )

    assert f"longer than {vonage_outbound.MAX_TEXT:,} characters" in vonage
    assert f"A signature counts for\n{vonage_verify.TOLERANCE.total_seconds() / 3600:g} hours" in vonage
    assert f"{telnyx_outbound.MAX_GSM:,} units of GSM-7 or {telnyx_outbound.MAX_UCS2} of" in telnyx
    assert f"{plivo_outbound.MAX_GSM:,} units of GSM-7 or {plivo_outbound.MAX_UCS2} of" in plivo
