"""Changes one operator, constant or branch at a time in formulas and writes, and says which changes no test sees.

    python scripts/mutants.py [--mutants 300] [--seed 1] [--children 2] [TESTS …]        (`make mutants`)

mutmut makes the changes; a sample of them is always the same for one seed (another seed measures what the tests were
not written for). One run with pytest-cov says which lines each test reaches; what the set-up of a test reaches counts
for all tests of its module, which may share the fixture, and what one case of a test reaches for its other cases, which
may share what it has computed. Then pytest runs in a copy of the tree with one file changed:
the fastest tests that reach the changed statement, of each test function first one case. A change that no test reaches
counts as seen by none, a test that fails without any change as no witness. Limits are of processor time: a busy machine
makes nothing fail.
The same command goes on after an interruption, in `mutants/`; what was learnt counts until code or tests change.
Ends with exit code 1 below `--least` per cent.
"""

import argparse
import ast
import contextlib
import difflib
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from queue import SimpleQueue
from xml.etree import ElementTree

import coverage
import libcst
from mutmut.mutation.file_mutation import create_mutations

CHANGED = ("trend_assets/domain", "trend_assets/warehouse")
TESTS = ("trend_assets_tests/unit", "trend_assets_tests/component", "trend_assets_tests/integration")
# they read the repository's pages and files, which say nothing of formulas
LEFT_OUT = ("deploy", "pages", "rooms", "words", "faults_page", "source_docs", "dependencies", "same_every_run",
            "execute")  # fmt: skip
PYTEST = (sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-o", "junit_family=xunit1")
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".trend_assets", ".hypothesis", ".*_cache", "mutants", "artefacts")
MOST_TESTS = 40
"""Of one change: some lines are reached by a thousand tests, and what sees a change is mostly among these."""


@dataclass(frozen=True)
class Mutant:
    """One change: the whole file before and after it."""

    name: str
    path: str
    before: str
    after: str

    def lines(self) -> range:
        """The lines of the statement that is changed."""
        pairs = zip_longest(self.before.splitlines(), self.after.splitlines())
        line = next(number for number, (old, new) in enumerate(pairs, 1) if old != new)
        statements = [node for node in ast.walk(ast.parse(self.before)) if isinstance(node, ast.stmt)]
        spans = [range(node.lineno, (node.end_lineno or node.lineno) + 1) for node in statements]
        return min((span for span in spans if line in span), key=len)

    def diff(self) -> str:
        texts = (self.before.splitlines(), self.after.splitlines())
        return "\n".join(difflib.unified_diff(*texts, self.path, self.path, n=2, lineterm=""))


def sample(mutants: int, seed: int) -> tuple[list[Mutant], int]:
    """A draw of all changes inside functions of these folders, and how many there are."""
    every = []
    for path in sorted(str(path) for folder in CHANGED for path in Path(folder).rglob("*.py")):
        module, changes, *_ = create_mutations(path, Path(path).read_text())
        tops = [change.contained_by_top_level_function for change in changes]
        inside = [
            (top, change) for top, change in zip(tops, changes, strict=True) if isinstance(top, libcst.FunctionDef)
        ]
        every += [
            (f"{path}:{top.name.value}:{number}", path, module, change) for number, (top, change) in enumerate(inside)
        ]
    random.Random(seed).shuffle(every)  # fewer of one seed are the first of more
    drawn = [
        Mutant(name, path, module.code, module.deep_replace(change.original_node, change.mutated_node).code)
        for name, path, module, change in every[:mutants]
    ]
    return drawn, len(every)


def read(folder: Path, tests: list[str], workers: int) -> bool:
    """Run all tests once; a run that was broken off tells nothing."""
    print(f"Reading which lines each test reaches; {folder}/log tells …", flush=True)
    measure = ["--cov-context=test", "--cov-report=", *(f"--cov={root}" for root in CHANGED)]
    leave = ["-p", "no:cacheprovider", *(f"--ignore-glob=*test_{name}.py" for name in LEFT_OUT)]
    command = [*PYTEST, "-n", str(workers), *measure, f"--junitxml={folder}/running.xml", *leave, *tests]
    environment = os.environ | {"COVERAGE_FILE": f"{folder}/lines", "COVERAGE_CORE": "ctrace"}
    with (folder / "log").open("w") as log:
        code = subprocess.run(command, env=environment, stdout=log, stderr=log, check=False).returncode
    if code in (0, 1):
        (folder / "running.xml").rename(folder / "tests.xml")
    return code in (0, 1)


class Trials:
    """Puts changes to tests, each in one of the copies of the tree; outcomes are kept in `tried.jsonl`."""

    def __init__(self, folder: Path, children: int) -> None:
        self.log = folder / "tried.jsonl"
        cases = [case for case in ElementTree.parse(folder / "tests.xml").iter("testcase") if not len(case)]  # passed
        self.seconds = {f"{case.get('file')}::{case.get('name')}": float(case.get("time", 0)) for case in cases}
        data = coverage.CoverageData(f"{folder}/lines")
        data.read()
        self.reached: dict[tuple[str, int], set[str]] = defaultdict(set)  # tests, and modules whose set-up came there
        for file in data.measured_files():
            for line, contexts in data.contexts_by_lineno(file).items():
                for test, _, when in (context.rpartition("|") for context in contexts if context):
                    self.reached[os.path.relpath(file), line].add(test if when == "run" else test.split("::")[0])
        self.witness: dict[tuple[str, ...], bool] = {}
        self.trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(children):
            tree = Path("mutants", f"tree{number}").resolve()
            shutil.rmtree(tree, ignore_errors=True)
            self.trees.put(shutil.copytree(".", tree, ignore=NOT_COPIED))

    def outcomes(self) -> dict[str, dict[str, str]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return {told["name"]: told for told in map(json.loads, lines)}

    def chosen(self, mutant: Mutant) -> list[str]:
        """The tests that reach it, of each test function the fastest case first."""
        reached = {test for line in mutant.lines() for test in self.reached.get((mutant.path, line), ())}
        functions = {test.split("[")[0] for test in reached}
        cases: Counter[str] = Counter()
        ranked = []
        for test in sorted(self.seconds, key=lambda test: (self.seconds[test], test)):
            if functions & {test.split("[")[0], test.split("::")[0]}:
                cases[test.split("[")[0]] += 1
                ranked.append((test not in reached, cases[test.split("[")[0]], self.seconds[test], test))
        return sorted((test for *_, test in sorted(ranked)[:MOST_TESTS]), key=lambda test: self.seconds[test])

    def attempt(self, mutant: Mutant) -> None:
        tree, tests = self.trees.get(), self.chosen(mutant)
        outcome, by = "not reached", []
        while tests:
            (tree / mutant.path).write_text(mutant.after)
            code, by = self.run(tree, tests)
            (tree / mutant.path).write_text(mutant.before)
            outcome = {0: "survived", -signal.SIGXCPU: "endless"}.get(code, "failed")
            if outcome != "failed" or self.passes_unchanged(tree, by):
                break
            outcome, tests = "not reached", [test for test in tests if not {test, test.split("::")[0]} & set(by)]
        told = {"name": mutant.name, "outcome": outcome, "by": by[0] if len(by) == 1 else f"{len(by)} tests"}
        with self.log.open("a") as log:
            log.write(json.dumps(told) + "\n")
        self.trees.put(tree)

    def run(self, tree: Path, tests: list[str]) -> tuple[int, list[str]]:
        """How pytest ends, and what failed, or all where it cannot say."""
        told = tree / ".pytest_cache/v/cache/lastfailed"
        told.unlink(missing_ok=True)
        limit = int(60 + 10 * sum(self.seconds.get(test, 30) for test in tests))
        # what tests start finds the changed file too, and nobody an older one's bytecode
        child = subprocess.Popen(
            [*PYTEST, "-x", *tests], cwd=tree, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}, start_new_session=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 30)),
        )  # fmt: skip
        code = child.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # what tests have left behind
        return code, list(json.loads(told.read_text())) if told.exists() else tests

    def passes_unchanged(self, tree: Path, tests: list[str]) -> bool:
        if tuple(tests) not in self.witness:
            code, _ = self.run(tree, tests)
            if code not in (0, 1):
                print(f"pytest ends with {code} in {tree} without any change: {' '.join(tests)}", file=sys.stderr)
                raise SystemExit(2)
            self.witness[tuple(tests)] = code == 0
        return self.witness[tuple(tests)]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--mutants", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--children", type=int, default=2)
    options.add_argument("--least", type=float, default=90.0, help="per cent of the changes that some test must see")
    options.add_argument("tests", nargs="*", default=TESTS)
    chosen = options.parse_args()

    sources = sorted(path for root in ("trend_assets", "trend_assets_tests") for path in Path(root).rglob("*.py"))
    known = [" ".join(chosen.tests).encode(), *(path.read_bytes() for path in sources)]
    folder = Path("mutants", hashlib.sha256(b"".join(known)).hexdigest()[:12])
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "tests.xml").exists() and not read(folder, chosen.tests, chosen.children):
        print(f"The reading was broken off; {folder}/log says why.", file=sys.stderr)
        return 2
    mutants, total = sample(chosen.mutants, chosen.seed)
    trials = Trials(folder, chosen.children)
    tried = trials.outcomes()
    todo = [mutant for mutant in mutants if mutant.name not in tried]
    print(f"{len(mutants)} of {total:,} changes, {len(todo)} to try …", flush=True)
    with ThreadPoolExecutor(chosen.children) as pool:
        list(pool.map(trials.attempt, todo))

    tried = trials.outcomes()
    came = {mutant: tried[mutant.name] for mutant in mutants}
    unseen = [mutant for mutant in mutants if came[mutant]["outcome"] in ("survived", "not reached")]
    for mutant in sorted(unseen, key=lambda mutant: mutant.name):
        print(f"\n# {mutant.name}: {came[mutant]['outcome']} {came[mutant]['by']}\n{mutant.diff()}")
    share = 100 * (len(mutants) - len(unseen)) / len(mutants)
    counts = dict(Counter(told["outcome"] for told in came.values()))
    print(f"\n{len(mutants) - len(unseen)} of {len(mutants)} seen by a test ({share:.1f} %): {counts}")
    return 0 if share >= chosen.least else 1


if __name__ == "__main__":
    sys.exit(main())
