"""`points …`: programmes by which people earn points, what they have, and what becomes of it."""

from typing import Annotated

import typer

from bot.cli.commands import point_programmes
from bot.cli.common import _
from bot.cli.spoken import App

app = App()
app.add_typer(
    point_programmes.app,
    name="programme",
    help=_("List, show, make and change programmes: how long points count, and when people are told."),
    no_args_is_help=True,
)

_Who = Annotated[
    str,
    typer.Argument(metavar="WHO", help=_("A contact's id, phone or e-mail address, or an account's number or id.")),
]
_Entry = Annotated[str, typer.Argument(metavar="ENTRY", help=_("Its id, as `points statement` shows it."))]
_Pending = Annotated[str, typer.Argument(metavar="ID", help=_("Their id, as `points earn --pending` told it."))]
_Points = Annotated[int, typer.Argument(metavar="POINTS", help=_("How many."))]
_Part = Annotated[int | None, typer.Option("--points", help=_("How many of them; else all that are left."))]
_Programme = Annotated[
    str | None,
    typer.Option("--programme", metavar="NAME", help=_("In which programme; needed where there are several.")),
]
_Reason = Annotated[str, typer.Option(help=_("Why, as the statement shows it."))]
_Reference = Annotated[str, typer.Option(help=_("What it belongs to elsewhere, such as an order's number."))]
_Key = Annotated[
    str | None, typer.Option(help=_("With the same key it is posted once, however often it is asked for."))
]
_ExpiresOn = Annotated[
    str | None,
    typer.Option("--expires-on", metavar="DAY", help=_("The last day on which they count, or `never`.")),
]
_AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]


@app.command("account", help=_("Show somebody's account; say whether they are told of points that end."))
def account(
    who: _Who,
    *,
    programme: _Programme = None,
    notices: Annotated[
        bool | None, typer.Option("--notices/--no-notices", help=_("Whether they are told, by whichever channel."))
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Show one."""
    from bot.cli import point_accounts

    point_accounts.account(who, programme, notices=notices, as_json=as_json)


@app.command("balance", help=_("Tell what somebody has, and when it ends."))
def balance(who: _Who, *, programme: _Programme = None, as_json: _AsJson = False) -> None:
    """Tell a balance."""
    from bot.cli import point_accounts

    point_accounts.balance(who, programme, as_json=as_json)


@app.command("statement", help=_("List how somebody's points came about, the newest first."))
def statement(
    who: _Who,
    *,
    programme: _Programme = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("How many entries at most."))] = 100,
    as_json: _AsJson = False,
) -> None:
    """Tell a statement."""
    from bot.cli import point_accounts

    point_accounts.statement(who, programme, limit=limit, as_json=as_json)


@app.command("earn", help=_("Give somebody points."))
def earn(  # noqa: PLR0913 - each is an option
    who: _Who,
    points: _Points,
    *,
    programme: _Programme = None,
    reason: _Reason = "",
    reference: _Reference = "",
    key: _Key = None,
    expires_on: _ExpiresOn = None,
    pending: Annotated[
        bool, typer.Option("--pending", help=_("They count once you confirm them, by `points confirm`."))
    ] = False,
    as_json: _AsJson = False,
) -> None:
    """Give points."""
    from bot.cli import point_postings

    told = point_postings.Told(programme, reason, reference, key)
    point_postings.earn(who, points, told, expires_on=expires_on, pending=pending, as_json=as_json)


@app.command("redeem", help=_("Take points from somebody, those first that end first."))
def redeem(
    who: _Who,
    points: _Points,
    *,
    programme: _Programme = None,
    reason: _Reason = "",
    reference: _Reference = "",
    key: _Key = None,
    as_json: _AsJson = False,
) -> None:
    """Take points."""
    from bot.cli import point_postings

    point_postings.redeem(who, points, point_postings.Told(programme, reason, reference, key), as_json=as_json)


@app.command("adjust", help=_("Give points, or take them with a number below zero, because you say so."))
def adjust(
    who: _Who,
    points: Annotated[
        int, typer.Option("--points", metavar="POINTS", help=_("How many; less than zero to take, as `--points=-50`."))
    ],
    *,
    programme: _Programme = None,
    reason: _Reason = "",
    reference: _Reference = "",
    key: _Key = None,
    expires_on: _ExpiresOn = None,
    as_json: _AsJson = False,
) -> None:
    """Adjust an account."""
    from bot.cli import point_postings

    told = point_postings.Told(programme, reason, reference, key)
    point_postings.adjust(who, points, told, expires_on=expires_on, as_json=as_json)


@app.command("refund", help=_("Give back what somebody redeemed."))
def refund(
    entry: _Entry,
    *,
    points: _Part = None,
    programme: _Programme = None,
    reason: _Reason = "",
    reference: _Reference = "",
    key: _Key = None,
    as_json: _AsJson = False,
) -> None:
    """Give back."""
    from bot.cli import point_postings

    point_postings.refund(entry, points, point_postings.Told(programme, reason, reference, key), as_json=as_json)


@app.command("return", help=_("Take back what a purchase earned."))
def take_back(
    entry: _Entry,
    *,
    points: _Part = None,
    programme: _Programme = None,
    reason: _Reason = "",
    reference: _Reference = "",
    key: _Key = None,
    as_json: _AsJson = False,
) -> None:
    """Take back."""
    from bot.cli import point_postings

    point_postings.take_back(entry, points, point_postings.Told(programme, reason, reference, key), as_json=as_json)


@app.command("confirm", help=_("Let points that are pending be earned."))
def confirm(pending: _Pending, *, programme: _Programme = None, as_json: _AsJson = False) -> None:
    """Confirm points."""
    from bot.cli import point_postings

    point_postings.confirm(pending, programme, as_json=as_json)


@app.command("cancel", help=_("Let points that are pending never be earned."))
def cancel(pending: _Pending, *, programme: _Programme = None, as_json: _AsJson = False) -> None:
    """Cancel points."""
    from bot.cli import point_postings

    point_postings.cancel(pending, programme, as_json=as_json)


@app.command("expire", help=_("Post now what has ended; the daily job does so by itself, and no balance waits for it."))
def expire(*, programme: _Programme = None, as_json: _AsJson = False) -> None:
    """Post what has ended."""
    from bot.cli import point_checks

    point_checks.expire(programme, as_json=as_json)


@app.command("check", help=_("Add up all accounts and tell what is not as it must be; exit 1 if anything is."))
def check(*, programme: _Programme = None, as_json: _AsJson = False) -> None:
    """Check accounts."""
    from bot.cli import point_checks

    point_checks.check(programme, as_json=as_json)


@app.command("notices", help=_("Show whom the next run would tell before points end, and release it, or stop it."))
def notices(
    *,
    programme: _Programme = None,
    release: Annotated[
        bool | None,
        typer.Option("--release/--withhold", help=_("Let its notices go out from now on, or not any more.")),
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Show the dry run."""
    from bot.cli import point_notices

    point_notices.notices(programme, release=release, as_json=as_json)
