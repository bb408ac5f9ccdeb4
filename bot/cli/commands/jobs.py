"""`jobs list|show|cancel|retry`: due work, how far it is, and what people may do about it."""

from typing import Annotated

import typer

from bot.cli.common import _
from bot.cli.spoken import App
from bot.jobs.status import JobStatus

app = App()

_Ids = Annotated[list[str], typer.Argument(metavar="ID…", help=_("Their ids."))]
_AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]


@app.command("list", help=_("List jobs and how far they are, the latest due first."))
def list_jobs(
    *,
    status: Annotated[JobStatus | None, typer.Option(help=_("Only those of this status."))] = None,
    type_: Annotated[str | None, typer.Option("--type", help=_("Only those of this type."))] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("How many at most."))] = 50,
    as_json: _AsJson = False,
) -> None:
    """List jobs."""
    from bot.cli import jobs

    jobs.list_jobs(status=status, type_=type_, limit=limit, as_json=as_json)


@app.command("show", help=_("Show a job with all that is known of it."))
def show_job(id_: Annotated[str, typer.Argument(metavar="ID", help=_("Its id."))], *, as_json: _AsJson = False) -> None:
    """Show one job."""
    from bot.cli import jobs

    jobs.show_job(id_, as_json=as_json)


@app.command("cancel", help=_("Cancel pending jobs; what a slice under way has done is taken back."))
def cancel_jobs(ids: _Ids) -> None:
    """Cancel jobs."""
    from bot.cli import jobs

    jobs.cancel_jobs(ids)


@app.command("retry", help=_("Let jobs that failed or were cancelled go on from where they were."))
def retry_jobs(ids: _Ids) -> None:
    """Run jobs again."""
    from bot.cli import jobs

    jobs.retry_jobs(ids)
