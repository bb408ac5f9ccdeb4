"""CPU seconds of the server, PostgreSQL, the generator and the rest of the machine, as the kernel counts them."""

import contextlib
from dataclasses import dataclass

import psutil

from bench.places import Server, connected


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds.

    Attributes:
        server: the server's process and its children.
        postgres: the whole PostgreSQL server; 0 where that runs on another machine.
        generator: this process.
        rest: everything else that kept the machine busy, the kernel's own work and what a host took away included;
            a large figure means that the run was disturbed.
    """

    server: float
    postgres: float
    generator: float
    rest: float

    def __sub__(self, earlier: "Spent") -> "Spent":
        return Spent(
            self.server - earlier.server,
            self.postgres - earlier.postgres,
            self.generator - earlier.generator,
            self.rest - earlier.rest,
        )


@dataclass(frozen=True, slots=True)
class Meter:
    """Reads what was spent so far.

    Attributes:
        server: its process id.
        postmaster: PostgreSQL's, or None where there is none on this machine.
    """

    server: int
    postmaster: int | None

    @classmethod
    async def of(cls, server: Server) -> "Meter":
        """For a server and its database."""
        return cls(server.pid, None if server.on_sqlite else await postmaster(server.database))

    def read(self) -> Spent:
        """Up to now."""
        server = of_tree(self.server)
        postgres = 0.0 if self.postmaster is None else of_tree(self.postmaster)
        own = psutil.Process().cpu_times()
        generator = own.user + own.system
        whole = psutil.cpu_times()
        busy = sum(whole) - whole.idle - whole.iowait - whole.guest - whole.guest_nice
        return Spent(server, postgres, generator, busy - server - postgres - generator)


def of_tree(pid: int) -> float:
    """CPU seconds of a process and of all its descendants, those included that have ended."""
    root = psutil.Process(pid)
    return sum(_of(each) for each in (root, *root.children(recursive=True)))


def _of(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


async def postmaster(database: str) -> int | None:
    """The process id of the PostgreSQL server behind a URL; None where it is not on this machine."""
    async with connected(database) as connection:
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(backend)
            if "postgres" in process.name():
                return int(process.ppid())
    return None
