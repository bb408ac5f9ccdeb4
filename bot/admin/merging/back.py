"""Where whoever decides about two contacts came from, and is led back to."""

import re

LIST = "/contacts/duplicates"
_FROM = re.compile(r"(inbox|contacts)/[0-9A-Za-z-]{1,64}")


def lead_back(back: str, contact_id: str = "") -> str:
    """The path to which a page's `back` leads; `contact_id` is who goes on by now, empty where nobody was merged.

    >>> lead_back("inbox/c1", "c2"), lead_back("contacts/c1"), lead_back("duplicates"), lead_back("", "c2")
    ('/inbox/c2', '/contacts/c1', '/contacts/duplicates', '/contacts/c2')
    """
    found = _FROM.fullmatch(back)
    if found is not None:
        return f"/{found[1]}/{contact_id}" if contact_id else f"/{back}"
    return f"/contacts/{contact_id}" if contact_id and back != "duplicates" else LIST
