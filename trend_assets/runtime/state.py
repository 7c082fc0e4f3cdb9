"""The state folder: where the embedded server, Dagster's files, the sandbox and rendered issues live."""

from pathlib import Path

from trend_assets.packaged import file
from trend_assets.settings import Settings, get_settings


def state_dir(settings: Settings) -> Path:
    """The state folder as an absolute path, created if need be, readable by its owner only."""
    path = settings.state_dir.expanduser()
    path = path if path.is_absolute() else Path.cwd() / path
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path.resolve()


def dagster_dir(settings: Settings | None = None) -> Path:
    """The folder in the state folder where Dagster keeps files."""
    folder = state_dir(settings or get_settings()) / "dagster"
    folder.mkdir(exist_ok=True)
    return folder


def dagster_home(settings: Settings) -> Path:
    """DAGSTER_HOME: the same folder, with a fresh copy of dagster.yaml."""
    home = dagster_dir(settings)
    wanted = file("dagster.yaml").read_text(encoding="utf-8")
    target = home / "dagster.yaml"
    if not target.exists() or target.read_text(encoding="utf-8") != wanted:
        target.write_text(wanted, encoding="utf-8")
    return home
