"""`chat`: talk to the bot in the terminal, on the simulator's account, so that nothing reaches a provider."""

import sys

from bot.app.logs import configure_logs
from bot.app.resources import Resources, Role, open_resources
from bot.channels.service import SIMULATOR
from bot.cli.common import _, print_line, printable, read_settings, run_async
from bot.cli.typed_lines import typed_lines
from bot.contacts.service import find_contacts
from bot.conversations.service import restart
from bot.conversations.shown.explain import explain
from bot.conversations.shown.step_words import step_words
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.email import from_body
from bot.core.ids import new_id
from bot.core.messages import Delivery, EmailHeaders, InboundMessage, Status, StatusUpdate
from bot.db.engine import reading
from bot.engine.conversation import TraceEntry
from bot.engine.trace import Code
from bot.messages.body import choices_in, location_in, media_in, template_in
from bot.messages.records import MessageView
from bot.messages.service import message_by_provider_id, replies
from bot.providers.kit.numbered import line
from bot.settings import Settings

_WHY = "/why"
_RESTART = "/restart"
_HELP = "/help"
_QUIT = "/quit"


def command(sender: str | None, channel: Channel) -> None:
    """Chat."""
    settings = read_settings()
    configure_logs(settings.model_copy(update={"log_level": "error"}))
    person = sender or ("ana@example.com" if channel is Channel.EMAIL else "+5511999990000")
    run_async(_chat(settings, person, channel))


async def _chat(settings: Settings, person: str, channel: Channel) -> None:
    async with open_resources(settings, Role.CHAT) as resources:
        if sys.stdin.isatty():
            print_line(_("Write to the bot as {person}. {help} tells what else there is.", person=person, help=_HELP))
        talk = _Talk(resources, Address(AddressKind.SIMULATOR, f"{channel}:{person}"[:255]), channel)
        async for line in typed_lines():
            if line == _QUIT:
                break
            if line == _WHY:
                await talk.why()
            elif line == _RESTART:
                await talk.restart()
            elif line == _HELP:
                _tell_commands()
            elif line:
                await talk.say(line)


def _tell_commands() -> None:
    for name, about in (
        (_WHY, _("tells why the bot answered the last message so, or did not")),
        (_RESTART, _("ends the running flow or hand-off; the next message begins anew")),
        (_QUIT, _("ends the chat, as Ctrl-C and Ctrl-D do")),
    ):
        print_line(f"  {name:<{len(_RESTART)}}  {about}")


class _Talk:
    """One person's conversation with the bot."""

    def __init__(self, resources: Resources, address: Address, channel: Channel) -> None:
        self._resources = resources
        self._address = address
        self._channel = channel
        self._last: MessageView | None = None

    async def say(self, text: str) -> None:
        """Send `text` and show what comes back."""
        said = InboundMessage(
            account=SIMULATOR,
            provider_message_id=f"chat/{new_id()}",
            channel=self._channel,
            addresses=(self._address,),
            text=text.encode(errors="replace").decode()[:20_000],
            email=EmailHeaders(subject=_("A message")) if self._channel is Channel.EMAIL else None,
        )
        await self._resources.intake.receive(SIMULATOR, Delivery(messages=(said,)), b"")
        async with reading(self._resources.engine) as connection:
            self._last = await message_by_provider_id(connection, SIMULATOR, said.provider_message_id)
            answers = [] if self._last is None else await replies(connection, self._last.id)
        for answer in answers:
            _show(answer)
        if self._last is not None and any(each["code"] == Code.PAUSED for each in self._last.trace):
            about = _("(a person has the conversation, so the bot is silent; {restart} ends that)", restart=_RESTART)
            print_line(about, style="dim")
        elif not answers:
            print_line(_("(no answer; {why} tells why)", why=_WHY), style="dim")
        await self._seen(answers)

    async def restart(self) -> None:
        """End the flow or the hand-off that is running, if any."""
        async with self._resources.engine.begin() as connection:
            found = await find_contacts(connection, self._address.value)
            for contact in found:
                await restart(connection, contact.id, self._resources.clock())
        self._last = None
        print_line(_("The next message begins anew."), style="dim")

    async def why(self) -> None:
        """Tell step by step why the last message was answered as it was."""
        if self._last is None:
            print_line(_("Nothing has been said yet."), style="dim")
            return
        async with reading(self._resources.engine) as connection:
            words = await step_words(connection, [self._last.trace], _.locale)
        trace = [TraceEntry(each["code"], each.get("data", {})) for each in self._last.trace]
        for sentence in explain(trace, _, words):
            print_line(f"  - {printable(sentence)}", style="dim")

    async def _seen(self, answers: list[MessageView]) -> None:
        """What stands on the terminal has been read, so no outbox need deliver it."""
        statuses = tuple(StatusUpdate(SIMULATOR, "", Status.READ, message_id=answer.id) for answer in answers)
        await self._resources.intake.receive(SIMULATOR, Delivery(statuses=statuses), b"")


def _show(answer: MessageView) -> None:
    if "email" in answer.body:
        print_line(_("Subject: {subject}", subject=printable(from_body(answer.body["email"]).subject)), style="dim")
    for words in answer.content.split("\n"):
        print_line(printable(words), style="bold")
    for number, choice in enumerate(choices_in(answer.body), start=1):
        print_line(f"  {number}. {printable(line(choice))}")
    media, location, template = media_in(answer.body), location_in(answer.body), template_in(answer.body)
    if media is not None:
        lies_elsewhere = media.url.startswith("https://")
        print_line(f"  [{media.kind}] {printable(media.url if lies_elsewhere else media.filename)}".rstrip())
    if location is not None:
        place = ", ".join(filter(None, (location.name, location.address)))
        print_line(f"  [location] {printable(f'{place} ({location.latitude}, {location.longitude})'.strip())}")
    if template is not None:
        about = _(
            "After a day of silence WhatsApp gets the approved template {name} ({language}) instead.",
            name=template.name,
            language=template.language,
        )
        print_line(f"  {printable(about)}", style="dim")
