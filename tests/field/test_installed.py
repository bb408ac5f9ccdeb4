"""Installed from a wheel, away from any checkout: what is needed at run time comes along."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.support.processes import ROOT, BotProcess, free_port

SOURCES = ("bot", "migrations", "pyproject.toml", "setup.py", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which a wheel of this checkout is installed, without its dependencies."""
    made = tmp_path_factory.mktemp("wheel")
    source, wheels, target = made / "source", made / "wheels", made / "site"
    source.mkdir()
    for name in SOURCES:
        path = ROOT / name
        if path.is_dir():
            # Built beside the checkout, which must not get a `build` folder of it.
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, source)
    _pip("wheel", "--no-build-isolation", "--wheel-dir", wheels, source)
    _pip("install", "--no-compile", "--target", target, *wheels.glob("*.whl"))
    shutil.rmtree(source)
    return target


@pytest.fixture
async def installed(site: Path, tmp_path: Path) -> AsyncIterator[BotProcess]:
    """`recado run` of that installation, in an empty folder; not started yet."""
    port = free_port()
    environment = {"PYTHONPATH": str(site), "BOT_PORT": str(port)}
    process = BotProcess(environment, port, ("run",), tmp_path, program=site / "bin" / "recado")
    yield process
    if process.process is not None and process.process.returncode is None:
        await process.stop()


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_A08_a_wheel_serves_in_an_empty_folder(installed: BotProcess, tmp_path: Path) -> None:
    await installed.start()

    assert (tmp_path / "bot.db").is_file()
    assert "`recado init` writes a first bundle" in installed.output
    cookies = aiohttp.CookieJar(unsafe=True)  # of an address without a name
    async with aiohttp.ClientSession(cookie_jar=cookies) as session, session.get(installed.link) as page:
        assert page.status == 200
        assert "simulator.js" in await page.text()


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_A08_what_init_writes_goes_live(installed: BotProcess, site: Path, tmp_path: Path) -> None:
    told = _recado(site, tmp_path, "init", LC_ALL="pt_BR.UTF-8")
    assert "flows/loja.yaml" in told
    assert "`recado run`" in told

    await installed.start()

    assert "loja 1" in installed.output
    assert _recado(site, tmp_path, "flows", "list").startswith("loja")


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_A08_migrating_by_hand_works_too_and_the_code_is_the_wheels(site: Path, tmp_path: Path) -> None:
    assert "The database is now at " in _recado(site, tmp_path, "migrate")
    assert sorted(path.name for path in (site / "bot" / "migrations" / "versions").glob("*.py")) == sorted(
        path.name for path in (ROOT / "migrations" / "versions").glob("*.py")
    )
    assert not (site / "migrations").exists()


def _pip(command: str, *arguments: str | Path) -> None:
    quiet = ("--quiet", "--disable-pip-version-check", "--no-index", "--no-deps")
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "pip", command, *quiet, *arguments], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _recado(site: Path, folder: Path, *arguments: str, **environment: str) -> str:
    """What `recado ARGUMENTS` prints in `folder`."""
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, site / "bin" / "recado", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(site), **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
