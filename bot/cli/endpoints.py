"""`endpoints list|add|test|deliveries|resend|roll|pause|resume|disable|enable|delete`: programs that are told."""

import sys
from collections.abc import Collection
from dataclasses import asdict

from bot.app.logs import configure_logs
from bot.cli import endpoint_work
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.terminal import working
from bot.core.errors import Blame, BotError
from bot.endpoints.service import (
    REASONS,
    AttemptCard,
    AttemptError,
    DeliveryCard,
    DeliveryFilter,
    DeliveryStatus,
    EndpointCard,
    EndpointDepth,
    EventKind,
    disable_endpoint,
    enable_endpoint,
    pause_endpoint,
)


def list_endpoints(*, as_json: bool) -> None:
    """List endpoints."""
    found, depths = run_async(endpoint_work.endpoints_listed(read_settings()))
    if as_json:
        print_json([{**asdict(each), "waiting": depths[each.id].waiting} for each in found])
    elif found:
        columns = (_("Endpoint"), _("Address"), _("State"), _("What it is told"), _("Last success"), _("Waiting"))
        print_table(columns, [_row(each, depths[each.id]) for each in found])
    else:
        print_line(_("There are no endpoints: docs/endpoints.md tells how to add one."))


def add(url: str, *, kinds: Collection[EventKind], description: str, as_json: bool) -> None:
    """Add an endpoint."""
    made = run_async(endpoint_work.added(read_settings(), url, kinds, description))
    if as_json:
        print_json({**asdict(made.endpoint), "secret": made.secret})
        return
    print_line(_("{id} is told of what happens from now on.", id=made.endpoint.id))
    print_line(_("Its secret, which is shown this once:"))
    print_line(made.secret)


def try_endpoint(id_: str, *, as_json: bool) -> None:
    """Test one; exit code 1 where it does not take the event."""
    settings = read_settings()
    configure_logs(settings.model_copy(update={"log_level": "error"}))
    with working(_("Waiting for its answer …")):
        card = run_async(endpoint_work.tried(settings, id_))
    if as_json:
        print_json(asdict(card))
    elif card.last is not None:
        print_line(_came_to(card.last))
        if card.last.answer:
            print_line(card.last.answer)
    if card.status != DeliveryStatus.DELIVERED:
        sys.exit(1)


def list_deliveries(
    id_: str, *, status: DeliveryStatus | None, kind: EventKind | None, limit: int, as_json: bool
) -> None:
    """List deliveries."""
    wanted = DeliveryFilter([status] if status else (), [kind] if kind else ())
    found = run_async(endpoint_work.deliveries_listed(read_settings(), id_, wanted, limit))
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        columns = (_("When"), _("Delivery"), _("Event"), _("Kind"), _("State"), _("Attempts"), _("Last attempt"))
        print_table(columns, [_delivery(each) for each in found])
    else:
        print_line(_("It was told of nothing like that."))


def resend(ids: list[str], *, failed_of: str | None) -> None:
    """Resend."""
    if bool(ids) == (failed_of is not None):
        raise BotError(
            _("say what is to be delivered once more"),
            mend=_("Give ids of deliveries, or --failed-of with the id of an endpoint."),
            blame=Blame.USAGE,
        )
    settings = read_settings()
    if failed_of is None:
        count = run_async(endpoint_work.resent(settings, ids))
    else:
        count = run_async(endpoint_work.resent_failed(settings, failed_of))
    print_line(_.plural("{count} event is told once more.", "{count} events are told once more.", count))


def roll(id_: str, *, as_json: bool) -> None:
    """Give one another secret."""
    secret = run_async(endpoint_work.rolled(read_settings(), id_))
    if as_json:
        print_json({"id": id_, "secret": secret})
        return
    print_line(_("The secret before this one signs as well for a day. The new one, which is shown this once:"))
    print_line(secret)


def pause(id_: str, *, as_json: bool) -> None:
    """Pause one."""
    _change(id_, pause_endpoint, _("What happens waits for {id}."), _("{id} is paused already."), as_json=as_json)


def disable(id_: str, *, as_json: bool) -> None:
    """Disable one."""
    done = _("{id} is told of nothing any more; what waits is kept.")
    _change(id_, disable_endpoint, done, _("{id} is disabled already."), as_json=as_json)


def enable(id_: str, *, as_json: bool) -> None:
    """Enable one."""
    done = _("{id} is told of what happens, and now of what waited.")
    _change(id_, enable_endpoint, done, _("{id} is enabled already."), as_json=as_json)


def delete(id_: str, *, as_json: bool) -> None:
    """Delete one."""
    _change(id_, endpoint_work.delete, _("{id} is deleted, with what waited for it."), "", as_json=as_json)


def _change(id_: str, change: endpoint_work.Change, done: str, same: str, *, as_json: bool) -> None:
    is_new = run_async(endpoint_work.changed(read_settings(), id_, change))
    if as_json:
        print_json({"id": id_, "changed": is_new})
    else:
        print_line((done if is_new else same).format(id=id_))


def _row(endpoint: EndpointCard, depth: EndpointDepth) -> tuple[str, ...]:
    return (
        endpoint.id,
        endpoint.url,
        _state(endpoint),
        " ".join(endpoint.kinds),
        "" if endpoint.last_success_at is None else local_time(endpoint.last_success_at),
        str(depth.waiting),
    )


def _state(endpoint: EndpointCard) -> str:
    if endpoint.disabled_reason is not None:
        return f"{endpoint.status} ({endpoint.disabled_reason})"
    if endpoint.failing_since is not None:
        return _("{status}, failing since {moment}", status=endpoint.status, moment=local_time(endpoint.failing_since))
    return endpoint.status


def _delivery(delivery: DeliveryCard) -> tuple[str, ...]:
    return (
        local_time(delivery.created_at),
        delivery.id,
        delivery.event_id,
        delivery.type,
        delivery.status,
        str(delivery.attempts),
        "" if delivery.last is None else _came_to(delivery.last),
    )


def _came_to(attempt: AttemptCard) -> str:
    if attempt.error is None:
        return _("It answered {status} after {count} ms.", status=attempt.status, count=attempt.milliseconds)
    said = _(REASONS[AttemptError(attempt.error)])
    return f"{said} ({attempt.status})" if attempt.error in _BY_STATUS else said


_BY_STATUS = {AttemptError.STATUS, AttemptError.REDIRECT}
