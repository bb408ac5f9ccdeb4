"""Bundles: what answers, in which versions; checking a text, publishing it, rolling back."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aiohttp import web

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource, Wish
from bot.api.problems import CONFLICT, REFUSED, Fault, ProblemError, not_found
from bot.api.resources.bundle_shapes import (
    MOST_FAULTS,
    Bundle,
    BundlePage,
    BundleQuery,
    BundleStatus,
    BundleSummary,
    BundleText,
    BundleVersion,
    BundleVersionPage,
    CheckedText,
)
from bot.api.shapes import PageQuery
from bot.conversations.views import INTAKE
from bot.core.permissions import Permission
from bot.flows.checking import MAX_BYTES, Checked, CheckedBundle
from bot.flows.service import NoBundleError, archive, listing, lock_newest, publish, show, specs_of, standing
from bot.flows.service import Shown as Stored
from bot.flows.service import versions as versions_of
from bot.flows.text_checks import TEXT_CHECKS
from bot.web.keys import READER
from bot.web.posted import SMALL

MOST = 4 * MAX_BYTES + SMALL
"""Bytes of a body with a text: so much more than one may have that what is too large is told as its fault."""
_LONGEST_NUMBER = 9
_ONE = MappingProxyType({"path": {"name": "shop"}})
_VERSION = MappingProxyType({"path": {"name": "shop", "version": "3"}})
_TEXT = (
    "bundle: shop\ntemplates:\n  hours: {content: We open at nine.}\n"
    "triggers:\n  - {type: contains, pattern: open, template: hours}\n"
)


async def list_(call: Call[BundleQuery, NoBody]) -> BundlePage:
    """A page of them, by name."""
    query, cursors = call.query, call.cursors
    found = await listing(call.connection, query.search, query.status, cursors.after_text or "", cursors.wanted)
    rows, following = cursors.page(found, lambda row: (row.name,))
    return BundlePage(data=[BundleSummary.of(each) for each in rows], next=following)


async def get(call: Call[Any, Any]) -> Bundle:
    """The newest version of one."""
    try:
        return Bundle.of(await show(call.connection, call.path["name"]))
    except NoBundleError:
        raise not_found("bundle") from None


async def list_versions(call: Call[PageQuery, NoBody]) -> BundleVersionPage:
    """A page of one's versions."""
    bundle, cursors = await get(call), call.cursors
    found = await versions_of(call.connection, bundle.name, cursors.after_number, cursors.wanted)
    rows, following = cursors.page(found, lambda row: (row.version,))
    return BundleVersionPage(data=[BundleVersion.of(each) for each in rows], next=following)


async def get_version(call: Call[NoQuery, NoBody]) -> Bundle:
    """One version."""
    try:
        return Bundle.of(await show(call.connection, call.path["name"], _number(call.path)))
    except NoBundleError:
        raise not_found("version") from None


async def held(call: Call[Any, Any]) -> Bundle:
    """The newest version of one, which nobody replaces until the transaction ends."""
    try:
        return Bundle.of(await lock_newest(call.connection, call.path["name"]))
    except NoBundleError:
        raise not_found("bundle") from None


async def look_at(wish: Wish[BundleText]) -> Checked:
    """What the checks find in a text."""
    return await _checked(wish.app, wish.body.source)


async def check(call: Call[NoQuery, BundleText]) -> CheckedText:
    """What publishing a text would do."""
    checked: Checked = call.prepared
    stands = await standing(call.connection, checked.bundles[0]) if checked.bundles else None
    return CheckedText.of(checked, stands)


async def require_sound(wish: Wish[BundleText]) -> CheckedBundle:
    """A text that can be published as the bundle that the path names."""
    bundle = _sound(await look_at(wish), "/source")
    name = bundle.document.bundle
    if name != wish.path["name"]:
        said = f"The text is of the bundle {name}. Put it to `/bundles/{name}`, or change its key `bundle`."
        raise ProblemError(REFUSED, said, code="other_bundle", faults=[Fault(said, "/source")])
    return bundle


async def require_sound_version(wish: Wish[NoBody]) -> CheckedBundle:
    """An older version that can be published still."""
    try:
        async with wish.app[READER].reading() as connection:
            version: Stored = await show(connection, wish.path["name"], _number(wish.path))
    except NoBundleError:
        raise not_found("version") from None
    return _sound(await _checked(wish.app, version.source, version.files), "")


async def put(call: Call[NoQuery, Any]) -> Bundle:
    """Publish what was found to be sound."""
    bundle: CheckedBundle = call.prepared
    await publish(call.connection, [bundle], by=call.by, now=call.now)
    return await get(call)


async def take_out(call: Call[NoQuery, NoBody]) -> Bundle:
    """Take one out of service."""
    bundle = await held(call)
    if bundle.status is BundleStatus.ARCHIVED:
        raise ProblemError(CONFLICT, "It is archived already.", code="archived")
    await archive(call.connection, bundle.name, by=call.by, now=call.now)
    return await get(call)


async def _checked(app: web.Application, source: str, kept: Mapping[str, str] | None = None) -> Checked:
    specs = specs_of(app[INTAKE].catalogue.actions)
    return await app[TEXT_CHECKS].check(app[READER], specs, source.encode(), kept)


def _sound(checked: Checked, pointer: str) -> CheckedBundle:
    if checked.bundles:
        return checked.bundles[0]
    faults = []
    for each in checked.faults[:MOST_FAULTS]:
        message, mend = each.told()
        faults.append(Fault(f"{each.code}: {message} {mend}", pointer, line=each.line, column=each.column))
    sentence = f"The text has faults ({len(checked.faults)}): nothing is published."
    raise ProblemError(REFUSED, sentence, code="faults", faults=faults)


def _number(path: Mapping[str, str]) -> int:
    text = path["version"]
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise not_found("version")
    return int(text)


BUNDLES = Resource(
    "bundles",
    "What the bot says and when, in versions: each text that is published is one, and stays.",
    (
        Operation(
            name="list_bundles",
            method="GET",
            path="/bundles",
            scope=Permission.BUNDLES_READ,
            summary="List bundles",
            description="By name, each with its newest version.",
            handle=list_,
            query=BundleQuery,
            result=BundlePage,
            example=MappingProxyType({"query": {"status": "published"}}),
        ),
        Operation(
            name="check_bundle",
            method="POST",
            path="/bundles/check",
            scope=Permission.BUNDLES_PUBLISH,
            summary="Check a text",
            description="What is wrong with it, at which lines, and what publishing it would do. Nothing is changed.",
            prepare=look_at,
            handle=check,
            body=BundleText,
            result=CheckedText,
            only_reads=True,
            most=MOST,
            example=MappingProxyType({"body": {"source": _TEXT}}),
        ),
        Operation(
            name="get_bundle",
            method="GET",
            path="/bundles/{name}",
            scope=Permission.BUNDLES_READ,
            summary="Get a bundle",
            description="Its newest version, with the text.",
            handle=get,
            result=Bundle,
            example=_ONE,
        ),
        Operation(
            name="publish_bundle",
            method="PUT",
            path="/bundles/{name}",
            scope=Permission.BUNDLES_PUBLISH,
            summary="Publish a bundle",
            description=(
                "The text is checked; with faults nothing is published, and `errors` names their lines. A text that "
                "says what is in force already makes no new version. With `If-Match`, it is published over the version "
                "that was read, with `If-None-Match: *` only where there is none; without, over whichever there is. "
                "Files that lie beside a bundle are those of its newest version: new ones are put in by `flows load`."
            ),
            prepare=require_sound,
            handle=put,
            body=BundleText,
            result=Bundle,
            creates=True,
            current=held,
            problems=(REFUSED,),
            most=MOST,
            example=MappingProxyType({**_ONE, "body": {"source": _TEXT}}),
        ),
        Operation(
            name="archive_bundle",
            method="POST",
            path="/bundles/{name}/archive",
            scope=Permission.BUNDLES_PUBLISH,
            summary="Archive a bundle",
            description=(
                "Its triggers answer nobody from the next message on; who is in the middle of a flow goes on to the "
                "end. Publishing any of its versions brings it back."
            ),
            handle=take_out,
            result=Bundle,
            current=held,
            problems=(CONFLICT,),
            example=_ONE,
        ),
        Operation(
            name="list_bundle_versions",
            method="GET",
            path="/bundles/{name}/versions",
            scope=Permission.BUNDLES_READ,
            summary="List a bundle's versions",
            description="The newest first.",
            handle=list_versions,
            query=PageQuery,
            result=BundleVersionPage,
            example=_ONE,
        ),
        Operation(
            name="get_bundle_version",
            method="GET",
            path="/bundles/{name}/versions/{version}",
            scope=Permission.BUNDLES_READ,
            summary="Get a version of a bundle",
            description="With its text.",
            handle=get_version,
            result=Bundle,
            example=_VERSION,
        ),
        Operation(
            name="publish_bundle_version",
            method="POST",
            path="/bundles/{name}/versions/{version}/publish",
            scope=Permission.BUNDLES_PUBLISH,
            summary="Roll back, or restore",
            description=(
                "Publishes the version again, as a new one: versions only grow. `If-Match` is the `ETag` of the "
                "newest one, over which it is published."
            ),
            prepare=require_sound_version,
            handle=put,
            result=Bundle,
            creates=True,
            current=held,
            problems=(REFUSED,),
            example=_VERSION,
        ),
    ),
)
