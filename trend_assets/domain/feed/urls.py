"""What an address points at: the platform's own item where it can be read from it, else the address without noise.

Fetching does not belong here: a short link that hides its target stays what it is.
"""

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

# parameters that say where a click came from, not what is shown
_NOISE = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|igshid|igsh|si|feature|ref|ref_|ref_src|ref_url|s|t|share_id|_r|_t|is_from_.*|"
    r"sender_device|web_id|mc_cid|mc_eid|context|cmpid|spm|tag|linkCode|psc|pd_rd_.*|pf_rd_.*|th|dib.*|sr|qid|keywords)$",
    re.IGNORECASE,
)
_ITEM_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^(?:.*\.)?tiktok\.com/(?:@[^/]*/(?:video|photo)|v|embed(?:/v2)?)/(\d{6,})"), "tiktok"),
    (re.compile(r"^(?:.*\.)?youtube\.com/(?:shorts|embed|live|v)/([\w-]{11})(?![\w-])"), "youtube"),
    (re.compile(r"^youtu\.be/([\w-]{11})(?![\w-])"), "youtube"),
    (re.compile(r"^(?:.*\.)?(?:twitter|x)\.com/(?:[^/]+|i/web)/status(?:es)?/(\d+)"), "x"),
    (re.compile(r"^(?:.*\.)?reddit\.com/(?:r/[^/]+/|user/[^/]+/)?comments/([a-z0-9]+)", re.IGNORECASE), "reddit"),
    (re.compile(r"^redd\.it/([a-z0-9]{4,})", re.IGNORECASE), "reddit"),
    (
        re.compile(r"^(?:.*\.)?amazon\.[a-z.]{2,6}/(?:.*/)?(?:dp|gp/product|gp/aw/d)/([A-Z0-9]{10})(?![A-Z0-9])"),
        "amazon",
    ),
)
_IN_TEXT = re.compile(r"https?://[^\s<>\"'`\])}]+", re.IGNORECASE)


def item_key(platform: str, external_id: str) -> str:
    """`platform:id`, the exact identity of an item."""
    return f"{platform}:{external_id}"


def normalised_url(url: str | None) -> str | None:
    """The comparable form of an http(s) address: `platform:id` where it is an item of a platform that we know, else
    host and path without `www.`, tracking parameters, fragment and closing slash. None for anything that is not an
    address of one thing (no host, another scheme, a bare home page)."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower().rstrip(".")
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or "." not in host:
        return None
    host = re.sub(r"^(www|m|mobile|old|new|amp)\.(?=[^.]+\.)", "", host)
    path = re.sub(r"/{2,}", "/", unquote(parts.path)).rstrip("/")
    for pattern, platform in _ITEM_PATTERNS:
        if found := pattern.match(host + path):
            found_id = found.group(1)
            return item_key(platform, found_id.lower() if platform == "reddit" else found_id)
    query = parse_qsl(parts.query)
    if host == "youtube.com" and path == "/watch":
        video = dict(query).get("v", "")
        return item_key("youtube", video) if re.fullmatch(r"[\w-]{11}", video) else None
    kept = sorted((key, value) for key, value in query if not _NOISE.match(key))
    if not path and not kept:
        return None
    return f"{host}{path}" + (f"?{urlencode(kept)}" if kept else "")


def items_linked_in(text: str | None) -> list[str]:
    """The platform items (`platform:id`) that a text links to, in order, without repeats. Other addresses in a text
    (shops, link pages) are shared by unrelated posts and say nothing."""
    if not text:
        return []
    keys = (normalised_url(match.group().rstrip(".,;:!?")) for match in _IN_TEXT.finditer(text))
    return list(dict.fromkeys(key for key in keys if key and re.match(r"^(tiktok|youtube|x|reddit|amazon):", key)))
