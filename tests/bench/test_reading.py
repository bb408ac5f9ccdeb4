"""Those who page through messages go where the pages lead."""

import random

import pytest

from bench.reading import Reader, Seen

LIST = """
<a href="/contacts/c1?at=3#m-3">Ana</a> <a href="/messages?from=inbound">From people</a>
<a href="/messages?q=a&amp;after=x1">50 more</a>
"""
TALK = '<a href="/contacts/c1?before=7">Earlier</a> <a href="/contacts/c1/tags">Tags</a>'


def reader(path: str, text: str) -> Reader:
    seen: list[Seen] = []
    return Reader(0, None, seen, path=path, list="/messages?after=x0", text=text)  # type: ignore[arg-type]  # asks nothing


@pytest.mark.parametrize(
    ("path", "text", "places"),
    [
        ("/messages", LIST, {"/contacts/c1?at=3", "/messages?q=a&after=x1", "/messages"}),
        ("/contacts/c1?at=3", TALK, {"/contacts/c1?before=7", "/messages?after=x0"}),
        ("/contacts/c1?before=7", "", {"/messages?after=x0"}),
    ],
)
def test_they_follow_the_links_that_are_there(path: str, text: str, places: set[str]) -> None:
    chance = random.Random(1)  # noqa: S311 - the same each time

    went = {reader(path, text).next(chance) for _ in range(200)}

    assert {each for each in went if not each.startswith("/messages?q=") or each in places} == places
