"""`start`: from `python bot.py run` to the first signed webhook that is served, with the bundles that come along."""

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.cpu import of_tree
from bench.load import LoadError, post_closed
from bench.machine import postgresql
from bench.outcome import Outcome
from bench.places import Graph, graph, postgres, publish, settings_for
from bench.progress import say
from bench.runs import WEBHOOK
from bench.scenario import phone, signed
from bench.targets import START_POSTGRESQL, START_SQLITE, Finding
from tests.support.processes import ROOT, BotProcess, free_port
from tests.support.waiting import eventually

_RUNS = 9
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start.

    Attributes:
        seconds: from the command to the first 2xx.
        cpu: CPU seconds of the server until then; a good deal less than `seconds` on a machine that was busy.
    """

    seconds: float
    cpu: float


async def measure() -> Outcome:
    """Several cold starts on either database; the median decides."""
    outcome = Outcome("start")
    async with postgres() as databases, graph() as provider:
        with TemporaryDirectory(prefix="recado-bench-") as folder:
            sqlite = f"sqlite+aiosqlite:///{Path(folder) / 'bot.db'}"
            for name, target, database in (
                ("SQLite", START_SQLITE, sqlite),
                ("PostgreSQL", START_POSTGRESQL, await databases.create()),
            ):
                say(f"{_RUNS} cold starts on {name}")
                starts = await _starts(database, provider)
                seconds, cpu = [each.seconds for each in starts], [each.cpu for each in starts]
                outcome.findings.append(Finding.median_of(target, seconds))
                outcome.figures[name] = seconds
                outcome.figures[f"{name}, CPU"] = cpu
                each = " ".join(f"{one:.2f}" for one in seconds)
                outcome.lines.append(f"{name:10}  median {median(seconds):.2f} s, CPU {median(cpu):.2f} s   ({each})")
            outcome.figures["postgresql"] = await postgresql(database)
    return outcome


async def _starts(database: str, provider: Graph) -> list[Start]:
    """Each start; the first one, which writes bytecode, schema and bundles, does not count."""
    with TemporaryDirectory(prefix="recado-bench-") as scratch:
        folder = Path(scratch)
        shutil.copytree(ROOT / "flows", folder / "flows")
        environment = settings_for(database, provider.settings)
        await publish(environment, folder)
        starts = [await _start(environment, folder) for _ in range(_RUNS + 1)]
    return starts[1:]


async def _start(environment: Mapping[str, str], folder: Path) -> Start:
    """From the command to the first 2xx, asked for every ten milliseconds."""
    port = free_port()
    server = BotProcess(environment, 0, ("run", "--port", str(port)), folder)
    post = signed(WEBHOOK, phone(0), f"wamid.START{port}N{time.time_ns()}", "pizza")
    began = time.perf_counter()
    await server.start()
    try:
        await eventually(lambda: _is_served(port, post), within=_PATIENCE_SECONDS)
        seconds = time.perf_counter() - began
        assert server.process is not None
        return Start(seconds, of_tree(server.process.pid))
    except TimeoutError:
        raise RuntimeError(f"no webhook was served:\n{server.output[-500:]}") from None
    finally:
        await server.stop()


async def _is_served(port: int, post: bytes) -> bool:
    try:
        return bool((await post_closed("127.0.0.1", port, [post], connections=1)).taken)
    except (OSError, LoadError):
        return False
