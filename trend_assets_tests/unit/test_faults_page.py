"""docs/faults.md names the test of every fault; what it names exists. What must not be configured is not."""

import ast
import re
from functools import cache
from pathlib import Path

import click
import pytest

from trend_assets.ports import listening

PROJECT = Path(__file__).parents[2]
TESTS = PROJECT / "trend_assets_tests"
ROW = re.compile(r"^\| (?P<fault>[^|]+) \| (?P<outcome>[^|]+) \| (?P<proof>[^|]+) \|$", re.MULTILINE)
PROOF = re.compile(r"`([^`]+\.py)::(test_[^`]+)`")
LINES = [found.groupdict() for found in ROW.finditer((PROJECT / "docs" / "faults.md").read_text("utf-8"))
         if found["fault"] not in ("fault", "---")]  # fmt: skip
LISTENS = re.compile(r"""["'\s=](0\.0\.0\.0|\[?::\]?)["'\s:]""")


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_the_page_covers_every_group() -> None:
    assert len(LINES) >= 80


@pytest.mark.parametrize("line", LINES, ids=[line["fault"][:60] for line in LINES])
def test_every_fault_names_tests_that_exist(line: dict[str, str]) -> None:
    proofs = PROOF.findall(line["proof"])
    assert proofs and line["proof"].count("`") == 2 * len(proofs)
    for file, name in proofs:
        assert name in names_in(file), f"{file} has no {name}"


def test_nothing_listens_beyond_this_machine_by_default() -> None:
    from trend_assets.cli import main

    assert isinstance(main, click.Group)
    hosts = {
        name: option.default
        for name, command in main.commands.items()
        for option in command.params
        if option.name == "host"
    }
    assert hosts and set(hosts.values()) == {"127.0.0.1"}
    house = PROJECT / "trend_assets"
    shipped = [*PROJECT.glob("*.yaml"), PROJECT / "Makefile", house / "cli.py", house / "ports.py",
               *(house / "runtime").rglob("*.py"), *(house / "sandbox").rglob("*.py")]  # fmt: skip
    # it names such addresses to take them out of the names under which this machine answers
    found = {str(path.relative_to(house)) for path in shipped if LISTENS.search(path.read_text("utf-8"))}
    assert found == {"runtime/origin.py"}
    # the UI and the API inherit sockets that are bound before they start; the code server has a file of its owner's
    with listening(0, else_any=True) as bound:
        assert bound.getsockname()[0] == "127.0.0.1"
    services = (PROJECT / "trend_assets" / "runtime" / "services.py").read_text("utf-8")
    assert "--socket" in services and services.count("listening(") == 2 and '"-p"' not in services
