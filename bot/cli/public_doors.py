"""What of the things that stand open on this computer only is open through the public address, too."""

import asyncio
from collections.abc import Mapping

import aiohttp
from aiohttp import hdrs
from yarl import URL

from bot.cli.common import _
from bot.cli.findings import Finding, Verdict
from bot.settings import Settings

_UNSIGNED = "/webhooks/whatsapp"
_OPEN_TO_UNSIGNED = frozenset({200, 400})
"""How a post that nobody signed, and that says nothing, is answered where no signature is asked for."""
_NOTHING = b"{}"


async def check_doors(session: aiohttp.ClientSession, settings: Settings) -> list[Finding]:
    """Try the simulator, the metrics and an unsigned post as a stranger would, without any token."""
    simulator, metrics, unsigned = await asyncio.gather(
        _ask(session, settings, "GET", "/simulator"),
        _ask(session, settings, "GET", "/metrics"),
        _ask(session, settings, "POST", _UNSIGNED, _NOTHING),
    )
    found = [
        _page("/simulator", simulator, "BOT_SIMULATOR", meant=settings.simulator == "public"),
        _page("/metrics", metrics, "BOT_METRICS", meant=settings.metrics == "public"),
        _post(unsigned),
    ]
    if any(status == 403 and hdrs.WWW_AUTHENTICATE in headers for status, headers in (simulator, metrics)):  # noqa: PLR2004 - HTTP's own figure
        found.append(_unseen())
    return [each for each in found if each is not None]


async def _ask(
    session: aiohttp.ClientSession, settings: Settings, method: str, path: str, body: bytes | None = None
) -> tuple[int, Mapping[str, str]]:
    """The status and headers of the answer; 0 where there is none."""
    url = URL(f"{settings.public_url}{path}", encoded=True)
    headers = {hdrs.CONTENT_TYPE: "application/json"} if body else {}
    try:
        async with session.request(method, url, data=body, headers=headers, allow_redirects=False) as response:
            return response.status, response.headers
    except (aiohttp.ClientError, TimeoutError, OSError):
        return 0, {}


def _page(path: str, answer: tuple[int, Mapping[str, str]], setting: str, *, meant: bool) -> Finding | None:
    status, _headers = answer
    if status == 0:
        return None
    if status != 200:  # noqa: PLR2004 - HTTP's own figure for OK
        return Finding(
            path, Verdict.GOOD, _("It is closed to strangers: {status} through the public address.", status=status)
        )
    message = _("Everyone can open it through the public address.")
    mend = _("Take {setting}=public away, unless everyone is to see it.", setting=setting)
    return Finding(path, Verdict.NOTE if meant else Verdict.FAULT, message, mend)


def _post(answer: tuple[int, Mapping[str, str]]) -> Finding | None:
    subject, (status, _headers) = _("Unsigned posts"), answer
    if status == 0:
        return None
    if status in _OPEN_TO_UNSIGNED:
        message = _("A post that nobody signed is taken through the public address ({status}).", status=status)
        return Finding(subject, Verdict.FAULT, message, _("Remove BOT_INSECURE_WEBHOOKS and start the server again."))
    return Finding(subject, Verdict.GOOD, _("They are refused: {status} through the public address.", status=status))


def _unseen() -> Finding:
    """The server takes what comes from outside for something of this computer."""
    message = _("The proxy or tunnel hides that requests come from outside: only the token keeps strangers out.")
    mend = _("Let it send X-Forwarded-For, as docs/deployment.md shows, and show the token to nobody.")
    return Finding(_("Public address"), Verdict.NOTE, message, mend)
