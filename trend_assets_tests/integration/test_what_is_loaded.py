"""What lies under `defs/` is loaded, what the code reads is packaged, and code references lead somewhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import trend_assets

PACKAGE = Path(trend_assets.__file__).parent
LOADED = """
import dagster as dg
from trend_assets.definitions import defs
graph = defs.get_repository_def().asset_graph
print(*sorted(key.to_user_string() for key in graph.get_all_asset_keys()))
for key in graph.materializable_asset_keys:
    for each in getattr(graph.get(key).metadata.get("dagster/code_references"), "code_references", []):
        print("code", type(each).__name__, getattr(each, "url", ""))
"""
LEFT_OUT = (".git", ".venv", ".trend_assets", "artefacts", "build", "*.egg-info", "__pycache__")
NEW_ASSET = """
import dagster as dg


@dg.asset
def dropped_in() -> None:
    "One more asset, in a file of its own."
"""


def load(folder: Path, **environment: str) -> list[str]:
    """What a process prints that loads the package of `folder`."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADED],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of the package, links resolved, as in an installed one."""
    shutil.copytree(PACKAGE, tmp_path / "trend_assets", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_a_new_python_file_and_a_new_yaml_component_are_loaded(copy):
    before = set(load(copy)[0].split())
    defs = copy / "trend_assets" / "defs"
    (defs / "mine").mkdir()
    (defs / "mine" / "anything.py").write_text(NEW_ASSET)
    (defs / "declared").mkdir()
    (defs / "declared" / "defs.yaml").write_text(
        "type: dagster.PythonScriptComponent\n"
        "attributes:\n  execution:\n    path: script.py\n  assets:\n    - key: declared_in_yaml\n"
    )
    (defs / "declared" / "script.py").write_text("print('ran')\n")
    assert set(load(copy)[0].split()) - before == {"dropped_in", "declared_in_yaml"}


def test_code_references_lead_to_the_repository_that_the_settings_name(copy):
    here = [line for line in load(copy) if line.startswith("code")]
    there = [
        line for line in load(copy, TREND_ASSETS_REPOSITORY_URL="https://x.example/blob/v1/") if "code" in line[:4]
    ]
    assert here and {line.split()[1] for line in here} == {"LocalFileCodeReference"}
    assert len(there) == len(here)
    assert all(" UrlCodeReference https://x.example/blob/v1/trend_assets/defs/" in line for line in there)


def test_every_page_and_file_that_the_package_reads_lies_in_it(copy):
    assert (copy / "trend_assets/runtime/dagster.yaml").read_text() == (PACKAGE.parent / "dagster.yaml").read_text()
    folders = [path.parent for path in (PACKAGE / "sources").glob("*/source.py")]
    assert folders and all((folder / "README.md").is_file() for folder in folders)


@pytest.mark.slow
def test_a_wheel_holds_every_file_of_the_package_that_git_knows(tmp_path):
    project = PACKAGE.parent
    source = tmp_path / "source"
    shutil.copytree(
        project, source, symlinks=True,
        ignore=shutil.ignore_patterns(*LEFT_OUT),
    )  # fmt: skip
    subprocess.run(
        [sys.executable, "-c", f"from setuptools.build_meta import build_wheel; build_wheel({str(tmp_path)!r})"],
        check=True, capture_output=True, timeout=250, cwd=source,
    )  # fmt: skip
    import zipfile

    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(path.relative_to(source))
        for path in (source / "trend_assets").rglob("*")
        if path.is_file() and path.suffix not in (".md", ".pyc")
    }
    assert wanted - held == set()
    assert {"trend_assets/runtime/dagster.yaml", "trend_assets/sources/reddit/README.md"} <= held
