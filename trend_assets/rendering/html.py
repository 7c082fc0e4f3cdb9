"""The issue as HTML that mail clients take and browsers show well: tables, inline styles, no script.
Pictures have a fixed size, so that nothing moves when they come, and the title as their text when they do not.


Autoescape is on for every value; templates come from this package only, so a caption that looks like a template stays
text. Classes only add what small screens need: a client that drops `<style>` still shows the whole issue.
"""

from functools import cache
from typing import TYPE_CHECKING

from trend_assets.rendering.issue import Issue

if TYPE_CHECKING:
    from jinja2 import Template


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("trend_assets.rendering", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("issue.html.j2")


def render_html(issue: Issue) -> str:
    """The whole page."""
    return _template().render(issue=issue)
