"""The values of a new account: given on the command line, read from files, or asked for."""

import sys
from collections.abc import Iterable
from pathlib import Path

import typer
from pydantic import SecretStr

from bot.channels.service import Values
from bot.cli.common import _, print_line
from bot.core.errors import Blame, BotError
from bot.providers.base import Credential, Provider


def gathered(provider: Provider, given: Iterable[str]) -> Values:
    """The values of `given` (`KEY=VALUE` or `KEY=@FILE`), and on a terminal what else is needed, asked for.

    Raises BotError for a key that the provider does not have, and for a file that cannot be read.
    """
    values = dict(_given(provider, each) for each in given)
    if sys.stdin.isatty():
        missing = [each for each in provider.credentials if each.default is None and each.key not in values]
        if missing:
            print_line(_("Enter alone leaves a value out."))
        values |= {each.key: _asked(each) for each in missing}
    return {key: value for key, value in values.items() if value.get_secret_value()}


def _given(provider: Provider, spelled: str) -> tuple[str, SecretStr]:
    key, equals, value = spelled.partition("=")
    keys = [each.key for each in provider.credentials]
    # The rest may be a secret, so it is not shown.
    if not equals:
        raise BotError(_("--set takes KEY=VALUE"), mend=_("Keys are {keys}.", keys=", ".join(keys)), blame=Blame.USAGE)
    if key not in keys:
        raise BotError(
            _("{title} has no {key}", title=provider.title, key=key),
            mend=_("Keys are {keys}.", keys=", ".join(keys)),
            blame=Blame.USAGE,
        )
    return key, SecretStr((_read(value[1:]) if value.startswith("@") else value).strip())


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BotError(_("{path} is not UTF-8 text", path=path), mend=_("Check the path.")) from None


def _asked(credential: Credential) -> SecretStr:
    spelled = typer.prompt(
        f"{_(credential.about)} ({credential.key})", default="", show_default=False, hide_input=credential.secret
    )
    return SecretStr(str(spelled).strip())
