"""Structured logs: ids, never content, a secret or a whole address."""

import json
import logging
import sys
import traceback
from typing import Any

import orjson
import structlog

from bot.core.text import escaped, escaped_json
from bot.settings import Settings

_FRAMES = 8
"""The innermost calls of an exception that are told."""


def configure_logs(settings: Settings) -> None:
    """Log to standard error, for people or for machines, from `settings.log_level` up."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        faults_without_words,
    ]
    rendered: list[structlog.typing.Processor] = (
        [structlog.processors.JSONRenderer(serializer=_json)]
        if settings.log_format == "json"
        else [without_steering, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=28)]
    )
    structlog.configure(
        processors=[*shared, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # What libraries say goes the same way.
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def faults_without_words(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Give an exception as its type and where it rose: its own words, and local variables, may quote a person."""
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else (info if isinstance(info, tuple) else sys.exc_info())[1]
    if info and error is not None:
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        event["error"] = type(error).__name__
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def without_steering(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Make visible what a stranger's words, such as a Host, would do to a terminal; what is no text has its repr."""
    return {name: escaped(value) if isinstance(value, str) else value for name, value in event.items()}


def _json(event: Any, **_options: Any) -> str:
    try:
        document = orjson.dumps(event, default=str).decode()
    except TypeError:
        # A header may have had bytes that are no UTF-8.
        document = json.dumps(event, default=str)
    return escaped_json(document)
