"""The runbooks are complete, and what they say of a source is what registry, policies and catalogue say."""

from pathlib import Path

import pytest

from trend_assets.commands.source_docs import SECTIONS, facts, index, renewed
from trend_assets.sources.discovery import FOLDERS, SOURCES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", SOURCES)
def test_a_runbook_says_everything_in_order_and_its_facts_are_up_to_date(name):
    text = (FOLDERS[name] / "README.md").read_text(encoding="utf-8")
    assert [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")][: len(SECTIONS)] == list(
        SECTIONS
    )
    assert renewed(text, facts(name)) == text, "run `make docs`"


def test_the_index_lists_every_runbook():
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    assert renewed(text, index()) == text, "run `make docs`"


def test_a_page_without_the_marks_is_refused():
    with pytest.raises(ValueError, match="two marks"):
        renewed("# page", "facts")
