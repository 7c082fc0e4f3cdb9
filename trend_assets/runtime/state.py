"""The state folder: where the embedded server, Dagster's files, the sandbox and rendered issues live."""

import errno
import os
import stat
from pathlib import Path

from trend_assets.settings import Settings, get_settings

INSTANCE = Path(__file__).with_name("dagster.yaml")
"""The instance file: a link to that of the repository, a copy in a wheel. Every start of ours copies it into the state
folder."""


class StateUnusable(RuntimeError):
    """The state folder cannot be made or written; the message says why and what to set."""


def state_dir(settings: Settings) -> Path:
    """The state folder as an absolute path, created if need be, readable by its owner only whoever made it. Raises
    StateUnusable."""
    path = settings.state_dir
    try:
        path = path.expanduser()
        path = path if path.is_absolute() else Path.cwd() / path
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = path.resolve()
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except (OSError, RuntimeError) as error:  # RuntimeError: no such home
        raise StateUnusable(
            f"The state folder {path} cannot be used ({getattr(error, 'strerror', None) or error}): set "
            "TREND_ASSETS_STATE_DIR to a folder that you may write in."
        ) from None
    about = path.stat()
    # what is shared by many (/tmp, somebody's home, another user's folder) is not ours to close
    ours = about.st_uid == os.geteuid() and not about.st_mode & stat.S_ISVTX and path not in (Path.home(), Path("/"))
    if ours and about.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        path.chmod(0o700)
    return path


def dagster_dir(settings: Settings | None = None) -> Path:
    """The folder in the state folder where Dagster keeps files."""
    folder = state_dir(settings or get_settings()) / "dagster"
    folder.mkdir(exist_ok=True)
    return folder


def dagster_home(settings: Settings) -> Path:
    """DAGSTER_HOME: the same folder, with a fresh copy of dagster.yaml."""
    home = dagster_dir(settings)
    wanted = INSTANCE.read_text(encoding="utf-8")
    target = home / "dagster.yaml"
    if not target.exists() or target.read_text(encoding="utf-8") != wanted:
        target.write_text(wanted, encoding="utf-8")
    return home
