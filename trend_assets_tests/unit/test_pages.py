"""What pages name exists: links, files, commands with their options, assets; figures stand in docs/measurements.md.

Whether a page describes a thing rightly is not judged here.
"""

import re
from functools import cache
from pathlib import Path

import click
import pytest

from trend_assets.cli import main
from trend_assets.commands.doctor import known_variables
from trend_assets.sources.discovery import SOURCES
from trend_assets.warehouse.tables import TABLES

PROJECT = Path(__file__).parents[2]
ROOMS = ("docs", "trend_assets", "benchmarks")
PAGES = sorted([*PROJECT.glob("*.md"), *(page for room in ROOMS for page in (PROJECT / room).rglob("*.md"))])
MEASUREMENTS = PROJECT / "docs" / "measurements.md"
# where a path may be meant from: the project, the package, its tests, the page
PLACES = ("", "trend_assets", "trend_assets_tests")
FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)*\.(?:py|md|yaml|toml|html|png|sql|lock|j2)")
TO_A_FIGURE = re.compile(r"\[([^\]]+)\]\((?:docs/)?measurements\.md#([\w-]+)\)")
ROW = re.compile(
    r'^\| <a id="(?P<id>[\w-]+)"></a>(?P<what>.+?) \| (?P<figure>.+?) \| (?P<command>.+?) \| (?P<day>.+?) \|$', re.M
)
# a number with a unit of speed, size or accuracy; settings and prices have others
FIGURE = re.compile(r"\d(?:\.\d+)? ?(?:×|ms\b|s\b|seconds?\b|MB\b|GB\b|%)|precision@\d+ \d|\b\d[\d,]* half-written")


def shown(page: Path) -> str:
    return str(page.relative_to(PROJECT))


@cache
def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def code_of(page: Path) -> list[str]:
    """What the page sets as code: lines of blocks, and pieces in a sentence."""
    text = text_of(page)
    blocks = [line.partition("  #")[0] for block in FENCE.findall(text) for line in block.splitlines()]
    return [*blocks, *re.findall(r"`([^`\n]+)`", FENCE.sub("", text))]


def anchors_of(page: Path) -> set[str]:
    """The places of a page that a link can lead to: its headings as GitHub names them, and marks of its own."""
    text = FENCE.sub("", text_of(page))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([\w-]+)">', text))


def named(pattern: str) -> list[tuple[str, str]]:
    """(page, what the first group found) in the code of all pages."""
    return [(shown(page), hit) for page in PAGES for code in code_of(page) for hit in re.findall(pattern, code)]


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(text_of(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{shown(page)} links to {link}"
        if anchor:
            assert anchor in anchors_of(target), f"{shown(page)} links to {link}, which is not on that page"


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
    asked = named(r"(?:^|[ (&])make ([a-z-]+)")
    assert len(asked) > 10
    assert [each for each in asked if each[1] not in targets] == []


def test_every_command_exists_with_its_options() -> None:
    assert isinstance(main, click.Group)
    asked = named(r"\btrend-assets ([a-z-]+(?: [^|&;)]*)?)")
    assert len(asked) > 20
    for page, line in asked:
        name, *words = line.split()
        if name.startswith("-"):
            assert name in {"--version", "--help", "--debug", "-h"}, f"{page}: trend-assets {line}"
            continue
        command: click.Command | None = main.commands.get(name)
        assert command is not None, f"{page}: trend-assets {line}"
        if isinstance(command, click.Group) and words and not words[0].startswith("-"):
            command = command.commands.get(words[0])
            assert command is not None, f"{page}: trend-assets {line}"
        known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)} | {"--help", "-h"}
        unknown = [word for word in words if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in known]
        assert unknown == [], f"{page}: trend-assets {line}"


def test_every_module_that_is_run_exists() -> None:
    asked = named(r"\b(?:python -m )?((?:benchmarks|trend_assets)\.[a-z_.]+)") + named(r"python -m ([a-z_]+[a-z_.]*)")
    assert len(asked) > 20
    for page, module in asked:
        if module.partition(".")[0] not in {"benchmarks", "trend_assets"}:
            continue
        path = PROJECT / module.replace(".", "/")
        inside = path.parent.with_suffix(".py").exists() or (path.parent / "__init__.py").exists()
        is_module = path.with_suffix(".py").exists() or path.is_dir()
        # trend_assets.definitions is a module, `trend_assets.sandbox.process.serve` a name in one
        assert is_module or (module.startswith("trend_assets.") and inside), f"{page}: {module}"
        if f"-m {module}" in "\n".join(code_of(PROJECT / page)):
            assert is_module, f"{page}: python -m {module}"


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    for code in code_of(page):
        if "/" in code and FILE.fullmatch(code) and not code.startswith("."):
            places = [PROJECT / place / code for place in PLACES] + [page.parent / code]
            assert any(place.exists() for place in places), f"{shown(page)} names {code}"


def test_every_asset_that_a_page_names_exists() -> None:
    schemas = {address.partition(".")[0] for address in TABLES}
    assets = {address.replace(".", "/") for address in TABLES} | {f"capture/{name}" for name in SOURCES}
    rooms = {f"{path.parent.name}/{path.name}" for path in (PROJECT / "trend_assets").glob("*/*") if path.is_dir()}
    asked = [each for each in named(r"(?:^|\")([a-z]+/[a-z_]+)(?:$|\")") if each[1].partition("/")[0] in schemas]
    assert len(asked) > 40
    assert [each for each in asked if each[1] not in assets | rooms] == []


def test_every_setting_that_a_page_names_exists() -> None:
    known = known_variables()
    asked = named(r"\b((?:TREND_ASSETS|TIKHUB|APIFY|YOUTUBE|REDDIT|INSTAGRAM)_[A-Z0-9_]*[A-Z0-9])\b")
    assert len(asked) > 100
    assert [each for each in asked if each[1] not in known] == []


# ------------------------------------------------------------------------------------------------------- figures


@cache
def measured() -> dict[str, dict[str, str]]:
    return {row["id"]: row.groupdict() for row in ROW.finditer(text_of(MEASUREMENTS))}


def test_every_measurement_has_its_figure_command_and_day() -> None:
    rows = measured()
    assert len(rows) >= 20
    assert len(rows) == text_of(MEASUREMENTS).count("<a id="), "a row that is written otherwise is not seen"
    for row in rows.values():
        assert re.search(r"\d", row["figure"]), row
        assert row["command"].startswith("`"), row
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["day"]), row


def test_every_figure_on_a_page_is_the_measured_one() -> None:
    cited = [(shown(page), *hit) for page in PAGES for hit in TO_A_FIGURE.findall(text_of(page))]
    assert cited
    for page, figure, key in cited:
        assert key in measured(), f"{page} cites {key}, which is not in docs/measurements.md"
        stands = measured()[key]["figure"] + measured()[key]["what"]
        assert re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d.]*\d)", stands), (
            f"{page} says {figure!r}, docs/measurements.md {stands!r}"
        )


def test_the_readme_is_short_and_states_no_figure_that_is_not_measured() -> None:
    readme = text_of(PROJECT / "README.md")
    assert readme.count("\n") <= 120
    assert len(re.findall(r"!\[[^\]]+\]\(docs/images/", readme)) == 3
    assert len({key for _, key in TO_A_FIGURE.findall(readme)}) == 5
    prose = TO_A_FIGURE.sub("", FENCE.sub("", readme))
    assert [line for line in prose.splitlines() if FIGURE.search(line)] == []


@pytest.mark.parametrize(
    "line", ["ready in 6 s", "1.3 × the time", "159 MB", "precision@10 0.49", "0 half-written partitions"]
)
def test_a_figure_is_recognised(line: str) -> None:
    assert FIGURE.search(line)


@pytest.mark.parametrize("line", ["Python 3.11–3.14 with pip", "10,000–100,000 followers", "up to $1.87", "28 days"])
def test_a_price_or_a_setting_is_not_a_measurement(line: str) -> None:
    assert not FIGURE.search(line)


# ---------------------------------------------------------------------------------------------------- scoreboard


def board(title: str, *, ahead: str, label: str = "rose", items: str = "all items") -> dict[str, dict[str, float]]:
    """One table of docs/scoreboard.md: score → figure → number."""
    text = text_of(PROJECT / "docs" / "scoreboard.md")
    part = text.partition(f"### {title}")[2].partition("\n### ")[0]
    table = part.partition(f"**{label}**, {ahead}{items}: ")[2].partition("\n\n")[2].partition("\n\n")[0]
    head, _, *rows = [[cell.strip(" *") for cell in line.strip("| ").split("|")] for line in table.splitlines()]
    return {
        row[0]: {
            name: float(cell) for name, cell in zip(head[1:], row[1:], strict=True) if re.fullmatch(r"-?[\d.]+", cell)
        }
        for row in rows
    }


def test_what_is_said_of_the_order_stands_on_the_scoreboard() -> None:
    youtube, reddit = "YouTube trending US", "Reddit r/all"
    left = "all items, those that left counted as not rising"
    every, seen = board(youtube, ahead="72 h ahead, "), board(youtube, ahead="72 h ahead, ", items="seen items")
    gone = board(youtube, ahead="72 h ahead, ", items=left)
    views = board(youtube, ahead="72 h ahead, ", label="most new views")
    r, ev = "R-precision", "engagement_velocity"
    hourly, hourly_seen = board(reddit, ahead="1 h ahead, "), board(reddit, ahead="1 h ahead, ", items="seen items")
    assert measured()["rising"]["figure"] == (
        f"precision@10 {every['rank']['p@10']:.2f} (engagement velocity {every[ev]['p@10']:.2f}), R-precision "
        f"{every['rank'][r]:.2f}, seen before {seen['rank'][r]:.2f} ({every[ev][r]:.2f}, {seen[ev][r]:.2f}); "
        f"those that left counted as not rising {gone['rank'][r]:.2f} ({gone[ev][r]:.2f})"
    )
    assert measured()["rising-reddit"]["figure"] == (
        f"R-precision {hourly['rank'][r]:.2f}, seen before {hourly_seen['rank'][r]:.2f} "
        f"(`rising` {hourly['rising'][r]:.2f}, {hourly_seen['rising'][r]:.2f})"
    )
    assert measured()["most-views"]["figure"] == (
        f"R-precision {views['forecast'][r]:.2f}, Spearman {views['forecast']['Spearman']:.2f} "
        f"({views[ev][r]:.2f}, {views[ev]['Spearman']:.2f})"
    )
    for table in (every, seen, gone, hourly, hourly_seen):
        assert abs(table["feed"][r] - table["rank"][r]) <= 0.02, "the feed's order is its champion's"


def test_what_is_said_of_the_chances_stands_on_the_scoreboard() -> None:
    text = text_of(PROJECT / "docs" / "scoreboard.md")
    row = r"^\| (\w+) \| (all|from the fifth day) \| ([\d,]+) \| ([\d.]+) \| (\d+) \| ([\d.]+) \|$"
    rows = {(series, days): rest for series, days, *rest in re.findall(row, text, re.MULTILINE)}
    said = [
        f"{error} of {pairs}, {float(came) * 100:.0f} % of {sure}"
        for pairs, error, sure, came in (rows[name, "all"] for name in ("youtube", "reddit"))
    ]
    assert measured()["chances"]["figure"] == "; ".join(said)
    for series in ("youtube", "reddit", "reddit_3h"):
        _, error, _, came = rows[series, "from the fifth day"]
        assert float(error) <= 0.03 and float(came) >= 0.65, series
