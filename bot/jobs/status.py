"""What may have become of a job: apart from its table, since a command's help names them and loads no database."""

from enum import StrEnum

from bot.core.i18n import N_


class JobStatus(StrEnum):
    """What became of a job; one that is under way is pending and has a claim."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_SHOWN = (N_("pending"), N_("done"), N_("failed"), N_("cancelled"))
"""For the catalogues: the statuses as tables show them."""
