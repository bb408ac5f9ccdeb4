"""Which languages a country writes in."""

from functools import cache

from babel.core import get_global

_OFFICIAL = frozenset({"official", "de_facto_official"})
_WRITTEN = {"CF": "fr", "PG": "en", "PW": "en", "PY": "es", "SN": "fr", "TK": "en", "UG": "en", "ZW": "en"}
"""Where most people speak an official language, and write another one."""
_ELSEWHERE = "en"


@cache
def languages_of(region: str) -> tuple[str, ...]:
    """The official languages of a region (two letters), the one that most people write there first.

    Where none is official, as on an island without people, it is English; of no region there are none. Source: CLDR,
    by Babel.

    >>> languages_of("PY"), languages_of("CH"), languages_of("AQ"), languages_of("419")
    (('es', 'gn'), ('de', 'gsw', 'fr', 'it'), ('en',), ())
    """
    spoken = get_global("territory_languages").get(region)
    if spoken is None:
        return ()
    official = [name for name, facts in spoken.items() if facts["official_status"] in _OFFICIAL]
    official.sort(key=lambda name: -spoken[name]["population_percent"])
    languages = list(dict.fromkeys(name.partition("_")[0] for name in official)) or [_ELSEWHERE]
    # Of those that are official the likely one is a better guess than the one that most people know.
    likely = str(get_global("likely_subtags").get(f"und_{region}", _ELSEWHERE)).partition("_")[0]
    first = _WRITTEN.get(region, likely if likely in languages else languages[0])
    return (first, *(each for each in languages if each != first))
