"""`send`: a person's words to a contact, through the outbox like the bot's own."""

from bot.cli.caller import caller
from bot.cli.common import _, print_json, print_line, read_settings, run_async
from bot.cli.database import opened, the_contact
from bot.conversations.service import send_by_hand
from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError
from bot.flows.service import Catalogue
from bot.settings import Settings


def command(contact: str, text: str, *, as_json: bool) -> None:
    """Queue words for a contact."""
    if not text.strip():
        raise BotError(_("there are no words to send"), mend=_("Put them in quotes."), blame=Blame.USAGE)
    queued = run_async(_send(read_settings(), contact, text))
    if as_json:
        print_json({"id": queued})
        return
    print_line(_("Queued as {id}; it goes out while `bot.py run` or `bot.py worker` runs.", id=queued))
    print_line(
        _(
            "The bot is silent towards them now, as after a hand-off; `bot.py contacts resume {id}` ends that.",
            id=contact,
        )
    )


async def _send(settings: Settings, spelled: str, text: str) -> str:
    async with opened(settings) as engine:
        # Before the transaction, since it reads over a connection of its own.
        catalogue = Catalogue(engine, {})
        await catalogue.refresh()
        async with engine.begin() as connection:
            contact = await the_contact(connection, spelled)
            sent = await send_by_hand(connection, catalogue, contact.id, text, caller(), utc_now())
            return sent.message_id
