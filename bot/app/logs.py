"""Structured logs: ids, never content, a secret or a whole address."""

import logging
import sys
from typing import Any

import orjson
import structlog

from bot.settings import Settings


def configure_logs(settings: Settings) -> None:
    """Log to standard error, for people or for machines, from `settings.log_level` up."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered: list[structlog.typing.Processor] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(serializer=_json)]
        if settings.log_format == "json"
        else [
            # Rich tracebacks would print local variables, and with them what people wrote.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=28
            )
        ]
    )
    structlog.configure(
        processors=[*shared, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def _json(event: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()
