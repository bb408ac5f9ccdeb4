"""Tables of small cases, each table one test.

In a test:

    @for_each(("said", "number"), [("4", 4), ("four", None)])
    def test_a_number_is_read(said: str, number: int | None) -> None:
        assert read(said) == number
"""

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

_LONGEST = 400


def for_each(
    names: str | Sequence[str], rows: Iterable[Any], *, ids: Iterable[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """As `pytest.mark.parametrize`, but one test: it goes on to the last row, and tells each that failed.

    What pytest does for a test takes longer than most rows do. Rows share fixtures, so they leave those as they are.
    """
    keys = (names,) if isinstance(names, str) else tuple(names)
    table = [dict(zip(keys, (row,) if isinstance(names, str) else row, strict=True)) for row in rows]
    called = list(ids) or [repr(row)[:_LONGEST] for row in table]
    assert len(called) == len(table) > 0

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def all_rows(*own: Any, **given: Any) -> None:
            run = functools.partial(test, *own, **given)
            tried = (_failure(run, row, name) for row, name in zip(table, called, strict=True))
            failed = [error for error in tried if error is not None]
            if len(failed) > 1:
                raise BaseExceptionGroup(f"{len(failed)} rows of {len(table)}", failed)
            if failed:
                raise failed[0]

        signature = inspect.signature(test)
        left = [parameter for parameter in signature.parameters.values() if parameter.name not in keys]
        all_rows.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]  # pytest reads it
        return all_rows

    return decorate


def _failure(test: Callable[..., None], row: dict[str, Any], name: str) -> BaseException | None:
    try:
        test(**row)
    except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - whatever it is, the other rows have their turn
        error.add_note(f"in the row {name}")
        return error
    return None
