"""A new source is one folder: what `new-source` makes is collected, parsed and tested, and nothing else was written."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from trend_assets.commands.new_source import NewSourceError, make
from trend_assets.sources.discovery import find

PROJECT = Path(__file__).parents[2]
GRAPH = """
from trend_assets.definitions import defs
keys = {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}
assert {"capture/demo", "source/demo", "api/demo"} <= keys, sorted(keys)
assert "source/reddit_posts" in keys
"""


def files_in(root: Path) -> dict[Path, bytes]:
    return {
        path.relative_to(root): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and ".trend_assets" not in path.parts
    }


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository's code and tests somewhere else."""
    for name in ("trend_assets", "trend_assets_tests"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    shutil.copytree(PROJECT / "docs", tmp_path / "docs")
    shutil.copy(PROJECT / ".env.example", tmp_path)
    return tmp_path


def run(copy: Path, *arguments: str) -> str:
    clean = {"PYTHONPATH": str(copy), "PATH": "/usr/bin:/bin", "HOME": str(copy)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=clean, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_new_folder_is_a_source_and_nothing_else_is_written_by_hand(copy: Path) -> None:
    before = files_in(copy)
    said = run(copy, "-m", "trend_assets.cli", "new-source", "demo")
    assert "test_every_source.py -k demo" in said, "the next steps are said"
    after = files_in(copy)
    added = after.keys() - before.keys()
    assert {path.parts[:3] for path in added} == {("trend_assets", "sources", "demo")}
    assert len(added) <= 7
    made = {Path(".env.example"), Path("docs/README.md"), Path("docs/settings.md"), Path("docs/tables.md")}
    assert {path for path in before if after[path] != before[path]} <= made, "only pages that are made from code"
    run(copy, "-c", GRAPH)
    passed = run(
        copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "trend_assets_tests/integration/test_every_source.py",
        "-k", "demo",
    )  # fmt: skip
    assert " passed" in passed


@pytest.mark.parametrize("name", ["reddit", "call", "apify", "Demo", "1st", "a-b", "_x", "", "class", "日本", "o" * 41])
def test_a_name_that_cannot_be_one_is_refused_and_nothing_is_written(name: str) -> None:
    before = files_in(PROJECT / "trend_assets" / "sources")
    with pytest.raises(NewSourceError, match="take"):
        make(name)
    assert files_in(PROJECT / "trend_assets" / "sources") == before


# --- folders that are not right ---------------------------------------------------------------------------------------


def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *folders: str, edit: tuple[str, str] = ("", "")) -> str:
    """A package of new folders, the first one with a piece of its source.py replaced."""
    name = f"invented_{tmp_path.name.replace('-', '_')}"
    root = tmp_path / name
    root.mkdir()
    (root / "__init__.py").touch()
    for folder in folders:
        make(folder, root)
        for path in (root / folder).glob("*.py"):
            text = path.read_text(encoding="utf-8").replace(f"trend_assets.sources.{folder}", f"{name}.{folder}")
            path.write_text(text, encoding="utf-8")
    source = root / folders[0] / "source.py"
    text = source.read_text(encoding="utf-8")
    assert edit[0] in text
    source.write_text(text.replace(*edit), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (("SOURCE = Source(", "OTHER = Source("), "it has no SOURCE"),
        (("from trend_assets.sources.declare", "from nowhere"), "cannot be loaded"),
        (('name="one",\n    title="Items', 'name="One",\n    title="Items'), "lower-case"),
        (('tier="stretch"', 'tier="main"'), "core, stretch, own"),
        (('history="now"', 'history="some"'), "now, range"),
        (('tier="stretch"', 'tier="main", role="own_files"'), "core, stretch, own"),
        (('tier="stretch"', 'tier="stretch", role="posters"'), "role must be one of posts, "),
        (('tier="stretch"', 'tier="stretch", scoring="mood"'), "scoring must be one of growth, "),
        (('tier="stretch"', 'tier="stretch", needs=("weather",)'), "a list is given nothing else"),
        (('tier="stretch"', 'tier="stretch", needs="keywords"'), "needs must be a tuple of text"),
        (('tier="stretch"', 'tier="stretch", estimate=None'), "estimate must be a function"),
        (('tier="stretch"', 'tier="stretch", marks=3'), "marks must be a tuple of Mark"),
        (('tier="stretch"', 'tier="stretch", exports="none"'), "exports must be a tuple of Export"),
        (("weight=0.8", 'weight="heavy"'), "weight must be a number, not 'heavy'"),
        (("weight=0.8", 'weight=float("nan")'), "weight be a number from 0"),
        (('title="Items of one"', 'title=""'), "title must say what it is"),
        (("name=PROVIDER_NAME", "name=3"), "its provider: name must be text, not 3"),
        (("name=PROVIDER_NAME", "name='a b'"), "its provider: the name 'a b' must be a lower-case"),
        (("name=PROVIDER_NAME", "client=None, name=PROVIDER_NAME"), "its provider: client must be a function"),
        (("name=PROVIDER_NAME", "keys='url', name=PROVIDER_NAME"), "its provider: keys must be a tuple of text"),
        (("name=PROVIDER_NAME", "keys=('token',), name=PROVIDER_NAME"), "keys names 'token', which is not one of its"),
        (("name=PROVIDER_NAME", "quotas={'a': 'calls'}, name=PROVIDER_NAME"), "quotas names 'calls', which is not one"),
        (("name=PROVIDER_NAME", "quota_zone='Mars', name=PROVIDER_NAME"), "quota_zone must be a time zone"),
        (('watched=("likes", ', 'watched=("kudos", '), "watched names 'kudos'"),
        (
            ("options=Options,\n    terms", "options=dict,\n    terms"),
            "options must be a class derived from OptionsModel",
        ),
        (("PROVIDER = Provider(", "raise SystemExit(2)\nPROVIDER = Provider("), "cannot be loaded (SystemExit"),
        (("provider=PROVIDER,", ""), "provider must be a Provider"),
        (("parse=parse,", "parse=None,"), "parse must be the function"),
        (("limit: int = option(50, ge=1, le=500)", "limit: int"), "options: limit needs a default"),
        (("option(50, ge=1", "option(0, ge=1"), "options: limit needs a default that is allowed"),
        (("= option(1.0, gt=0)", ""), "the options of its provider: rate_per_second needs a default"),
        (('tier="stretch"', 'tier="stretch", estimate=lambda a, b: a.no'), "estimate cannot be made by the default"),
        (('tier="stretch"', 'tier="stretch", estimate=lambda a, b: 3'), "estimate must return an Estimate"),
        (("terms=Terms(", "terms=dict("), "without known terms"),
        (("Terms(note=", "Terms(may_blend='yes', note="), "may_blend must be True or False"),
        (("Terms(note=", "Terms(retention_days=0, note="), "at least 1"),
        (("Terms(note=", "Terms(acceptance='no_such', note="), "is not an option of its provider"),
        (("Terms(note=", "Terms(platform='friendster', note="), "names the platform 'friendster'"),
        (("url: WebAddress", "address: WebAddress"), "need a `url`"),
        (('table=posts_table(\n        "one"', 'table=posts_table(\n        "two"'), "name it source.one"),
        (("tier=", "teir="), "cannot be loaded"),
    ],
)
def test_a_wrong_declaration_is_one_sentence_with_the_file_and_the_others_go_on(tmp_path, monkeypatch, edit, said):
    name = package(tmp_path, monkeypatch, "one", "other", edit=edit)
    found = find(name)
    (problem,) = found.problems
    assert said in problem and f"{name}/one/source.py" in problem and problem.endswith(".")
    assert list(found.sources) == ["other"]


@pytest.mark.parametrize(
    "missing", ["source.py", "__init__.py", "collect.py", "parse.py", "README.md", "sample.json", "simulated.py"]
)
def test_a_missing_file_is_named(tmp_path, monkeypatch, missing):
    name = package(tmp_path, monkeypatch, "one", "other")
    (tmp_path / name / "one" / missing).unlink()
    found = find(name)
    (problem,) = found.problems
    assert missing.removesuffix(".py") in problem and f"{name}/one/" in problem and list(found.sources) == ["other"]


def test_what_tools_leave_beside_the_folders_is_not_a_source(tmp_path, monkeypatch):
    name = package(tmp_path, monkeypatch, "one")
    for left in (
        "__pycache__/call.cpython-311.pyc",
        ".ipynb_checkpoints/a.py",
        "gone/__pycache__/source.cpython-311.pyc",
    ):
        file = tmp_path / name / left
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    found = find(name)
    assert (list(found.sources), found.problems) == (["one"], ())


def test_two_sources_of_one_name_are_said_and_one_of_them_stays(tmp_path, monkeypatch):
    name = package(tmp_path, monkeypatch, "one", "other")
    source = tmp_path / name / "other" / "source.py"
    source.write_text(source.read_text(encoding="utf-8").replace('"other"', '"one"'), encoding="utf-8")
    found = find(name)
    (problem,) = found.problems
    assert "both name their source one" in problem and list(found.sources) == ["one"]


def test_a_provider_that_lives_with_nobody_is_said_and_its_source_left_out(tmp_path, monkeypatch):
    name = package(tmp_path, monkeypatch, "one", "other", edit=("name=PROVIDER_NAME", 'lives_with="x", name="one"'))
    found = find(name)
    (problem,) = found.problems
    assert "lives with 'x'" in problem and list(found.sources) == list(found.providers) == ["other"]


def test_two_sources_with_a_role_that_one_plays_are_said_and_one_of_them_stays(tmp_path, monkeypatch):
    name = package(tmp_path, monkeypatch, "one", "other")
    for folder in ("one", "other"):
        source = tmp_path / name / folder / "source.py"
        source.write_text(source.read_text(encoding="utf-8").replace('tier="', 'role="covers", tier="'))
    found = find(name)
    (problem,) = found.problems
    assert "both have role='covers'" in problem and list(found.sources) == list(found.providers) == ["one"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("columns=(_A,), key=('a',)", "needs partition_column='observed_date'"),
        (
            "columns=(_A, _D), key=('a', 'observed_date'), partition_column='observed_date'",
            "has no platform, external_id",
        ),
    ],
)
def test_a_table_that_holds_no_posts_of_a_day_is_one_sentence(tmp_path, monkeypatch, table, said):
    declared = (
        "from dataclasses import replace\nfrom trend_assets.tables.model import Column, Table\n"
        "_A, _D = Column('a', 'text', 'x'), Column('observed_date', 'date', 'x')\n"
        f"_T = Table('source', 'one', grain='x', description='y', {table})\nSOURCE = Source(\n    table=_T, "
    )
    name = package(tmp_path, monkeypatch, "one", "other", edit=("SOURCE = Source(\n    ", declared))
    file = tmp_path / name / "one" / "source.py"
    text = file.read_text(encoding="utf-8")
    start = text.index("    table=posts_table(")
    file.write_text(text[:start].replace('watched=("likes", "posted_at"),', "") + ")\n", encoding="utf-8")
    (problem,) = find(name).problems
    assert said in problem and f"{name}/one/source.py" in problem


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("columns=(_A, _A), key=('a',)", "a are declared twice"),
        ("columns=(_A,), key=('b',)", "b are named by its key"),
        ("columns=(Column('a', 'number', 'x'),), key=('a',)", "number are not types"),
        ("columns=(_A, Column('b', 'date', 'x', immutable=True)), key=('a',), partition_column='b'", "b keep their"),
    ],
)
def test_a_table_that_no_database_could_follow_is_one_sentence(tmp_path, monkeypatch, edit, said):
    declared = f"_A = Column('a', 'text', 'x')\nTable('source', 'one', grain='x', description='y', {edit})\nSOURCE = "
    head = "from trend_assets.tables.model import Column, Table\n"
    name = package(tmp_path, monkeypatch, "one", "other", edit=("SOURCE = ", head + declared))
    (problem,) = find(name).problems
    assert f"Table source.one: {said}" in problem and f"{name}/one/source.py" in problem


@pytest.mark.slow
def test_the_rest_of_the_graph_loads_without_any_folder_whose_answers_other_assets_read(copy: Path) -> None:
    sources = copy / "trend_assets" / "sources"
    for folder in ("comet_covers", "creator_profiles", "youtube_channels", "instagram", "trending_keywords"):
        (sources / folder / "source.py").write_text("SOURCE = None\n")
    run(copy, "-c", GRAPH.replace('assert {"capture/demo", "source/demo", "api/demo"} <= keys, sorted(keys)\n', ""))
