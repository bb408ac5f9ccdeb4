"""How jobs are called, and how they stand; all marked for translation."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from bot.jobs.service import Daily, JobStatus, ListedJob
from bot.web.i18n import N_, Translator

TYPES: Mapping[str, str] = {
    "send": N_("Queue messages"),
    "said_later": N_("Send what was put off"),
    "inbox_leave": N_("Let nobody have the conversations of who may not answer any more"),
    "inbox_notify": N_("Tell people of ours what they have not seen"),
    "notice_retention": N_("Delete old notices"),
    "inbox_wake": N_("Open what was snoozed"),
    "inbox_auto_resolve": N_("Resolve quiet conversations"),
    "draft_files": N_("Forget files that were never sent"),
    "points_backfill": N_("Give points a last day that had none"),
    "points_end": N_("Let points end whose last day is over"),
    "points_end_plan": N_("Plan when points end"),
    "points_notices": N_("Tell people whose points are about to end"),
    "points_notices_plan": N_("Plan when people are told that points end"),
    "points_notices_renew": N_("Tell anew of points, since what was queued is not true any more"),
    "listener": N_("Tell a system what it missed"),
    "search_build": N_("Gather words to search"),
    "contact_import": N_("Import contacts"),
    "contact_import_retention": N_("Delete old imports"),
    "duplicates": N_("Look for contacts who are there twice"),
    "merge_certain": N_("Merge contacts who are one person for sure"),
    "retention": N_("Delete what is kept long enough"),
    "sign_in_retention": N_("Delete old sign-ins"),
    "endpoint_retention": N_("Delete old events"),
    "idempotency_retention": N_("Delete old answers of the API"),
}
STATUSES: Mapping[str, str] = {
    JobStatus.PENDING: N_("Pending"),
    JobStatus.FAILED: N_("Failed"),
    JobStatus.CANCELLED: N_("Cancelled"),
    JobStatus.DONE: N_("Done"),
}


class Standing(NamedTuple):
    """How a job stands.

    Attributes:
        label: marked for translation.
        kind: with which colour it is shown.
    """

    label: str
    kind: str = ""


_STANDINGS: Mapping[str, Standing] = {
    JobStatus.FAILED: Standing(STATUSES[JobStatus.FAILED], "danger"),
    JobStatus.CANCELLED: Standing(STATUSES[JobStatus.CANCELLED]),
    JobStatus.DONE: Standing(STATUSES[JobStatus.DONE], "good"),
}


def standing(job: ListedJob, now: datetime) -> Standing:
    """How it stands at `now`; of one that is pending, for what it waits."""
    if job.status != JobStatus.PENDING:
        return _STANDINGS[job.status]
    if job.claimed_until is not None and job.claimed_until > now:
        return Standing(N_("Under way"), "good")
    if job.error is not None:
        return Standing(N_("Is tried again"), "warn")
    return Standing(N_("Waits for its time")) if job.scheduled_at > now else Standing(N_("Due"))


def rule_in_words(rule: Daily, _: Translator) -> str:
    """When something recurs, by the clock of which place."""
    return _("Every day at {time}, {zone}", time=f"{rule.at:%H:%M}", zone=rule.zone.key.replace("_", " "))
