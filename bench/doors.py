"""`doors`: what strangers without credentials cost: memory, and the time that others wait, under each attack.

A server process on SQLite with the providers that the attacks are for; `bench.watch` looks at it from another process.
"""

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

from aiohttp import web

from bench import strangers
from bench.outcome import Outcome
from bench.progress import say
from bench.scenario import NUMBER_ID, SECRET, phone, signed
from bench.strangers import FORM, LARGE, MULTIPART, Stranger
from bench.targets import DOORS_DELAY, DOORS_MEMORY, DOORS_MEMORY_LARGE, DOORS_WAIT, Finding
from bot.db.engine import create_engine
from bot.db.migrate import upgrade
from tests.support import mail_posts, posts
from tests.support.accounts import SECRET_KEY, add_stored
from tests.support.processes import ROOT, BotProcess, free_port

_BUNDLE = """
bundle: doors
locale: en
templates: {hello: {content: Hello!}}
triggers: [{type: regex, pattern: ., template: hello}]
"""
_SETTLING_SECONDS = 0.3
_PATIENCE_SECONDS = 60.0


class Seen(NamedTuple):
    """What the watcher saw.

    Attributes:
        longest: seconds that `/health/live` waited at most.
        answers: how often it answered.
        megabytes: the largest that the server's process was.
    """

    longest: float
    answers: int
    megabytes: float


@dataclass(slots=True)
class Place:
    """A server under attack.

    Attributes:
        port: where it serves.
        sends: when each answer on WhatsApp came to its provider, by the person's number.
    """

    port: int
    sends: dict[str, float]
    _watcher: asyncio.subprocess.Process

    async def seen(self) -> Seen:
        """What was seen since the last time."""
        assert self._watcher.stdin is not None
        assert self._watcher.stdout is not None
        self._watcher.stdin.write(b"\n")
        return Seen(**json.loads(await self._watcher.stdout.readline()))

    async def stranger_posts(self, count: int, path: str, headers: Mapping[str, str], body: bytes) -> str:
        """Post one after another; the answers by status."""
        stranger = Stranger(self.port)
        return _told(Counter([await stranger.post(path, headers, body) for _ in range(count)]))


class Attack(NamedTuple):
    """One attack.

    Attributes:
        name: as the table prints it.
        make: makes it; gives what came of it, in a few words.
        large: a body of 40 MiB is verified meanwhile.
    """

    name: str
    make: Callable[[Place, bool], Awaitable[str]]
    large: bool = False


async def measure(*, quick: bool = False) -> Outcome:
    """Every attack in turn; the worst of them decides."""
    outcome = Outcome("doors")
    memory: list[float] = []
    wait: list[float] = []
    large: list[float] = []
    async with _place() as place:
        idle = await _idle(place)
        for attack in _ATTACKS:
            say(attack.name)
            await place.seen()
            told = await attack.make(place, quick)
            await asyncio.sleep(_SETTLING_SECONDS)
            seen = await place.seen()
            over = seen.megabytes - idle
            (large if attack.large else memory).append(over)
            wait.append(seen.longest * 1000)
            line = f"{attack.name:58} {over:+5.0f} MB   longest wait {seen.longest * 1000:4.0f} ms   {told}"
            outcome.lines.append(line)
            outcome.figures[attack.name] = {**seen._asdict(), "over": over, "told": told}
            say(line)
        alone, beside = await _delays(place, quick)
    outcome.figures["idle"] = idle
    outcome.figures["delays"] = {"alone": alone, "beside": beside}
    outcome.lines.append(
        f"another account's answers: {median(alone) * 1000:.0f} ms alone,"
        f" {median(beside) * 1000:.0f} ms beside a provider that hangs"
    )
    outcome.findings = [
        Finding(DOORS_MEMORY, max(memory), min(memory), max(memory), len(memory)),
        Finding(DOORS_MEMORY_LARGE, max(large), min(large), max(large), len(large)),
        Finding(DOORS_WAIT, max(wait), min(wait), max(wait), len(wait)),
        # Below some milliseconds, chance decides.
        Finding(DOORS_DELAY, max(median(beside), 0.025) / max(median(alone), 0.025), 0, 0),
    ]
    return outcome


async def _idle(place: Place) -> float:
    """The process's megabytes once it has done everything once."""
    await _large_mail(place, True)
    for number in range(50):
        await _whatsapp(place, f"WARM{number}", number)
    await asyncio.sleep(1)
    await place.seen()
    await asyncio.sleep(_SETTLING_SECONDS)
    return (await place.seen()).megabytes


async def _not_configured(place: Place, quick: bool) -> str:
    headers = {"Content-Type": "application/json"}
    return await place.stranger_posts(10 if quick else 100, "/webhooks/postmark", headers, strangers.large())


async def _wrong_secret(place: Place, quick: bool) -> str:
    headers = {"Content-Type": "message/rfc822", "Authorization": "Bearer wrong"}
    return await place.stranger_posts(10 if quick else 100, "/webhooks/mime", headers, strangers.large())


async def _wrong_signature(place: Place, quick: bool) -> str:
    return await place.stranger_posts(3 if quick else 100, "/webhooks/mailgun", FORM, strangers.large())


async def _bombs(place: Place, _quick: bool) -> str:
    headers = {**FORM, "Content-Encoding": "gzip"}
    stranger = Stranger(place.port)
    answers = (stranger.post("/webhooks/mailgun", headers, strangers.bomb()) for _ in range(64))
    return _told(Counter(await asyncio.gather(*answers)))


async def _percent_signs(place: Place, _quick: bool) -> str:
    headers = {**FORM, "X-Twilio-Signature": "AAAA"}
    too_large = await place.stranger_posts(10, "/webhooks/twilio", headers, strangers.unsigned_form(4 * strangers.MIB))
    as_large = await place.stranger_posts(10, "/webhooks/twilio", headers, strangers.unsigned_form(255 * 1024))
    return f"{too_large}, {as_large}"


async def _brackets(place: Place, _quick: bool) -> str:
    headers, body = strangers.mail_of_brackets(20)
    return await place.stranger_posts(1, "/webhooks/sendgrid", headers, body)


async def _parts(place: Place, _quick: bool) -> str:
    body = b"--b\r\n" + b"Content-Disposition: form-data; name=%\r\n\r\n\r\n--b\r\n" * 400_000
    return await place.stranger_posts(1, "/webhooks/mailgun", MULTIPART, body)


async def _idle_connections(place: Place, _quick: bool) -> str:
    """From this computer's own address there is no share, from another one there is."""
    idle = [asyncio.create_task(Stranger(place.port).linger()) for _ in range(1000)]
    idle += [asyncio.create_task(Stranger(place.port, "127.0.0.2").linger()) for _ in range(300)]
    await asyncio.sleep(1)
    return await _others_meanwhile(place, idle)


async def _unfinished(place: Place, _quick: bool) -> str:
    stranger = Stranger(place.port)
    begun = [
        asyncio.create_task(stranger.begin("/webhooks/mailgun", FORM, LARGE, LARGE - strangers.MIB)) for _ in range(40)
    ]
    await asyncio.sleep(2)
    return await _others_meanwhile(place, begun)


async def _readiness(place: Place, quick: bool) -> str:
    stranger = Stranger(place.port)
    until = time.perf_counter() + (1 if quick else 5)

    async def ask() -> None:
        while time.perf_counter() < until:
            await stranger.get("/health/ready")

    return await _others_meanwhile(place, [asyncio.create_task(ask()) for _ in range(600)])


async def _large_mail(place: Place, _quick: bool) -> str:
    headers, body = strangers.mail_of_forty_mebibytes()
    return await place.stranger_posts(1, "/webhooks/mime", headers, body)


async def _others_meanwhile(place: Place, tasks: list[asyncio.Task[None]]) -> str:
    """How signed posts fare meanwhile; then the tasks are ended."""
    took = []
    for number in range(20):
        began = time.perf_counter()
        await _whatsapp(place, f"MEANWHILE{began:.6f}", number)
        took.append(time.perf_counter() - began)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return f"a signed post takes {median(took) * 1000:.0f} ms, {max(took) * 1000:.0f} at most"


_ATTACKS = (
    Attack("39 MiB to a provider that is not configured", _not_configured),
    Attack("39 MiB with a wrong secret", _wrong_secret),
    Attack("39 MiB without a signature, which would be in the body", _wrong_signature, large=True),
    Attack("64 bodies at once that unpack to 39 MiB each", _bombs),
    Attack("forms of 4 MiB and 255 KiB of %, ten Twilio accounts", _percent_signs),
    Attack("400,000 parts of a form, unsigned", _parts),
    Attack("a mail of 500,000 <, to 20 addresses", _brackets),
    Attack("1,300 connections that ask for nothing", _idle_connections),
    Attack("40 mails that do not end", _unfinished),
    Attack("600 clients that ask for /health/ready", _readiness),
    Attack("a mail of 40 MiB, signed", _large_mail, large=True),
)


async def _delays(place: Place, quick: bool) -> tuple[list[float], list[float]]:
    """From a person's message to its answer at WhatsApp: alone, and while 400 mails go to a provider that hangs."""
    count = 10 if quick else 30
    alone = [await _delay(place, 1000 + number) for number in range(count)]
    stranger = Stranger(place.port)
    for first in range(0, 120 if quick else 400, 40):
        mails = [strangers.mailgun_mail(first + number) for number in range(40)]
        await asyncio.gather(*(stranger.post("/webhooks/mailgun", *mail) for mail in mails))
    await asyncio.sleep(1)
    beside = [await _delay(place, 2000 + number) for number in range(count)]
    return alone, beside


async def _delay(place: Place, person: int) -> float:
    began = time.perf_counter()
    await _whatsapp(place, f"DELAY{began:.6f}", person)
    while phone(person) not in place.sends:
        if time.perf_counter() - began > _PATIENCE_SECONDS:
            return _PATIENCE_SECONDS
        await asyncio.sleep(0.002)
    return place.sends[phone(person)] - began


async def _whatsapp(place: Place, name: str, person: int) -> None:
    async with Stranger(place.port).connected() as (reader, writer):
        writer.write(signed("/webhooks/whatsapp", phone(person), f"wamid.{name}", "hi"))
        line = await reader.readuntil(b"\r\n")
        if b" 200 " not in line:
            raise RuntimeError(f"a signed post was answered {line!r}")


def _told(answers: Counter[int]) -> str:
    return ", ".join(f"{count}x {status or 'cut off'}" for status, count in sorted(answers.items()))


@asynccontextmanager
async def _place() -> AsyncIterator[Place]:
    sends: dict[str, float] = {}
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recado-bench-")))
        provider = await stack.enter_async_context(_provider(sends))
        database = f"sqlite+aiosqlite:///{folder / 'bot.db'}"
        (folder / "flows").mkdir()
        (folder / "flows" / "doors.yaml").write_text(_BUNDLE)
        await _with_ten_accounts(database)
        port = free_port()
        server = BotProcess(_settings(database, provider), port, ("run", "--port", str(port)), folder)
        await server.start()
        # What is queued for the provider that hangs would hold it up.
        stack.push_async_callback(server.kill)
        assert server.process is not None
        watcher = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.watch", "--port", str(port), "--pid", str(server.process.pid)),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        stack.callback(watcher.kill)
        yield Place(port, sends, watcher)


def _settings(database: str, provider: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database,
        "BOT_SECRET_KEY": SECRET_KEY,
        "BOT_LOG_LEVEL": "error",
        "WHATSAPP_API_URL": provider,
        "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
        "WHATSAPP_ACCESS_TOKEN": "token",
        "WHATSAPP_APP_SECRET": SECRET,
        "WHATSAPP_RATE": "1000",
        "MAILGUN_API_URL": f"{provider}/hangs",
        "MAILGUN_API_KEY": "key",
        "MAILGUN_DOMAIN": posts.MAILGUN_DOMAIN,
        "MAILGUN_SIGNING_KEY": posts.MAILGUN_SIGNING_KEY,
        "MAILGUN_FROM": posts.MAILGUN_MAILBOX,
        "MAILGUN_RATE": "1000",
        "MIME_SECRET": posts.MIME_SECRET,
        "MIME_FROM": posts.MIME_MAILBOX,
        "SENDGRID_FROM": mail_posts.SENDGRID["from"],
        "SENDGRID_DOMAIN": mail_posts.SENDGRID["domain"],
        "SENDGRID_WEBHOOK_PASSWORD": mail_posts.SENDGRID["webhook_password"],
    }


async def _with_ten_accounts(database: str) -> None:
    engine = create_engine(database)
    await upgrade(engine)
    for number in range(10):
        sender = f"+1555987000{number}"
        values = {"account_sid": f"AC{number}", "auth_token": f"token-{number}", "from": sender}
        await add_stored(engine, f"twilio:{sender}", values)
    await engine.dispose()


@asynccontextmanager
async def _provider(sends: dict[str, float]) -> AsyncIterator[str]:
    """WhatsApp's API, which notes when it is asked, and below `/hangs` one that never answers; its address."""
    ended = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        to = (await request.json()).get("to", "")
        sends.setdefault(to.removeprefix("+"), time.perf_counter())
        return web.json_response({"messages": [{"id": f"wamid.OUT{len(sends)}{to}"}]})

    async def hang(_request: web.Request) -> web.Response:
        await ended.wait()
        return web.Response(status=503)

    app = web.Application()
    app.router.add_post("/hangs/{rest:.*}", hang)
    app.router.add_post("/{rest:.*}", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        ended.set()
        await runner.cleanup()
