"""Where Meta keeps the files that people send."""

import re
from urllib.parse import urlsplit

_HOSTS = ("fbsbx.com", "fbcdn.net", "facebook.com", "whatsapp.net", "cdninstagram.com", "instagram.com")
# Nobody else's name can stand before or after the host, and every program reads such an address alike.
_ADDRESS = re.compile(r"https://([A-Za-z0-9.-]+)(?::443)?(?:[/?][!-\[\]-~]*)?")


def is_metas(url: str, api_url: str) -> bool:
    """Whether the file at `url` is Meta's, or of the server that the settings have in Meta's place.

    A file's address comes with a message, and it is asked with our token: another host would be given the token, or
    could be one inside our own network.
    """
    address = _ADDRESS.fullmatch(url)
    if address and any(f".{address[1].lower()}".endswith(f".{host}") for host in _HOSTS):
        return True
    api = urlsplit(api_url)
    return url.startswith(f"{api.scheme}://{api.netloc}/")
