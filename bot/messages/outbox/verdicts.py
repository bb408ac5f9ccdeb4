"""What must not be sent any more, although it is due: by which error it fails, and the sentence that says why."""

from collections.abc import Container
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.core.i18n import N_
from bot.core.purposes import Lane, Purpose
from bot.messages.outbox.claimed import has_template

MOST_RESENDS = 3
"""How often a reply goes out again because nobody knows whether it did: a person may see every one of them."""

REASONS = {
    "malformed": N_("Its stored form could not be read."),
    "expired": N_("It could not be sent in time, so it was given up."),
    "opted_out": N_("The person opted out on this channel."),
    "no_consent": N_("The person has not agreed to marketing on this channel."),
    "outcome_unknown": N_("The provider never said whether it went out, so it was not sent yet another time."),
    "taken_over": N_("A person took the conversation over before it was sent."),
    "cancelled": N_("Whoever asked for it took it back."),
    "replaced": N_("Whoever wrote it changed it before it was sent."),
    "answered": N_("The person wrote before it was sent, and it was to go only if they did not."),
    "window_closed": N_(
        "The person has not written for too long: only an approved template may be sent, and it has none."
    ),
}


def verdict(
    row: Row[Any],
    lane: Lane,
    now: datetime,
    *,
    closed: Container[str],
    taken_over: Container[str],
    answered: Container[str],
) -> str | None:
    """By which of `REASONS` the message fails instead of being sent at `now`; None where it may be sent.

    Args:
        row: of `queries.CLAIMABLE`.
        lane: in which it would leave.
        now: the moment.
        closed: the ids of messages whose customer window is closed.
        taken_over: the ids of messages whose conversation a person took over since they were first tried.
        answered: the ids of messages that were to go only if their contacts had not written, who have.
    """
    unknown = row.attempt_started_at is not None
    # First, since it may have gone out, whatever else is true by now.
    if unknown and (lane is not Lane.REPLY or row.sends_unknown >= MOST_RESENDS):
        return "outcome_unknown"
    if row.id in taken_over:
        return "taken_over"
    if row.id in answered:
        return "answered"
    if row.opted_in is False and not row.despite_opt_out:
        return "opted_out"
    if row.purpose == Purpose.MARKETING and not row.opted_in:
        return "no_consent"
    if row.expires_at is not None and row.expires_at <= now:
        return "expired"
    if row.id in closed and not has_template(row):
        return "window_closed"
    return None
