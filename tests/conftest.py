"""Fixtures every test may use: a real database of either kind, migrated and empty."""

import asyncio
import gc
import os
import shutil
import sys
from collections.abc import AsyncIterator, Container, Generator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import pytest_asyncio
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db.engine import create_engine
from bot.db.migrate import upgrade
from tests.support.chromium import begun, chromium
from tests.support.emptied import Emptied
from tests.support.engines import sharing_statements
from tests.support.examples import FEW, without_constants
from tests.support.memory import quick_folder
from tests.support.network import close_to_other_hosts
from tests.support.postgres import Databases, postgres_server
from tests.support.processes import processes_ended
from tests.support.screens import Blank, Screens

if TYPE_CHECKING:
    from playwright.async_api import Browser

# The same examples in each run, so that what fails once fails again, more of them with `--slow`; `make search` looks
# for others.
hypothesis.settings.register_profile(FEW, deadline=None, derandomize=True, max_examples=25)
hypothesis.settings.register_profile("fixed", deadline=None, derandomize=True, max_examples=100)
hypothesis.settings.register_profile("search", deadline=None, max_examples=1000)

_NEW_OBJECTS = 50_000
"""After how many there is a look for garbage: Python's 700 took an eighth of the tests' time."""
_ABOVE_STATEMENTS = {"admin", "api", "app", "cli", "field", "simulator"}
"""Folders whose tests go through pages, commands and whole servers: what they show is alike on both databases.

They run on SQLite, and the rooms' own on PostgreSQL, where types are strict and locks are held by row: so each of the
statements is said to both.
"""
_ODD = frozenset("13579")
_SLOW = "recado_slow"
_COUNTS = pytest.StashKey[dict[str, int]]()
_NO_BROWSER = "Chromium is not installed"


def pytest_configure(config: pytest.Config) -> None:
    """Tests reach no other host, and speak English whatever the shell's language."""
    usual = "fixed" if config.getoption("--slow") else FEW
    chosen = os.environ.get("HYPOTHESIS_PROFILE", usual)
    hypothesis.settings.load_profile(chosen)
    if chosen == FEW:
        without_constants()
    close_to_other_hosts()
    os.environ["LC_ALL"] = "C.UTF-8"


def pytest_addoption(parser: pytest.Parser) -> None:
    """CI runs what takes long, too."""
    parser.addoption("--slow", action="store_true", help="run the tests that kill processes or run long, too")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """What is collected stays to the end: to look through it for garbage took a third of the time, and would again.

    And in the next run, whatever the environment says: to rewrite all assertions anew takes another third.
    """
    usual, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        gc.enable()
        sys.dont_write_bytecode = usual


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """Every second process of pytest-xdist begins at the last folder.

    What both would compile at once, in a fresh clone all tests and most of the code, one of them finds compiled.
    """
    report: pytest.CollectReport = yield
    if isinstance(collector, pytest.Directory) and os.environ.get("PYTEST_XDIST_WORKER", "")[-1:] in _ODD:
        report.result.reverse()
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True, specname="pytest_collection_modifyitems")
def in_one_order(items: list[pytest.Item]) -> Generator[None, Any, Any]:
    """Whichever end a process has begun at: pytest-xdist wants one list of them all."""
    items.sort(key=lambda each: each.path.parts)
    return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow tests want `--slow`, and so does a test on a second database that shows on the first what it shows.

    Browser tests need a browser and come first.

    Those share a Chromium where one process has them all; and what takes long leaves nobody idle at the end.
    """
    known = {each.nodeid for each in items}
    slow = [] if config.getoption("--slow") else [each for each in items if _is_slow(each, known)]
    if slow:
        config.hook.pytest_deselected(items=slow)
        kept = set(items).difference(slow)
        items[:] = [each for each in items if each in kept]
    _told(config)[_SLOW] = len(slow)
    items.sort(key=lambda each: each.get_closest_marker("browser") is None)
    if chromium() is None:
        for item in items:
            if item.get_closest_marker("browser") is not None:
                item.add_marker(pytest.mark.skip(reason=_NO_BROWSER))


def _is_slow(item: pytest.Item, known: Container[str]) -> bool:
    if item.get_closest_marker("slow") is not None:
        return True
    return isinstance(item, pytest.Function) and hasattr(item, "callspec") and _is_repeated(item, known)


def _is_repeated(item: pytest.Function, known: Container[str]) -> bool:
    """Whether one of the `known` shows the same on the other database."""
    params = item.callspec.params.values()
    if item.path.parent.name in _ABOVE_STATEMENTS or "doors" in item.fixturenames:
        return any(each in ("postgresql", "postgres_url") for each in params)
    if item.path.parent.name == "db" or item.get_closest_marker("own_database") is not None:
        return False
    other = item.nodeid.replace("sqlite_url", "postgres_url").replace("sqlite", "postgresql")
    return any(each in ("sqlite", "sqlite_url") for each in params) and other in known


def _told(config: pytest.Config) -> dict[str, int]:
    """Where a process of pytest-xdist leaves what the one that prints is to know."""
    own = config.stash.setdefault(_COUNTS, {})
    told: dict[str, int] = getattr(config, "workeroutput", own)
    return told


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Every process collects the same tests."""
    _told(node.config)[_SLOW] = getattr(node, "workeroutput", {}).get(_SLOW, 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the browser tests that were skipped, and count the slow ones: a green run must not hide them."""
    if slow := _told(config).get(_SLOW):
        terminalreporter.write_line(f"slow tests not run: {slow}; --slow runs them, as CI does")
    if hypothesis.settings.get_current_profile_name() == FEW:
        terminalreporter.write_line(
            "property tests and corpora tried a quarter of their examples; --slow tries all, as CI does"
        )
    skipped = [
        report.nodeid for report in terminalreporter.getreports("skipped") if _NO_BROWSER in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section(f"{_NO_BROWSER}; not run:")
        terminalreporter.write_line("\n".join(sorted(skipped)))


@pytest.fixture(scope="session", autouse=True)
def shared_statements() -> Iterator[None]:
    """Engines are many, and to compile what they say would take longer than to say it."""
    with sharing_statements():
        yield


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """What a test sets up for its logs does not outlive it: its standard error is closed by then."""
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def processes_end() -> Iterator[None]:
    """No process outlives the test that started it, however that ended: it would go on in the next one's database."""
    with processes_ended():
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator["Browser"]:
    """One Chromium for all tests of pages, whose loop is therefore the session's: its start costs more than they do."""
    async with begun() as launched:
        yield launched


@pytest.fixture(scope="session")
def screens(browser: "Browser") -> Screens:
    """The pages that the tests share."""
    return Screens(browser)


@pytest_asyncio.fixture(loop_scope="session")
async def blank(screens: Screens) -> AsyncIterator[Blank]:
    """Gives blank pages of somebody new; afterwards no script may have failed and no policy been broken."""
    async with screens.lent() as opens:
        yield opens


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """A PostgreSQL server on which to make databases."""
    with postgres_server(durable=False) as url:
        made = Databases(url)
        asyncio.run(made.prepare())
        yield made
        asyncio.run(made.close())


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[Path]:
    """A migrated SQLite file to copy."""

    async def make(path: Path) -> None:
        engine = create_engine(f"sqlite+aiosqlite:///{path}")
        await upgrade(engine)
        await engine.dispose()

    with TemporaryDirectory(prefix="sqlite", dir=quick_folder()) as folder:
        path = Path(folder) / "template.db"
        asyncio.run(make(path))
        yield path


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> Iterator[str]:
    """A fresh, migrated SQLite database."""
    path = sqlite_template.with_name("bot.db")
    shutil.copy(sqlite_template, path)
    yield f"sqlite+aiosqlite:///{path}"
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()


@pytest.fixture(scope="session")
def emptied(databases: Databases) -> Iterator[Emptied]:
    """A PostgreSQL database that tests share, one after the other."""
    made = Emptied(databases)
    yield made
    made.close()


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, databases: Databases, emptied: Emptied) -> Iterator[str]:
    """An empty, migrated PostgreSQL database; a test marked `own_database` has one of its own."""
    if request.node.get_closest_marker("own_database") is None:
        yield emptied.url()
        emptied.empty()
    else:
        own = Emptied(databases)
        yield own.url()
        own.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database; a test that takes it runs once on each kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on `database_url`; its connections go with the test."""
    made = create_engine(database_url)
    yield made
    await made.dispose()
