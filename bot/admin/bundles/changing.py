"""Publishing: a text is checked, shown with what it changes, and published, unless somebody else did so meanwhile."""

from aiohttp import web

from bot.admin.answers import CONFLICT, INVALID, done
from bot.admin.bundles.judging import Judged, given_in, judge
from bot.admin.bundles.links import PATH, is_version, named, numbered, path_of
from bot.admin.bundles.texts import MOST_LINES, differ_of, read_versions, sentence_of
from bot.flows.service import OvertakenError, publish_over, standing
from bot.users.views.known import actor_of
from bot.web.forms import empty_form
from bot.web.forms import sentence_of as words_of
from bot.web.frame import render
from bot.web.keys import CLOCK, ENGINE, READER
from bot.web.pages import language
from bot.web.posted import posted_by

_BEGINNING = """bundle: my-bundle
locale: {locale}

templates:
  hello: {{content: "{hello}"}}

triggers:
  - {{type: equals, pattern: [hi, hello, oi], template: hello}}
"""


async def new(request: web.Request) -> web.StreamResponse:
    """Ask for the text of a bundle."""
    _ = language(request)
    return await _ask(request, _BEGINNING.format(locale=_.locale, hello=_("Hello! How can we help?")))


async def edit(request: web.Request) -> web.StreamResponse:
    """Ask for the next version of one, whose text is there to be changed."""
    (bundle,) = await read_versions(request, None)
    return await _ask(request, bundle.source, of=bundle.name)


async def check(request: web.Request) -> web.StreamResponse:
    """Look at a text; what it would change is shown, or its faults."""
    posted = posted_by(request)
    judged = await judge(request, given_in(posted))
    if judged.bundle is None or posted.last("again"):
        return await _ask(request, judged.text, of=posted.last("of"), judged=judged)
    return await _confirm(request, judged, f"{PATH}/-/publish", of=posted.last("of"))


async def publish(request: web.Request) -> web.StreamResponse:
    """Publish a text that was confirmed."""
    posted = posted_by(request)
    judged = await judge(request, given_in(posted))
    if judged.bundle is None:
        return await _ask(request, judged.text, of=posted.last("of"), judged=judged)
    return await _publish(request, judged, f"{PATH}/-/publish")


async def ask_again(request: web.Request) -> web.StreamResponse:
    """Show what publishing an older version again would change."""
    judged = await _older(request)
    if judged.bundle is None:
        return await _ask(request, judged.text, of=named(request), judged=judged)
    return await _confirm(request, judged, request.path)


async def again(request: web.Request) -> web.StreamResponse:
    """Publish an older version again, as a new one."""
    judged = await _older(request)
    if judged.bundle is None:
        return await _ask(request, judged.text, of=named(request), judged=judged)
    return await _publish(request, judged, request.path)


async def _older(request: web.Request) -> Judged:
    (bundle,) = await read_versions(request, numbered(request))
    return await judge(request, bundle.source.encode(), bundle.files)


async def _publish(request: web.Request, judged: Judged, action: str) -> web.Response:
    assert judged.bundle is not None  # noqa: S101 - who calls has asked
    _, over = language(request), posted_by(request).last("over")
    before = int(over) if is_version(over) else 0
    try:
        async with request.app[ENGINE].begin() as connection:
            published = await publish_over(
                connection, judged.bundle, before, by=actor_of(request), now=request.app[CLOCK]()
            )
    except OvertakenError as error:
        return await _confirm(request, judged, action, overtaken=words_of(error, _))
    path = path_of(published.name)
    said = _("{name} answers as version {version}", name=published.name, version=published.version)
    if not before or published.version == before:
        return done(request, path, said)
    undo = f"{path_of(published.name, before)}/publish"
    return done(request, path, said, undo=undo, fields=(("over", str(published.version)),))


async def _confirm(
    request: web.Request, judged: Judged, action: str, *, of: str = "", overtaken: str = ""
) -> web.Response:
    """What publishing would change; `overtaken` says what somebody else did meanwhile."""
    assert judged.bundle is not None  # noqa: S101 - who calls has asked
    _, name = language(request), judged.bundle.document.bundle
    async with request.app[READER].reading() as connection:
        stands = await standing(connection, judged.bundle)
    differ = await differ_of(request, "" if stands.newest is None else stands.newest.source, judged.text)
    return await render(
        request,
        "admin/bundle_publish.html",
        title=_("Publish {name}?", name=name),
        status=CONFLICT if overtaken else 200,
        bundle=name,
        path=path_of(name),
        action=action,
        judged=judged,
        stands=stands,
        of=of,
        overtaken=overtaken,
        differ=differ,
        sentence=sentence_of(differ, _),
        surprises=_.plural("{count} line may surprise you", "{count} lines may surprise you", len(judged.notes)),
        most=MOST_LINES,
    )


async def _ask(request: web.Request, text: str, *, of: str = "", judged: Judged | None = None) -> web.Response:
    _ = language(request)
    faults, more = (0, 0) if judged is None else (judged.faults, judged.further)
    return await render(
        request,
        "admin/bundle_edit.html",
        title=_("New version of {name}", name=of) if of else _("New bundle"),
        status=INVALID if faults else 200,
        form=empty_form(source=text),
        of=of,
        path=path_of(of) if of else PATH,
        judged=judged,
        told=faults
        and _.plural("{count} fault: nothing is published yet.", "{count} faults: nothing is published yet.", faults),
        more=more
        and _.plural(
            "{count} more is not shown: mend these first.", "{count} more are not shown: mend these first.", more
        ),
    )
