"""`trend-assets new-source NAME`: a folder that is a source already, simulated and tested, to be made the real one."""

import importlib
from pathlib import Path

from trend_assets.sources.declare import A_NAME, is_name

TEMPLATES = Path(__file__).parent / "templates" / "new_source"


class NewSourceError(ValueError):
    """The folder cannot be made; the message says why and what to do."""


def make(name: str, root: Path | None = None) -> list[Path]:
    """Write the folder of a new source into `trend_assets/sources`; its files. Raises NewSourceError, writing nothing,
    for a name that is taken or cannot be the name of a table."""
    root = root or Path(__file__).parents[1] / "sources"
    if not is_name(name):
        raise NewSourceError(f"{name!r} cannot name a source: take {A_NAME}.")
    folder = root / name
    if folder.exists() or (root / f"{name}.py").exists() or (root / "providers" / name).exists():
        raise NewSourceError(f"{folder} is there already; take another name.")
    folder.mkdir()
    written = []
    for template in sorted(TEMPLATES.iterdir()):
        path = folder / template.name.removesuffix(".template")
        text = template.read_text(encoding="utf-8")
        path.write_text(text.replace("{{name}}", name).replace("{{NAME}}", name.upper()), encoding="utf-8")
        written.append(path)
    (folder / "__init__.py").touch()
    importlib.invalidate_caches()
    return [*written, folder / "__init__.py"]


def next_steps(name: str) -> str:
    """What to do with the new folder, for people."""
    return (
        f"It is a source already, answered by the sandbox: trend-assets doctor, trend-assets run.\n"
        f"1. source.py: provider and address, options, columns, terms.\n"
        f"2. collect.py and parse.py: what is asked, how an answer becomes rows; sample.json is an invented answer.\n"
        f"3. simulated.py: the same contract, so that the demo and the tests have it.\n"
        f"4. README.md: how it fails and what it costs; make docs renews its facts.\n"
        f"5. pytest trend_assets_tests/integration/test_every_source.py -k {name}"
    )
