"""`.env.example` and docs/settings.md, made from the settings, the options of the sources and
their docstrings, so that they cannot drift."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from trend_assets import settings as module
from trend_assets.settings import OWN, Settings, variable_of
from trend_assets.sources.discovery import sections
from trend_assets.sources.options import variables


def env_example() -> str:
    """Every variable with its meaning and default, commented out: an empty file is a valid one."""
    lines = [
        "# All settings of trend_assets with their defaults. Copy to .env and uncomment what you change.",
        "# Nothing is needed for a first run. Made by `make docs` from trend_assets/settings.py and the sources.",
    ]
    for section, rows in _all_sections():
        lines += ["", f"# --- {section}"]
        for variable, meaning, default in rows:
            lines += [f"# {meaning}", f"# {variable}={default}"]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """The same as a page of the documentation."""
    lines = [
        "# Settings",
        "",
        "Read from the environment and `.env`. Made by `make docs` from `trend_assets/settings.py` and the folders of",
        "`trend_assets/sources`. Variables that had another name before are still read under it.",
    ]
    for section, rows in _all_sections():
        lines += ["", f"## {section[0].upper()}{section[1:]}", "", "| variable | default | meaning |", "|---|---|---|"]
        lines += [f"| `{variable}` | {_cell(default)} | {meaning} |" for variable, meaning, default in rows]
    return "\n".join(lines) + "\n"


def _all_sections() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Sections of (variable, meaning, default): the house's own, then providers and sources."""
    for title, names in _sections():
        yield title, [(variable_of(name), _meaning(Settings, name), _default(Settings, name)) for name in names]
    for section, title, model in sections():
        yield (
            title,
            [(variable, _meaning(model, name), _default(model, name)) for variable, name in variables(section, model)],
        )


def _sections() -> Iterator[tuple[str, list[str]]]:
    """The `# ---` sections of settings.py with their fields in order."""
    source = Path(str(module.__file__)).read_text()
    title = ""
    names: list[str] = []
    for line in source.splitlines():
        if match := re.match(r"    # --- (.+)", line):
            if names:
                yield title, names
            title, names = match.group(1), []
        elif (match := re.match(r"    (\w+):", line)) and match.group(1) in OWN:
            names.append(match.group(1))
    yield title, names


def _meaning(model: type[BaseModel], name: str) -> str:
    description = model.model_fields[name].description
    if not description:
        raise ValueError(f"{model.__module__}: {name} has no docstring; write one below it.")
    return " ".join(description.split())


def _default(model: type[BaseModel], name: str) -> str:
    value: Any = model.model_fields[name].default
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cell(text: str) -> str:
    return f"`{text}`" if text else "(empty)"
