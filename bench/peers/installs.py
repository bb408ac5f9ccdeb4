"""Installs the others into a scratch folder, by npm and pip as this machine has them configured."""

import asyncio
import shutil
import sys
from pathlib import Path

_SECONDS = 240.0
_LINES = 3


class NotRunError(Exception):
    """A peer could not be installed or started here; says why in one line."""


async def node_modules(folder: Path, *packages: str) -> None:
    """Install npm packages (with their versions) into `folder`."""
    if shutil.which("npm") is None:
        raise NotRunError("npm is not installed")
    await _run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder), *packages)


async def python_packages(folder: Path, *packages: str) -> Path:
    """Install PyPI packages (with their versions) into a virtual environment in `folder`; returns its programs."""
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    await _run(sys.executable, "-m", "venv", str(folder))
    await _run(str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages)
    return programs


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise NotRunError(f"{Path(command[0]).name} took longer than {_SECONDS:.0f} s") from None
    if process.returncode:
        lines = output.decode(errors="replace").strip().splitlines()
        raise NotRunError(f"{Path(command[0]).name} failed: {' / '.join(lines[-_LINES:])}")
