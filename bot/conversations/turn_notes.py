"""What is said of turns and echoes outside the conversation: in the log and in the metrics, after the commit."""

from dataclasses import dataclass

import structlog

from bot.web import metrics

log = structlog.get_logger()

_PARKED, _ANSWERED, _SILENT = (metrics.TURNS.labels(result=each) for each in ("parked", "answered", "silent"))


@dataclass(frozen=True, slots=True)
class TurnNote:
    """What became of one message, for the log and the metrics once it is committed.

    Attributes:
        sends: how many messages it queued.
        error: the engine's fault that parked it, or empty. The fault's own text may quote the person, so it stays in
            the database.
        missing: (template, variable) of each variable that had no value.
        braked: the limit at which the bot fell silent with this message, or empty.
    """

    message_id: str
    contact_id: str
    channel: str
    sends: int = 0
    error: str = ""
    missing: tuple[tuple[str, str], ...] = ()
    braked: str = ""

    def report(self) -> None:
        """Count and log it."""
        about = {"message": self.message_id, "contact": self.contact_id, "channel": self.channel}
        if self.error:
            _PARKED.inc()
            log.error("turn parked", **about, error=self.error, mend="bot.py messages list --state parked")
        else:
            (_ANSWERED if self.sends else _SILENT).inc()
            log.info("turn", **about, sends=self.sends)
        if self.braked:
            metrics.BRAKES.labels(limit=self.braked.removeprefix("braked_")).inc()
            log.warning("silent, as if two machines answer each other", **about, limit=self.braked)
        for template, name in self.missing:
            log.warning("variable missing", message=self.message_id, template=template, name=name)


@dataclass(frozen=True, slots=True)
class EchoNote:
    """That a person of ours wrote to a contact from the provider's own app.

    Attributes:
        message_id: as it was recorded.
    """

    message_id: str
    contact_id: str
    provider: str

    def report(self) -> None:
        """Count and log it."""
        metrics.ECHOES.labels(provider=self.provider).inc()
        log.info("a person answered elsewhere", message=self.message_id, contact=self.contact_id)
