"""The map of the house is true: its rooms are the contracts' rooms, in their order, and the imports keep them."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def layers() -> list[str]:
    """The rooms of the contract, from the top."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (one,) = (contract for contract in contracts if contract["type"] == "layers")
    return [room.strip() for layer in one["layers"] for room in layer.split("|")]


def test_the_map_lists_the_rooms_of_the_contract_in_their_order() -> None:
    text = (PROJECT / "docs" / "map.md").read_text()
    shown = re.findall(r"^\| `(\w+)` \| \S", text, flags=re.MULTILINE)
    assert sorted(shown) == sorted(layers())
    assert [room for room in shown if room in ("cli", "defs", "runtime", "warehouse", "sources", "text")] == [
        "cli", "defs", "runtime", "warehouse", "sources", "text",
    ]  # fmt: skip


def test_every_module_of_the_package_is_in_a_room() -> None:
    found = {
        path.stem
        for path in (PROJECT / "trend_assets").iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
    } - {"__init__"}
    assert found - {"__pycache__"} == set(layers())


def test_imports_go_down_only() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def test_dagsters_private_modules_are_imported_in_one_place() -> None:
    package = PROJECT / "trend_assets"
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"^\s*(?:from|import) dagster(?:_postgres|_webserver)?\._", path.read_text(), re.MULTILINE)
    }
    assert found == {"runtime/dagster_private.py"}
