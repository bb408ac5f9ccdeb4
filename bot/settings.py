"""Settings: the environment, then `.env`; read once, frozen.

Any setting may be given as `NAME_FILE`, the path of a file that holds it. An empty value counts as not set.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import starmap
from pathlib import Path
from typing import Annotated, Literal, Self

from dotenv import dotenv_values
from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
)

from bot.core.errors import Blame, BotError
from bot.core.i18n import N_

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
DEFAULT_DATABASE_URL = "sqlite+aiosqlite:///bot.db"


LEAST_KEY = 32
"""Characters of a key that cannot be guessed."""
_LEAST_OLDER_KEY = 12
"""An older one only opens what it closed; whoever had a short one must be able to part from it."""


def _split(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _list(value: object) -> object:
    return _split(value) if isinstance(value, str) else value


def _networks(value: object) -> object:
    return tuple(starmap(_network, enumerate(_split(value), start=1))) if isinstance(value, str) else value


def _network(number: int, spelled: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(spelled)
    except ValueError:
        raise ValueError(f"entry {number} is no address such as 10.0.0.7 and no network such as 10.0.0.0/8") from None


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    spelled = re.fullmatch(r"(\d{1,6})\s*([smhd])", value.strip().lower())
    if spelled is None:
        raise ValueError("must be a time such as 30m, 24h or 7d")
    return timedelta(seconds=int(spelled[1]) * _SECONDS[spelled[2]])


def _domains(value: object) -> object:
    return tuple(map(_domain, _split(value.lower()))) if isinstance(value, str) else value


def _domain(spelled: str) -> str:
    if re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})+", spelled) is None:
        raise ValueError("must be domains such as shop.example, as they stand behind the @")
    return spelled


def _origins(value: object) -> object:
    return tuple(map(_origin, _split(value.lower()))) if isinstance(value, str) else value


def _origin(spelled: str) -> str:
    if re.fullmatch(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?", spelled) is None:
        raise ValueError("must be origins such as http://localhost:3000, without a path")
    return spelled


def _base_url(value: object) -> object:
    if isinstance(value, str) and not value.startswith(("http://", "https://")):
        raise ValueError("must begin with https:// (or http:// for a local trial)")
    return value.rstrip("/") if isinstance(value, str) else value


class Settings(BaseModel):
    """Every setting that is not a provider's own; those are read by name with `lookup`.

    A field's title is the environment variable, its description the line in `.env.example`.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    database_url: SecretStr = Field(
        SecretStr(DEFAULT_DATABASE_URL),
        title="DATABASE_URL",
        description="Where everything is kept: sqlite+aiosqlite:///bot.db, or postgresql://user:password@host/name",
    )
    host: str = Field("127.0.0.1", title="BOT_HOST", description="The address to serve on")
    port: int = Field(
        8080,
        title="BOT_PORT",
        validation_alias=AliasChoices("BOT_PORT", "PORT"),
        ge=0,
        le=65535,
        description="The port to serve on (PORT is understood too)",
    )
    public_url: Annotated[str, BeforeValidator(_base_url)] = Field(
        "",
        title="BOT_PUBLIC_URL",
        description="The address by which providers reach this server; what they sign, e.g. https://bot.example.com",
    )
    secret_key: Annotated[tuple[SecretStr, ...], BeforeValidator(_list)] = Field(
        (),
        title="BOT_SECRET_KEY",
        description="Encrypts and signs: python -c 'import secrets; print(secrets.token_urlsafe(32))' makes one; "
        "several, comma-separated, newest first, for rotation",
    )
    log_format: Literal["console", "json"] = Field(
        "console", title="BOT_LOG_FORMAT", description="console for people, json for machines"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", title="BOT_LOG_LEVEL", description="debug, info, warning or error"
    )
    simulator: Literal["local", "public", "off"] = Field(
        "local",
        title="BOT_SIMULATOR",
        description="/simulator answers the link that run prints, here (local), everyone (public), nobody (off)",
    )
    metrics: Literal["local", "public"] = Field(
        "local",
        title="BOT_METRICS",
        description="/metrics answers this computer with the token that run prints (local), or everyone (public)",
    )
    outbox: Literal["on", "off"] = Field(
        "on",
        title="BOT_OUTBOX",
        description="off lets `run` only serve, and leaves delivery and due work to `worker` processes",
    )
    insecure_webhooks: bool = Field(
        False,
        title="BOT_INSECURE_WEBHOOKS",
        description="1 takes unsigned webhooks from this computer at ?token=…, for trials; never where others reach it",
    )
    media_dir: str = Field(
        "",
        title="BOT_MEDIA_DIR",
        description="The folder of the files that people send; not set: media, beside the SQLite database or here",
    )
    media_max: int = Field(
        25 * 1024 * 1024,
        title="BOT_MEDIA_MAX",
        ge=1024,
        le=1024 * 1024 * 1024,
        description="Bytes that a file may have to be kept; up to four at once are in memory",
    )
    max_message_age: Annotated[timedelta, BeforeValidator(_duration)] = Field(
        timedelta(days=1),
        title="BOT_MAX_MESSAGE_AGE",
        ge=timedelta(minutes=1),
        description="What was said longer ago than this when it came is recorded, not answered: 30m, 24h, 7d",
    )
    inbox_reopen_hours: int = Field(
        24,
        title="BOT_INBOX_REOPEN_HOURS",
        ge=0,
        le=8760,
        description="How long after resolving a conversation what the contact writes goes to the same person; 0: never",
    )
    inbox_auto_resolve: Annotated[timedelta, BeforeValidator(_duration)] = Field(
        timedelta(),
        title="BOT_INBOX_AUTO_RESOLVE",
        description="Each night what nobody has said anything in for so long is resolved, unless the contact waits for "
        "an answer: 7d; 0h: never",
    )
    contacts_auto_merge: Literal["on", "off"] = Field(
        "off",
        title="BOT_CONTACTS_AUTO_MERGE",
        description="on: contacts of whom a channel says that they are one person are merged by themselves, which can "
        "be undone; off: they are suggested",
    )
    max_connections: int = Field(
        1000,
        title="BOT_MAX_CONNECTIONS",
        ge=16,
        le=100_000,
        description="Connections a process has at once; for one more, the one that asks for nothing longest is closed",
    )
    connections_per_address: int = Field(
        100,
        title="BOT_CONNECTIONS_PER_ADDRESS",
        ge=1,
        le=100_000,
        description="Connections of one address at once, but of this computer's and of BOT_TRUSTED_PROXIES",
    )
    head_seconds: int = Field(
        10, title="BOT_HEAD_SECONDS", ge=1, le=600, description="How long the head of a request may take to come"
    )
    body_seconds: int = Field(
        60, title="BOT_BODY_SECONDS", ge=1, le=3600, description="How long the body of a request may take to come"
    )
    idle_seconds: int = Field(
        150,
        title="BOT_IDLE_SECONDS",
        ge=1,
        le=3600,
        description="How long a connection is kept between requests; longer than a proxy before it keeps its own",
    )
    body_memory: int = Field(
        40 * 1024 * 1024,
        title="BOT_BODY_MEMORY",
        ge=40 * 1024 * 1024,
        le=64 * 1024 * 1024 * 1024,
        description="Bytes of large bodies a process holds at once; what does not fit is to be sent again",
    )
    kept_max: int = Field(
        256 * 1024 * 1024,
        title="BOT_KEPT_MAX",
        ge=1024 * 1024,
        le=1024 * 1024 * 1024 * 1024,
        description="Bytes of all posts kept raw because they were not understood; the oldest make way",
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)] = Field(
        (),
        title="BOT_TRUSTED_PROXIES",
        description="Addresses or networks of proxies whose X-Forwarded-For is believed, comma-separated",
    )
    endpoints_private: Annotated[tuple[str, ...], BeforeValidator(_origins)] = Field(
        (),
        title="BOT_ENDPOINTS_PRIVATE",
        description="Origins, comma-separated, that endpoints may have although they are http:// or private; for "
        "development: http://localhost:3000",
    )
    google_client_id: str = Field(
        "",
        title="GOOGLE_CLIENT_ID",
        description="Lets people sign in through Google, with GOOGLE_CLIENT_SECRET; docs/users.md tells how",
    )
    google_client_secret: SecretStr = Field(
        SecretStr(""), title="GOOGLE_CLIENT_SECRET", description="The client secret that Google gave with it"
    )
    oidc_issuer: str = Field(
        "",
        title="BOT_OIDC_ISSUER",
        description="Another provider of OpenID Connect, as it names itself: https://sso.example.com/realms/shop",
    )
    oidc_client_id: str = Field("", title="BOT_OIDC_CLIENT_ID", description="The client id that it gave this server")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), title="BOT_OIDC_CLIENT_SECRET", description="The client secret that it gave with it"
    )
    oidc_name: str = Field(
        "", title="BOT_OIDC_NAME", max_length=64, description="How people know it: the button says Continue with …"
    )
    sign_in_domains: Annotated[tuple[str, ...], BeforeValidator(_domains)] = Field(
        (),
        title="BOT_SIGN_IN_DOMAINS",
        description="Domains, comma-separated, whose people come in without an invitation, to look only (VIEWER), "
        "where Google or the other provider vouches for their address: shop.example",
    )
    pool_size: int = Field(
        5,
        title="BOT_POOL_SIZE",
        ge=1,
        le=100,
        description="Database connections a process keeps (PostgreSQL)",
    )

    _environment: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @property
    def given(self) -> frozenset[str]:
        """The names of everything that the environment and `.env` give, ours or not."""
        return frozenset(self._environment)

    def lookup(self, name: str) -> str | None:
        """The value of a provider's setting, or None when it is not set."""
        return self._environment.get(name)

    @classmethod
    def read(cls, environ: Mapping[str, str], dotenv: Path | None = None) -> Self:
        """Read `environ`, then the file `dotenv` if it is there; raises BotError naming the faulty setting."""
        environment = _with_files(environ, dotenv)
        titles = {name: field.title or name for name, field in cls.model_fields.items()}
        values = {}
        for name, field in cls.model_fields.items():
            spellings = ("BOT_PORT", "PORT") if name == "port" else (titles[name],)
            given = next((each for each in spellings if each in environment), None)
            if given is not None:
                value = environment[given]
                key = given if name == "port" else name
                values[key] = (
                    value.lower()
                    if field.title in {"BOT_LOG_LEVEL", "BOT_LOG_FORMAT", "BOT_OUTBOX", "BOT_CONTACTS_AUTO_MERGE"}
                    else value
                )
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            name = titles.get(str(first["loc"][0]), str(first["loc"][0]))
            raise BotError(
                N_("{name} is not valid: {reason}"),
                mend=N_("Mend {name} in the environment or in .env."),
                name=name,
                reason=first["msg"].removeprefix("Value error, "),
            ) from None
        settings._environment = environment  # noqa: SLF001 - set once, while it is being made
        return settings


def _with_files(environ: Mapping[str, str], dotenv: Path | None) -> dict[str, str]:
    merged: dict[str, str] = {}
    if dotenv is not None and dotenv.is_file():
        merged = {key: value for key, value in _dotenv(dotenv).items() if value}
    merged |= {key: value for key, value in environ.items() if value}
    for key, path in list(merged.items()):
        name = key.removesuffix("_FILE")
        if name == key or name in merged or not _is_ours(name):
            continue
        try:
            merged[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BotError(
                N_("{key} names a file that cannot be read: {reason}"),
                mend=N_("Check the path in {key}."),
                blame=Blame.SURROUNDINGS,
                key=key,
                reason=_reason(error),
            ) from None
    return merged


def _dotenv(path: Path) -> dict[str, str | None]:
    try:
        return dotenv_values(path)
    except (OSError, UnicodeDecodeError) as error:
        raise BotError(
            N_("{path} cannot be read: {reason}"),
            mend=N_("Save it as UTF-8 text."),
            blame=Blame.SURROUNDINGS,
            path=path,
            reason=_reason(error),
        ) from None


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else "it is not UTF-8 text"


_PROVIDERS = (
    *("WHATSAPP_", "TWILIO_", "MAILGUN_", "DIALOG360_", "VONAGE_", "TELNYX_", "PLIVO_", "SENDGRID_", "POSTMARK_"),
    *("SES_", "MIME_", "TELEGRAM_", "MESSENGER_", "INSTAGRAM_", "GENERIC_"),
)
"""What the names of each provider's settings begin with."""


def _is_ours(name: str) -> bool:
    return name.startswith(("BOT_", "DATABASE_", "GOOGLE_", *_PROVIDERS))


def require_keys(settings: Settings) -> None:
    """Raises BotError, with the mend, where one of the keys is easily guessed: a stranger could forge links by it."""
    for number, key in enumerate(settings.secret_key, start=1):
        least = LEAST_KEY if number == 1 else _LEAST_OLDER_KEY
        if len(key.get_secret_value()) < least:
            raise BotError(
                N_("entry {number} of BOT_SECRET_KEY has fewer than {least} characters, so it is easily guessed"),
                mend=N_("Make one with python -c 'import secrets; print(secrets.token_urlsafe(32))'."),
                number=str(number),
                least=str(least),
            )
