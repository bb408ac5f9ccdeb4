import io
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from babel.messages import pofile
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo

from bot.web.i18n import CATALOGUES, DOMAIN, LOCALES, SOURCE
from tests.support.tables import for_each

ROOT = Path(__file__).parents[2]
FOLDERS = [CATALOGUES / locale.replace("-", "_") / "LC_MESSAGES" for locale in LOCALES if locale != SOURCE]


@pytest.fixture(scope="module")
def marked() -> set[str | tuple[str, ...]]:
    """Every text the code and the pages mark."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as config:
        methods, options = parse_mapping_cfg(config, "babel.cfg")  # type: ignore[no-untyped-call]  # Babel leaves it untyped
    keywords = {**DEFAULT_KEYWORDS, "N_": None, "plural": (1, 2), "counted": (1, 2)}
    methods = [(files, _from_calls if method == "python" else method) for files, method in methods]
    found = extract_from_dir(ROOT, methods, options, keywords, directory_filter=_is_ours)
    return {text for _file, _line, text, _comments, _context in found}


@for_each("folder", FOLDERS)
def test_every_marked_text_is_translated(folder: Path, marked: set[str | tuple[str, ...]]) -> None:
    translated = {message.id for message in _messages(folder) if _is_whole(message)}
    assert sorted(map(str, marked - translated)) == [], "run `make messages`, then translate what it added"


@for_each("folder", FOLDERS)
def test_the_values_in_a_translation_are_those_of_its_text(folder: Path) -> None:
    faults = [str(error) for message in _messages(folder) for error in message.check()]
    assert faults == []


@for_each("folder", FOLDERS)
def test_the_compiled_catalogue_is_what_the_written_one_says(folder: Path) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, _catalogue(folder))
    assert (folder / f"{DOMAIN}.mo").read_bytes() == compiled.getvalue(), "run `make messages`"


def test_no_text_is_said_past_the_keyword_by_which_it_would_be_collected() -> None:
    said = re.compile(r'language\(request\)\(\s*f?["\']')
    found = [str(path) for path in (ROOT / "bot").rglob("*.py") if said.search(path.read_text(encoding="utf-8"))]
    assert found == [], "`_ = language(request)` first: of `language(request)(...)` nothing is collected"


def _from_calls(file: IO[bytes], keywords: Collection[str], comments: Any, options: Any) -> Iterable[Any]:
    """As Babel, but of the files in which any keyword is called: it takes apart two thirds of the code for nothing."""
    called = rf"\b(?:{'|'.join(keywords)})\s*\(".encode()
    if re.search(called, file.read()) is None:
        return ()
    file.seek(0)
    return extract_python(file, keywords, comments, options)  # type: ignore[arg-type]  # Babel asks for a wider file than it reads


def _is_ours(folder: str | Path) -> bool:
    return Path(folder) == ROOT or (ROOT / "bot") in (Path(folder), *Path(folder).parents)


def _catalogue(folder: Path) -> Catalog:
    with (folder / f"{DOMAIN}.po").open("rb") as source:
        return pofile.read_po(source)


def _messages(folder: Path) -> Iterator[Message]:
    return (message for message in _catalogue(folder) if message.id)


def _is_whole(message: Message) -> bool:
    said = message.string
    return not message.fuzzy and (all(said) if isinstance(said, (tuple, list)) else bool(said))
