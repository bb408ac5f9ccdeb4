"""`/admin/components`: each part that pages are made of, once in each state; it changes nothing and reads nothing.

What stands in it is made up and written here, so that it looks the same wherever it is looked at.
"""

from datetime import timedelta
from typing import Annotated, NamedTuple

from aiohttp import hdrs, web
from pydantic import BaseModel, Field

from bot.admin.inbox.words import COLOURS
from bot.web.charts import bars, line
from bot.web.forms import FieldError, Filled, empty_form, read_form
from bot.web.frame import render
from bot.web.i18n import N_, Translator
from bot.web.keys import CLOCK
from bot.web.lists import Choice, Day, Filters, Words, counted
from bot.web.pages import language
from bot.web.posted import posted_by
from bot.web.toasts import Toast, give_toast

PATH = "/admin/components"
STATES = {"good": N_("Connected"), "warn": N_("Paused"), "danger": N_("Failing"), "": N_("Untested")}
FILTERS = Filters(
    Words("q", N_("Search accounts")),
    Choice("channel", N_("Channel"), {"whatsapp": N_("WhatsApp"), "sms": N_("SMS"), "email": N_("E-mail")}),
    Choice("state", N_("State"), {name or "untested": label for name, label in STATES.items()}),
    Day("since", N_("Changed since")),
)
_ON_A_PAGE = 6
_NAMES = (
    ("The bakery at the corner", "whatsapp", "good", 12_480, 2),
    ("Padaria São João", "sms", "warn", 310, 105),
    ("Orders", "email", "danger", 1_204, 60 * 5),
    (
        "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch and the other shops of that street",
        "email",
        "",
        0,
        60 * 30,
    ),
    ("مخبز الزاوية", "whatsapp", "good", 87, 60 * 24 * 12),
    ("Reminders", "sms", "good", 9_932_104, 60 * 24 * 500),
    ("Night shift", "whatsapp", "good", 41, 60 * 24 * 501),
    ("Weekend", "sms", "", 0, 60 * 24 * 502),
)
_LATENCIES = (("< 1", 120), ("1-4", 310), ("4-15", 240), ("15-60", 130), ("> 60", 60))
_DAYS = (412, 398, 431, 520, 610, 480, 390, 405, 470, 530, 622, 700, 640, 690)


class Account(NamedTuple):
    """A row of the table."""

    id: str
    name: str
    channel: str
    state: str
    messages: int
    minutes: int


class Order(BaseModel):
    """What the form asks for."""

    name: Annotated[str, Field(min_length=2, max_length=40)]
    count: Annotated[int, Field(ge=1, le=500)]
    channel: str
    note: str = ""
    colour: str = "gray"
    urgent: bool = False

    def model_post_init(self, _context: object) -> None:
        """Two fields that do not fit each other are wrong together."""
        if self.urgent and self.channel == "email":
            raise FieldError(N_("What is urgent does not go by e-mail: choose another channel, or take your time."))


async def show(request: web.Request) -> web.StreamResponse:
    """All parts."""
    filled = empty_form(name="Rye bread", count="12", channel="sms", note="", colour="teal", urgent="")
    return await _page(request, filled)


async def take(request: web.Request) -> web.StreamResponse:
    """What the form says, taken or sent back with what is wrong."""
    form = read_form(request, Order)
    if form.value is None:
        return await _page(request, form, status=422)
    _ = language(request)
    return _told(request, Toast(_("{count} of {name} noted", count=form.value.count, name=form.value.name)))


async def archive(request: web.Request) -> web.StreamResponse:
    """Tell what would have been put away."""
    _ = language(request)
    form = posted_by(request).form
    ids = [] if form is None else [each.text(32) for each in form.all("id")]
    text = _.plural("{count} account archived", "{count} accounts archived", len(ids))
    return _told(request, Toast(text, f"{PATH}/restore", tuple(("id", each) for each in ids)))


async def restore(request: web.Request) -> web.StreamResponse:
    """Tell what would have come back."""
    _ = language(request)
    form = posted_by(request).form
    count = 0 if form is None else len(form.all("id"))
    return _told(request, Toast(_.plural("{count} account is back", "{count} accounts are back", count)))


def _told(request: web.Request, toast: Toast) -> web.Response:
    answer = web.Response(status=303, headers={hdrs.LOCATION: PATH})
    give_toast(request, answer, toast)
    return answer


async def _page(request: web.Request, form: Filled[Order], status: int = 200) -> web.Response:
    _, now = language(request), request.app[CLOCK]()
    asked = FILTERS.read(request, _ON_A_PAGE)
    found = [each for each in _accounts() if _fits(each, asked.one("q"), asked.all("channel"), asked.all("state"))]
    begin = asked.after_number or 0
    page = asked.page(found[begin : begin + asked.limit], lambda row: (int(row.id),))
    return await render(
        request,
        "admin/components.html",
        title=_("Components"),
        status=status,
        asked=asked,
        page=page,
        count=counted("{count} account", "{count} accounts", len(found), _),
        states=STATES,
        colours={name: _(word) for name, word in COLOURS.items()},
        form=form,
        wrong=_wrong(_),
        ago=lambda minutes: now - timedelta(minutes=minutes),
        bars=_bars(_),
        line=_line(_),
    )


def _accounts() -> list[Account]:
    return [Account(str(at), *each) for at, each in enumerate(_NAMES, start=1)]


def _fits(account: Account, words: str, channels: tuple[str, ...], states: tuple[str, ...]) -> bool:
    return (
        words.casefold() in account.name.casefold()
        and (not channels or account.channel in channels)
        and (not states or (account.state or "untested") in states)
    )


def _wrong(_: Translator) -> Filled[Order]:
    typed = {"wrong-name": "R", "wrong-count": "0", "wrong-role": "editor"}
    errors = {
        "wrong-name": _("Write at least {min_length} characters.", min_length=2),
        "wrong-count": _("It must be at least {ge}.", ge=1),
        "wrong-scopes": _("Choose at least {min_length}.", min_length=1),
    }
    return Filled(None, typed, errors)


def _bars(_: Translator) -> object:
    figures = [(label, float(count), str(count)) for label, count in _LATENCIES]
    sentence = _("Half of the people were answered within {minutes} min", minutes=4)
    return bars(sentence, (_("Minutes"), _("People")), figures, strong=1)


def _line(_: Translator) -> object:
    figures = [(_("Nov {day}", day=day), float(count), str(count)) for day, count in enumerate(_DAYS, start=16)]
    sentence = _("Messages a day grew by two thirds within two weeks")
    return line(sentence, (_("Day"), _("Messages")), figures)
