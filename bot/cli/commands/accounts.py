"""`accounts`: add, list, test, pause, resume, remove, list templates, and encrypt anew."""

from typing import Annotated

import typer

from bot.cli.common import _
from bot.cli.spoken import App

app = App()

AccountId = Annotated[str, typer.Argument(metavar="ID", help=_("As `accounts list` shows it, e.g. whatsapp:1000."))]


@app.command("add", help=_("Add an account, or give one new credentials."))
def add(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help=_("Its provider, e.g. whatsapp."))],
    *,
    name: Annotated[str, typer.Option(help=_("What you call it."))] = "",
    rate: Annotated[float | None, typer.Option(help=_("Messages a second at most."))] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help=_("One of its values; KEY=@FILE reads a file.")),
    ] = None,
) -> None:
    """Add."""
    from bot.cli import accounts

    accounts.add(provider, name=name, rate=rate, given=given)


@app.command("list", help=_("List the accounts, how they stand and what waits."))
def list_accounts(*, as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON."))] = False) -> None:
    """List accounts."""
    from bot.cli import accounts

    accounts.list_accounts(as_json=as_json)


@app.command("test", help=_("Ask the provider whether it knows the credentials."))
def test_account(account_id: AccountId) -> None:
    """Test one account."""
    from bot.cli import accounts

    accounts.test_account(account_id)


@app.command("pause", help=_("Send nothing more through an account; its queue is kept."))
def pause_account(
    account_id: AccountId,
    *,
    reason: Annotated[str, typer.Option(help=_("Why, for whoever looks."))] = "",
) -> None:
    """Pause one account."""
    from bot.cli import accounts

    accounts.pause_account(account_id, reason=reason)


@app.command("resume", help=_("Let an account send again."))
def resume_account(account_id: AccountId) -> None:
    """Resume one account."""
    from bot.cli import accounts

    accounts.resume_account(account_id)


@app.command("remove", help=_("Remove a stored account."))
def remove_account(
    account_id: AccountId,
    *,
    force: Annotated[bool, typer.Option("--force", help=_("Fail the messages that wait."))] = False,
) -> None:
    """Remove one account."""
    from bot.cli import accounts

    accounts.remove_account(account_id, force=force)


@app.command("templates", help=_("List the templates that its provider has approved."))
def list_templates(
    account_id: AccountId,
    *,
    refresh: Annotated[bool, typer.Option("--refresh", help=_("Ask the provider for them now."))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON."))] = False,
) -> None:
    """List templates."""
    from bot.cli import account_templates

    account_templates.list_templates(account_id, refresh=refresh, as_json=as_json)


@app.command("rotate", help=_("Encrypt all secrets that are stored anew with the newest BOT_SECRET_KEY."))
def rotate_keys() -> None:
    """Rotate."""
    from bot.cli import accounts

    accounts.rotate_keys()
