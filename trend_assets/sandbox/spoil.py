"""Bad values on purpose: what the shape faults do to the items of an otherwise good answer."""

from typing import Any

from starlette.requests import Request

from trend_assets.sandbox.state import fault

# NUL, a lone surrogate, a bidi override, markup, a template, a CSV formula: each has broken something before
BROKEN_TEXTS = (
    "nul\x00inside",
    "half \ud83d an emoji",
    "\u202egnp.exe",
    "<script>alert(1)</script>",
    "{{7*7}} ]]> &amp;",
    '=HYPERLINK("http://example.com")',
    "javascript:alert(1)",
    "x" * 30_000,
)
ODD_COUNTS: tuple[Any, ...] = ("1.2M", -1, 2**63, 1.5, None, "1,234", "1.2万", "abc", True, 10**30)
ODD_TIMES: tuple[Any, ...] = (
    1_788_188_547_000,
    1_788_188_547_000_000,
    -1,
    32_503_680_000,
    "2026-09-01T00:00:00Z",
    None,
)


def text(number: int) -> str:
    """The broken text for an item."""
    return BROKEN_TEXTS[number % len(BROKEN_TEXTS)]


def repeated(request: Request, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every third item twice, where the request meets that fault."""
    if fault(request, "duplicates") is None:
        return items
    return [item for place, item in enumerate(items) for _ in range(2 if place % 3 == 0 else 1)]


def awemes(request: Request, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """TikTok's items under the shape faults that the request meets."""
    if fault(request, "null_cha_list") is not None:
        items = [{**item, "cha_list": None} for item in items]
    if fault(request, "odd_counts") is not None:
        names = ("play_count", "digg_count", "comment_count", "share_count")
        for place, item in enumerate(items):
            counts = {name: ODD_COUNTS[(place + shift) % len(ODD_COUNTS)] for shift, name in enumerate(names)}
            item["statistics"] |= counts
            item["author"]["follower_count"] = ODD_COUNTS[place % len(ODD_COUNTS)]
    if fault(request, "counts_down") is not None:
        for item in items:
            item["statistics"] |= lowered(item["statistics"])
    if fault(request, "odd_times") is not None:
        for place, item in enumerate(items):
            item["create_time"] = ODD_TIMES[place % len(ODD_TIMES)]
    if fault(request, "broken_text") is not None:
        for place, item in enumerate(items):
            item["desc"] = text(place) + " " + item["desc"]
            item["author"]["nickname"] = text(place)
    if items and fault(request, "huge_text") is not None:
        tag = {"hashtag_name": "", "start": 0, "end": 0, "type": 1, "user_id": "", "sec_uid": ""}
        items[0]["desc"] = "long " * 200_000
        items[0]["text_extra"] = [{**tag, "hashtag_name": f"tag{number}"} for number in range(100_000)]
    return repeated(request, items)


def user(request: Request, profile: dict[str, Any]) -> dict[str, Any]:
    """A profile under the shape faults that the request meets."""
    if fault(request, "odd_counts") is not None:
        profile |= {"follower_count": "1.2M", "total_favorited": -1, "aweme_count": None}
    if fault(request, "broken_text") is not None:
        profile |= {"signature": text(1) + text(0), "nickname": text(3)}
    if fault(request, "counts_down") is not None:
        profile |= lowered(profile)
    return profile


def rows(request: Request, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Flat dataset rows (Apify) under the shape faults that the request meets."""
    if fault(request, "odd_counts") is not None:
        for place, item in enumerate(items):
            for shift, name in enumerate(key for key in item if key.endswith("Count") or key == "position"):
                item[name] = ODD_COUNTS[(place + shift) % len(ODD_COUNTS)]
    if fault(request, "broken_text") is not None:
        for place, item in enumerate(items):
            for name in ("text", "fullText", "name", "title", "caption"):
                if isinstance(item.get(name), str):
                    item[name] = text(place) + item[name]
    if fault(request, "shape_moved") is not None:
        items = [{f"{name}V2": value for name, value in item.items()} for item in items]
    return repeated(request, items)


def lowered(counts: dict[str, Any]) -> dict[str, Any]:
    """All whole numbers, 10 % lower."""
    return {
        name: int(value * 0.9) for name, value in counts.items() if isinstance(value, int) and name.endswith("count")
    }


def tube_items(request: Request, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """YouTube's items under the shape faults that the request meets."""
    strange, down = fault(request, "odd_counts") is not None, fault(request, "counts_down") is not None
    broken = fault(request, "broken_text") is not None
    for place, item in enumerate(items):
        statistics, snippet = item.get("statistics"), item.get("snippet")
        if statistics and strange:
            statistics |= {"viewCount": ODD_COUNTS[place % len(ODD_COUNTS)], "likeCount": "-1"}
        if statistics and down:
            statistics |= {name: str(int(int(value) * 0.9)) for name, value in statistics.items()}
        if snippet and broken:
            snippet["title"] = text(place) + snippet["title"]
    return repeated(request, items)
