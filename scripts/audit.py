"""Asks whether anything in requirements.lock is known to be vulnerable. Passes only when every package was looked at.

    python scripts/audit.py pip-audit …       (the command that runs pip-audit; `make audit` says it)

Exit code 0: all were looked at and none is known. 1: some are. 2: it was not looked, or not at all of them (no network,
a package that the service does not know): that is no pass.
"""

import json
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).parents[1] / "requirements.lock"
MOST_SECONDS = 600


def wanted(lock: str) -> set[str]:
    """The packages of the lock that this Python installs."""
    lines = (line.split("#")[0].strip().rstrip("\\").strip() for line in lock.splitlines())
    found = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return {canonicalize_name(one.name) for one in found if one.marker is None or one.marker.evaluate()}


def judge(code: int, said: str, complaint: str, names: set[str]) -> tuple[int, str]:
    """The exit code and the sentence for what pip-audit answered."""
    try:
        answered = json.loads(said)["dependencies"]
        looked = {canonicalize_name(one["name"]): one for one in answered if "skip_reason" not in one}
    except (ValueError, KeyError, TypeError):
        reason = (complaint.strip().splitlines() or ["it said nothing"])[-1][:300]
        return 2, f"NOT audited: pip-audit gave no answer ({reason}). Try again with a network."
    vulnerable = {name: one["vulns"] for name, one in looked.items() if one.get("vulns")}
    if vulnerable:
        named = "; ".join(
            f"{name} {looked[name]['version']}: {', '.join(vuln['id'] for vuln in vulns)}"
            for name, vulns in sorted(vulnerable.items())
        )
        return 1, f"Known to be vulnerable: {named}. Raise them in pyproject.toml, then make lock."
    if missed := sorted(names - looked.keys()):
        return 2, f"NOT audited: {len(missed)} of {len(names)} packages were not looked at ({', '.join(missed[:5])} …)."
    if code != 0:
        return 2, f"NOT audited: pip-audit ended with {code} without naming a package."
    return 0, f"{len(names)} packages were looked at; none is known to be vulnerable."


def main(command: list[str], lock: Path = LOCK) -> int:
    names = wanted(lock.read_text("utf-8"))
    if not names:
        print("NOT audited: the lock names no package.", file=sys.stderr)
        return 2
    arguments = ["--requirement", str(lock), "--no-deps", "--disable-pip", "--strict", "--format", "json"]
    try:
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=MOST_SECONDS, check=False)
        code, sentence = judge(done.returncode, done.stdout, done.stderr, names)
    except (OSError, subprocess.TimeoutExpired) as error:
        code, sentence = 2, f"NOT audited: pip-audit could not be run ({type(error).__name__})."
    print(sentence, file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["pip-audit"]))
