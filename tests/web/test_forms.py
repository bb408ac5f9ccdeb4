from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import BaseModel, Field, field_validator

from bot.web.bodies import Bodies
from bot.web.forms import FieldError, Filled, empty_form, narrow, read_form
from bot.web.i18n import N_
from bot.web.keys import BODIES
from bot.web.posted import receiving


class Size(StrEnum):
    SMALL = "small"


class Order(BaseModel):
    name: Annotated[str, Field(min_length=2, max_length=5)]
    count: Annotated[int, Field(ge=1, lt=100)] = 1
    size: Size | None = None
    tags: Annotated[list[str], Field(max_length=2)] = []
    day: date | None = None
    urgent: bool = False

    @field_validator("name")
    @classmethod
    def _is_no_cake(cls, name: str) -> str:
        if name == "cake":
            raise FieldError(N_("Choose one of the list."))
        return name


async def filled(fields: Mapping[str, Any] | bytes, language: str = "en") -> Filled[Order]:
    found: list[Filled[Order]] = []

    async def take(request: web.Request) -> web.Response:
        async with receiving(request):
            found.append(read_form(request, Order))
        return web.Response()

    app = web.Application()
    app[BODIES] = Bodies(1_000_000, 5.0)
    app.router.add_post("/", take)
    headers = {"Accept-Language": language, "Content-Type": "application/x-www-form-urlencoded"}
    async with TestClient(TestServer(app)) as client, client.post("/", data=fields, headers=headers) as answer:
        assert answer.status == 200
    return found[0]


async def test_what_fits_becomes_a_value() -> None:
    form = await filled({"name": "Rye", "count": "2", "size": "", "tags": "a", "urgent": "on", "day": "2026-11-30"})

    assert form.value == Order(name="Rye", count=2, tags=["a"], urgent=True, day=date(2026, 11, 30))
    assert form.errors == {}


async def test_what_was_typed_comes_back_with_a_sentence_at_each_field() -> None:
    typed = {"name": "R", "count": "many", "size": "huge", "day": "tomorrow"}
    form = await filled(typed)

    assert form.value is None
    assert form.typed == {**typed, "tags": []}
    assert form.errors == {
        "name": "Write at least 2 characters.",
        "count": "Write a whole number.",
        "size": "Choose one of the list.",
        "day": "Write a day, such as 2026-11-30.",
    }


async def test_sentences_are_in_the_readers_language() -> None:
    form = await filled({"name": "too long", "count": "0"}, "pt-BR")
    assert form.errors == {"name": "Escreva no máximo 5 caracteres.", "count": "Deve ser pelo menos 1."}
    assert (await filled({"name": "cake"}, "pt-BR")).errors == {"name": "Escolha uma opção da lista."}


async def test_what_only_the_database_knows_is_added() -> None:
    form = (await filled({"name": "Rye"})).wrong("name", "There is one already.")
    assert (form.value, form.errors, form.typed["name"]) == (None, {"name": "There is one already."}, "Rye")


async def test_hostile_fields_are_refused_in_words() -> None:
    assert (await filled({"name": ""})).errors == {"name": "Fill this in."}
    assert (await filled({"name": "R\0ye"})).typed["name"] == "Rye"
    assert (await filled({"name": "a\r\nb"})).typed["name"] == "a\nb"
    assert (await filled(b"%5B1%5D")).errors == {"name": "Fill this in."}
    many = await filled([("name", "Rye"), *[("tags", "x")] * 3])  # type: ignore[arg-type]  # several of one name
    assert many.errors == {"tags": "Choose at most 2."}


def test_a_form_begins_with_what_is_known() -> None:
    assert empty_form(name="Rye").typed == {"name": "Rye"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"name": "Rye"}', ""),
        (b"[" * 100_000, "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b"[]", "the body: Input should be"),
        (b'{"name": 7}', "name: Input should be a valid string"),
        (b'{"name": "Rye", "tags": ["a", "b", "c"]}', "tags: List should have at most 2"),
    ],
)
def test_json_is_narrowed_and_the_wrong_place_named(body: bytes, said: str) -> None:
    if not said:
        assert narrow(Order, body).name == "Rye"
        return
    with pytest.raises(web.HTTPBadRequest) as error:
        narrow(Order, body)
    assert (error.value.text or "").startswith(said)
