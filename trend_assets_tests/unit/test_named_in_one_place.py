"""A source is named in its folder, a platform in the folders of its sources and in `platforms.py`, and nowhere else."""

import ast
import re
from functools import cache
from pathlib import Path

from trend_assets.platforms import PLATFORMS
from trend_assets.sources.discovery import FOLDERS, SOURCES
from trend_assets.warehouse.tables import TABLES

PACKAGE = Path(__file__).resolve().parents[2] / "trend_assets"

# file → (name, why it may stand there)
EXCEPTIONS = {
    "api/models.py": ({"tiktok"}, "examples of what people type, on the page of the API"),
    "domain/feed/words.py": ({"tiktok", "youtube"}, "words of captions in general, beside `reel` and `fyp`"),
}
# of one letter: a name only where something says so
SHORT = {name for name in PLATFORMS if len(name) < 3}
SAID = r"""platform\w*["'\]]*\s*(?:==|=|:|<>|!=)\s*["']{name}["']|\b{name}\.com"""


@cache
def texts() -> dict[str, list[str]]:
    """File → every string in it that is no docstring, without names of tables of our own."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        found[path.relative_to(PACKAGE).as_posix()] = [
            without_tables(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
        ]
    return found


def names_in(text: str, names: frozenset[str]) -> set[str]:
    """The names that a string holds, as words or inside an address of SQL (`source.x_posts`)."""
    found = {name for name in names - SHORT if re.search(rf"(?<![\w-]){name}(?![\w-])", text)}
    return found | {name for name in names & SHORT if re.search(SAID.format(name=name), text)}


def found_outside(names: frozenset[str], homes: tuple[str, ...]) -> dict[str, set[str]]:
    """File → the names that it has no business to know."""
    here = {
        file: {name for text in strings for name in names_in(text, names)}
        | names_in((PACKAGE / file).read_text(), names & SHORT)
        for file, strings in texts().items()
        if not file.startswith(homes)
    }
    return {file: found for file, found in here.items() if found}


def without_tables(text: str) -> str:
    """A text without tables of our own that happen to be called like a source (`comets.creator_profiles`)."""
    for address, table in TABLES.items():
        if table.schema != "source" and table.name in SOURCES:
            text = text.replace(address, "")
            text = "" if text == table.name else text
    return text


def test_a_source_is_named_in_its_folder_only() -> None:
    for name in SOURCES:
        home = FOLDERS[name].relative_to(PACKAGE).as_posix()
        assert found_outside(frozenset({name}), (f"{home}/",)) == {}, name


def test_a_platform_is_named_in_the_folders_of_sources_and_its_row_only() -> None:
    folders = tuple(f"sources/{each.name}/" for each in (PACKAGE / "sources").iterdir() if each.is_dir())
    found = found_outside(frozenset(PLATFORMS), ("platforms.py", *folders))
    assert found == {file: names for file, (names, _) in EXCEPTIONS.items()}


def test_the_search_finds_what_it_looks_for() -> None:
    assert names_in("SELECT 1 FROM source.x_posts", frozenset({"x_posts"})) == {"x_posts"}
    assert names_in("p.platform = 'x'", frozenset({"x", "reddit"})) == {"x"}
    assert names_in("https://www.reddit.com/r/all", frozenset({"reddit"})) == {"reddit"}
    assert names_in('Row(platform="x")', frozenset({"x"})) == {"x"}
    assert names_in("velocity x recency, 4.x", frozenset({"x"})) == set()
