"""What Typer says of a command that was written wrongly, told in the shell's language."""

from enum import StrEnum
from typing import Annotated

import pytest
import typer

from bot.cli import spoken
from bot.cli.spoken import App
from bot.web.i18n import translator


class Size(StrEnum):
    """What an option may be."""

    SMALL = "small"
    LARGE = "large"


@pytest.fixture
def app() -> App:
    """A command with an argument, options of all kinds and a flag, beside another."""
    made = App()

    @made.command("bake")
    def bake(
        bread: str,
        *,
        count: Annotated[int, typer.Option(min=1, max=9)] = 1,
        size: Annotated[Size, typer.Option()] = Size.SMALL,
        oven: Annotated[str, typer.Option()],
        dry: Annotated[bool, typer.Option("--dry")] = False,
    ) -> None:
        del bread, count, size, oven, dry

    made.command("eat")(lambda: None)
    return made


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("bake rye --oven a --xyzzy", "não há opção --xyzzy."),
        ("bake rye --ove_n a", "não há opção --ove_n; quis dizer --oven?"),
        ("bake --oven a", "falta bread."),
        ("bake rye", "falta a opção --oven."),
        ("bake rye wheat --oven a", "isto está a mais: wheat."),
        ("bake rye --oven", "a opção --oven pede um valor."),
        ("bake rye --oven a --dry=1", "a opção --dry não leva valor."),
        ("bake rye --oven a --size xl", "--size é um destes: 'small', 'large'; xl não é."),
        ("bake rye --oven a --count x", "--count deve ser um número."),
        ("bake rye --oven a --count 0", "--count deve ser no mínimo 1."),
        ("bake rye --oven a --count 10", "--count deve ser no máximo 9."),
    ],
)
def test_what_is_wrong_with_a_command_is_said_in_portuguese(
    app: App, arguments: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(spoken, "_", translator("pt-BR"))

    with pytest.raises(SystemExit) as end:
        spoken.run(app, arguments.split())

    told = capsys.readouterr().err
    assert told.splitlines()[-1] == f"Erro: {said}"
    assert end.value.code == 2
    assert "Usage" not in told


@pytest.mark.parametrize("code", [0, 1])
def test_a_commands_own_end_stays_the_programs(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken, "_", translator("pt-BR"))
    app = App()

    @app.command("end")
    def end() -> None:
        raise typer.Exit(code)

    with pytest.raises(SystemExit) as ended:
        spoken.run(app, [])

    assert ended.value.code == code


def test_whoever_breaks_off_is_told_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(spoken, "_", translator("pt-BR"))
    app = App()

    @app.command("end")
    def end() -> None:
        raise typer.Abort

    with pytest.raises(SystemExit) as ended:
        spoken.run(app, [])

    assert (ended.value.code, capsys.readouterr().err) == (1, "Cancelado!\n")


def test_what_has_no_words_of_ours_stays_as_it_is() -> None:
    assert spoken.retold("Something new went wrong") == "Something new went wrong"
