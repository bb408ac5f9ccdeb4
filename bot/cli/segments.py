"""What `flows check` says of SMS."""

from collections.abc import Sequence

from bot.cli.common import _, print_line, print_table, printable, read_settings
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.flows.checking import CheckedBundle, Dear, VariantSegments, count_segments, dear
from bot.providers.table import PROVIDERS


def tell_segments(bundles: Sequence[CheckedBundle], *, table: bool) -> None:
    """Print what each variant costs where a `table` is asked for, and which of them a few characters make dear.

    The latter is told too where the settings name a number for SMS.
    """
    if not (table or _sends_sms()):
        return
    counted = list(count_segments(bundles))
    if table and counted:
        columns = (_("File"), _("Template"), _("Locale"), _("Variant"), _("Encoding"), _("Units"), _("SMS"))
        print_table((*columns, _("Because of")), [_row(each) for each in counted])
        print_line(_("Counted without what variables (+), choices and links add."))
    for found in filter(None, map(dear, counted)):
        print_line(printable(_sentence(found)))


def _sends_sms() -> bool:
    try:
        settings = read_settings()
    except BotError:
        # Files are checked without any settings too.
        return False
    providers = [each for each in PROVIDERS.values() if Channel.SMS in each.channels]
    return any(
        settings.lookup(credential.setting) is not None
        for provider in providers
        for credential in provider.credentials
        if credential.key == "from"
    )


def _row(found: VariantSegments) -> tuple[str, ...]:
    counted = found.counted
    more = "+" if found.has_variables else ""
    place = (found.file, found.template, found.locale, str(found.variant))
    size = (counted.encoding.value, f"{counted.units}{more}", f"{counted.parts}{more}")
    return (*place, *size, " ".join(map(_named, counted.odd)) or "-")


def _sentence(dearer: Dear) -> str:
    found = dearer.found
    written = ", ".join(
        _("{plain} for {odd}", plain=plain, odd=_named(odd)) if plain else _("nothing for {odd}", odd=_named(odd))
        for odd, plain in dearer.spelled
    )
    return _(
        "{file}: {template} ({locale}, variant {variant}) takes {parts} SMS instead of {fewer}. Write {written}.",
        file=found.file,
        template=found.template,
        locale=found.locale,
        variant=found.variant,
        parts=found.counted.parts,
        fewer=dearer.parts,
        written=written,
    )


def _named(character: str) -> str:
    """The character, or its number where nobody would see it."""
    return character if character.isprintable() and not character.isspace() else f"U+{ord(character):04X}"
