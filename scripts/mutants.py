"""Changes one operator, constant or branch at a time in formulas and writes, and says which changes no test sees.

    python scripts/mutants.py [--mutants 300] [--seed 1] [--children 2]        (`make mutants`)

mutmut makes the changes and chooses the tests (`[tool.mutmut]` in pyproject.toml says where and with which); this draws
a sample of them, always the same for one seed (another seed measures what the tests were not written for), and counts.
A change that the tests do not reach at all counts as seen by none. Takes an hour or two, in `mutants/`; the same
command goes on after an interruption.
Ends with exit code 1 below `--least` per cent.
"""

import argparse
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

from mutmut.stats import status_by_exit_code

MUTMUT = [sys.executable, "-m", "mutmut"]
LOG = Path("mutants.log")
STATS = Path("mutants/mutmut-stats.json")
MOST_TESTS = 40
"""Of one function, the fastest: some are reached by a thousand tests, and what sees a change is mostly among these."""
SEEN = {"killed", "timeout", "segfault", "caught by type check"}


def mutmut(*words: str) -> None:
    """Run it; its progress is thousands of lines, kept in `LOG`."""
    with LOG.open("a") as log:
        subprocess.run([*MUTMUT, *words], stdout=log, stderr=subprocess.STDOUT, check=False)


def outcomes() -> dict[str, int | None]:
    """What each mutant came to: mutmut's code, or None where it was not tried."""
    found: dict[str, int | None] = {}
    for path in sorted(Path("mutants").rglob("*.meta")):
        found |= json.loads(path.read_text())["exit_code_by_key"]
    return found


def keep_the_fastest() -> None:
    """Leave to each function the tests that tell soonest."""
    stats = json.loads(STATS.read_text())
    seconds = stats["duration_by_test"]
    for name, tests in stats["tests_by_mangled_function_name"].items():
        fastest = sorted(tests, key=lambda test: (seconds.get(test, 0.0), test))[:MOST_TESTS]
        stats["tests_by_mangled_function_name"][name] = fastest
    STATS.write_text(json.dumps(stats))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--mutants", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--children", default="2")
    options.add_argument("--least", type=float, default=90.0, help="per cent of the changes that some test must see")
    chosen = options.parse_args()

    if not STATS.exists():
        print("Changing the source; a few minutes …", flush=True)
        mutmut("run", "--max-children", chosen.children, "no.such.mutant")
    names = sorted(outcomes())
    if not names or not STATS.exists():
        print(f"mutmut changed nothing, or a test fails without any change; {LOG} says why.", file=sys.stderr)
        return 2
    keep_the_fastest()
    sample = random.Random(chosen.seed).sample(names, min(chosen.mutants, len(names)))
    print(f"{len(sample)} of {len(names):,} changes …", flush=True)
    if todo := [name for name in sample if outcomes()[name] is None]:
        mutmut("run", "--max-children", chosen.children, *todo)

    codes = outcomes()
    came = {name: status_by_exit_code[codes[name]] for name in sample}
    if untried := sum(word == "not checked" for word in came.values()):
        print(f"{untried} of {len(sample)} were not tried; the end of {LOG} says why.", file=sys.stderr)
        return 2
    seen = [name for name in sample if came[name] in SEEN]
    for name in sorted(set(sample) - set(seen)):
        print(f"\n# {came[name]}: {name}")
        print(subprocess.run([*MUTMUT, "show", name], capture_output=True, text=True, check=False).stdout)
    share = 100 * len(seen) / len(sample)
    print(f"\n{len(seen)} of {len(sample)} seen by a test ({share:.1f} %): {dict(Counter(came.values()))}")
    return 0 if share >= chosen.least else 1


if __name__ == "__main__":
    sys.exit(main())
