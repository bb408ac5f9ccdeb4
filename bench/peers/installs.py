"""Installs the others into a scratch folder, by npm and pip as this machine has them configured."""

import asyncio
import re
import shutil
import sys
from pathlib import Path

_SECONDS = 240.0
_LINES = 2
_WIDTH = 120
_OWN = re.compile(r"\w+://\S+|(?<!\S)[\"']?/\S+")


class NotRunError(Exception):
    """A peer could not be installed or started here; says why in one line."""


async def node_modules(folder: Path, *packages: str) -> None:
    """Install npm packages (with their versions) into `folder`."""
    if shutil.which("npm") is None:
        raise NotRunError("npm is not installed")
    await _run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder), *packages)


async def python_packages(folder: Path, *packages: str) -> None:
    """Install PyPI packages (with their versions) into a virtual environment in `folder`."""
    await _run(sys.executable, "-m", "venv", str(folder))
    python = str(folder / "bin" / "python")
    await _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages)


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
        raise NotRunError(f"{Path(command[0]).name} failed: {last_words(output.decode(errors='replace'))}")


def last_words(output: str) -> str:
    r"""The last lines of what a program printed, short, and without addresses and paths, which are the machine's own.

    >>> last_words("code E404\n404 GET http://registry/x\nA complete log of this run can be found in: /root/x.log\n")
    'code E404 / 404 GET …'
    """
    lines = [line.strip() for line in output.splitlines() if line.strip() and "complete log" not in line]
    return " / ".join(_OWN.sub("…", line)[:_WIDTH] for line in lines[-_LINES:])
