"""`.env.example` and docs/settings.md, written from the code: `make env-example`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from bot.providers.base import Provider
from bot.providers.table import PROVIDERS
from bot.settings import Settings

_ROOT = Path(__file__).parent.parent.parent

_ENV_HEAD = """\
# Every setting, with its default. Copy this file to .env and take the # away where you set one; the environment goes
# before .env. Any secret may be given as NAME_FILE, the path of a file that holds it. Written by: make env-example
"""
_DOCS_HEAD = """\
# Settings

Read once at the start, from the environment and then from `.env` in the working folder. An empty value counts as not
set. Any setting may be given as `NAME_FILE`, the path of a file that holds it: so Docker's and systemd's secrets
work. `bot.py doctor` checks them all. This page is written by `make env-example`.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as people read of it.

    Attributes:
        name: the environment variable.
        default: as it would be spelled, or empty.
        about: what it is for, one line.
    """

    name: str
    default: str
    about: str


def sections() -> Iterator[tuple[str, list[Setting]]]:
    """Every setting under its heading."""
    yield (
        "The bot",
        [
            Setting(field.title or name, _spelled(field.default), field.description or "")
            for name, field in Settings.model_fields.items()
        ],
    )
    for provider in PROVIDERS.values():
        yield provider.title, _of_provider(provider)


def setting_names() -> frozenset[str]:
    """Every setting by its name in the environment."""
    return frozenset(each.name for _title, settings in sections() for each in settings)


def env_example() -> str:
    """The text of `.env.example`."""
    return env_text(_ENV_HEAD.rstrip(), {})


def env_text(head: str, given: Mapping[str, str]) -> str:
    """The text of a `.env` that lists every setting with its default, and sets those that are `given`."""
    blocks = [
        "\n\n".join([f"# --- {title} ---", *(_of_env(each, given) for each in settings)])
        for title, settings in sections()
    ]
    return "\n\n".join([head, *blocks]) + "\n"


def settings_page() -> str:
    """The text of docs/settings.md."""
    blocks = [_DOCS_HEAD.rstrip()]
    for title, settings in sections():
        rows = [
            f"| `{each.name}` | {f'`{each.default}`' if each.default else ''} | {each.about} |" for each in settings
        ]
        blocks.append("\n".join([f"## {title}", "", "| setting | default | what it is for |", "|---|---|---|", *rows]))
    return "\n\n".join(blocks) + "\n"


def main() -> None:
    """Write both files."""
    (_ROOT / ".env.example").write_text(env_example(), encoding="utf-8")
    (_ROOT / "docs" / "settings.md").write_text(settings_page(), encoding="utf-8")


def _of_env(setting: Setting, given: Mapping[str, str]) -> str:
    value = given.get(setting.name)
    line = f"# {setting.name}={setting.default}" if value is None else f"{setting.name}={value}"
    return f"# {setting.about}\n{line}"


def _of_provider(provider: Provider) -> list[Setting]:
    rate = Setting(f"{provider.name.upper()}_RATE", f"{provider.default_rate:g}", "Messages a second at most")
    return [*(Setting(each.setting, each.default or "", each.about) for each in provider.credentials), rate]


def _spelled(default: object) -> str:
    match default:
        case SecretStr():
            return default.get_secret_value()
        case bool():
            return str(int(default))
        case timedelta():
            return f"{default // timedelta(hours=1)}h"
        case tuple():
            return ",".join(map(str, default))
        case _:
            return str(default)


if __name__ == "__main__":
    main()
