"""`messages list`: what was said, oldest first."""

from dataclasses import asdict

from bot.cli.choices import TurnLeft
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened, the_contact
from bot.cli.message_line import said
from bot.contacts.service import family
from bot.core.purposes import Lane
from bot.db.engine import reading
from bot.messages.models import Direction, TurnState
from bot.messages.records import ECHO, MessageView
from bot.messages.service import latest
from bot.settings import Settings


def list_messages(
    *, contact: str | None, state: TurnLeft | None, error: str | None, lane: Lane | None, limit: int, as_json: bool
) -> None:
    """List messages."""
    found = run_async(_find(read_settings(), contact, state, error, lane, limit))
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        columns = (_("When"), _("Message"), _("Address"), "", _("Status"), _("Words"))
        print_table(columns, [_row(each) for each in found])
    else:
        print_line(_("There are no messages."))


async def _find(
    settings: Settings, spelled: str | None, state: TurnLeft | None, error: str | None, lane: Lane | None, limit: int
) -> list[MessageView]:
    async with opened(settings) as engine, reading(engine) as connection:
        contact = None if spelled is None else await the_contact(connection, spelled)
        found = await latest(
            connection,
            contact_ids=None if contact is None else await family(connection, contact.id),
            turn_state=None if state is None else TurnState(state),
            error=error,
            lane=lane,
            limit=limit,
        )
    return found[::-1]


def _row(message: MessageView) -> tuple[str, ...]:
    arrow = "→" if message.direction == Direction.OUTBOUND else "←"
    status = _(str(message.status if message.turn_state in {None, TurnState.DONE} else message.turn_state))
    if message.body.get(ECHO):
        status = _("{status}, by a person", status=status)
    if message.error:
        status = f"{status} ({message.error})"
    return (local_time(message.said_at), message.id, message.address, arrow, status, said(message))
