"""How endpoints, their deliveries and attempts are called and how they stand; all marked for translation."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.endpoints.service import (
    REASONS,
    TEST,
    WORDS,
    AttemptCard,
    AttemptError,
    DeliveryStatus,
    DisabledReason,
    EndpointCard,
    EndpointStatus,
)
from bot.web.i18n import N_, Translator


class Standing(NamedTuple):
    """How something is called, marked for translation, and with which colour it is shown."""

    label: str
    kind: str = ""


FAILING = "failing"
STANDINGS: Mapping[str, Standing] = {
    EndpointStatus.ENABLED: Standing(N_("Enabled"), "good"),
    FAILING: Standing(N_("Failing"), "warn"),
    EndpointStatus.PAUSED: Standing(N_("Paused"), "warn"),
    EndpointStatus.DISABLED: Standing(N_("Disabled"), "danger"),
}
"""Of endpoints; one that is enabled and takes nothing is failing."""
STATES: Mapping[str, str] = {state: each.label for state, each in STANDINGS.items()}
DELIVERIES: Mapping[str, Standing] = {
    DeliveryStatus.PENDING: Standing(N_("Waits"), ""),
    DeliveryStatus.DELIVERED: Standing(N_("Delivered"), "good"),
    DeliveryStatus.FAILED: Standing(N_("Given up"), "danger"),
}
STATUSES: Mapping[str, str] = {status: each.label for status, each in DELIVERIES.items()}
TYPES: Mapping[str, str] = {
    **{kind.value: label for kind, label in WORDS.items()},
    TEST: N_("Somebody tries the endpoint"),
}
"""Of events."""
_WHY = {
    DisabledReason.ASKED: N_("Somebody disabled it."),
    DisabledReason.FAILING: N_("Everything that was delivered to it failed for a day."),
    DisabledReason.GONE: N_("It answered that it is gone (410)."),
}


def state_of(endpoint: EndpointCard) -> str:
    """How it stands, a key of `STANDINGS`."""
    failing = endpoint.status == EndpointStatus.ENABLED and endpoint.failing_since is not None
    return FAILING if failing else endpoint.status


def why_of(endpoint: EndpointCard, _: Translator) -> str:
    """Why it stands so; empty where that needs no reason."""
    if endpoint.disabled_reason is not None:
        return _(_WHY[DisabledReason(endpoint.disabled_reason)])
    if endpoint.status == EndpointStatus.PAUSED:
        return _("What happens waits for it.")
    return _("It is tried again for a day, then it is disabled.") if state_of(endpoint) == FAILING else ""


def came_to(attempt: AttemptCard, _: Translator) -> str:
    """What came of an attempt, on one line."""
    took = _("{count} ms", count=attempt.milliseconds)
    if attempt.status is None:
        said = _(REASONS[AttemptError(attempt.error)]) if attempt.error else ""
        return f"{said.removesuffix('.')}, {took}"
    return f"{attempt.status}, {took}"
