"""Reading what somebody asks of an endpoint: an address that may be told, kinds that there are."""

from dataclasses import replace

from yarl import URL

from bot.core.i18n import N_
from bot.core.text import MAX_NAME, clean
from bot.endpoints.kinds import EventKind
from bot.endpoints.values import Asked, AskedError, Terms
from bot.web.outgoing import NoHttpsError, PrivateAddressError, is_neighbour, require_open_internet

_LONGEST_URL = 2048
_PRIVATE = N_("this address is of the server's own network")
_ALLOW = N_("For development the operator can allow its origin with BOT_ENDPOINTS_PRIVATE.")


def read_asked(terms: Terms, asked: Asked) -> Asked:
    """What is asked, as it is kept; raises AskedError."""
    kinds = [each for each in EventKind if each in asked.kinds]
    if not kinds:
        raise AskedError("kinds", N_("it would be told of nothing"), N_("Choose at least one kind of event."))
    description, changed = clean(asked.description.strip(), MAX_NAME)
    if changed:
        raise AskedError("description", N_("the description cannot be kept"), N_("Write at most 255 characters."))
    return replace(asked, url=_read_url(terms, asked.url.strip()), kinds=kinds, description=description)


def _read_url(terms: Terms, spelled: str) -> str:
    try:
        url = URL(spelled if spelled.isprintable() and len(spelled) <= _LONGEST_URL else "")
        require_open_internet(url, terms.own)
    except ValueError:
        raise AskedError(
            "url", N_("this is no address"), N_("Write a whole address, such as https://shop.example/recado.")
        ) from None
    except NoHttpsError:
        raise AskedError("url", N_("only https addresses are told of anything"), _ALLOW) from None
    except PrivateAddressError:
        raise AskedError("url", _PRIVATE, _ALLOW) from None
    if is_neighbour(url.host or "") and url.origin() not in terms.own:
        raise AskedError("url", _PRIVATE, _ALLOW)
    kept = str(url.with_fragment(None))
    if len(kept) > _LONGEST_URL:
        # What is no ASCII is longer as it is sent.
        raise AskedError("url", N_("this address is too long"), N_("Write one of at most 2048 characters."))
    return kept


def origin_of(url: str) -> str:
    """The beginning of an address, which is all that is told of it: many have a secret in the rest.

    >>> origin_of("https://shop.example/hooks/s3cr3t")
    'https://shop.example'
    """
    return str(URL(url).origin())
