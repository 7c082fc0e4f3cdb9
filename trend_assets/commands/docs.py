"""The pages that are made from code, all in one place: `make docs` renews them, tests keep them from drifting."""

from pathlib import Path

from trend_assets.commands.settings_docs import env_example, settings_page
from trend_assets.commands.source_docs import write_pages
from trend_assets.commands.tables_page import page as tables_page

PROJECT = Path(__file__).resolve().parents[2]


def made_pages() -> dict[Path, str]:
    """Whole pages by path."""
    return {
        PROJECT / ".env.example": env_example(),
        PROJECT / "docs" / "settings.md": settings_page(),
        PROJECT / "docs" / "tables.md": tables_page(),
    }


class NoCheckout(RuntimeError):
    """There are no pages to renew; the message says where there are."""


def renew() -> list[Path]:
    """Write every page that differs; the pages that changed. Raises NoCheckout in an installed package."""
    if not (PROJECT / "pyproject.toml").is_file():
        raise NoCheckout("The pages are made in a checkout; this is an installed package, whose pages are made.")
    changed = []
    for path, text in made_pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed + write_pages(PROJECT / "docs")
