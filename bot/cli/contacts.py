"""`contacts list`, `show` and `resume`."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened, the_contact
from bot.contacts.service import AddressCard, ContactCard, addresses, recent_contacts
from bot.conversations.handoff import Standing, resume, standing
from bot.core.clock import utc_now
from bot.core.errors import BotError
from bot.db.engine import reading
from bot.settings import Settings

app = typer.Typer(rich_markup_mode=None)

Spelled = Annotated[str, typer.Argument(metavar="CONTACT", help=_("An id, a phone or an e-mail address."))]
AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]


@app.command("list", help=_("List those who wrote last."))
def list_contacts(
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("How many at most."))] = 50,
    as_json: AsJson = False,
) -> None:
    """List contacts."""
    found = run_async(_recent(read_settings(), limit))
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        columns = (_("Contact"), _("Name"), _("Address"), _("Last wrote"))
        print_table(columns, [_row(each) for each in found])
    else:
        print_line(_("There are no contacts."))


@app.command("show", help=_("Show a contact, their addresses and where they stand in a flow."))
def show_contact(contact: Spelled, *, as_json: AsJson = False) -> None:
    """Show one contact."""
    card, reached, stands = run_async(_show(read_settings(), contact))
    if as_json:
        print_json(
            asdict(card)
            | {"addresses": [asdict(each) for each in reached], "instance": None if stands is None else asdict(stands)}
        )
    else:
        print_table(("", ""), _facts(card, reached, stands))


@app.command("resume", help=_("End a hand-off: the bot answers this contact again."))
def resume_contact(contact: Spelled) -> None:
    """Resume one contact."""
    run_async(_resume(read_settings(), contact))
    print_line(_("The bot answers this contact again."))


async def _recent(settings: Settings, limit: int) -> list[ContactCard]:
    async with opened(settings) as engine, reading(engine) as connection:
        return await recent_contacts(connection, limit)


async def _show(settings: Settings, spelled: str) -> tuple[ContactCard, list[AddressCard], Standing | None]:
    async with opened(settings) as engine, reading(engine) as connection:
        card = await the_contact(connection, spelled)
        return card, await addresses(connection, card.id), await standing(connection, card.id)


async def _resume(settings: Settings, spelled: str) -> None:
    async with opened(settings) as engine, engine.begin() as connection:
        card = await the_contact(connection, spelled)
        if not await resume(connection, card.id, utc_now()):
            raise BotError(_("this contact is not with a person"), mend=_("The bot answers them already."))


def _row(card: ContactCard) -> tuple[str, ...]:
    return (card.id, card.name or "", ", ".join(card.reached), _moment(card.last_inbound_at))


def _facts(card: ContactCard, reached: list[AddressCard], stands: Standing | None) -> list[tuple[str, str]]:
    facts = [(_("Contact"), card.id), (_("Name"), card.name or ""), (_("Last wrote"), _moment(card.last_inbound_at))]
    for each in reached:
        opted_out = _(" (opted out on {channels})", channels=", ".join(each.opted_out)) if each.opted_out else ""
        facts.append((each.kind, each.value + opted_out))
    if stands is None:
        return [*facts, (_("Flow"), _("none running"))]
    facts += [(_("Flow"), f"{stands.flow} v{stands.version}"), (_("Step"), stands.step)]
    facts += [(name, str(value)) for name, value in stands.state.items()]
    if stands.paused:
        until = _("until {moment}", moment=_moment(stands.paused_until)) if stands.paused_until else ""
        facts.append((_("With a person"), until or _("until `contacts resume`")))
    return facts


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else local_time(moment)
