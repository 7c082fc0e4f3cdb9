"""The map of the house is true: its rooms are the contracts' rooms, in their order, and the imports keep them."""

import re
import subprocess
import sys
import tomllib
from itertools import groupby
from pathlib import Path

import grimp

PROJECT = Path(__file__).resolve().parents[2]


def layers() -> list[str]:
    """The rooms of the contract, from the top."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (one,) = (contract for contract in contracts if contract["type"] == "layers")
    return [room.strip() for layer in one["layers"] for room in layer.split("|")]


def test_the_map_lists_the_rooms_of_the_contract_in_their_order() -> None:
    text = (PROJECT / "docs" / "map.md").read_text()
    shown = re.findall(r"^\| `(\w+)` \| \S", text, flags=re.MULTILINE)
    assert shown == layers()


def test_the_map_says_whom_each_room_imports_and_how_many_arrows_that_are() -> None:
    graph = grimp.build_graph("trend_assets", cache_dir=None)
    arrows = {
        (importer.split(".")[1], imported.split(".")[1])
        for importer in graph.modules - {"trend_assets"}
        for imported in graph.find_modules_directly_imported_by(importer) - {"trend_assets"}
    }
    arrows = sorted((room, other) for room, other in arrows if room != other)
    imports = {room: {other for _, other in group} for room, group in groupby(arrows, key=lambda arrow: arrow[0])}
    text = (PROJECT / "docs" / "map.md").read_text()
    shown = {
        room: set(re.findall(r"`(\w+)`", others))
        for room, others in re.findall(r"^\| `(\w+)` \|.*\|([^|]*)\|$", text, flags=re.MULTILINE)
    }
    assert shown == {room: imports.get(room, set()) for room in layers()}
    folders = [pair for pair in arrows if all((PROJECT / "trend_assets" / room).is_dir() for room in pair)]
    assert f"{len(arrows)} arrows, {len(folders)} of them between folders" in text


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
