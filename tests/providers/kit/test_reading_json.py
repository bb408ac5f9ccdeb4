"""A post's JSON is read as the standard library reads it, by whichever reader is faster."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import UnparsableError
from bot.providers.kit.json_reader import read_object
from tests.support.tables import for_each

TEXTS = st.text(st.characters(codec=None))
EDGES = st.builds(
    lambda edge, off: edge + off, st.sampled_from([2**63, 2**64, -(2**63), 10**18, 10**19]), st.integers(-2, 2)
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | EDGES | st.floats() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)
OBJECTS = st.dictionaries(TEXTS, VALUES)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
NUMBERS = ["0", "1", "-", "+", ".", "e", "E", "9" * 18, "9" * 19, "-" + "9" * 19, "9" * 20, "1e400", "1e-400"]
WORDS = ["true", "null", "NaN", "-Infinity", '"a"', '"\\ud83d', '\\ude00"', '"\\u0000"', '{"a":']
CHARACTERS = [*'{}[]:,"', "\0", "\ufeff", "\t", "\xa0", "é"]
PIECES = st.sampled_from([*NUMBERS, *WORDS, *CHARACTERS])


def as_the_standard_library_reads_it(body: bytes | str) -> str:
    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        value: Any = json.loads(body, parse_constant=refuse)
    except (ValueError, RecursionError):
        return "the body is not JSON"
    if not isinstance(value, dict):
        return f"the body is {'not there' if value is None else 'not an object'}"
    return repr(value)


def as_we_read_it(body: bytes | str) -> str:
    try:
        return repr(read_object(body).value)
    except UnparsableError as error:
        return error.message


@given(OBJECTS | VALUES, st.booleans(), ENCODINGS)
def test_a_value_is_the_same(value: object, escaped: bool, encoding: str) -> None:
    body = json.dumps(value, ensure_ascii=escaped).encode(encoding, "surrogatepass")
    assert as_we_read_it(body) == as_the_standard_library_reads_it(body)


@given(OBJECTS, st.data())
def test_a_fault_is_the_same(value: object, data: st.DataObject) -> None:
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))))
    broken = body[:first] + data.draw(st.binary(max_size=4)) + body[last:]
    assert as_we_read_it(broken) == as_the_standard_library_reads_it(broken)


@given(st.lists(PIECES).map("".join) | st.lists(PIECES).map(lambda pieces: f'{{"a":{"".join(pieces)}}}'))
def test_what_is_nearly_json_is_taken_or_refused_alike(text: str) -> None:
    assert as_we_read_it(text) == as_the_standard_library_reads_it(text)
    assert as_we_read_it(text.encode()) == as_the_standard_library_reads_it(text.encode())


@for_each(
    ("spelled", "read"),
    [
        (b"18446744073709551615", 18446744073709551615),
        (b"18446744073709551616", 18446744073709551616),
        (b"-9223372036854775809", -9223372036854775809),
        (b"1" * 4000, int("1" * 4000)),
        (b"1.0", 1.0),
        (b"1e999", float("inf")),
        (b'"\\ud800"', "\ud800"),
        (b'1,"a":2', 2),
    ],
)
def test_what_the_two_readers_would_see_differently_is_read_by_the_standard_one(spelled: bytes, read: object) -> None:
    value = read_object(b'{"a":' + spelled + b"}").value["a"]
    assert (value, type(value)) == (read, type(read))


@for_each("depth", [1_000, 1_020, 1_100, 100_000])
def test_what_is_nested_without_end_is_refused(depth: int) -> None:
    assert as_we_read_it(b'{"a":' + b"[" * depth + b"]" * depth + b"}") == "the body is not JSON"
