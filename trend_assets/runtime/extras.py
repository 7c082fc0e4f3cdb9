"""Packages that only some installations have: asked for by the name of the extra that brings them."""

import importlib
from typing import Any


class ExecutorMissing(RuntimeError):
    """The chosen executor's package is not installed; the message names it."""


def from_extra(module: str, *, extra: str) -> Any:
    """The module, imported now. Raises ExecutorMissing, which says what to install, where it is not there."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ExecutorMissing(
            f"TREND_ASSETS_EXECUTOR={extra} needs the package {error.name}: run make extras (or pip install "
            f"'trend_assets[{extra}]' where it was installed so), or leave the variable empty to run steps in process."
        ) from error
