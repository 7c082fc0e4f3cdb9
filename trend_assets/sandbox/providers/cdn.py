"""Covers and media files under signed addresses that expire."""

from starlette.routing import Route


def routes() -> list[Route]:
    """The CDN's paths."""
    return []
