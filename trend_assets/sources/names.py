"""Names that people put into settings, read as they are pasted: addresses, @, #, r/, quotes, invisible characters.

One reader per kind of name: it gives the name as the provider takes it, or raises ValueError with a sentence. What
names the same thing twice is kept once: it was asked for, and paid, twice. Here are the kinds that several sources
share; a name that only one provider has is read in its folder.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from pydantic import BeforeValidator

from trend_assets.platforms import address_parts
from trend_assets.sources.options import parts_of
from trend_assets.text import display_text, folded, named_hashtag

Reader = Callable[[str], str]

_HAS_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/|$)", re.IGNORECASE)


def hashtag(written: str) -> str:
    """`#X`, an address of the tag: x as tags are compared."""
    match = re.match(r"/(?:tag|hashtag|explore/tags)/([^/]+)", path_under(written, "") or "")
    tag = named_hashtag(match[1] if match else written)
    if not tag:
        raise ValueError(f"{shown(written)} is not a hashtag: letters, digits and _, with at least one letter")
    return tag


def search(written: str) -> str:
    """A search as typed, white space folded; the search in the address of a page of results."""
    path = path_under(written, "")
    words = written
    if path is not None and (path != "/" or "://" in written):  # a host alone may be searched for
        asked = parse_qs(urlsplit(written if "://" in written else f"https://{written}").query)
        tag = re.match(r"/(?:hashtag|tag|explore/tags)/([^/]+)", path)
        words = (asked.get("search_query") or asked.get("q") or [f"#{tag[1]}" if tag else ""])[0]
    words = display_text(words)
    if not any(char.isalnum() for char in words):
        raise ValueError(f"{shown(written)} is nothing to search for: words, a hashtag, or the address of a search")
    return words


def listed(read: Reader, *, spaced: bool = False) -> Any:
    """A validator for lists of such names; `spaced` where a name may hold blanks. Empty ones are left out, the same
    thing twice is kept once."""

    def split(value: object) -> object:
        if not isinstance(value, str | tuple | list):
            return value
        names: dict[str, str] = {}
        for each in [value] if isinstance(value, str) else value:
            for part in parts_of(str(each), spaced=spaced):
                name = read(part)
                names.setdefault(folded(name), name)
        return tuple(names.values())

    return BeforeValidator(split)


def one(read: Reader) -> Any:
    """A validator for one such name; an empty one stays empty."""
    return BeforeValidator(lambda value: read("".join(parts_of(value))) if isinstance(value, str) and value else value)


Hashtags = Annotated[tuple[str, ...], listed(hashtag)]
Searches = Annotated[tuple[str, ...], listed(search, spaced=True)]


def path_under(written: str, *hosts: str) -> str | None:
    """The path of an address under one of `hosts` ("" for any), with or without https://; None for anything else."""
    if "://" not in written and not _HAS_HOST.match(written):
        return None
    address = address_parts(written if "://" in written else f"https://{written}")
    if address is None:
        return None
    fits = any(not host or address.host == host or address.host.endswith(f".{host}") for host in hosts)
    return (address.path or "/") if fits else None


def shown(written: str) -> str:
    """What was said, quoted for a sentence."""
    return repr(display_text(written, limit=80))
