"""What `make` does about an installation that was killed, with a stand-in for uv that writes down what it is asked."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"
UV = """#!/bin/sh
test "$1" = --version && exit
echo "$@" >>asked
test "$1" = venv && { mkdir -p .venv/bin; cp python .venv/bin/; exit; }
test ! -e killed_here || { rm killed_here; kill -9 $PPID; }
test ! -e no_index
"""
PYTHON = """#!/bin/sh
echo "python $@" >>asked
test "$*" != "-m pip --version" -o -e pip || exit 1
test "$*" != "-m ensurepip" || touch pip
"""


@pytest.fixture
def make(tmp_path):
    shutil.copy(MAKEFILE, tmp_path)
    for name in ("requirements.lock", "pyproject.toml", "setup.py"):
        (tmp_path / name).touch()
    for name, text in (("uv", UV), ("python", PYTHON)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)

    def run(*arguments):
        command, path = ["make", *arguments, ".venv/.runtime"], f"{tmp_path}:{os.environ['PATH']}"
        done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, timeout=120)
        asked = [line for line in (tmp_path / "asked").read_text().splitlines() if line.startswith("pip install")]
        (tmp_path / "asked").rename(tmp_path / "said")
        return done.returncode, ["--reinstall" in line for line in asked]

    return run


def test_what_a_killed_installation_left_is_installed_once_more_and_what_lives_is_left_alone(make, tmp_path):
    (tmp_path / "killed_here").touch()
    code, again = make()
    assert code != 0 and again == [False]
    assert make() == (0, [True, False]), "a package may be half there and look installed"
    (tmp_path / "requirements.lock").write_text("a==1")
    assert make("-W", "requirements.lock") == (0, [False, False]), "nothing was killed"
    (tmp_path / ".venv/.begun").write_text(str(os.getpid()))
    assert make("-W", "requirements.lock") == (0, [False, False]), "somebody is at it in another terminal"


def test_where_uv_reaches_no_index_pip_is_put_there_and_does_the_work(make, tmp_path):
    (tmp_path / "no_index").touch()
    assert make()[0] == 0 and (tmp_path / "pip").exists()
    ensured = [line.split()[3:] for line in (tmp_path / "said").read_text().splitlines() if " ensurepip" in line]
    assert ensured == [[]], "it knows no -q"


def test_a_python_that_is_not_the_environments_own_is_no_environment(make, tmp_path):
    """uv links it first and says afterwards that the folder is an environment."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(shutil.which("python3"))
    assert make() == (0, [False, False])
    assert not (tmp_path / ".venv/bin/python").is_symlink()
