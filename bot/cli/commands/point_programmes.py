"""`points programme list|show|add|change`: the rules by which points are earned and end."""

from typing import Annotated

import typer

from bot.cli.common import _
from bot.cli.spoken import App
from bot.loyalty.kinds import OnReturn, Rounding

app = App()

_AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]
_Name = Annotated[str, typer.Argument(metavar="NAME", help=_("Its name, or its id."))]

_Unit = Annotated[str | None, typer.Option(help=_("How its points are called."))]
_Timezone = Annotated[str | None, typer.Option(metavar="ZONE", help=_("Whose midnight ends a day."))]
_ExpiresAfter = Annotated[
    str | None, typer.Option(metavar="PERIOD", help=_("How long points count: `12 months`, `365 days`, or `never`."))
]
_Rounding = Annotated[Rounding | None, typer.Option(help=_("To which day the last one is put off."))]
_LeastLife = Annotated[int | None, typer.Option(metavar="DAYS", help=_("How many days points count at least."))]
_NoticeDays = Annotated[
    str | None, typer.Option(metavar="DAYS", help=_("How many days before it people are told: `30,7,1`, or `none`."))
]
_NoticeAt = Annotated[str | None, typer.Option(metavar="TIME", help=_("When they are told: `09:00`."))]
_Channels = Annotated[
    str | None, typer.Option(metavar="CHANNELS", help=_("By what, in order of preference: `whatsapp,email`, or `any`."))
]
_Template = Annotated[
    list[str] | None,
    typer.Option(metavar="DAYS=BUNDLE/TEMPLATE", help=_("What is said so many days before, or by `default`.")),
]
_DailyLimit = Annotated[int | None, typer.Option(metavar="POINTS", help=_("What an editor may give and take a day."))]
_OnReturn = Annotated[OnReturn | None, typer.Option(help=_("What a return does whose points were redeemed."))]
_IdleDays = Annotated[
    str | None, typer.Option(metavar="DAYS", help=_("After how many days without any points end, or `never`."))
]


@app.command("list", help=_("List the programmes, by name."))
def list_programmes(*, as_json: _AsJson = False) -> None:
    """List programmes."""
    from bot.cli import point_programmes

    point_programmes.list_programmes(as_json=as_json)


@app.command("show", help=_("Show the rules of a programme."))
def show(name: _Name, *, as_json: _AsJson = False) -> None:
    """Show one."""
    from bot.cli import point_programmes

    point_programmes.show(name, as_json=as_json)


@app.command("add", help=_("Make a programme; nobody is told of anything before you release its notices."))
def add(  # noqa: PLR0913 - each is an option
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("How it is called; at most 64 characters."))],
    *,
    timezone: _Timezone = None,
    unit: _Unit = None,
    expires_after: _ExpiresAfter = None,
    rounding: _Rounding = None,
    least_life: _LeastLife = None,
    notice_days: _NoticeDays = None,
    notice_at: _NoticeAt = None,
    channels: _Channels = None,
    template: _Template = None,
    daily_limit: _DailyLimit = None,
    on_return: _OnReturn = None,
    idle_days: _IdleDays = None,
    as_json: _AsJson = False,
) -> None:
    """Make one."""
    from bot.cli import point_programmes

    rules = point_programmes.Rules(
        timezone=timezone,
        unit=unit,
        expires_after=expires_after,
        rounding=rounding,
        least_life=least_life,
        notice_days=notice_days,
        notice_at=notice_at,
        channels=channels,
        templates=template,
        daily_limit=daily_limit,
        on_return=on_return,
        idle_days=idle_days,
    )
    point_programmes.add(name, rules, as_json=as_json)


@app.command("change", help=_("Change the rules of a programme; what was earned keeps its last day."))
def change(  # noqa: PLR0913 - each is an option
    name: _Name,
    *,
    rename: Annotated[str | None, typer.Option(metavar="NAME", help=_("How it is called from now on."))] = None,
    timezone: _Timezone = None,
    unit: _Unit = None,
    expires_after: _ExpiresAfter = None,
    rounding: _Rounding = None,
    least_life: _LeastLife = None,
    notice_days: _NoticeDays = None,
    notice_at: _NoticeAt = None,
    channels: _Channels = None,
    template: _Template = None,
    daily_limit: _DailyLimit = None,
    on_return: _OnReturn = None,
    idle_days: _IdleDays = None,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help=_("Whether anything is posted in it."))
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Change one."""
    from bot.cli import point_programmes

    rules = point_programmes.Rules(
        name=rename,
        timezone=timezone,
        unit=unit,
        expires_after=expires_after,
        rounding=rounding,
        least_life=least_life,
        notice_days=notice_days,
        notice_at=notice_at,
        channels=channels,
        templates=template,
        daily_limit=daily_limit,
        on_return=on_return,
        idle_days=idle_days,
        is_active=active,
    )
    point_programmes.change(name, rules, as_json=as_json)
