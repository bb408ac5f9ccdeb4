"""Files of the store go along with messages as links that end."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from bot.channels.service import Accounts
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.errors import NotConfiguredError
from bot.core.messages import ApprovedTemplate, Media, MediaKind, OutboundMessage
from bot.messages.media import links as media_links
from bot.messages.media.links import Linked
from bot.messages.media.references import stored_url, with_links
from bot.messages.outbox.sending import open_session, send
from bot.providers.base import Refused, Sent
from bot.settings import Settings
from tests.support.standins import standing_in

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEYS = (SecretStr("k" * 44),)
STORED = Media(MediaKind.DOCUMENT, stored_url("ab/cd", "application/pdf"), "menu.pdf")
ELSEWHERE = Media(MediaKind.IMAGE, "https://pizza.example/a.png")


def message(media: Media | None = None, header: Media | None = None) -> OutboundMessage:
    template = ApprovedTemplate("hi", "en", header=header) if header else None
    to = Address(AddressKind.PHONE, "+5511")
    return OutboundMessage("m1", "whatsapp:1", Channel.WHATSAPP, to, "Oi", media=media, template=template)


def test_a_file_of_the_store_becomes_a_signed_link_that_names_it() -> None:
    sent = with_links(message(STORED, STORED), "https://bot.example", NOW, KEYS)
    assert sent.media is not None
    assert sent.template is not None
    assert sent.template.header == sent.media
    base, _, token = sent.media.url.rpartition("/")
    assert base == "https://bot.example/media"
    assert media_links.read(token, KEYS, NOW) == Linked("ab/cd", "application/pdf", "menu.pdf")


def test_a_file_from_elsewhere_stays_where_it_is() -> None:
    for each in (message(), message(ELSEWHERE, ELSEWHERE)):
        assert with_links(each, "", NOW, ()) == each


@pytest.mark.parametrize(("public_url", "keys", "missing"), [("", KEYS, "PUBLIC_URL"), ("https://b", (), "SECRET_KEY")])
def test_without_an_address_or_a_key_there_is_no_link(
    public_url: str, keys: tuple[SecretStr, ...], missing: str
) -> None:
    with pytest.raises(NotConfiguredError, match=missing):
        with_links(message(STORED), public_url, NOW, keys)


async def test_the_provider_gets_the_link_and_without_one_the_message_waits() -> None:
    async with standing_in() as providers, open_session(1) as session:
        accounts = Accounts(Settings.read(providers.settings()))
        account = next(each.id for each in accounts if each.provider.name == "whatsapp")
        menu = replace(message(STORED), account=account)

        sent = await send(session, accounts, menu, "https://bot.example", KEYS)
        waits = await send(session, accounts, menu, "", KEYS)

    assert isinstance(sent, Sent)
    [request] = providers.recorded
    assert request.payload["document"]["link"].startswith("https://bot.example/media/")
    assert isinstance(waits, Refused)
    assert (waits.code, waits.operator, waits.retryable) == ("not_configured", True, True)
    assert "BOT_PUBLIC_URL" in waits.reason
