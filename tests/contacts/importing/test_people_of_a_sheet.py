"""Rows as people, or as what is wrong with them."""

import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.contacts.importing.columns import Type
from bot.contacts.importing.person import Faulty, Person, Word
from bot.contacts.importing.reading import people, read_sheet
from bot.contacts.importing.rules import as_country, value_of
from bot.core.errors import BotError
from bot.core.purposes import ConsentPurpose
from bot.core.sheets import guarded, unguarded
from tests.support.tables import for_each


def read(text: str, country: str = "BR") -> list[Person | Faulty]:
    file = io.BytesIO(text.encode())
    return list(people(file, read_sheet(file), country))


def told(text: str, country: str = "BR") -> list[tuple[int, list[str]]]:
    return [
        (each.line, [fault.words(str)[0] for fault in each.faults])
        for each in read(text, country)
        if isinstance(each, Faulty)
    ]


def test_a_row_is_read_as_people_write_it() -> None:
    header = "nome;celular;e-mail;idioma;fuso;etiquetas;contact.visitas;contact.cep:texto;contact.desde:data"
    header += ";consentimento;marketing"
    row = " João ;(11) 98765-4321;João@Example.com;pt_br;america/sao paulo;VIP, clube;3;01310;1/2/2026;sim;Não"
    assert read(f"{header}\n{row}\n") == [
        Person(
            2,
            phone="+5511987654321",
            email="joão@example.com",
            name="João",
            locale="pt-BR",
            timezone="America/Sao_Paulo",
            tags=("vip", "clube"),
            attributes={"visitas": 3, "cep": "01310", "desde": "2026-02-01"},
            words=(Word(None, "", opted_in=True), Word(ConsentPurpose.MARKETING, "", opted_in=False)),
        )
    ]


def test_an_empty_cell_says_nothing() -> None:
    (person,) = read("phone,name,tags,contact.plan,consent\n+5511987654321,,,,\n")
    assert person == Person(2, phone="+5511987654321")


def test_lines_are_counted_as_they_stand_behind_a_stated_separator_too() -> None:
    (person,) = read('sep=;\ntelefone;nome\n\n"+5511987654321";"Ana\nSouza"\n')
    assert (person.line, isinstance(person, Person) and person.name) == (4, "Ana\nSouza")


@for_each(
    ("row", "faults"),
    [
        ("5.51E+12,,,,", ["5.51E+12 is a number that a sheet has rounded"]),
        (
            "5.51E+12,not one,,,",
            ["5.51E+12 is a number that a sheet has rounded", "not one is no e-mail address"],
        ),
        (",\u0430na@example.com,,,", ["\u0430na@example.com mixes letters of several alphabets, which look alike"]),
        (",,,,", []),
        (",,gold,,", ["the row has neither a phone nor an e-mail address"]),
        (",a@b.com,,1.234,", ["1.234 in contact.visits:number may be two numbers"]),
        (",a@b.com,,many,", ["many in contact.visits:number is no number"]),
        (",a@b.com,,,31/13/2026", ["31/13/2026 in contact.since:date is no day"]),
        (",a@b.com", ["the row has 2 cells, and the header 5"]),
        (",a@b.com,,,,,x", ["cell 7 stands in no column of the header"]),
        (",a@b.com,,,,,", []),
        ("12,,,,", ["12 is no phone number"]),
    ],
)
def test_each_faulty_row_is_told_with_its_line_and_all_that_is_wrong(row: str, faults: list[str]) -> None:
    found = told(f"phone,email,contact.plan,contact.visits:number,contact.since:date\n{row}\n+5511987654321,,,,\n")
    assert found == ([(2, faults)] if faults else [])


def test_what_cannot_be_read_is_told_and_what_is_given_twice() -> None:
    assert told('phone,consent\n+5511987654321,perhaps\n"open,\n') == [
        (2, ["perhaps in consent is neither yes nor no"]),
        (3, ["a quotation mark is opened and never closed, so that nothing behind it can be read"]),
    ]
    assert told("email,contact.x:text,contact.x:number\na@b.com,1,2\n") == [(2, ["x is given twice, as two types"])]
    assert told("email,,name\na@b.com,lost,Ana\n") == [(2, ["cell 2 stands in no column of the header"])]
    long = "x" * 256
    assert told(f"id,email\n{long},a@b.com\n{long[1:]},a@b.com\n") == [(2, [f"nobody has the id {long[:64]}"])]


@for_each(
    ("text", "type_", "country", "value"),
    [
        ("3", Type.GUESSED, "", 3),
        ("007", Type.GUESSED, "", "007"),
        ("3", Type.TEXT, "", "3"),
        ("-12", Type.NUMBER, "", -12),
        ("2,5", Type.NUMBER, "", Decimal("2.5")),
        ("1.2340", Type.NUMBER, "", Decimal("1.2340")),
        ("1.234,56", Type.NUMBER, "", None),
        ("1.234.567", Type.NUMBER, "", None),
        ("1234567890123456", Type.NUMBER, "", None),
        ("sim", Type.BOOLEAN, "", True),
        ("FALSE", Type.BOOLEAN, "", False),
        ("maybe", Type.BOOLEAN, "", None),
        ("2026-12-31", Type.DATE, "", "2026-12-31"),
        ("31/12/2026", Type.DATE, "BR", "2026-12-31"),
        ("12/31/2026", Type.DATE, "US", "2026-12-31"),
        ("31/12/2026", Type.DATE, "", None),
        ("2026-02-30", Type.DATE, "BR", None),
        ("soon", Type.DATE, "BR", None),
    ],
)
def test_a_value_is_of_its_type_or_refused(text: str, type_: Type, country: str, value: object) -> None:
    if value is None:
        with pytest.raises(BotError, match=r"contact\.x"):
            value_of(text, type_, "contact.x", country)
    else:
        assert value_of(text, type_, "contact.x", country) == value


def test_a_country_is_one() -> None:
    assert (as_country(" br "), as_country("")) == ("BR", "")
    with pytest.raises(BotError, match="XX is no country"):
        as_country("XX")


def test_an_empty_sheet_and_one_with_a_header_alone() -> None:
    with pytest.raises(BotError, match="the sheet is empty"):
        read("")
    assert read("phone") == []


@given(some.text(alphabet="='+-@;\t\ra1", max_size=8))
def test_what_is_kept_from_being_a_formula_reads_as_it_was(text: str) -> None:
    cell = guarded(text)
    assert unguarded(cell) == text
    assert not any(part.startswith(("=", "+", "-", "@", "\t", "\r")) for part in cell.split(";"))


def test_a_country_that_was_named_is_not_asked_for_again() -> None:
    sheet = "phone,contact.since:date\n12,\n+5511987654321,31/02/2026\n"
    for country, is_asked_for in (("BR", False), ("", True)):
        mends = [
            fault.words(str)[1] for each in read(sheet, country) if isinstance(each, Faulty) for fault in each.faults
        ]
        assert ["name the country" in mend for mend in mends] == [is_asked_for] * 2
