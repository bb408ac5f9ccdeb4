"""Whose a profiler's moment is."""

import pytest

from bench.hotspots import split

ROOT = "command (bot/cli/run.py:41);run_loop (bot/app/serve.py:96);run (uvloop/__init__.py:92)"


@pytest.mark.parametrize(
    ("frames", "owner"),
    [
        (
            "handle (aiohttp/web_protocol.py:577);parse (bot/providers/meta/whatsapp.py:48);loads (libc.so.6)",
            "parse",
        ),
        (
            "_write (bot/conversations/intake.py:1);execute (sqlalchemy/base.py:3);write (libc.so.6)",
            "SQL client",
        ),
        ("_write (bot/conversations/intake.py:1);turn (bot/engine/turn.py:3)", "engine"),
        ("_write (bot/conversations/intake.py:1)", "turn"),
        ("handle (aiohttp/web_protocol.py:577);uv__write (loop.c:2)", "HTTP"),
        ("turn (bot/engine/turn.py:3);gc_collect_main (libpython3.11.so.1.0)", "garbage collection"),
        ("uv__read (loop.c:2);read (libc.so.6)", "event loop"),
    ],
)
def test_a_moment_belongs_to_the_innermost_function_that_is_anybodys_own(frames: str, owner: str) -> None:
    assert split([f"{ROOT};{frames} 7"]) == {owner: 1.0}


def test_waiting_is_no_work() -> None:
    idle = ["uv__io_poll (loop.c:2);epoll_pwait (libc.so.6) 90", "_worker (thread.py:81);_queue_SimpleQueue_get (x) 9"]
    assert split([*idle, "turn (bot/engine/turn.py:3) 3", "read (libc.so.6) 1"]) == {"engine": 0.75, "event loop": 0.25}
