"""Where a request finds the application's resources."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.clock import Clock
from bot.settings import Settings

SETTINGS = web.AppKey("settings", Settings)
ENGINE = web.AppKey("engine", AsyncEngine)
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
