"""Fields that several of TikHub's answers share: counts under several names, images in several formats."""

from typing import Any

from trend_assets.sources.values import Notes, addresses, count, dig

_DECODABLE = (".jpeg", ".jpg", ".png", ".webp")


_UNDECODABLE = (".heic", ".heif", ".avif")


def first_count(holder: Any, notes: Notes, *names: str) -> int | None:
    """The first of several fields that holds a count."""
    for name in names:
        counted = count(dig(holder, name), name, notes)
        if counted is not None:
            return counted
    return None


def images(holder: Any, *names: str) -> list[str]:
    """Addresses of several image members, what OpenCV can decode first, HEIC last."""
    urls = [url for name in names for url in addresses(dig(holder, name, "url_list"))]
    return sorted(dict.fromkeys(urls), key=_format_order)


def _format_order(url: str) -> int:
    path = url.partition("?")[0].lower()
    if path.endswith(_DECODABLE):
        return 0
    return 2 if path.endswith(_UNDECODABLE) else 1
