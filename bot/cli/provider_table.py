"""The tables of what each provider supports, in docs/providers/README.md and README.md: `make providers`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.core.addresses import Channel
from bot.providers.base import Feature, Provider
from bot.providers.table import PROVIDERS

_ROOT = Path(__file__).parent.parent.parent
_BEGIN = "<!-- providers: written by `make providers` -->"
_END = "<!-- end of providers -->"

CHANNELS = {
    Channel.WHATSAPP: "WhatsApp",
    Channel.SMS: "SMS",
    Channel.EMAIL: "e-mail",
    Channel.TELEGRAM: "Telegram",
    Channel.MESSENGER: "Messenger",
    Channel.INSTAGRAM: "Instagram",
    Channel.OTHER: "anything else",
}
"""The channels as people write them."""
_COLUMNS = {
    Feature.STATUSES: "statuses",
    Feature.BUTTONS: "buttons",
    Feature.LISTS: "lists",
    Feature.MEDIA_IN: "files in",
    Feature.MEDIA_OUT: "files out",
    Feature.LOCATION_IN: "places in",
    Feature.LOCATION_OUT: "places out",
    Feature.TEMPLATES: "approved templates",
    Feature.HTML: "HTML",
    Feature.THREADS: "threads",
    Feature.OPT_OUTS: "opt-outs",
    Feature.ECHOES: "answers from its own app",
}


def pages() -> dict[Path, str]:
    """The text of each page that holds a table, by its path, with the table as the modules say."""
    tables = {_ROOT / "docs" / "providers" / "README.md": support_table(), _ROOT / "README.md": short_table()}
    return {path: _with_table(path.read_text(encoding="utf-8"), table) for path, table in tables.items()}


def support_table() -> str:
    """What each provider supports: a row a provider, a column a feature."""
    head = ["provider", "carries", "a post is known by", "window", *_COLUMNS.values()]
    rows = ([_link(each), _carried(each), each.signature, _window(each), *_marks(each)] for each in PROVIDERS.values())
    return _table(head, rows)


def short_table() -> str:
    """Each provider with its guide, its webhook and, in words, what it supports."""
    rows = (
        [
            f"[{_title(each)}](docs/providers/{each.name}.md)",
            _carried(each),
            f"`/webhooks/{each.name}`",
            ", ".join(words for feature, words in _COLUMNS.items() if feature in each.features),
        ]
        for each in PROVIDERS.values()
    )
    return _table(["provider", "carries", "webhook", "beside words"], rows)


def main() -> None:
    """Write the pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


def _with_table(page: str, table: str) -> str:
    before, _, rest = page.partition(_BEGIN)
    _old, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n{table}\n\n{_END}{after}"


def _table(head: Sequence[str], rows: Iterator[list[str]]) -> str:
    lines = [list(head), ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _title(provider: Provider) -> str:
    return f"{provider.title} (beta)" if provider.beta else provider.title


def _link(provider: Provider) -> str:
    return f"[{_title(provider)}]({provider.name}.md)"


def _carried(provider: Provider) -> str:
    return ", ".join(CHANNELS[each] for each in provider.channels)


def _window(provider: Provider) -> str:
    """How long after a person wrote anything may be sent, in hours."""
    hours = sorted({f"{window.total_seconds() / 3600:g} h" for window in provider.windows.values()})
    return ", ".join(hours)


def _marks(provider: Provider) -> list[str]:
    return ["✓" if feature in provider.features else "" for feature in _COLUMNS]


if __name__ == "__main__":
    main()
