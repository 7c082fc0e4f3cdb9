"""Names that people put into settings, read as they are pasted: addresses, @, #, r/, quotes, invisible characters.

One reader per kind of name: it gives the name as the provider takes it, or raises ValueError with a sentence. What
names the same thing twice is kept once: it was asked for, and paid, twice. Here are the kinds that several sources
share; a name that only one provider has is read in its folder (`names.py`).
"""

import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from pydantic import BeforeValidator

from trend_assets import text as hashtags
from trend_assets.platforms import address_parts
from trend_assets.sources.options import parts_of
from trend_assets.text import display_text, folded

Reader = Callable[[str], str]

_HAS_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/|$)", re.IGNORECASE)


def hashtag(said: str) -> str:
    """`#X`, an address of the tag: x as tags are compared."""
    found = re.match(r"/(?:tag|hashtag|explore/tags)/([^/]+)", path_under(said, "") or "")
    tag = hashtags.named_hashtag(found[1] if found else said)
    if not tag:
        raise ValueError(f"{shown(said)} is not a hashtag: letters, digits and _, with at least one letter")
    return tag


def search(said: str) -> str:
    """A search as typed, white space folded; the search in the address of a page of results."""
    path = path_under(said, "")
    found = said
    if path is not None and (path != "/" or "://" in said):  # a host alone may be searched for
        asked = parse_qs(urlsplit(said if "://" in said else f"https://{said}").query)
        tag = re.match(r"/(?:hashtag|tag|explore/tags)/([^/]+)", path)
        found = (asked.get("search_query") or asked.get("q") or [f"#{tag[1]}" if tag else ""])[0]
    found = display_text(found)
    if not any(char.isalnum() for char in found):
        raise ValueError(f"{shown(said)} is nothing to search for: words, a hashtag, or the address of a search")
    return found


def listed(read: Reader, *, spaced: bool = False) -> Any:
    """A validator for lists of such names; `spaced` where a name may hold blanks. Empty ones are left out, the same
    thing twice is kept once."""

    def split(value: object) -> object:
        if not isinstance(value, str | tuple | list):
            return value
        found: dict[str, str] = {}
        for each in [value] if isinstance(value, str) else value:
            for part in parts_of(str(each), spaced=spaced):
                name = read(part)
                found.setdefault(folded(name), name)
        return tuple(found.values())

    return BeforeValidator(split)


def one(read: Reader) -> Any:
    """A validator for one such name; an empty one stays empty."""
    return BeforeValidator(lambda value: read("".join(parts_of(value))) if isinstance(value, str) and value else value)


Hashtags = Annotated[tuple[str, ...], listed(hashtag)]
Searches = Annotated[tuple[str, ...], listed(search, spaced=True)]


def path_under(said: str, *hosts: str) -> str | None:
    """The path of an address under one of `hosts` ("" for any), with or without https://; None for anything else."""
    if "://" not in said and not _HAS_HOST.match(said):
        return None
    address = address_parts(said if "://" in said else f"https://{said}")
    if address is None:
        return None
    fits = any(not host or address.host == host or address.host.endswith(f".{host}") for host in hosts)
    return (address.path or "/") if fits else None


def shown(said: str) -> str:
    """What was said, quoted for a sentence."""
    return repr(display_text(said, limit=80))
