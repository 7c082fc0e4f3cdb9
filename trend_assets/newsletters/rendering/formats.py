"""The formats of an issue, one row each: how it is called, stored, sent and named as a file. Whoever renders, stores,
serves, writes or erases issues goes through this list; what a format looks like is in its own module.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trend_assets.newsletters.rendering.atom import render_atom
from trend_assets.newsletters.rendering.html import render_html
from trend_assets.newsletters.rendering.issue import Issue
from trend_assets.newsletters.rendering.json_feed import render_json_feed
from trend_assets.newsletters.rendering.markdown import render_markdown
from trend_assets.newsletters.rendering.plain_text import render_text
from trend_assets.newsletters.rendering.tabular import render_csv, render_parquet


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format. `name` is what readers ask for (`?format=name`), `title` what a page calls it, `ending` that of its
    file, `also_accept` further media types of an Accept header that mean it. `is_feed`: a program subscribes to it;
    `is_page`: it links to the feeds. A format that is not `is_text` is not served."""

    name: str
    title: str
    ending: str
    media_type: str
    render: Callable[[Issue], str | bytes]
    also_accept: tuple[str, ...] = ()
    is_text: bool = True
    is_feed: bool = False
    is_page: bool = False

    @property
    def bare_media_type(self) -> str:
        """The media type without its parameters."""
        return self.media_type.partition(";")[0]


FORMATS: tuple[Format, ...] = (
    Format(name="html", title="a mail (HTML)", ending="html", media_type="text/html; charset=utf-8",
           is_page=True, render=render_html),
    Format(name="txt", title="plain text", ending="txt", media_type="text/plain; charset=utf-8", render=render_text),
    Format(name="md", title="Markdown", ending="md", media_type="text/markdown; charset=utf-8",
           is_page=True, render=render_markdown),
    Format(name="json", title="JSON Feed", ending="json", media_type="application/feed+json",
           also_accept=("application/json",), is_feed=True, render=render_json_feed),
    Format(name="atom", title="Atom", ending="atom.xml", media_type="application/atom+xml; charset=utf-8",
           is_feed=True, render=render_atom),
    Format(name="csv", title="CSV", ending="csv", media_type="text/csv; charset=utf-8",
           render=lambda issue: render_csv([item.flat for item in issue.items])),
    Format(name="parquet", title="Parquet", ending="parquet", media_type="application/vnd.apache.parquet",
           is_text=False, render=lambda issue: render_parquet([item.flat for item in issue.items])),
)  # fmt: skip
"""The page for people first."""

DEFAULT = "json"
"""What is sent to who asks for nothing in particular."""


def served() -> tuple[Format, ...]:
    """The formats that readers may ask for: those that are text."""
    return tuple(form for form in FORMATS if form.is_text)


def accepted(header: str) -> str:
    """The name of the first format of an Accept header that we have; the default for everything else."""
    of_type = {media: form.name for form in served() for media in (form.bare_media_type, *form.also_accept)}
    for part in header.split(","):
        if (found := of_type.get(part.split(";")[0].strip())) is not None:
            return found
    return DEFAULT


def stored(form: Format, content: str | bytes) -> dict[str, Any]:
    """An issue in one format as columns of `feed.issue_forms`."""
    data = content.encode() if isinstance(content, str) else content
    return {
        "format": form.name,
        "media_type": form.media_type,
        "body": content if isinstance(content, str) else None,
        "binary_body": None if isinstance(content, str) else content,
        "content_hash": hashlib.sha256(data).hexdigest(),
    }
