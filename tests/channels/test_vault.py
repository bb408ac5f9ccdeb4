"""Credentials at rest."""

import pytest
from cryptography.fernet import Fernet, InvalidToken
from pydantic import SecretStr

from bot.channels.vault import SealedError, Vault
from bot.core.errors import BotError

OLD = SecretStr("the-old-secret-key-0123456789-abcdef")
NEW = SecretStr("the-new-secret-key-0123456789-abcdef")
VALUES = {"access_token": SecretStr("hush-hush"), "phone_number_id": SecretStr("1000")}


def test_what_is_sealed_shows_nothing_and_is_opened_by_the_same_key() -> None:
    vault = Vault([OLD])
    sealed = vault.seal("whatsapp:1000", VALUES)
    assert "hush" not in sealed
    opened = Vault([OLD]).open("whatsapp:1000", sealed)
    assert (opened["access_token"], opened["phone_number_id"]) == ("hush-hush", "1000")


def test_nothing_of_a_vault_or_of_what_it_opens_is_printed() -> None:
    vault = Vault([OLD])
    opened = vault.open("whatsapp:1000", vault.seal("whatsapp:1000", VALUES))
    shown = f"{vault!r} {vault} {opened!r} {opened}"
    assert "Vault(1 keys)" in shown
    assert "hush" not in shown
    assert "secret-key" not in shown


def test_the_newest_key_seals_and_every_key_opens() -> None:
    before = Vault([OLD]).seal("whatsapp:1000", VALUES)
    both = Vault([NEW, OLD])
    assert both.open("whatsapp:1000", before)["access_token"] == "hush-hush"
    assert Vault([NEW]).open("whatsapp:1000", both.seal("whatsapp:1000", VALUES))["access_token"] == "hush-hush"


def test_sealing_anew_takes_the_newest_key_once() -> None:
    before = Vault([OLD]).seal("whatsapp:1000", VALUES)
    both = Vault([NEW, OLD])
    after = both.reseal("whatsapp:1000", before)
    assert after is not None
    assert both.reseal("whatsapp:1000", after) is None
    assert Vault([NEW]).open("whatsapp:1000", after)["access_token"] == "hush-hush"


@pytest.mark.parametrize(
    ("keys", "account", "sealed"),
    [
        pytest.param([], "whatsapp:1000", None, id="no key"),
        pytest.param([NEW], "whatsapp:1000", None, id="another key"),
        pytest.param([OLD], "whatsapp:2000", None, id="another account's"),
        pytest.param([OLD], "whatsapp:1000", "gAAAAAB-damaged", id="damaged"),
        pytest.param([OLD], "whatsapp:1000", "", id="empty"),
    ],
)
def test_what_no_key_opens_is_told_with_its_mend(keys: list[SecretStr], account: str, sealed: str | None) -> None:
    with pytest.raises(SealedError) as caught:
        Vault(keys).open(account, Vault([OLD]).seal("whatsapp:1000", VALUES) if sealed is None else sealed)
    assert account in caught.value.message
    assert "BOT_SECRET_KEY" in caught.value.mend


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(BotError, match="BOT_SECRET_KEY is not set") as caught:
        Vault([]).seal("whatsapp:1000", VALUES)
    assert "token_urlsafe" in caught.value.mend


def test_what_no_key_opens_is_not_sealed_anew() -> None:
    with pytest.raises(SealedError):
        Vault([NEW]).reseal("whatsapp:1000", Vault([OLD]).seal("whatsapp:1000", VALUES))


def test_the_key_is_not_the_secret_itself() -> None:
    """The same secret signs other things; its key for credentials is one of its own."""
    plain = Fernet.generate_key().decode()
    sealed = Vault([SecretStr(plain)]).seal("whatsapp:1000", VALUES)
    with pytest.raises(InvalidToken):
        Fernet(plain).decrypt(sealed)
