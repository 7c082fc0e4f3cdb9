"""Files of ours: whole or not at all, and a sentence with the folder and what is free there where a disk refuses.

Which files there are and what is in them belongs to those who write them.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trend_assets.warehouse.errors import WarehouseError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# what a disk or a folder says; time-outs and connections are OSErrors too
_REFUSALS = _FULL | {
    errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY, errno.EEXIST,
}  # fmt: skip


class FolderRefused(WarehouseError):
    """A file could not be written or removed; the message says where, why and what to do."""


def free_space(folder: Path) -> str:
    """What is free on the disk of a folder, for people; empty where nobody can say."""
    try:
        return f"{shutil.disk_usage(folder).free / 1e6:,.1f} MB are free"
    except OSError:
        return ""


def refusal(error: OSError, folder: Path, doing: str) -> FolderRefused | None:
    """What the disk of `folder` said, as a sentence whose subject is `doing`; None for what no disk says."""
    if error.errno not in _REFUSALS:
        return None
    space = free_space(folder)
    next_step = "free some space there" if error.errno in _FULL else "let this user write there"
    return FolderRefused(
        f"{doing} failed, because the disk of {folder} says: {os.strerror(error.errno)}{space and f' ({space})'}. "
        f"Please {next_step}, then run it again; what lay there before is unchanged."
    )


@contextmanager
def said_of(folder: Path, doing: str) -> Iterator[None]:
    """What the disk of `folder` refuses becomes a sentence; `doing` is its subject. Raises FolderRefused."""
    try:
        yield
    except OSError as error:
        if (refused := refusal(error, folder, doing)) is None:
            raise
        raise refused from error


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` at the end of the block; where that fails nothing of it
    stays."""
    aside = path.with_name(f".{path.name}.partial")
    try:
        yield aside
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
