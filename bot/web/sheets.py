"""Sheets that are given out bit by bit, while they are read."""

from collections.abc import AsyncIterator, Mapping

from aiohttp import web


async def send_sheet(
    request: web.Request, headers: Mapping[str, str], pieces: AsyncIterator[str]
) -> web.StreamResponse:
    """Answer with `pieces` in UTF-8; the first one was looked up before, so that a refusal is told as such.

    What fails from then on ends the connection, so that nobody takes a part for the whole, or waits for the rest.
    """
    answer = web.StreamResponse(headers=headers)
    await answer.prepare(request)
    try:
        async for piece in pieces:
            await answer.write(piece.encode())
    except Exception:
        if request.transport is not None:
            request.transport.abort()
        raise
    await answer.write_eof()
    return answer
