"""The issue as HTML that mail clients take and browsers show well: tables, inline styles, no script.
Pictures have a fixed size, so that nothing moves when they come, and the title as their text when they do not.


Autoescape is on for every value; templates come from this package only, so a caption that looks like a template stays
text. Classes only add what small screens need: a client that drops `<style>` still shows the whole issue.
"""

from functools import cache
from typing import TYPE_CHECKING

from trend_assets.newsletters.rendering.issue import Issue
from trend_assets.text import plural, unbroken

if TYPE_CHECKING:
    from jinja2 import Template


MOST_BYTES = 102_000
"""Gmail cuts a mail off behind so many."""

ALL = 10_000
"""More stories than an issue holds."""


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("trend_assets.newsletters.rendering", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["plural"] = plural
    environment.filters["unbroken"] = unbroken
    return environment.get_template("issue.html.j2")


def render_html(issue: Issue) -> str:
    """The whole page. Where mail programs would cut it, only its first stories are whole, the others short."""
    for whole in (ALL, 12, 9, 6, 3, 1):
        page = _template().render(issue=issue, whole=whole, is_cut=whole < ALL)
        if len(page.encode()) <= MOST_BYTES:
            break
    return page
