"""The load generator tells the truth about a server that stalls, refuses, goes away or is too slow."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bench.load import LoadError, post_closed, post_open
from bench.stats import percentile

POST = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"


@asynccontextmanager
async def answering(answer: Callable[[int], Awaitable[bytes]]) -> AsyncIterator[int]:
    """The port of a server that answers its n-th post with `answer(n)`, and hangs up where that is empty."""
    taken = 0
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        try:
            while await reader.read(len(POST)):
                number, taken = taken, taken + 1
                given = await answer(number)
                writer.write(given)
                if not given:
                    break
        finally:
            writer.close()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.get_running_loop().create_task(serve(reader, writer)))

    async with await asyncio.start_server(begin, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
    for task in serving:
        task.cancel()
    await asyncio.gather(*serving, return_exceptions=True)
    await asyncio.sleep(0)  # a closed transport lets go of its socket in the loop's next round


async def at_once(_number: int) -> bytes:
    return TAKEN


async def test_a_closed_loop_counts_every_post_that_was_taken() -> None:
    async with answering(at_once) as port:
        measured = await post_closed("127.0.0.1", port, [POST] * 200, connections=4)
    assert (measured.taken, len(measured.latencies), measured.refused) == (200, 200, 0)
    assert measured.rate == pytest.approx(200 / measured.seconds)


async def test_a_closed_loop_ends_when_its_time_is_over() -> None:
    async with answering(at_once) as port:
        measured = await post_closed("127.0.0.1", port, [POST] * 1_000_000, connections=4, seconds=0.1)
    assert 0 < measured.taken < 1_000_000
    assert measured.seconds >= 0.1


async def test_a_refused_post_counts_as_refused_and_not_as_taken() -> None:
    async def every_other(number: int) -> bytes:
        return REFUSED if number % 2 else TAKEN

    async with answering(every_other) as port:
        closed = await post_closed("127.0.0.1", port, [POST] * 20, connections=2)
        opened = await post_open("127.0.0.1", port, [POST] * 20, rate=1000)
    assert (closed.taken, closed.refused, len(closed.latencies)) == (10, 10, 10)
    assert (opened.taken, opened.refused, len(opened.latencies)) == (10, 10, 10)


async def test_an_open_loop_begins_each_post_at_its_moment() -> None:
    async with answering(at_once) as port:
        measured = await post_open("127.0.0.1", port, [POST] * 100, rate=400)
    assert measured.taken == 100
    assert measured.seconds >= 99 / 400
    # An answer cannot come before its post was due, and the generator says by how much it was late itself.
    assert min(measured.latencies) > 0
    assert 90 <= len(measured.lateness) <= 100
    assert min(measured.lateness) > -1e-6


async def test_an_open_loop_charges_a_stall_to_every_post_due_meanwhile() -> None:
    # 500 a second for a second, and a server that stands still for 0.4 s of it: 200 posts are due meanwhile, and all
    # but the last 25 wait longer than 0.05 s. Two connections would hide 198, did latency not count from their moment.
    loop = asyncio.get_running_loop()
    until = 0.0

    async def stall(number: int) -> bytes:
        nonlocal until
        if number == 100:
            until = loop.time() + 0.4
        await asyncio.sleep(max(0.0, until - loop.time()))
        return TAKEN

    async with answering(stall) as port:
        measured = await post_open("127.0.0.1", port, [POST] * 500, rate=500, connections=2)
    assert measured.taken == 500
    assert sum(1 for latency in measured.latencies if latency > 0.05) >= 165
    assert max(measured.latencies) > 0.35
    assert measured.unanswered == 0


async def test_an_open_loop_charges_the_posts_it_gave_up() -> None:
    async def never_after_ten(number: int) -> bytes:
        if number >= 10:
            await asyncio.sleep(10)
        return TAKEN

    async with answering(never_after_ten) as port:
        measured = await post_open("127.0.0.1", port, [POST] * 50, rate=500, connections=2, patience=0.2)
    assert (measured.taken, measured.unanswered, len(measured.latencies)) == (10, 40, 50)
    assert percentile(measured.latencies, 0.99) > 0.2


async def test_a_connection_lost_under_load_ends_the_run() -> None:
    async def hang_up(number: int) -> bytes:
        return TAKEN if number < 5 else b""

    async with answering(hang_up) as port:
        with pytest.raises(LoadError):
            await post_closed("127.0.0.1", port, [POST] * 20, connections=1)
        with pytest.raises(LoadError):
            await post_open("127.0.0.1", port, [POST] * 20, rate=1000, connections=1)
