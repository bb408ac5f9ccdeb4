"""`contacts list`, `show`, `set`, `tag`, `untag` and `resume`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.cli.caller import caller
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened, the_contact
from bot.contacts.service import (
    AddressCard,
    ContactCard,
    FormerCard,
    PastConsent,
    addresses,
    consent_history,
    correct,
    family,
    former_addresses,
    recent_contacts,
    tag,
    tags,
    typed,
    waiting_contacts,
)
from bot.conversations.service import return_conversation
from bot.conversations.shown.consent_words import REASONS
from bot.conversations.shown.explain import ended_because
from bot.conversations.shown.flow_position import FlowPosition, flow_position
from bot.conversations.shown.results import Result, last_results
from bot.core.clock import utc_now
from bot.core.consents import ConsentReason
from bot.core.errors import Blame, BotError
from bot.core.purposes import ConsentPurpose
from bot.db.engine import reading
from bot.engine.conversation import StateValue
from bot.engine.state import decode_state
from bot.inbox.service import assignees
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class _Shown:
    """All that `show` tells of a contact."""

    card: ContactCard
    addresses: list[AddressCard]
    former: list[FormerCard]
    position: FlowPosition | None
    results: list[Result]
    who: tuple[str, str] | None
    consents: list[PastConsent]
    tags: list[str]


def list_contacts(*, waiting: bool, limit: int, as_json: bool) -> None:
    """List contacts."""
    found, who = run_async(_listed(read_settings(), limit, waiting=waiting))
    if as_json:
        print_json([asdict(each) | {"assignee": _person(who.get(each.id))} for each in found])
    elif found:
        columns = (_("Contact"), _("Name"), _("Address"), _("Last wrote"), _("Waiting since"), _("With"))
        print_table(columns, [_row(each, who.get(each.id)) for each in found])
    else:
        print_line(_("Nobody waits for a person.") if waiting else _("There are no contacts."))


def show_contact(contact: str, *, as_json: bool) -> None:
    """Show one contact."""
    shown = run_async(_show(read_settings(), contact))
    if as_json:
        print_json(
            asdict(shown.card)
            | {
                "addresses": [asdict(each) for each in shown.addresses],
                "former_addresses": [asdict(each) for each in shown.former],
                "instance": None if shown.position is None else asdict(shown.position),
                "results": [asdict(each) for each in shown.results],
                "consents": [asdict(each) for each in shown.consents],
                "tags": shown.tags,
                "assignee": _person(shown.who),
            }
        )
    else:
        print_table(("", ""), _facts(shown))


def set_contact(
    contact: str, *, name: str | None, locale: str | None, timezone: str | None, attribute: list[str] | None
) -> None:
    """Correct one contact."""
    if name is None and locale is None and timezone is None and not attribute:
        mend = _("Give --name, --locale, --timezone or --attribute.")
        raise BotError(_("there is nothing to set"), mend=mend, blame=Blame.USAGE)
    values = name, locale, timezone
    run_async(_set(read_settings(), contact, values, dict(map(_attribute, attribute or ()))))
    print_line(_("Done."))


def tag_contact(contact: str, tags: str) -> None:
    """Tag one contact."""
    run_async(_tag(read_settings(), contact, tags, has=True))
    print_line(_("Done."))


def untag_contact(contact: str, tags: str) -> None:
    """Untag one contact."""
    run_async(_tag(read_settings(), contact, tags, has=False))
    print_line(_("Done."))


def resume_contact(contact: str) -> None:
    """Resume one contact."""
    run_async(_resume(read_settings(), contact))
    print_line(_("The bot answers this contact again."))


async def _listed(
    settings: Settings, limit: int, *, waiting: bool
) -> tuple[list[ContactCard], Mapping[str, tuple[str, str]]]:
    """The contacts, and who has whose conversation."""
    async with opened(settings) as engine, reading(engine) as connection:
        found = await (waiting_contacts if waiting else recent_contacts)(connection, limit)
        return found, await assignees(connection, [each.id for each in found])


async def _show(settings: Settings, spelled: str) -> _Shown:
    async with opened(settings) as engine, reading(engine) as connection:
        card = await the_contact(connection, spelled)
        theirs = await family(connection, card.id)
        return _Shown(
            card=card,
            addresses=await addresses(connection, card.id),
            former=await former_addresses(connection, theirs),
            position=await flow_position(connection, card.id),
            results=await last_results(connection, theirs),
            consents=await consent_history(connection, card.id),
            tags=await tags(connection, card.id),
            who=(await assignees(connection, [card.id])).get(card.id),
        )


async def _set(
    settings: Settings,
    spelled: str,
    values: tuple[str | None, str | None, str | None],
    attributes: Mapping[str, StateValue],
) -> None:
    async with opened(settings) as engine, engine.begin() as connection:
        card = await the_contact(connection, spelled)
        name, locale, timezone = values
        by, now = caller(), utc_now()
        await correct(connection, card.id, by, now, name=name, locale=locale, timezone=timezone, attributes=attributes)


async def _tag(settings: Settings, spelled: str, names: str, *, has: bool) -> None:
    async with opened(settings) as engine, engine.begin() as connection:
        card = await the_contact(connection, spelled)
        await tag(connection, card.id, names, caller(), utc_now(), has=has)


def _attribute(spelled: str) -> tuple[str, StateValue]:
    name, sign, value = spelled.partition("=")
    if not sign:
        mend = _("Write it as NAME=VALUE: plan=gold.")
        raise BotError(_("{text} gives no value", text=spelled), mend=mend, blame=Blame.USAGE)
    return name.strip(), typed(value.strip())


async def _resume(settings: Settings, spelled: str) -> None:
    async with opened(settings) as engine, engine.begin() as connection:
        card = await the_contact(connection, spelled)
        if not await return_conversation(connection, card.id, caller(), utc_now()):
            raise BotError(_("this contact is not with a person"), mend=_("The bot answers them already."))


def _row(card: ContactCard, who: tuple[str, str] | None) -> tuple[str, ...]:
    reached = ", ".join(card.reached)
    times = (_moment(card.last_inbound_at), _moment(card.waiting_since))
    return (card.id, card.name or "", reached, *times, who[1] if who else "")


def _person(who: tuple[str, str] | None) -> dict[str, str] | None:
    return None if who is None else {"id": who[0], "name": who[1]}


def _facts(shown: _Shown) -> list[tuple[str, str]]:
    card = shown.card
    facts = [
        (_("Contact"), card.id),
        (_("Name"), card.name or ""),
        (_("Language"), card.locale or ""),
        (_("Time zone"), card.timezone or ""),
        (_("Last wrote"), _moment(card.last_inbound_at)),
        *([(_("Waiting since"), _moment(card.waiting_since))] if card.waiting_since else []),
        *([(_("With"), shown.who[1])] if shown.who else []),
        *((name, _value(value)) for name, value in sorted(card.attributes.items())),
        *([(_("Tags"), ", ".join(shown.tags))] if shown.tags else []),
    ]
    for each in shown.addresses:
        opted_out = _(" (opted out on {channels})", channels=", ".join(each.opted_out)) if each.opted_out else ""
        facts.append((each.kind, each.value + opted_out + _marketing(each)))
    facts += [
        (each.kind, _("{address} (former, until {moment})", address=each.value, moment=_moment(each.left_at)))
        for each in shown.former
    ]
    facts += _position(shown.position)
    facts += [(_moment(each.ended_at), _result(each)) for each in shown.results]
    return [*facts, *((_moment(each.changed_at), _consent(each)) for each in shown.consents)]


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _marketing(address: AddressCard) -> str:
    """What an address said of marketing, where it said anything."""
    said = [each for each in address.consents if each.purpose == ConsentPurpose.MARKETING]
    agreed = ", ".join(each.channel for each in said if each.opted_in)
    refused = ", ".join(each.channel for each in said if not each.opted_in and each.channel not in address.opted_out)
    return (_(" (agreed to marketing on {channels})", channels=agreed) if agreed else "") + (
        _(" (no marketing on {channels})", channels=refused) if refused else ""
    )


def _position(position: FlowPosition | None) -> list[tuple[str, str]]:
    if position is None:
        return [(_("Flow"), _("none running"))]
    facts = []
    if position.flow:
        facts += [(_("Flow"), f"{position.flow} v{position.version}"), (_("Step"), position.step)]
        facts += [(name, str(value)) for name, value in position.state.items()]
    if position.paused:
        until = _("until {moment}", moment=_moment(position.paused_until)) if position.paused_until else ""
        facts.append((_("With a person"), until or _("until `contacts resume`")))
    return facts


def _result(result: Result) -> str:
    answers = ", ".join(f"{name} = {value}" for name, value in decode_state(result.state).items())
    values = {"flow": f"{result.flow} v{result.version}", "reason": ended_because(result.end_reason, _)}
    if answers:
        return _("{flow}: {answers} ({reason})", answers=answers, **values)
    return _("{flow}: no answers ({reason})", **values)


def _consent(change: PastConsent) -> str:
    why = _(REASONS[change.reason])
    if change.opted_in and change.reason == ConsentReason.BOUNCE:
        why = _("they wrote again, although messages had come back")
    if change.detail:
        why = f"{why} ({change.detail})"
    if change.said_at is not None and local_time(change.said_at) != local_time(change.changed_at):
        why = _("{why}, said {moment}", why=why, moment=local_time(change.said_at))
    values = {"address": change.address, "channel": change.channel, "why": why}
    if change.purpose == ConsentPurpose.MARKETING:
        if change.opted_in:
            return _("{address} agreed to marketing on {channel}: {why}", **values)
        return _("{address} wants no marketing on {channel}: {why}", **values)
    if change.opted_in:
        return _("{address} opted in on {channel}: {why}", **values)
    return _("{address} opted out on {channel}: {why}", **values)


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else local_time(moment)
