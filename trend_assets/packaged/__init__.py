"""Files of the repository that the installed package reads too: links here, copies in a wheel, so none is kept twice.

dagster.yaml    the instance; what every start of ours copies into the state folder
"""

from pathlib import Path

_FOLDER = Path(__file__).parent


def file(name: str) -> Path:
    """A packaged file, by its name in this folder."""
    return _FOLDER / name
