"""Names that people put into settings, read as they are pasted: addresses, @, #, r/, quotes, invisible characters.

One reader per kind of name: it gives the name as the provider takes it, or raises ValueError with a sentence. What
names the same thing twice is kept once: it was asked for, and paid, twice. Which settings there are belongs to the
sources.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import BeforeValidator

from trend_assets import hashtags
from trend_assets.platforms import PLATFORMS, address_parts
from trend_assets.sources.options import parts_of
from trend_assets.text import display_text, folded

Reader = Callable[[str], str]

_SUBREDDIT = re.compile(r"[A-Za-z0-9_]{1,21}", re.ASCII)
_X_HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}", re.ASCII)
_X_PAGES = frozenset({"home", "search", "explore", "hashtag", "i", "intent", "settings", "messages", "notifications"})
_ACTOR = re.compile(r"[\w.-]+[/~][\w.-]+|[A-Za-z0-9]{17}", re.ASCII)
_HAS_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/|$)", re.IGNORECASE)
# what Amazon hangs behind a page to know where the reader came from
_REFERRER = re.compile(r"/ref=[^/?]*")


def subreddit(said: str) -> str:
    """`r/x`, `/r/x/`, an address under reddit.com: x."""
    path = _path_under(said, "reddit.com")
    found = re.match(r"/?r/([^/]+)", path if path is not None else said, re.IGNORECASE)
    name = found[1] if found else said
    if (path is not None and not found) or not _SUBREDDIT.fullmatch(name):
        raise ValueError(f"{shown(said)} is no subreddit: write its name, r/name, or its address on reddit.com")
    return name


def x_handle(said: str) -> str:
    """`@x`, `from:x`, an address under x.com or twitter.com: x."""
    path = _path_under(said, "x.com", "twitter.com")
    name = path.strip("/").split("/")[0] if path is not None else said.removeprefix("from:")
    name = name.lstrip("@＠")
    if name.lower() in _X_PAGES or not _X_HANDLE.fullmatch(name):
        raise ValueError(f"{shown(said)} is no handle on X: up to 15 letters, digits and _, or its address on x.com")
    return name


def hashtag(said: str) -> str:
    """`#X`, an address of the tag: x as tags are compared."""
    found = re.match(r"/(?:tag|hashtag|explore/tags)/([^/]+)", _path_under(said, "") or "")
    tag = hashtags.named_hashtag(found[1] if found else said)
    if not tag:
        raise ValueError(f"{shown(said)} is no hashtag: letters, digits and _, with at least one letter")
    return tag


def search(said: str) -> str:
    """A search as typed, white space folded; the search in an address of YouTube or X."""
    if "://" in said:
        asked = parse_qs(urlsplit(said).query)
        tag = re.match(r"/hashtag/([^/]+)", _path_under(said, "") or "")
        said = (asked.get("search_query") or asked.get("q") or [f"#{tag[1]}" if tag else ""])[0]
    found = display_text(said)
    if not any(char.isalnum() for char in found):
        raise ValueError(f"{shown(said)} is nothing to search for: words, a hashtag, or the address of a search")
    return found


def category_page(said: str) -> str:
    """An address of a list on Amazon, without what only says where the reader came from."""
    address = address_parts(said if "://" in said else f"https://{said}")
    host = address.host if address else ""
    if address is None or not address.path or host not in PLATFORMS["amazon"].link_hosts:
        raise ValueError(f"{shown(said)} is no address of a best-seller list on Amazon")
    if not re.search(r"best-?sellers", address.path, re.IGNORECASE):
        # the actor refuses a whole run for one address without the word
        raise ValueError(f"{shown(said)} is no best-seller list: its address says Best-Sellers or bestsellers")
    return f"https://www.{host}{quote(_REFERRER.sub('', address.path), safe='/:,~@+!$')}"


def actor(said: str) -> str:
    """`user/name`, `user~name`, an id, or the address of an actor at Apify."""
    path = _path_under(said, "apify.com")
    console = re.match(r"/actors/([^/]+)", path or "")
    found = console[1] if console else "/".join((path or said).strip("/").split("/")[:2])
    if not _ACTOR.fullmatch(found):
        raise ValueError(f"{shown(said)} is no actor at Apify: user/name, its id, or its address")
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


def _one(read: Reader) -> Any:
    return BeforeValidator(lambda value: read("".join(parts_of(value))) if isinstance(value, str) and value else value)


Subreddits = Annotated[tuple[str, ...], listed(subreddit)]
XHandles = Annotated[tuple[str, ...], listed(x_handle)]
Hashtags = Annotated[tuple[str, ...], listed(hashtag)]
Searches = Annotated[tuple[str, ...], listed(search, spaced=True)]
CategoryPages = Annotated[tuple[str, ...], listed(category_page)]
Actor = Annotated[str, _one(actor)]


def _path_under(said: str, *hosts: str) -> str | None:
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
