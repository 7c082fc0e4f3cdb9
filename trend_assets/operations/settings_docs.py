"""`.env.example` and docs/settings.md, made from the settings and their docstrings so that they cannot drift."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from trend_assets import settings as module
from trend_assets.settings import Settings, variable_of


def env_example() -> str:
    """Every variable with its meaning and default, commented out: an empty file is a valid one."""
    lines = [
        "# All settings of trend_assets with their defaults. Copy to .env and uncomment what you change.",
        "# Nothing is needed for a first run. Made by `make docs` from trend_assets/settings.py.",
    ]
    for section, names in _sections():
        lines += ["", f"# --- {section}"]
        for name in names:
            lines += [f"# {_meaning(name)}", f"# {variable_of(name)}={_default(name)}"]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """The same as a page of the documentation."""
    lines = [
        "# Settings",
        "",
        "Read from the environment and `.env`. Made by `make docs` from `trend_assets/settings.py`.",
    ]
    for section, names in _sections():
        lines += ["", f"## {section[0].upper()}{section[1:]}", "", "| variable | default | meaning |", "|---|---|---|"]
        lines += [f"| `{variable_of(name)}` | {_cell(_default(name))} | {_meaning(name)} |" for name in names]
    return "\n".join(lines) + "\n"


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
        elif (match := re.match(r"    (\w+):", line)) and match.group(1) in Settings.model_fields:
            names.append(match.group(1))
    yield title, names


def _meaning(name: str) -> str:
    description = Settings.model_fields[name].description
    if not description:
        raise ValueError(f"The setting {name} has no docstring; write one below it in trend_assets/settings.py.")
    return " ".join(description.split())


def _default(name: str) -> str:
    value: Any = Settings.model_fields[name].default
    if value is None or isinstance(value, SecretStr):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cell(text: str) -> str:
    return f"`{text}`" if text else "(empty)"
