"""`contacts list`, `show`, `set`, `tag`, `untag`, `import`, `export`, `resume`, `merge`, `unmerge` and `duplicates`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.choices import Separator
from bot.cli.common import _
from bot.cli.spoken import App
from bot.contacts.exporting.wanted import Agreement
from bot.core.addresses import Channel
from bot.core.purposes import ConsentPurpose

app = App()

Spelled = Annotated[str, typer.Argument(metavar="CONTACT", help=_("An id, a phone or an e-mail address."))]
_Tags = Annotated[str, typer.Argument(help=_("A tag, or several with commas between them."))]
AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]


@app.command("list", help=_("List those who wrote last, since when they wait for a person, and who has them."))
def list_contacts(
    *,
    waiting: Annotated[
        bool, typer.Option("--waiting", help=_("Only those who wait for a person, the longest first."))
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("How many at most."))] = 50,
    as_json: AsJson = False,
) -> None:
    """List contacts."""
    from bot.cli import contacts

    contacts.list_contacts(waiting=waiting, limit=limit, as_json=as_json)


@app.command("show", help=_("Show a contact: addresses, consents, the running flow and the answers in past ones."))
def show_contact(contact: Spelled, *, as_json: AsJson = False) -> None:
    """Show one contact."""
    from bot.cli import contacts

    contacts.show_contact(contact, as_json=as_json)


@app.command("set", help=_("Correct a contact's name, language or time zone, or keep what you know of them."))
def set_contact(
    contact: Spelled,
    *,
    name: Annotated[
        str | None, typer.Option(help=_("How they are called, until their provider gives another name."))
    ] = None,
    locale: Annotated[str | None, typer.Option(help=_("Their language: pt-BR, en-US, es."))] = None,
    timezone: Annotated[str | None, typer.Option(help=_("Their time zone: America/Sao_Paulo, Europe/Lisbon."))] = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help=_("An attribute; nothing after = takes it away.")),
    ] = None,
) -> None:
    """Correct one contact."""
    from bot.cli import contacts

    contacts.set_contact(contact, name=name, locale=locale, timezone=timezone, attribute=attribute)


@app.command("tag", help=_("Give a contact tags, by which people are told apart."))
def tag_contact(contact: Spelled, tags: _Tags) -> None:
    """Tag one contact."""
    from bot.cli import contacts

    contacts.tag_contact(contact, tags)


@app.command("untag", help=_("Take tags from a contact."))
def untag_contact(contact: Spelled, tags: _Tags) -> None:
    """Untag one contact."""
    from bot.cli import contacts

    contacts.untag_contact(contact, tags)


@app.command("import", help=_("Take people over from a CSV file; without --apply it is a dry run."))
def import_contacts(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("A CSV file; its first row names the columns."))],
    *,
    consent: Annotated[
        str | None, typer.Option(metavar="REASON", help=_("How they agreed to messages; it is kept as the proof."))
    ] = None,
    no_consent: Annotated[bool, typer.Option("--no-consent", help=_("Nothing is claimed of who agrees."))] = False,
    purpose: Annotated[ConsentPurpose, typer.Option(help=_("To what they agreed."))] = ConsentPurpose.ALL,
    country: Annotated[
        str, typer.Option(help=_("Of phones without their country's code, and of dates: BR, PT, US."))
    ] = "",
    apply: Annotated[bool, typer.Option("--apply", help=_("Write it; without this nothing is."))] = False,
    skip_faulty: Annotated[
        bool, typer.Option("--skip-faulty", help=_("Leave faulty rows out; without this one of them stops it all."))
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("One JSON object for each row, and one for all."))] = False,
) -> None:
    """Import contacts."""
    from bot.cli import contact_import

    contact_import.import_contacts(
        file,
        consent=consent,
        no_consent=no_consent,
        purpose=purpose,
        country=country,
        apply=apply,
        skip_faulty=skip_faulty,
        as_json=as_json,
    )


@app.command("export", help=_("Write people as CSV, as `contacts import` and Excel read it."))
def export_contacts(
    *,
    tag: Annotated[list[str] | None, typer.Option(help=_("Only those who have this tag, or one of several."))] = None,
    channel: Annotated[
        list[Channel] | None, typer.Option(help=_("Only those who can be reached there, or on one of several."))
    ] = None,
    consent: Annotated[
        Agreement | None, typer.Option(help=_("Only those who agreed to marketing, or who refused all messages."))
    ] = None,
    locale: Annotated[str, typer.Option(help=_("Only those of this language: pt, pt-BR."))] = "",
    seen_since: Annotated[
        str | None, typer.Option(help=_("Only those who wrote since: 2026-01-31, or 12h, 7d ago."))
    ] = None,
    seen_before: Annotated[
        str | None, typer.Option(help=_("Only those who wrote last before: 2026-01-31, or 12h, 7d ago."))
    ] = None,
    separator: Annotated[
        Separator, typer.Option(help=_("Between cells; Excel in Brazil and Portugal reads semicolons."))
    ] = Separator.SEMICOLON,
) -> None:
    """Export contacts."""
    from bot.cli import contact_export

    contact_export.export_contacts(
        tags=tag or [],
        channels=channel or [],
        consent=consent,
        locale=locale,
        seen_since=seen_since,
        seen_before=seen_before,
        separator=separator,
    )


@app.command("resume", help=_("End a hand-off: the bot answers this contact again."))
def resume_contact(contact: Spelled) -> None:
    """Resume one contact."""
    from bot.cli import contacts

    contacts.resume_contact(contact)


@app.command("merge", help=_("Let two contacts be one; without --apply it tells what would become of them."))
def merge_contacts(
    kept: Annotated[str, typer.Argument(metavar="KEPT", help=_("Who goes on: an id, a phone or an e-mail address."))],
    merged: Annotated[str, typer.Argument(metavar="MERGED", help=_("Of whom only the history is left."))],
    *,
    apply: Annotated[bool, typer.Option("--apply", help=_("Do it; without this nothing changes."))] = False,
    as_json: AsJson = False,
) -> None:
    """Merge two contacts."""
    from bot.cli import contact_merges

    contact_merges.merge_contacts(kept, merged, apply=apply, as_json=as_json)


@app.command("unmerge", help=_("Let a contact be two again: what was merged last is undone first."))
def unmerge_contact(
    merge: Annotated[str, typer.Argument(metavar="MERGE", help=_("The id of a merge, or whoever was kept or merged."))],
    *,
    as_json: AsJson = False,
) -> None:
    """Undo a merge."""
    from bot.cli import contact_merges

    contact_merges.unmerge_contact(merge, as_json=as_json)


@app.command("duplicates", help=_("List contacts who may be one person, as a daily look finds them."))
def list_duplicates(
    *,
    dismiss: Annotated[
        str | None, typer.Option(metavar="ID", help=_("They are two people: this is never suggested again."))
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help=_("How many at most."))] = 50,
    as_json: AsJson = False,
) -> None:
    """List who may be one person."""
    from bot.cli import contact_merges

    contact_merges.list_duplicates(dismiss=dismiss, limit=limit, as_json=as_json)
