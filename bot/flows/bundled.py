"""A bundle that was checked, and the files that lie beside it and are sent by it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from bot.flows.yaml.document import BundleDocument
from bot.flows.yaml.document_extras import ExtrasDocument, MediaDocument
from bot.flows.yaml.document_extras import Path as Place
from bot.flows.yaml.findings import Findings
from bot.messages.media.references import key_of, stored_url, type_of
from bot.messages.media.types import sniff

MAX_FILE = 16 * 1024 * 1024
"""Bytes of a file; most providers take no larger ones."""
MAX_FILES = 4 * MAX_FILE
"""Bytes of all files of a bundle together."""
_BEGINNINGS: Mapping[str, str] = {
    "image": "image/",
    "audio": "audio/",
    "video": "video/",
    "sticker": "image/webp",
    "document": "",
}


@dataclass(frozen=True, slots=True)
class BundledFile:
    """A file that lies beside a bundle.

    Attributes:
        content: its bytes.
        content_type: by its bytes.
    """

    content: bytes
    content_type: str

    @property
    def url(self) -> str:
        """How messages name it, wherever it is kept."""
        return stored_url(key_of(sha256(self.content).hexdigest()), self.content_type)


@dataclass(frozen=True, slots=True)
class CheckedBundle:
    """A file in which `check` found no fault.

    Attributes:
        file: as the admin named it.
        document: what it says.
        source: the YAML as written.
        files: those that lie beside it and are sent, by their name; `keep_files` puts them into the store.
        kept: those that the store has already, by their name, as messages name them.
    """

    file: str
    document: BundleDocument
    source: str
    files: Mapping[str, BundledFile] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def urls(self) -> Mapping[str, str]:
        """How messages name its files, by the files' names."""
        return {**self.kept, **{name: file.url for name, file in self.files.items()}}


def read_files(found: Findings) -> dict[str, BundledFile]:
    """The files that a bundle's templates name, by their name; what is wrong with one is noted."""
    files: dict[str, BundledFile] = {}
    for place, media in _media(found):
        if media.file is None:
            continue
        at, name = (*place, "file"), media.file
        content = files[name].content if name in files else _read(Path(found.file).parent / name)
        content_type = sniff(content) if content is not None and len(content) <= MAX_FILE else ""
        if content is None:
            found.add(at, "R08", name=name)
        elif not content_type.startswith(_BEGINNINGS[media.type]) or not content_type:
            found.add(at, "R09", name=name, type=media.type, limit=_megabytes(MAX_FILE))
        elif sum(len(each.content) for key, each in files.items() if key != name) + len(content) > MAX_FILES:
            found.add(at, "R10", limit=_megabytes(MAX_FILES))
        else:
            files[name] = BundledFile(content, content_type)
    return files


def find_kept(found: Findings, kept: Mapping[str, str]) -> dict[str, str]:
    """Of the files in `kept` those that a bundle's templates name; what is wrong with one is noted. No disk is read."""
    urls: dict[str, str] = {}
    for place, media in _media(found):
        if media.file is None:
            continue
        at, name = (*place, "file"), media.file
        url = kept.get(name)
        if url is None:
            found.add(at, "R11", name=name)
        elif not type_of(url).startswith(_BEGINNINGS[media.type]):
            found.add(at, "R09", name=name, type=media.type, limit=_megabytes(MAX_FILE))
        else:
            urls[name] = url
    return urls


def _read(path: Path) -> bytes | None:
    """A file, or so much of it that it is too large; None when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE + 1)
    except (OSError, ValueError):
        return None


def _megabytes(count: int) -> str:
    return str(count // 1024 // 1024)


def _media(found: Findings) -> Iterator[tuple[Place, MediaDocument]]:
    for key, template in found.parts.templates.items():
        parts: Sequence[tuple[Place, ExtrasDocument]] = [
            (("templates", key), template),
            *((("templates", key, "locales", locale), each) for locale, each in template.locales.items()),
        ]
        for place, extras in parts:
            if extras.media is not None:
                yield (*place, "media"), extras.media
            if extras.whatsapp is not None and extras.whatsapp.header is not None:
                yield (*place, "whatsapp", "header"), extras.whatsapp.header
