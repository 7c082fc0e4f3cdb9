"""What a source or provider adds to the sandbox, and where it is found: `simulated.py` in the folders of the sources.

    sources/<folder>/simulated.py ─▶ SIMULATION ─▶ routes (server), endpoints and keys (gate), parts of the world

Only the sandbox imports these modules. The world's core (dice, curves, stories, words) and the faults belong here.
"""

import json
import logging
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from trend_assets.sandbox.meter import Meter

PACKAGE = "trend_assets.sources"

Failure = Callable[[Request, int, dict[str, str] | None], Response]
Refuse = Callable[[Request, str], Response]
Rows = list[dict[str, Any]]
Bill = Callable[[Meter, str, str], float]
"""From the meter, the endpoint and the day."""


def plain_failure(request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
    """An error in no provider's shape."""
    return JSONResponse({"error": "Simulated failure."}, status, headers)


class BadInput(ValueError):
    """What an actor refuses; its run fails with this message."""


def fixed_fields(module: str) -> dict[str, dict[str, Any]]:
    """`simulated.json` beside a module: fields of real answers whose values never tell anything, by object, so that a
    parser meets the same names as in reality. Names as read in real answers; values are neutral."""
    fields: dict[str, dict[str, Any]] = json.loads(Path(module).with_name("simulated.json").read_text(encoding="utf-8"))
    return fields


@dataclass(frozen=True, slots=True)
class Actor:
    """An Apify actor: its 17-character id, its rows from (ask, world, input), and its price in USD per 1,000 rows and
    per start. Prices in the store change: these are assumptions."""

    id: str
    rows: Callable[[Any, Any, dict[str, Any]], Rows]
    per_thousand: float = 1.0
    start: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """One folder's part. `endpoints` are (path pattern, endpoint) of `provider`; `failure` an error of a status in its
    own shape; `refuse` its answer to a missing or wrong key (by default a 401), which must come with every request but
    those of `open_endpoints`; `keys_in_query` the names under which a key may stand in a query. `world` adds parts to
    the world by name, built when asked for first; `truth` says what it planted for a day; `tells` is the
    platform on which it tells the world's stories, none by default. `faults` are the switches
    that only this folder knows, `bill` what an answer with HTTP 200 costs (USD). `about` is for its page.
    """

    provider: str
    routes: Callable[[], Sequence[BaseRoute]] = list
    endpoints: tuple[tuple[str, str], ...] = ()
    failure: Failure = plain_failure
    faults: Mapping[str, str] = field(default_factory=dict)
    bill: Bill | None = None
    refuse: Refuse | None = None
    needs_key: bool = True
    open_endpoints: frozenset[str] = frozenset()
    keys_in_query: tuple[str, ...] = ()
    has_prefix: bool = True
    actors: Mapping[str, Actor] = field(default_factory=dict)
    world: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    truth: Callable[[Any, int], Rows] | None = None
    tells: str = ""
    about: tuple[str, ...] = ()


@cache
def simulations() -> tuple[Simulation, ...]:
    """Every folder's part, providers first. One that is not right costs only what asks its provider."""
    right = []
    for name in (*_folders(f"{PACKAGE}.providers"), *_folders(PACKAGE)):
        try:
            right.append(import_module(f"{name}.simulated").SIMULATION)
        except Exception as error:  # noqa: BLE001 - whatever a folder's code raises, the other providers go on
            file = f"{name.replace('.', '/')}/simulated.py"
            logging.getLogger(__name__).error(
                f"{file} cannot be loaded ({type(error).__name__}: {error}); correct it. Its provider is not simulated."
            )
    return tuple(right)


def _folders(package: str) -> list[str]:
    root = Path(import_module(package).__path__[0])
    return [
        f"{package}.{each.name}"
        for each in pkgutil.iter_modules([str(root)])
        if each.ispkg and (root / each.name / "simulated.py").is_file()
    ]


@cache
def gates() -> Mapping[str, Simulation]:
    """By provider, the part that stands at its gate: the one with its endpoints."""
    return {each.provider: each for each in simulations() if each.endpoints}


@cache
def actors() -> Mapping[str, Actor]:
    """Every simulated actor by its name."""
    return {name: actor for each in simulations() for name, actor in each.actors.items()}
