"""A text that somebody wants to publish, looked at by the checks of `flows check`: aside, one at a time.

The checks read on beyond mistakes, which takes seconds where a text is nothing but these; meanwhile messages are
answered. No disk is read: what lies beside a bundle is what its versions were published with.
"""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from bot.db.reader import Reader
from bot.engine.actions import Specs
from bot.flows.checking import Checked, Source, check
from bot.flows.library import NoBundleError, show

_FILE = "bundle.yaml"
_NO_FILE = "R11"


class TextChecks:
    """Lets one text be looked at after the other: more would only take Python from the messages."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def check(self, reader: Reader, specs: Specs, data: bytes, kept: Mapping[str, str] | None = None) -> Checked:
        """What the checks find.

        Args:
            reader: finds the files of the versions of before.
            specs: what flows and triggers may do.
            data: the text as it was typed, uploaded or sent.
            kept: the files that lie beside it, as messages name them; None: those of the newest version of its bundle.
        """
        checked = await self._run(Source(_FILE, data, kept or {}), specs)
        name = checked.names.get(_FILE)
        if kept is None and name and any(each.code == _NO_FILE for each in checked.faults):
            checked = await self._run(Source(_FILE, data, await _files_of(reader, name)), specs)
        return checked

    async def _run(self, source: Source, specs: Specs) -> Checked:
        async with self._turn:
            return await asyncio.to_thread(check, [source], specs)


TEXT_CHECKS = web.AppKey("text_checks", TextChecks)
"""`app` hands it in: there is one in a process, whoever asks."""


async def _files_of(reader: Reader, name: str) -> Mapping[str, str]:
    try:
        async with reader.reading() as connection:
            return (await show(connection, name)).files
    except NoBundleError:
        return {}
