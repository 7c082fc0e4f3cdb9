"""Addresses of best-seller lists in settings."""

import re
from typing import Annotated
from urllib.parse import quote

from trend_assets.platforms import PLATFORMS, address_parts
from trend_assets.sources.names import listed, shown

# hung behind a page to know where the reader came from
_REFERRER = re.compile(r"/ref=[^/?]*")


def category_page(written: str) -> str:
    """An address of a list on Amazon, without what only says where the reader came from."""
    address = address_parts(written if "://" in written else f"https://{written}")
    host = address.host if address else ""
    if address is None or not address.path or host not in PLATFORMS["amazon"].link_hosts:
        raise ValueError(f"{shown(written)} is not an address of a best-seller list on Amazon")
    if not re.search(r"best-?sellers", address.path, re.IGNORECASE):
        # the actor refuses a whole run for one address without the word
        raise ValueError(f"{shown(written)} is not a best-seller list: its address says Best-Sellers or bestsellers")
    return f"https://www.{host}{quote(_REFERRER.sub('', address.path), safe='/:,~@+!$')}"


CategoryPages = Annotated[tuple[str, ...], listed(category_page)]
