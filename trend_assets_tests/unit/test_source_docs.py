"""The runbooks are complete, and what they say of a source is what registry, policies and catalogue say."""

from pathlib import Path

import pytest

from trend_assets.operations.source_docs import SECTIONS, facts, index, renewed
from trend_assets.runtime.doctor import known_variables
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


@pytest.mark.parametrize("path", [*(each / "README.md" for each in FOLDERS.values()), DOCS / "runbook.md"], ids=str)
def test_every_setting_that_a_page_names_exists(path):
    import re

    known = known_variables()
    named = set(
        re.findall(r"\b(?:TREND_ASSETS|TIKHUB|APIFY|YOUTUBE|REDDIT|INSTAGRAM)_[A-Z0-9_]*[A-Z0-9]", path.read_text())
    )
    assert named <= known, named - known


def test_every_link_between_the_pages_leads_somewhere():
    import re

    for path in (*DOCS.rglob("*.md"), *(DOCS.parent / "trend_assets" / "sources").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.relative_to(DOCS.parent)} links to {target}"


def test_a_page_without_the_marks_is_refused():
    with pytest.raises(ValueError, match="two marks"):
        renewed("# page", "facts")
