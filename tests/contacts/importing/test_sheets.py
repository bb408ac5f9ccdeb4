"""CSV files as spreadsheets save them, and as they break on the way."""

import pytest

from bot.contacts.importing.sheet import LONGEST_ROW, Row, encoding_of, rows, separator_of
from bot.core.errors import BotError


def test_the_encoding_of_a_file_is_told_by_its_bytes_however_they_are_cut() -> None:
    text = "nome;telefone\nJoão “Zé” Conceição;+55 11 98765-4321\n"
    for spelled, told in (("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "cp1252")):
        data = text.encode(spelled)
        for cut in range(3, len(data)):
            name = encoding_of([data[:cut], data[cut:]])
            assert name == told
        assert data.decode(told) == text


@pytest.mark.parametrize("data", ["João, é".encode("mac-roman"), b"\xff\xfea", b"caf\xc3\x81\x9d"])
def test_a_file_whose_encoding_leaves_a_doubt_is_refused_with_what_to_do(data: bytes) -> None:
    with pytest.raises(BotError, match=r"cannot be told.*UTF-8"):
        encoding_of([data])


def test_what_stands_between_cells_is_told_by_the_header() -> None:
    assert [separator_of(each) for each in ("phone,name", 'fone;"a,b,c"', "a\tb", "phone")] == [",", ";", "\t", ","]


def test_each_row_tells_where_it_begins_and_what_is_wrong_with_it() -> None:
    lines = ["a;b\n", '"two\n', 'lines";1\n', "\n", "x\0;2\n", "y" * (LONGEST_ROW + 1) + "\n", '"open;3\n', "z;4\n"]

    assert list(rows(lines, ";")) == [
        Row(1, ("a", "b")),
        Row(2, ("two\nlines", "1")),
        Row(5, (), "nul"),
        Row(6, (), "too_long"),
        Row(7, (), "open_quote"),
    ]


def test_what_parts_cells_counts_for_the_length_of_a_row() -> None:
    lines = ["a;b\n", "1" + ";" * LONGEST_ROW + "\n", "2;" + "x" * (LONGEST_ROW - 2) + "\n"]

    assert [(each.line, len(each.cells), each.fault) for each in rows(lines, ";")] == [
        (1, 2, ""),
        (2, 0, "too_long"),
        (3, 2, ""),
    ]


def test_a_file_ends_with_or_without_a_last_line_break_and_an_empty_one_has_no_rows() -> None:
    assert list(rows([], ",")) == []
    assert list(rows(["a,b\n", "1,2"], ",")) == [Row(1, ("a", "b")), Row(2, ("1", "2"))]
