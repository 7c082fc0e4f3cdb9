"""Changes one operator, constant or branch at a time in formulas and writes, and says which changes no test sees.

    python scripts/mutants.py [--mutants 300] [--seed 1] [--children 2] [TESTS …]        (`make mutants`)

mutmut makes the changes; a sample of them is always the same for one seed (another seed measures what the tests were
not written for). The tests run once to learn which lines each of them reaches. Then each change is made in a process of
its own, forked from one that has read all tests and run none, and is put to the tests that reach its statement: the
fastest, of each test function first one case. A change that no test reaches counts as seen by none, a test that fails
without any change as no witness. Limits are of processor time: a busy machine makes nothing fail.
The same command goes on after an interruption, in `mutants/`; what was tried counts until code or tests change.
Ends with exit code 1 below `--least` per cent.
"""

import __future__

import argparse
import ast
import contextlib
import difflib
import gc
import hashlib
import importlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import coverage
import pytest

CHANGED = ("trend_assets/domain", "trend_assets/warehouse")
TESTS = ("trend_assets_tests/unit", "trend_assets_tests/component", "trend_assets_tests/integration")
# they read the repository's pages and files, which say nothing of formulas
LEFT_OUT = (
    "deploy",
    "pages",
    "rooms",
    "words",
    "faults_page",
    "source_docs",
    "dependencies",
    "same_every_run",
    "execute",
)
PYTEST = ("-m", "not slow", "-q", "-p", "mutants", "-p", "no:cacheprovider", "--no-header", "--no-summary",
          *(f"--ignore-glob=*test_{name}.py" for name in LEFT_OUT))  # fmt: skip
MOST_TESTS, MOST_SECONDS = 40, 30.0
"""Of one change: some lines are reached by a thousand tests, and what sees a change is mostly among these."""
SEEN = {"failed", "endless"}


@dataclass(frozen=True)
class Mutant:
    """One change: the whole file before and after it."""

    name: str
    path: str
    function: tuple[str, ...]
    before: str
    after: str

    def lines(self) -> range:
        """The lines of the statement (its head, where it holds others) that is changed."""
        blocks = difflib.SequenceMatcher(None, *(text.splitlines() for text in (self.before, self.after)), False)
        line = next(start for tag, start, *_ in blocks.get_opcodes() if tag != "equal") + 1
        inner = [node for node in ast.walk(ast.parse(self.before)) if isinstance(node, ast.stmt | ast.match_case)]
        spans = [_span(node) for node in inner]
        return min((span for span in spans if line in span), key=len, default=range(line, line + 1))

    def make(self) -> None:
        """Give the changed body and defaults to the function that everybody holds already."""
        module = importlib.import_module(self.path.removesuffix(".py").replace("/", "."))
        changed = _compiled(self.after, self.path, self.function, vars(module))
        owner: Any = module
        for name in self.function:
            owner = vars(owner)[name]
        original = getattr(owner, "__func__", owner)
        original.__code__ = changed.__code__
        original.__defaults__, original.__kwdefaults__ = changed.__defaults__, changed.__kwdefaults__

    def diff(self) -> str:
        texts = (self.before.splitlines(), self.after.splitlines())
        return "\n".join(difflib.unified_diff(*texts, self.path, self.path, n=2, lineterm=""))


def _span(node: Any) -> range:
    if isinstance(node, ast.match_case):
        return range(node.pattern.lineno, node.body[0].lineno)
    inside = getattr(node, "body", None)
    if isinstance(node, ast.FunctionDef):  # a default that is changed shows wherever the function runs
        return range(node.lineno, node.end_lineno + 1)
    return range(node.lineno, inside[0].lineno if inside else node.end_lineno + 1)


def _compiled(source: str, path: str, function: tuple[str, ...], names: dict[str, Any]) -> Any:
    """The function of this source alone, in its class, so that `super()` and private names mean the same."""
    scope: Any = ast.parse(source)
    nodes = []
    for name in function:
        scope = next(node for node in scope.body if getattr(node, "name", None) == name)
        nodes.append(scope)
    nodes[-1].decorator_list = []
    for outer, inner in zip(reversed(nodes[:-1]), reversed(nodes[1:]), strict=True):
        outer.bases, outer.keywords, outer.decorator_list, outer.body = [], [], [], [inner]
    flags = __future__.annotations.compiler_flag
    room = dict(names)
    exec(compile(ast.Module([nodes[0]], []), path, "exec", flags, dont_inherit=True), room)
    made: Any = room[function[0]]
    for name in function[1:]:
        made = vars(made)[name]
    return made


@cache
def _changes(path: str) -> tuple[str, Any, list[Any]]:
    import libcst
    from mutmut.mutation.file_mutation import create_mutations

    source = Path(path).read_text()
    module, mutations, *_ = create_mutations(path, source)
    return (
        source,
        module,
        [change for change in mutations if isinstance(change.contained_by_top_level_function, libcst.FunctionDef)],
    )


def sample(mutants: int, seed: int) -> tuple[list[Mutant], int]:
    """A draw of all changes of these folders, and how many there are."""
    paths = sorted(str(path) for folder in CHANGED for path in Path(folder).rglob("*.py"))
    every = [(path, number) for path in paths for number in range(len(_changes(path)[2]))]
    random.Random(seed).shuffle(every)  # fewer of one seed are the first of more
    return [_mutant(path, number) for path, number in every[:mutants]], len(every)


def _mutant(path: str, number: int) -> Mutant:
    source, module, changes = _changes(path)
    change = changes[number]
    top = change.contained_by_top_level_function
    owner = next((node.name.value for node in module.body if top in getattr(node.body, "body", ())), None)
    function = (owner, top.name.value) if owner else (top.name.value,)
    after = module.deep_replace(change.original_node, change.mutated_node).code
    return Mutant(f"{path}:{'.'.join(function)}:{number}", path, function, source, after)


# ── what pytest calls while the tests run once ────────────────────────────────────────────────────────────────────

READING, TRYING = "MUTANTS_READING", "MUTANTS_TRYING"
failed: list[str] = []
now_running = ""
tracer: coverage.Coverage | None = None
told: Path | None = None


def pytest_configure(config: pytest.Config) -> None:
    global tracer, told
    if READING in os.environ:
        worker = getattr(config, "workerinput", {}).get("workerid", "main")
        lines = f"{json.loads(os.environ[READING])['lines']}.{worker}"
        include = [f"{path}/*" for path in CHANGED]
        tracer = coverage.Coverage(data_file=lines, include=include, config_file=False, messages=False)
        tracer.start()
        told = Path(f"{lines}.jsonl")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what was read before an interruption."""
    if READING in os.environ:
        known = json.loads(Path(json.loads(os.environ[READING])["known"]).read_text())
        items[:] = [item for item in items if known.get(item.nodeid) != digest([item.path])]


@contextlib.contextmanager
def _context(name: str) -> Iterator[None]:
    global now_running
    before, now_running = now_running, name
    if tracer:
        tracer.switch_context(name)
    try:
        yield
    finally:
        now_running = before
        if tracer:
            tracer.switch_context(before)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None):
    began = time.perf_counter()
    with _context(item.nodeid):
        result = yield
    if told:
        facts = {"test": item.nodeid, "of": digest([item.path]), "seconds": time.perf_counter() - began,
                 "passed": item.nodeid not in failed}  # fmt: skip
        with told.open("a") as file:
            file.write(json.dumps(facts) + "\n")
    return result


def _shared(fixture: Any) -> str:
    """The name of what several tests share: its lines count for each of them, not for the first alone."""
    return "" if fixture.scope == "function" else f"{fixture.baseid}|{fixture.argname}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(fixturedef: Any, request: Any):
    with _context(_shared(fixturedef) or now_running):
        return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        failed.append(report.nodeid)


def pytest_sessionfinish() -> None:
    if tracer:
        tracer.stop()
        tracer.save()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Instead of the tests: the changes, each in a fork of this process."""
    if TRYING not in os.environ:
        return None
    from trend_assets.runtime.postgres import embedded
    from trend_assets_tests.conftest import IN_MEMORY

    options = json.loads(os.environ[TRYING])
    trials = Trials(Path(options["folder"]), Path(options["tried"]), session.items, options["children"])
    with contextlib.ExitStack() as stack:
        # the children join this server, and none is the last to leave it
        if IN_MEMORY in os.environ:
            Path(os.environ[IN_MEMORY]).mkdir(mode=0o700)
            stack.enter_context(embedded.server(Path(os.environ[IN_MEMORY])))
        trials.run(*sample(*options["sample"]))
    return True


# ── trying ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Trials:
    """Which tests see which change; what is known is kept in `tried`."""

    def __init__(self, folder: Path, tried: Path, items: list[pytest.Item], children: int) -> None:
        self.log, self.children = tried, children
        self.items = {item.nodeid: item for item in items}
        self.tests = {test: facts for test, facts in read_tests(folder).items() if facts["passed"]}
        self.reached: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for path in folder.glob("lines.*.jsonl"):
            data = coverage.CoverageData(str(path.with_suffix("")))
            data.read()
            for file in data.measured_files():
                for line, contexts in data.contexts_by_lineno(file).items():
                    self.reached[os.path.relpath(file)][line] |= set(contexts)
        self.users: dict[str, set[str]] = defaultdict(set)
        for item in items:
            for name in (item.nodeid, *(_shared(found[-1]) for found in item._fixtureinfo.name2fixturedefs.values())):
                self.users[name].add(item.nodeid)
        del self.users[""]
        self.witness: dict[str, bool] = {}
        gc.freeze()

    def chosen(self, mutant: Mutant) -> list[str]:
        """The tests that reach it, of each test function the fastest case first."""
        lines = self.reached[mutant.path]
        tests = {test for line in mutant.lines() for name in lines[line] for test in self.users[name]}
        cases: Counter[str] = Counter()
        ranked = []
        for test in sorted(
            tests & self.items.keys() & self.tests.keys(), key=lambda test: (self.tests[test]["seconds"], test)
        ):
            cases[test.split("[")[0]] += 1
            ranked.append((cases[test.split("[")[0]], self.tests[test]["seconds"], test))
        found, spent = [], 0.0
        for _, seconds, test in sorted(ranked)[:MOST_TESTS]:
            spent += seconds
            if not found or spent < MOST_SECONDS:
                found.append(test)
        return sorted(found, key=lambda test: (self.tests[test]["seconds"], test))

    def run(self, mutants: list[Mutant], total: int) -> None:
        done = {json.loads(line)["name"] for line in self.log.read_text().splitlines()} if self.log.exists() else set()
        todo = [mutant for mutant in mutants if mutant.name not in done]
        say(f"{len(mutants)} of {total:,} changes, {len(todo)} to try …")
        running: dict[int, tuple[Mutant, list[str], int]] = {}
        while todo or running:
            if todo and len(running) < self.children:
                mutant = todo.pop(0)
                if tests := [test for test in self.chosen(mutant) if self.witness.get(test, True)]:
                    child, told_by = self.fork(tests, mutant)
                    running[child] = (mutant, tests, told_by)
                else:
                    self.note(mutant, "not reached")
                continue
            child, status = os.wait()
            if child not in running:
                continue
            mutant, tests, told_by = running.pop(child)
            test = ended(child, told_by)
            if os.WIFSIGNALED(status):
                self.note(
                    mutant, "endless" if os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL) else "failed", test
                )
            elif test and not self.passes_unchanged(test):
                todo.append(mutant)
            elif os.waitstatus_to_exitcode(status) > 1:
                say(f"{mutant.name} could not be tried.")
            else:
                self.note(mutant, "failed" if test else "survived", test or f"{len(tests)} tests")

    def fork(self, tests: list[str], mutant: Mutant | None) -> tuple[int, int]:
        """A process that runs these tests until one fails, and the end of a pipe that says which."""
        reading, writing = os.pipe()
        sys.stdout.flush()
        if child := os.fork():
            os.close(writing)
            return child, reading
        os.setsid()
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        seconds = int(60 + 10 * sum(self.tests[test]["seconds"] for test in tests))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 30))
        if mutant:
            with contextlib.suppress(Exception):
                mutant.make()
                mutant = None
            if mutant:
                os._exit(2)
        items = [self.items[test] for test in tests]
        with contextlib.suppress(BaseException):
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
                if failed:
                    break
        os.write(writing, failed[0].encode() if failed else b"")
        with contextlib.suppress(BaseException):
            items[0].session._setupstate.teardown_exact(None)
        os._exit(1 if failed else 0)

    def passes_unchanged(self, test: str) -> bool:
        if test not in self.witness:
            child, told_by = self.fork([test], None)
            status = os.waitpid(child, 0)[1]
            self.witness[test] = not ended(child, told_by) and status == 0
        return self.witness[test]

    def note(self, mutant: Mutant, outcome: str, by: str = "") -> None:
        with self.log.open("a") as log:
            log.write(json.dumps({"name": mutant.name, "outcome": outcome, "by": by}) + "\n")


def ended(child: int, told_by: int) -> str:
    """End what a child left behind; the test that failed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    with open(told_by, "rb", closefd=True) as said:
        return said.read().decode()


def read_tests(folder: Path) -> dict[str, dict[str, Any]]:
    """What each test was seen to take and to share, as read last."""
    files = sorted(folder.glob("lines.*.jsonl"))
    return {facts["test"]: facts for file in files for facts in map(json.loads, file.read_text().splitlines())}


def digest(paths: list[Path]) -> str:
    """What these files say, in twelve letters."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--mutants", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--children", type=int, default=2)
    options.add_argument("--least", type=float, default=90.0, help="per cent of the changes that some test must see")
    options.add_argument("tests", nargs="*", default=TESTS)
    chosen = options.parse_args()

    # the lines that a test reaches stay the same until they or the test change
    sources = sorted(path for root in CHANGED for path in Path(root).rglob("*.py"))
    folder = Path("mutants") / digest(sources)
    folder.mkdir(parents=True, exist_ok=True)
    log = (folder / "log").open("a")
    read = json.loads((folder / "read").read_text()) if (folder / "read").exists() else {}
    found = [
        path for root in map(Path, chosen.tests) for path in ([root] if root.is_file() else root.rglob("test_*.py"))
    ]
    tests = {str(path): digest([path]) for path in sorted(found)}

    def run(tests: Iterable[str], *words: str, **environment: str) -> int:
        paths = {"PYTHONPATH": f"scripts{os.pathsep}{os.environ.get('PYTHONPATH', '')}", "COVERAGE_CORE": "ctrace"}
        command = [sys.executable, "-m", "pytest", *PYTEST, *words, *tests]
        return subprocess.run(command, env=os.environ | paths | environment, stdout=log, check=False).returncode

    if changed := [path for path, now in tests.items() if read.get(path) != now]:
        say(f"Reading which lines the tests of {len(changed)} modules reach; {folder}/log tells …")
        known = folder / "known"
        known.write_text(json.dumps({test: facts["of"] for test, facts in read_tests(folder).items()}))
        asked = {"lines": str(folder.resolve() / f"lines.{time.time_ns()}"), "known": str(known.resolve())}
        if run(changed, "-n", str(chosen.children), **{READING: json.dumps(asked)}) not in (0, 1, 5):
            say("The reading was broken off.")
            return 2
        (folder / "read").write_text(json.dumps(read | tests))
    everything = sorted(path for root in ("trend_assets", "trend_assets_tests") for path in Path(root).rglob("*.py"))
    tried = folder / f"tried.{digest(everything)}.jsonl"
    asked = {
        "folder": str(folder),
        "tried": str(tried),
        "children": chosen.children,
        "sample": (chosen.mutants, chosen.seed),
    }
    run(tests, "-s", "-p", "no:xdist", **{TRYING: json.dumps(asked)})

    lines = tried.read_text().splitlines() if tried.exists() else []
    came = {found["name"]: found for found in map(json.loads, lines)}
    mutants, _ = sample(chosen.mutants, chosen.seed)
    missing = [
        mutant.name for mutant in mutants if came.get(mutant.name, {"outcome": "not tried"})["outcome"] == "not tried"
    ]
    if missing:
        say(f"{len(missing)} of {len(mutants)} were not tried; {folder}/log says why.")
        return 2
    unseen = [mutant for mutant in mutants if came[mutant.name]["outcome"] not in SEEN]
    for mutant in sorted(unseen, key=lambda mutant: mutant.name):
        print(f"\n# {mutant.name}: {came[mutant.name]['outcome']} {came[mutant.name]['by']}\n{mutant.diff()}")
    share = 100 * (len(mutants) - len(unseen)) / len(mutants)
    counts = dict(Counter(came[mutant.name]["outcome"] for mutant in mutants))
    print(f"\n{len(mutants) - len(unseen)} of {len(mutants)} seen by a test ({share:.1f} %): {counts}")
    return 0 if share >= chosen.least else 1


if __name__ == "__main__":
    sys.exit(main())
