"""Files that lie beside a bundle: looked at when it is checked, kept when it is published, sent as links."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.flows import bundled, queries
from bot.flows.bundled import MAX_FILE, BundledFile
from bot.flows.catalogue import Catalogue
from bot.flows.checking import Checked, check, read_paths
from bot.flows.service import keep_files, publish
from bot.messages.media.store import FolderStore
from tests.support.bundles import MOMENT

PNG = b"\x89PNG\r\n\x1a\n and so on"
PDF = b"%PDF-1.7 and so on"
BUNDLE = """\
bundle: b
locale: pt-BR
welcome: t
templates:
  t:
    content: Oi
    media: {type: image, file: photos/oven.png}
    locales:
      en:
        content: Hi
        whatsapp: {template: hi, header: {type: document, file: menu.pdf}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a bundle and its two files."""
    made = tmp_path / "flows"
    (made / "photos").mkdir(parents=True)
    (made / "photos" / "oven.png").write_bytes(PNG)
    (made / "menu.pdf").write_bytes(PDF)
    (made / "b.yaml").write_text(BUNDLE, encoding="utf-8")
    return made


def checked(folder: Path) -> Checked:
    return check(read_paths([folder]))


def told(folder: Path) -> list[str]:
    return [f"{each.line}:{each.column} {each.code}" for each in checked(folder).faults]


def test_files_are_taken_by_their_content(folder: Path) -> None:
    [bundle] = checked(folder).bundles
    assert bundle.files == {
        "photos/oven.png": BundledFile(PNG, "image/png"),
        "menu.pdf": BundledFile(PDF, "application/pdf"),
    }


def test_a_file_that_is_not_there_is_a_fault(folder: Path) -> None:
    (folder / "menu.pdf").unlink()
    assert told(folder) == ["11:65 R08"]


@pytest.mark.parametrize("content", [PDF, b"<svg/>", b"", PNG + b"x" * MAX_FILE])
def test_a_file_of_another_kind_or_too_large_is_a_fault(folder: Path, content: bytes) -> None:
    (folder / "photos" / "oven.png").write_bytes(content)
    [fault] = checked(folder).faults
    assert (fault.code, fault.line, fault.message) == ("R09", 7, "photos/oven.png cannot be sent as image")
    assert fault.mend == "Name a file of that kind, by its content, of at most 16 MB."


@pytest.mark.parametrize("name", ["../menu.pdf", "/etc/passwd", ".env", "photos/../../x.png", "a\\b.png", "C:/x.png"])
def test_no_name_leads_out_of_the_folder(folder: Path, name: str) -> None:
    text = BUNDLE.replace("photos/oven.png", f"'{name}'")
    (folder / "b.yaml").write_text(text, encoding="utf-8")
    assert told(folder) == ["7:32 S09"]


@pytest.mark.parametrize("media", ["{type: image}", "{type: image, file: a.png, url: https://a.example/a.png}"])
def test_a_file_lies_in_one_place(folder: Path, media: str) -> None:
    (folder / "b.yaml").write_text(BUNDLE.replace("{type: image, file: photos/oven.png}", media), encoding="utf-8")
    assert told(folder) == ["7:12 S16"]


async def published(engine: AsyncEngine, folder: Path) -> list[int]:
    """The versions that publishing the folder gives."""
    bundles = checked(folder).bundles
    async with engine.begin() as connection:
        return [each.version for each in await publish(connection, bundles, by=Actor("ana"), now=MOMENT)]


async def test_a_published_template_names_its_file_in_the_store(engine: AsyncEngine, folder: Path) -> None:
    [bundle] = checked(folder).bundles
    store = FolderStore(folder.parent / "media")
    await keep_files(store, bundle.files)
    await published(engine, folder)
    catalogue = Catalogue(engine, {})
    await catalogue.refresh()

    welcome = catalogue.definitions.bundles[0].welcome
    assert welcome is not None
    assert welcome.base.extras is not None
    assert welcome.base.extras.media is not None
    url = welcome.base.extras.media.url.render({}, {}).text
    scheme, key, content_type = url.replace(";", ":").split(":")
    assert (scheme, content_type) == ("stored", "image/png")
    assert (await store.path(key)).read_bytes() == PNG


async def test_a_file_that_changes_makes_a_new_version(engine: AsyncEngine, folder: Path) -> None:
    assert await published(engine, folder) == [1]
    assert await published(engine, folder) == [1]
    (folder / "menu.pdf").write_bytes(PDF + b"!")
    assert await published(engine, folder) == [2]
    async with engine.connect() as connection:
        [stored] = (await queries.read_bundles(connection, await queries.published_ids(connection))).values()
    assert set(stored.ids.files) == {"photos/oven.png", "menu.pdf"}


async def test_a_store_that_takes_nothing_is_told(folder: Path) -> None:
    (folder / "in-the-way").write_bytes(b"")
    with pytest.raises(BotError, match="a file cannot be stored"):
        await keep_files(FolderStore(folder / "in-the-way"), {"menu.pdf": BundledFile(PDF, "application/pdf")})


def test_all_files_of_a_bundle_together_have_a_bound(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "MAX_FILES", len(PNG) + len(PDF))
    assert told(folder) == []
    monkeypatch.setattr(bundled, "MAX_FILES", len(PNG) + len(PDF) - 1)
    assert told(folder) == ["11:65 R10"]


def test_a_file_that_is_sent_twice_counts_once_and_must_fit_both_times(folder: Path) -> None:
    twice = BUNDLE.replace("{type: document, file: menu.pdf}", "{type: sticker, file: photos/oven.png}")
    (folder / "b.yaml").write_text(twice, encoding="utf-8")
    assert told(folder) == ["11:64 R09"]
