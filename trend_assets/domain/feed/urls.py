"""What an address points at: the platform's own item where it can be read from it, else the address without noise.

Fetching does not belong here: a short link that hides its target stays what it is.
"""

import re
from urllib.parse import urlencode

from trend_assets.platforms import address_parts, is_page_of_items, item_at, item_in

# parameters that say where a click came from, not what is shown
_NOISE = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|igshid|igsh|si|feature|ref|ref_|ref_src|ref_url|s|t|share_id|_r|_t|is_from_.*|"
    r"sender_device|web_id|mc_cid|mc_eid|context|cmpid|spm|tag|linkCode|psc|pd_rd_.*|pf_rd_.*|th|dib.*|sr|qid|keywords)$",
    re.IGNORECASE,
)
_IN_TEXT = re.compile(r"https?://[^\s<>\"'`\])}]+", re.IGNORECASE)


def creator_key(platform: str, creator_id: str | None, handle: str | None) -> str | None:
    """Text by which a creator is recognised: by id, else by handle; None where neither is known."""
    if creator_id:
        return f"{platform}:{creator_id}"
    return f"{platform}:@{handle.casefold()}" if handle else None


def item_key(platform: str, external_id: str) -> str:
    """`platform:id`, the exact identity of an item."""
    return f"{platform}:{external_id}"


def normalised_url(url: str | None) -> str | None:
    """The comparable form of an http(s) address: `platform:id` where it is an item of a platform that we know, else
    host and path without `www.`, tracking parameters, fragment and closing slash. None for anything that is not an
    address of one thing (no host, another scheme, a bare home page)."""
    address = address_parts(url)
    if address is None:
        return None
    if item := item_at(address):
        return item_key(*item)
    kept = sorted((key, value) for key, value in address.query if not _NOISE.match(key))
    if is_page_of_items(address) or (not address.path and not kept):
        return None
    return f"{address.host}{address.path}" + (f"?{urlencode(kept)}" if kept else "")


def items_linked_in(text: str | None) -> list[str]:
    """The platform items (`platform:id`) that a text links to, in order, without repeats. Other addresses in a text
    (shops, link pages) are shared by unrelated posts and say nothing."""
    if not text:
        return []
    items = (item_in(match.group().rstrip(".,;:!?")) for match in _IN_TEXT.finditer(text))
    return list(dict.fromkeys(item_key(*item) for item in items if item))
