"""`contacts merge`, `unmerge` and `duplicates`."""

from dataclasses import asdict
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.cli.caller import caller
from bot.cli.common import _, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened, the_contact
from bot.contacts.service import (
    ContactCard,
    Merge,
    Suggestion,
    dismiss_suggestion,
    find_merge,
    merge_that_holds,
    merges_of,
    suggestions,
)
from bot.conversations.service import MergePreview, merge, preview_merge, undo_merge
from bot.core.clock import utc_now
from bot.core.errors import BotError
from bot.db.engine import reading
from bot.settings import Settings


def merge_contacts(kept: str, merged: str, *, apply: bool, as_json: bool) -> None:
    """Merge two contacts, or tell what would become of them."""
    if apply:
        done = run_async(_merge(read_settings(), kept, merged))
        if as_json:
            print_json(_told(done))
        else:
            print_line(_("Merged. `contacts unmerge {id}` undoes it.", id=done.id))
        return
    preview = run_async(_preview(read_settings(), kept, merged))
    if as_json:
        print_json(asdict(preview))
    else:
        print_table(("", _("Kept"), _("Merged")), _sides(preview))
        print_table(("", ""), _facts(preview))
        print_line(_("Nothing has changed; --apply does it."))


def unmerge_contact(spelled: str, *, as_json: bool) -> None:
    """Undo a merge."""
    done = run_async(_unmerge(read_settings(), spelled))
    if as_json:
        print_json(_told(done))
    else:
        print_line(_("{kept} and {merged} are two contacts again.", kept=done.kept_id, merged=done.merged_id))


def list_duplicates(*, dismiss: str | None, limit: int, as_json: bool) -> None:
    """List who may be one person, or dismiss a suggestion."""
    if dismiss is not None:
        run_async(_dismiss(read_settings(), dismiss))
        print_line(_("Done."))
        return
    found = run_async(_duplicates(read_settings(), limit))
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        columns = (_("Suggestion"), _("Contact"), _("Contact"), _("Alike in"), "%")
        print_table(columns, [_pair(each) for each in found])
    else:
        print_line(_("Nobody seems to be there twice."))


async def _duplicates(settings: Settings, limit: int) -> list[Suggestion]:
    async with opened(settings) as engine, reading(engine) as connection:
        return await suggestions(connection, limit)


async def _dismiss(settings: Settings, suggestion_id: str) -> None:
    async with opened(settings) as engine, engine.begin() as connection:
        if not await dismiss_suggestion(connection, suggestion_id, caller(), utc_now()):
            raise BotError(
                _("there is no suggestion {id}", id=suggestion_id), mend=_("See `bot.py contacts duplicates`.")
            )


def _pair(suggestion: Suggestion) -> tuple[str, ...]:
    sides = (
        " ".join(filter(None, (each.id, each.name, *each.reached))) for each in (suggestion.first, suggestion.second)
    )
    return (suggestion.id, *sides, ", ".join(suggestion.reasons), str(round(100 * suggestion.score)))


async def _preview(settings: Settings, kept: str, merged: str) -> MergePreview:
    async with opened(settings) as engine, reading(engine) as connection:
        one, other = await the_contact(connection, kept), await the_contact(connection, merged)
        found = await preview_merge(connection, one.id, other.id, utc_now())
        if found is None:
            raise BotError(_("that is one contact already"), mend=_("Choose two."))
        return found


async def _merge(settings: Settings, kept: str, merged: str) -> Merge:
    async with opened(settings) as engine, engine.begin() as connection:
        one, other = await the_contact(connection, kept), await the_contact(connection, merged)
        return await merge(connection, one.id, other.id, caller(), utc_now())


async def _unmerge(settings: Settings, spelled: str) -> Merge:
    async with opened(settings) as engine, engine.begin() as connection:
        return await undo_merge(connection, await _merge_id(connection, spelled), caller(), utc_now())


async def _merge_id(connection: AsyncConnection, spelled: str) -> str:
    """The merge of that id, else the one by which somebody is another one now, else the last of who was kept."""
    if await find_merge(connection, spelled) is not None:
        return spelled
    by_merged = await merge_that_holds(connection, spelled)
    if by_merged is not None:
        return by_merged.id
    card = await the_contact(connection, spelled)
    for each in await merges_of(connection, card.id, 1):
        return each.id
    raise BotError(_("nobody was merged with {spelled}", spelled=spelled), mend=_("See `bot.py contacts show`."))


def _told(done: Merge) -> dict[str, Any]:
    return {name: value for name, value in asdict(done).items() if name != "moved"}


def _sides(preview: MergePreview) -> list[tuple[str, ...]]:
    kept, merged = map(_side, (preview.contacts.kept, preview.contacts.merged))
    titles = (_("Contact"), _("Name"), _("Address"), _("Language"), _("Time zone"))
    return list(zip(titles, kept, merged, strict=True))


def _side(card: ContactCard) -> tuple[str, ...]:
    return (card.id, card.name or "", ", ".join(card.reached), card.locale or "", card.timezone or "")


def _facts(preview: MergePreview) -> list[tuple[str, str]]:
    found = preview.contacts
    facts = [
        (_("Moves"), ", ".join(each.value for each in found.addresses)),
        (_("Is filled"), ", ".join([*found.filled, *found.attributes, *found.tags])),
        (
            _("Refused for both"),
            ", ".join(f"{each.address} ({each.channel}, {each.purpose})" for each in found.refused),
        ),
        (_("Still to be sent or answered"), str(preview.waiting)),
        (_("Flow that ends"), _owner(preview.flow_ends, found.kept)),
    ]
    return [each for each in facts if each[1]]


def _owner(contact_id: str, kept: ContactCard) -> str:
    if not contact_id:
        return ""
    return _("that of who is kept") if contact_id == kept.id else _("that of who is merged")
