"""Regular expressions that are compiled when they are first used: those that few processes need, or that are long."""

import re
from functools import partial
from typing import Any, AnyStr, cast

_METHODS = ("search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn", "pattern", "flags")


def compiled_later(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`, but later; what is wrong with the pattern shows then.

    >>> compiled_later("[aeiou]").sub("o", "banana")
    'bonono'
    """
    return cast("re.Pattern[AnyStr]", _Uncompiled(pattern, flags))


class _Uncompiled:
    """Becomes, at its first use, what a compiled one can do."""

    def __init__(self, pattern: AnyStr, flags: int) -> None:
        self._compile = partial(re.compile, pattern, flags)

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = self._compile()
        self.__dict__.update({each: getattr(compiled, each) for each in _METHODS})
        return self.__dict__[name]
