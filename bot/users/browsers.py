"""What people call their browsers, which name themselves in a language of their own."""

import re

# The first that is found: nearly all call themselves after others, too.
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox", "Chrome": "Chrome"}
_BROWSERS |= {"CriOS": "Chrome", "Safari": "Safari"}
_SYSTEMS = {"Windows": "Windows", "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Mac OS": "macOS"}
_SYSTEMS |= {"CrOS": "ChromeOS", "Linux": "Linux"}


def browser_of(agent: str) -> str:
    """What people call the browser that names itself so; empty for one that we do not know.

    >>> browser_of("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0")
    'Firefox, Windows'
    """
    browser = next((name for word, name in _BROWSERS.items() if re.search(rf"\b{word}/", agent)), "")
    system = next((name for word, name in _SYSTEMS.items() if word in agent), "")
    return ", ".join(each for each in (browser, system) if each)
