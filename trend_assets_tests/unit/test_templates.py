"""The pages' templates: what an expression prints is cleaned, which takes blanks from both of its ends."""

import pytest
from jinja2 import nodes

from trend_assets.api.templating import environment


@pytest.mark.parametrize("name", environment().list_templates(extensions=["j2"]))
def test_no_expression_prints_a_text_of_ours_whose_blank_at_an_end_would_be_lost(name):
    source, _, _ = environment().loader.get_source(environment(), name)
    printed = [part for output in environment().parse(source).find_all(nodes.Output) for part in output.nodes]
    branches = [
        each for part in printed for each in ((part.expr1, part.expr2) if isinstance(part, nodes.CondExpr) else (part,))
    ]
    texts = [each.value for each in branches if isinstance(each, nodes.Const) and isinstance(each.value, str)]
    assert [text for text in texts if text != text.strip()] == []


def test_a_post_is_shown_with_a_blank_on_each_side_of_the_point():
    macros = environment().get_template("macros.html.j2").module
    shown = macros.counted({"platform": "reddit", "creator_handle": "ann", "views": 1200}).unescape()
    assert shown.endswith("</span> u/ann · 1,200 points")
