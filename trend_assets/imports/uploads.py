"""Files that people sent through the page of imports: kept for a day in the state folder, seen by who sent them only.

    <state>/uploads/<who, hashed>/<upload id>/<the file under its own name>

The name is kept because exports carry their day in it. What is done with a file belongs to `importing.py`.
"""

import hashlib
import os
import secrets
import shutil
import time
from pathlib import Path
from typing import IO

from trend_assets.imports.containers import unpacked_bytes
from trend_assets.imports.spec import ImportRefused
from trend_assets.text import display_text

KEPT_SECONDS = 24 * 3600
MOST_UNPACKED_BYTES = 500_000_000
LONGEST_NAME = 120


def keep_upload(state_dir: Path, user_id: str, file_name: str, content: IO[bytes]) -> str:
    """Keep a file; its id. Raises ImportRefused, with nothing kept, when it is empty or too large unpacked."""
    forget_old(state_dir)
    upload_id = secrets.token_hex(12)
    folder = _folder(state_dir, user_id) / upload_id
    folder.mkdir(mode=0o700, parents=True)
    path = folder / _safe(file_name)
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as target:
            shutil.copyfileobj(content, target, 1 << 20)
        if path.stat().st_size == 0:
            raise ImportRefused(f"{path.name} is empty; choose another file.")
        if (size := unpacked_bytes(path)) > MOST_UNPACKED_BYTES:
            raise ImportRefused(
                f"{path.name} is {size / 1e6:,.0f} MB unpacked, and the page takes {MOST_UNPACKED_BYTES / 1e6:,.0f} MB "
                "at most; import it by `trend-assets import`, or put it into the import folder."
            )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return upload_id


def upload_of(state_dir: Path, user_id: str, upload_id: str) -> Path | None:
    """The kept file of a user, None where there is none (any more)."""
    folder = _folder(state_dir, user_id) / upload_id
    return next(iter(folder.iterdir()), None) if folder.is_dir() else None


def forget_old(state_dir: Path, *, now: float | None = None) -> None:
    """Delete files that were sent more than a day ago."""
    before = (time.time() if now is None else now) - KEPT_SECONDS
    for folder in (state_dir / "uploads").glob("*/*"):
        if folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)


def _folder(state_dir: Path, user_id: str) -> Path:
    return state_dir / "uploads" / hashlib.sha256(user_id.encode()).hexdigest()[:24]


def _safe(file_name: str) -> str:
    # browsers send a name, some old ones a path; the end of a long one says what kind of file it is
    name = display_text(file_name.replace("\\", "/").rsplit("/", 1)[-1]).replace("\0", "").lstrip(".")
    return name.encode()[-LONGEST_NAME:].decode("utf-8", "ignore") or "file"
