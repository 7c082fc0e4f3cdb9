"""The state folder: where the embedded server, Dagster's files, the sandbox and rendered issues live."""

from pathlib import Path

from trend_assets.settings import Settings

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout (or the folder that holds the installed package): where dagster.yaml is looked for."""


def state_dir(settings: Settings) -> Path:
    """The state folder as an absolute path, created if need be, readable by its owner only."""
    path = settings.state_dir.expanduser()
    path = path if path.is_absolute() else Path.cwd() / path
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path.resolve()


def dagster_home(settings: Settings) -> Path:
    """DAGSTER_HOME: a folder in the state folder with a fresh copy of the project's dagster.yaml."""
    home = state_dir(settings) / "dagster"
    home.mkdir(exist_ok=True)
    wanted = (PROJECT / "dagster.yaml").read_text()
    target = home / "dagster.yaml"
    if not target.exists() or target.read_text() != wanted:
        target.write_text(wanted)
    return home
