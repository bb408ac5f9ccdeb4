"""A property worked out once; until Python 3.12 functools' own takes a lock each time, at five times the price."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801 - read as the decorator it is, like `property`
    """Worked out when it is first asked for, and kept in the object's `__dict__`; for objects of one thread."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work
        self.__doc__ = work.__doc__

    def __get__(self, instance: object, owner: type) -> T:
        """Only the first time: then the object's own attribute comes before this one."""
        value = instance.__dict__[self._work.__name__] = self._work(instance)
        return value
