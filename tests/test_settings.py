from ipaddress import ip_network
from pathlib import Path

import pytest

from bot.core.errors import Blame, BotError
from bot.settings import DEFAULT_DATABASE_URL, Settings
from tests.support.tables import for_each


def test_without_any_setting_the_defaults_serve_this_computer_on_sqlite() -> None:
    settings = Settings.read({})

    assert settings.database_url.get_secret_value() == DEFAULT_DATABASE_URL
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.simulator, settings.metrics, settings.insecure_webhooks) == ("local", "local", False)
    assert settings.secret_key == ()


@for_each(
    ("name", "spelled", "attribute", "value"),
    [
        ("BOT_HOST", "0.0.0.0", "host", "0.0.0.0"),  # noqa: S104 - a setting's value, nothing is bound
        ("BOT_PORT", "9000", "port", 9000),
        ("PORT", "9000", "port", 9000),
        ("BOT_PUBLIC_URL", "https://bot.example.com/", "public_url", "https://bot.example.com"),
        ("BOT_LOG_FORMAT", "JSON", "log_format", "json"),
        ("BOT_LOG_LEVEL", "WARNING", "log_level", "warning"),
        ("BOT_SIMULATOR", "public", "simulator", "public"),
        ("BOT_SIMULATOR", "off", "simulator", "off"),
        ("BOT_METRICS", "public", "metrics", "public"),
        ("BOT_INSECURE_WEBHOOKS", "1", "insecure_webhooks", True),
        ("BOT_INSECURE_WEBHOOKS", "0", "insecure_webhooks", False),
        ("BOT_TRUSTED_PROXIES", "10.0.0.0/8, ::1,", "trusted_proxies", (ip_network("10.0.0.0/8"), ip_network("::1"))),
        ("BOT_POOL_SIZE", "20", "pool_size", 20),
    ],
)
def test_a_setting_is_read_as_it_is_spelled(name: str, spelled: str, attribute: str, value: object) -> None:
    assert getattr(Settings.read({name: spelled}), attribute) == value


def test_several_secret_keys_keep_their_order_newest_first() -> None:
    keys = Settings.read({"BOT_SECRET_KEY": "new, old"}).secret_key
    assert [key.get_secret_value() for key in keys] == ["new", "old"]


def test_bot_port_goes_before_port() -> None:
    assert Settings.read({"PORT": "1", "BOT_PORT": "2"}).port == 2


def test_an_empty_value_counts_as_not_set() -> None:
    settings = Settings.read({"BOT_PORT": "", "WHATSAPP_ACCESS_TOKEN": ""})
    assert settings.port == 8080
    assert settings.lookup("WHATSAPP_ACCESS_TOKEN") is None


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("BOT_PORT=1\nBOT_HOST=::1\nTWILIO_AUTH_TOKEN=abc\n", encoding="utf-8")

    settings = Settings.read({"BOT_PORT": "2"}, dotenv)

    assert (settings.port, settings.host) == (2, "::1")
    assert settings.lookup("TWILIO_AUTH_TOKEN") == "abc"


def test_a_missing_file_is_no_fault(tmp_path: Path) -> None:
    assert Settings.read({}, tmp_path / ".env").port == 8080


@pytest.mark.parametrize("name", ["DATABASE_URL", "BOT_SECRET_KEY", "WHATSAPP_ACCESS_TOKEN", "MAILGUN_SIGNING_KEY"])
def test_any_secret_may_be_given_as_a_file(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("postgresql://user@host/name\n", encoding="utf-8")

    assert Settings.read({f"{name}_FILE": str(secret)}).lookup(name) == "postgresql://user@host/name"


def test_a_value_goes_before_its_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from the file", encoding="utf-8")
    settings = Settings.read({"TWILIO_AUTH_TOKEN": "given", "TWILIO_AUTH_TOKEN_FILE": str(secret)})
    assert settings.lookup("TWILIO_AUTH_TOKEN") == "given"


def test_a_file_that_is_not_there_is_named_by_its_setting(tmp_path: Path) -> None:
    with pytest.raises(BotError, match="BOT_SECRET_KEY_FILE names a file that cannot be read") as raised:
        Settings.read({"BOT_SECRET_KEY_FILE": str(tmp_path / "nothing")})
    assert raised.value.blame is Blame.SURROUNDINGS


def test_a_file_that_is_no_text_is_named_by_its_setting(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BotError, match=r"BOT_SECRET_KEY_FILE.*not UTF-8"):
        Settings.read({"BOT_SECRET_KEY_FILE": str(secret)})


def test_a_dotenv_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_bytes(b"BOT_PORT=\xff\n")
    with pytest.raises(BotError, match=r"\.env cannot be read: it is not UTF-8"):
        Settings.read({}, dotenv)


@for_each(
    ("name", "spelled"),
    [
        ("BOT_PORT", "eighty"),
        ("BOT_PORT", "70000"),
        ("PORT", "-1"),
        ("BOT_PUBLIC_URL", "bot.example.com"),
        ("BOT_LOG_FORMAT", "xml"),
        ("BOT_LOG_LEVEL", "loud"),
        ("BOT_SIMULATOR", "maybe"),
        ("BOT_METRICS", "off"),
        ("BOT_INSECURE_WEBHOOKS", "perhaps"),
        ("BOT_TRUSTED_PROXIES", "10.0.0.1, proxy.example.com"),
        ("BOT_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("BOT_POOL_SIZE", "0"),
    ],
)
def test_a_faulty_setting_is_named_with_a_mend(name: str, spelled: str) -> None:
    with pytest.raises(BotError, match=f"^{name} is not valid: .*Mend {name} in the environment or in .env.$"):
        Settings.read({name: spelled})


def test_a_fault_never_quotes_the_value() -> None:
    with pytest.raises(BotError) as raised:
        Settings.read({"BOT_PUBLIC_URL": "bot.example.com/?token=hush-hush"})
    assert "hush-hush" not in str(raised.value)


def test_settings_never_show_a_secret() -> None:
    secret = "hush-hush"
    settings = Settings.read(
        {"BOT_SECRET_KEY": secret, "DATABASE_URL": f"postgresql://u:{secret}@h/d", "WHATSAPP_APP_SECRET": secret}
    )
    assert secret not in repr(settings)
    assert secret not in str(settings)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings.read({}).port = 1
