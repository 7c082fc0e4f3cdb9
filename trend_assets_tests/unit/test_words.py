"""What the repository says can be looked up in the repository: no id of a document that is not here, nobody addressed.

Commands, files, links and figures that pages name are in `test_pages.py`.
"""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
ROOMS = ("trend_assets", "trend_assets_tests", "benchmarks", "docs")
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".sql", ".txt", ".html", ".css", ".js", ".jinja", ".json", ""}
# this file, which quotes what it looks for; real answers and word lists are other people's words
NOT_OURS = {Path(__file__), PROJECT / "LICENSE"}
DATA = PROJECT / "trend_assets_tests" / "data"
ABSENT = {
    "a document that is not here": re.compile(
        r"\b(?:SPEC|DESIGN|CONTRACTS|FAULTS|DAGSTER|AUTOMATION|STYLE)\b(?:\.md|,? ?§|,? (?:[A-Z]{0,2}\d|[A-Z]\b|group))"
    ),
    "a requirement by its number": re.compile(r"(?<!\w)\((?:[A-Z]\d{1,2})(?:(?:,| and| to|-|–) ?[A-Z]\d{1,2})*[),:;]"),
    "an issue by its number": re.compile(r"\bissues? #?\d+\b|\bwork items? \d"),
    "a thing that is no other thing, for one that is not it": re.compile(
        r"(?<![Tt]here )(?<!where )\bis no (?:number|date|time|text|id|item|page|hashtag|handle|source)\b(?!')"
    ),
    "a goal that somebody set": re.compile(r"\bthe goal\b|\(goal\b", re.IGNORECASE),
}


def texts() -> list[Path]:
    inside = [path for room in ROOMS for path in (PROJECT / room).rglob("*")]
    return [
        path
        for path in [*PROJECT.glob("*"), *inside]
        if path.is_file() and path.suffix in TEXT and path not in NOT_OURS and DATA not in path.parents
    ]


@pytest.mark.parametrize("what", ABSENT)
def test_nothing_cites_what_a_reader_cannot_open(what: str) -> None:
    paths = texts()
    assert len(paths) > 400, "the walk finds the repository"
    cited = [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()[:120]}"
        for path in paths
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if ABSENT[what].search(line)
    ]
    assert cited == [], f"These lines cite {what}; say what it means instead."


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a document that is not here", '"""Layer 1 (SPEC C3): rejected when'),
        ("a document that is not here", "# fewer other items than this are no baseline (DESIGN §7)"),
        ("a document that is not here", "Billing rules (CONTRACTS 1.1, 2.4):"),
        ("a document that is not here", "hostile texts in every field (FAULTS group G)"),
        ("a document that is not here", "-- see SPEC.md"),
        ("a requirement by its number", "The state since when (C9, C10)."),
        ("a requirement by its number", "All sources run side by side (S7), but"),
        ("a requirement by its number", "formats, ranks (S1 to S3, T2)"),
        ("a requirement by its number", "stable id of the creator (S5: author)"),
        ("an issue by its number", "what odd series give (issue 5)"),
        ("a thing that is no other thing, for one that is not it", '"soon" is no date; write it as 2026-11-30.'),
        ("a goal that somebody set", "29 s for two days (goal 60)"),
        ("a goal that somebody set", "The goal (precision of 0.65) does not name it."),
    ],
)
def test_such_a_line_is_recognised(what: str, line: str) -> None:
    assert ABSENT[what].search(line)
