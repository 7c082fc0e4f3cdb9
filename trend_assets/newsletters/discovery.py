"""Finds the newsletters: every `*.toml` beside this file, and every one in the user's own folder.

    newsletters/*.toml ──────────────────────┐
                                             ├▶ read, checked ─▶ found(settings)
    <TREND_ASSETS_NEWSLETTER_DIR>/*.toml ────┘

A file that is not right costs only itself: `problems` says in a sentence each what is wrong, where, and what to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from trend_assets.domain.newsletter.declare import Newsletter, NewsletterError, read_newsletter
from trend_assets.settings import Settings
from trend_assets.sources.discovery import LISTS, with_role

BUNDLED = Path(__file__).parent
DEFAULT = "rising"
"""The newsletter behind `/feed/latest` and `/feed/{day}`, and whose files lie in `issues/`."""


def address_of(newsletter: str, what: date | str) -> str:
    """The path of a newsletter's issue in the API: of a day, or of `latest`."""
    return f"/feed/{what}" if newsletter == DEFAULT else f"/n/{newsletter}/{what}"


@dataclass(frozen=True, slots=True)
class Newsletters:
    """What is there: newsletters by name (the default one first), the file of each, and what is wrong."""

    by_name: Mapping[str, Newsletter] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def own_folder(settings: Settings) -> Path:
    """The user's folder of newsletters."""
    return settings.newsletter_dir or settings.state_dir / "newsletters"


def found(settings: Settings) -> Newsletters:
    """The newsletters of the package and of the user's folder. A user's file may declare the default one anew."""
    sources = [*LISTS, *(source.name for source in with_role("own_files"))]
    by_name: dict[str, Newsletter] = {}
    files: dict[str, Path] = {}
    problems: list[str] = []
    own = own_folder(settings)
    if settings.newsletter_dir and not own.is_dir():
        problems.append(f"TREND_ASSETS_NEWSLETTER_DIR is {own}, which is not a folder; make it, or set another.")
    for path in (*sorted(BUNDLED.glob("*.toml")), *(sorted(own.glob("*.toml")) if own.is_dir() else ())):
        try:
            text = path.read_text(encoding="utf-8-sig")
            newsletter = read_newsletter(text, file=str(path), stem=path.stem, sources=sources)
        except NewsletterError as error:
            problems.append(str(error))
            continue
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{path} cannot be read ({type(error).__name__}); it must be UTF-8 text.")
            continue
        other = files.get(newsletter.name)
        if other is not None and other.parent != BUNDLED:
            problems.append(f"{path} and {other} are both named {newsletter.name}; rename one. The former is left out.")
            continue
        by_name[newsletter.name], files[newsletter.name] = newsletter, path
    order = sorted(by_name, key=lambda name: (name != DEFAULT, name))
    return Newsletters({name: by_name[name] for name in order}, files, tuple(problems))
