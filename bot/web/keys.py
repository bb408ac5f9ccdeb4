"""Where a request finds the application's resources."""

from collections.abc import Sequence

from aiohttp import web
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.clock import Clock
from bot.db.hub import Hub
from bot.db.reader import Reader
from bot.db.traffic import Traffic
from bot.settings import Settings
from bot.web.bodies import Bodies

SETTINGS = web.AppKey("settings", Settings)
BODIES = web.AppKey("bodies", Bodies)
ENGINE = web.AppKey("engine", AsyncEngine)
READER = web.AppKey("reader", Reader)
"""What pages show is read from there."""
TRAFFIC = web.AppKey("traffic", Traffic)
"""What pages give way to."""
HUB = web.AppKey("hub", Hub)
"""Tells what has changed."""
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
LINK_KEYS: web.AppKey[Sequence[SecretStr]] = web.AppKey("link_keys")
"""Sign and read links: those of BOT_SECRET_KEY, or one that this process made for itself."""
LOCAL_TOKEN = web.AppKey("local_token", str)
"""Opens what stands open on this computer only; `bot.web.local_token` tells why."""
