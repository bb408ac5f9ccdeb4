"""What a figure belongs to: the machine, the versions, PostgreSQL's settings, the commit, the date."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from bench.places import connected
from bot.core.clock import utc_now
from tests.support.processes import ROOT

_PACKAGES = ("aiohttp", "asyncpg", "google-re2", "orjson", "SQLAlchemy", "uvloop")
_SETTINGS = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "wal_compression",
    "shared_buffers",
    "max_wal_size",
    "checkpoint_timeout",
    "autovacuum",
    "max_connections",
)


def describe() -> dict[str, Any]:
    """The machine and what runs on it, as JSON holds it."""
    return {
        "date": utc_now().isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "changed_since": bool(_git("status", "--porcelain", "--untracked-files=no", "--", "bot", "bench")),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
    }


async def postgresql(url: str) -> dict[str, str]:
    """The settings of a PostgreSQL server that its figures depend on."""
    async with connected(url) as connection:
        return {name: str(await connection.fetchval(f"SHOW {name}")) for name in _SETTINGS}


def _git(*arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    done = subprocess.run((git, *arguments), cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    return done.stdout.strip()


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
