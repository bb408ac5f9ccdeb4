"""`users`: who may log in, what they may do, and letting them in or not."""

from typing import Annotated

import typer

from bot.cli.common import _
from bot.cli.spoken import App
from bot.users.rules import Role, UserStatus

app = App()

Spelled = Annotated[str, typer.Argument(metavar="USER", help=_("An id or an e-mail address."))]
_Role = Annotated[
    Role, typer.Option("--role", case_sensitive=False, help=_("What they may do: VIEWER, EDITOR or ADMIN."))
]
_AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]


@app.command("add", help=_("Invite somebody: prints the link by which they choose a password."))
def add(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help=_("By which they will log in."))],
    *,
    role: _Role,
    name: Annotated[str, typer.Option(help=_("How they are called."))] = "",
    as_json: _AsJson = False,
) -> None:
    """Add a user."""
    from bot.cli import users

    users.add(email, role=role, name=name, as_json=as_json)


@app.command("list", help=_("List users, by name."))
def list_users(
    *,
    role: Annotated[Role | None, typer.Option(case_sensitive=False, help=_("Only those of this role."))] = None,
    status: Annotated[
        UserStatus | None, typer.Option(help=_("Only those of this status; deleted ones are listed only so."))
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("How many at most."))] = 50,
    as_json: _AsJson = False,
) -> None:
    """List users."""
    from bot.cli import users

    users.list_users(role=role, status=status, limit=limit, as_json=as_json)


@app.command("show", help=_("Show a user: role, status, second factor, sessions and tokens."))
def show(user: Spelled, *, as_json: _AsJson = False) -> None:
    """Show one user."""
    from bot.cli import users

    users.show(user, as_json=as_json)


@app.command("role", help=_("Let a user do more or less; they log in again."))
def change_role(
    user: Spelled,
    role: Annotated[Role, typer.Argument(metavar="ROLE", case_sensitive=False, help=_("VIEWER, EDITOR or ADMIN."))],
) -> None:
    """Change a role."""
    from bot.cli import users

    users.change_role(user, role)


@app.command("disable", help=_("Let a user in no more; --undo lets them in again."))
def disable(
    user: Spelled,
    *,
    undo: Annotated[bool, typer.Option("--undo", help=_("Let them in again."))] = False,
) -> None:
    """Disable or enable a user."""
    from bot.cli import users

    users.disable(user, undo=undo)


@app.command("reset", help=_("Print a link by which a user chooses another password."))
def reset(
    user: Spelled,
    *,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help=_("Take their second factor away, too: they have lost it."))
    ] = False,
    as_json: _AsJson = False,
) -> None:
    """Reset a password."""
    from bot.cli import users

    users.reset(user, second_factor=second_factor, as_json=as_json)


@app.command("delete", help=_("Delete a user: sessions and tokens end, the name stays on what they did."))
def delete(user: Spelled) -> None:
    """Delete a user."""
    from bot.cli import users

    users.delete(user)


@app.command("restore", help=_("Take a user's deletion back."))
def restore(user: Spelled) -> None:
    """Restore a user."""
    from bot.cli import users

    users.restore(user)


@app.command("sessions", help=_("List where a user is logged in; end one of these sessions, or all."))
def list_sessions(
    user: Spelled,
    *,
    end: Annotated[str | None, typer.Option(metavar="ID", help=_("End this one."))] = None,
    end_all: Annotated[bool, typer.Option("--end-all", help=_("End all of them."))] = False,
    as_json: _AsJson = False,
) -> None:
    """List or end sessions."""
    from bot.cli import users

    users.list_sessions(user, end=end, end_all=end_all, as_json=as_json)
