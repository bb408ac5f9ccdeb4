"""`why`: step by step, why the bot did or did not answer an inbound message."""

from dataclasses import asdict, dataclass

from bot.cli.common import _, local_time, print_json, print_line, printable, read_settings, run_async
from bot.cli.database import opened
from bot.cli.message_line import said
from bot.cli.program import as_called
from bot.conversations.shown.explain import explain
from bot.conversations.shown.step_words import step_words
from bot.core.errors import Blame, BotError
from bot.db.engine import reading
from bot.engine.conversation import TraceEntry
from bot.messages.models import Direction, TurnState
from bot.messages.records import ECHO, MessageView
from bot.messages.service import latest, message, replies
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Account:
    """A message, why it was answered as it was, and what was sent."""

    message: MessageView
    steps: list[str]
    replies: list[MessageView]


def command(message_id: str | None, *, last: bool, as_json: bool) -> None:
    """Tell why."""
    if (message_id is None) != last:
        raise BotError(_("one message is needed"), mend=_("Give its id, or --last."), blame=Blame.USAGE)
    account = run_async(_account(read_settings(), message_id))
    if as_json:
        print_json(asdict(account))
    else:
        _print(account)


async def _account(settings: Settings, message_id: str | None) -> Account:
    async with opened(settings) as engine, reading(engine) as connection:
        if message_id is None:
            found = next(iter(await latest(connection, direction=Direction.INBOUND, limit=1)), None)
        else:
            found = await message(connection, message_id)
        if found is None:
            raise BotError(
                _("there is no message {id}", id=message_id) if message_id else _("there is no inbound message yet"),
                mend=_("See `bot.py messages list`."),
            )
        if found.body.get(ECHO):
            raise BotError(
                _("a person of yours wrote {id} in the provider's own app", id=found.id),
                mend=_("The bot leaves the contact to them: see `bot.py contacts show {id}`.", id=found.contact_id),
            )
        if found.direction != Direction.INBOUND:
            asked = as_called(f"`bot.py why {found.reply_to_id}`" if found.reply_to_id else "`bot.py messages list`")
            raise BotError(
                _("{id} is an answer of ours", id=found.id),
                mend=_("Ask about the message it answers: {command}.", command=asked),
            )
        words = await step_words(connection, [found.trace], _.locale)
        steps = explain([TraceEntry(each["code"], each.get("data", {})) for each in found.trace], _, words)
        return Account(found, list(steps), await replies(connection, found.id))


def _print(account: Account) -> None:
    asked = account.message
    print_line(
        _(
            "{moment}  {address} wrote on {channel}: {words}",
            moment=local_time(asked.said_at),
            address=printable(asked.address),
            channel=asked.channel,
            words=printable(said(asked)),
        ),
        style="bold",
    )
    if asked.turn_state == TurnState.PENDING:
        print_line(_("  Its turn is still to come."))
    for number, step in enumerate(account.steps, start=1):
        print_line(f"  {number}. {printable(step)}")
    for reply in account.replies:
        status = _(reply.status)
        if reply.error:
            status = f"{status} ({_(reply.error_reason) if reply.error_reason else reply.error})"
        if reply.body.get(ECHO):
            status = _("{status}, by a person", status=status)
        print_line(f"  → {printable(said(reply))}  [{printable(status)}]")
