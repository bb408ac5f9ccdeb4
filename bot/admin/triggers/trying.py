"""`/triggers/try`: a message that somebody makes up, and what the bot would make of it. It is a link to be shared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import hdrs, web
from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from bot.admin.bundles.links import path_of
from bot.admin.triggers.words import Looked, duration, leads_to, looked_for
from bot.contacts.service import ContactCard, find_contacts
from bot.conversations.shown.channel_words import CHANNELS
from bot.conversations.shown.trial import Trial, Tried, try_message
from bot.conversations.views import INTAKE
from bot.core.addresses import Channel
from bot.core.permissions import Permission
from bot.core.text import clean
from bot.engine.definitions import Definitions
from bot.engine.weighing import Verdict, Weighed
from bot.web.access import signed_in
from bot.web.forms import Filled, empty_form
from bot.web.frame import render
from bot.web.i18n import N_, Translator
from bot.web.keys import CLOCK, READER
from bot.web.pages import language

PATH = "/triggers/try"
_VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.WINS: (N_("Wins"), "good"),
    Verdict.COOLS_DOWN: (N_("Passed over"), "warn"),
    Verdict.COMES_AFTER: (N_("Comes after"), ""),
    Verdict.NOT_TRIED: (N_("Not tried"), ""),
}
_REASONS: Mapping[Verdict, str] = {
    Verdict.WINS: N_("It answers."),
    Verdict.COOLS_DOWN: N_("It has answered this person a moment ago, and may again in {seconds}."),
    Verdict.COMES_AFTER: N_("It matches, too, but the one that wins is tried before it."),
    Verdict.NOT_TRIED: N_("It matches, but what goes before triggers has dealt with the message: see why."),
}
_LONGEST = 4_000
_MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """A trigger whose pattern matches, for a reader.

    Attributes:
        label: its key, or type and pattern.
        looked: what it looks for.
        leads: what it does, and the name of that.
        bundle: name, version and path.
        verdict: in a word, and its colour.
        reason: in a sentence.
    """

    label: str
    looked: Looked
    leads: tuple[str, str]
    bundle: tuple[str, int, str]
    verdict: tuple[str, str]
    reason: str


async def show(request: web.Request) -> web.StreamResponse:
    """Ask for a message, and tell what would become of it."""
    given = {
        name: clean(request.query.get(name, ""), _LONGEST)[0] for name in ("text", "channel", "language", "contact")
    }
    may_name = Permission.CONTACTS_READ in signed_in(request).permissions
    catalogue = request.app[INTAKE].catalogue
    channel = Channel(given["channel"]) if given["channel"] in CHANNELS else Channel.WHATSAPP
    spoken = _spoken(catalogue.definitions)
    locale = given["language"] if given["language"] in spoken else ""
    _, form = language(request), empty_form(**{**given, "channel": channel.value, "language": locale})
    trial = None
    async with request.app[READER].reading() as connection:
        contacts = await _named(connection, given["contact"]) if may_name else []
        contact = contacts[0] if len(contacts) == 1 else None
        if contact is not None and contact.id != given["contact"]:
            # A number or an address is nobody's business who gets the link.
            raise web.HTTPSeeOther(_url(given, contact.id), headers={hdrs.CACHE_CONTROL: "no-store"})
        form = _checked(form, contacts, may_name=may_name, _=_)
        if given["text"].strip() and not form.errors:
            tried = Tried(given["text"], channel, locale, "" if contact is None else contact.id)
            trial = await try_message(connection, catalogue, tried, request.app[CLOCK](), _)
    return await render(
        request,
        "admin/trigger_try.html",
        title=_("Which trigger would win?"),
        form=form,
        channels={name: _(label) for name, label in CHANNELS.items()},
        languages={each: each for each in spoken},
        may_name=may_name,
        contact=contact,
        several=[(each, _url(given, each.id)) for each in contacts] if len(contacts) > 1 else [],
        trial=trial,
        judged=[] if trial is None else [_judged(each, _) for each in trial.triggers],
        headline="" if trial is None else _headline(trial, _),
    )


async def _named(connection: AsyncConnection, spelled: str) -> Sequence[ContactCard]:
    return (await find_contacts(connection, spelled))[:_MOST_NAMES] if spelled.strip() else []


def _checked(form: Filled[Any], contacts: Sequence[ContactCard], *, may_name: bool, _: Translator) -> Filled[Any]:
    """The form with what is wrong with the contact that it names."""
    if not may_name or not str(form.typed["contact"]).strip() or len(contacts) == 1:
        return form
    if contacts:
        return form.wrong("contact", _("Several people have this address: choose one below."))
    return form.wrong("contact", _("Nobody here has this id, number or address."))


def _spoken(definitions: Definitions) -> list[str]:
    """The languages that anything published is written in."""
    locales = {bundle.locale for bundle in definitions.bundles}
    return sorted(locales.union(*(template.locales for template, _bundle in definitions.templates.values())))


def _url(given: Mapping[str, str], contact_id: str) -> str:
    return str(URL(PATH).with_query({name: each for name, each in {**given, "contact": contact_id}.items() if each}))


def _headline(trial: Trial, _: Translator) -> str:
    winner = next((each.trigger for each in trial.triggers if each.verdict is Verdict.WINS), None)
    if winner is not None:
        return _("“{trigger}” of {bundle} wins", trigger=winner.label, bundle=winner.bundle.name)
    return _("No trigger wins") if trial.triggers else _("No trigger matches")


def _judged(weighed: Weighed, _: Translator) -> Judged:
    trigger, rules = weighed.trigger, weighed.trigger.bundle
    word, kind = _VERDICTS[weighed.verdict]
    leads = leads_to(
        trigger.template.key if trigger.template else "",
        trigger.flow.name if trigger.flow else "",
        trigger.action.name if trigger.action else "",
        _,
    )
    return Judged(
        label=trigger.label,
        looked=looked_for(trigger.pattern.type, trigger.pattern.source, _),
        leads=leads,
        bundle=(rules.name, rules.version, path_of(rules.name, rules.version)),
        verdict=(_(word), kind),
        reason=_(_REASONS[weighed.verdict], seconds=duration(weighed.seconds, _)),
    )
