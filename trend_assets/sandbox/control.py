"""The sandbox's own pages: what it is, usage, request log, truth, fault switches. No provider has these.

GET  /                        what this is, for people
GET  /__sandbox               state as JSON (seed, pid, version): also the sign of life
GET  /__sandbox/usage         requests, paid calls and USD per provider and endpoint
GET  /__sandbox/log           the request log, without secrets   (?provider=&endpoint=&limit=)
GET  /__sandbox/truth?date=   what was planted for a day
GET  /__sandbox/faults        all switches with descriptions, and which are on
POST /__sandbox/faults        {"name": …, "provider": …, "endpoint": …, "times": n | null, "dates": […], …options}
DELETE /__sandbox/faults      all off (?id= or ?name= for some)
POST /__sandbox/reset         counters, log, runs and switches back to the start
"""

import os
from datetime import UTC, date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from trend_assets.sandbox.faults import Faults, UnknownFault, catalogue
from trend_assets.sandbox.meter import Meter
from trend_assets.sandbox.simulation import actors, simulations
from trend_assets.sandbox.state import number, reply, sandbox_of


def endpoints() -> dict[str, tuple[str, ...]]:
    """What can be asked, by provider, for the start page."""
    of_providers = {each.provider: each.about for each in simulations() if each.about}
    return of_providers | {"actors": tuple(actors())}


async def start_page(request: Request) -> Response:
    """What this is, in plain HTML."""
    from jinja2 import Environment, PackageLoader

    sandbox = sandbox_of(request)
    page = Environment(loader=PackageLoader("trend_assets.sandbox", "."), autoescape=True).get_template("start_page.j2")
    return HTMLResponse(
        page.render(
            seed=sandbox.world.seed,
            today=datetime.now(UTC).date(),
            usage=sandbox.meter.usage()["providers"],
            endpoints=endpoints(),
            active=sandbox.faults.active(),
            switches=catalogue(),
        )
    )


async def status(request: Request) -> Response:
    """Sign of life."""
    sandbox = sandbox_of(request)
    return reply(
        {"sandbox": "simulated", "seed": sandbox.world.seed, "pid": os.getpid(), "faults": len(sandbox.faults.active())}
    )


async def usage(request: Request) -> Response:
    """The counters."""
    return reply(sandbox_of(request).meter.usage())


async def log(request: Request) -> Response:
    """The newest requests last; narrowed by provider and endpoint."""
    query = request.query_params
    entries = [
        entry
        for entry in sandbox_of(request).meter.log
        if query.get("provider", entry["provider"]) == entry["provider"]
        and query.get("endpoint", entry["endpoint"]) == entry["endpoint"]
    ]
    limit = number(query.get("limit"), 1000, low=1, high=20_000)
    return reply({"total": len(entries), "requests": entries[-limit:]})


async def truth(request: Request) -> Response:
    """What was planted for a UTC day."""
    text = request.query_params.get("date") or datetime.now(UTC).date().isoformat()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return reply({"error": f"date must be YYYY-MM-DD, not {text[:40]!r}."}, 400)
    return reply(sandbox_of(request).world.truth(day))


async def faults(request: Request) -> Response:
    """List, switch on, switch off."""
    sandbox, query = sandbox_of(request), request.query_params
    if request.method == "DELETE":
        chosen = int(query["id"]) if query.get("id", "").isdigit() else None
        return reply({"removed": sandbox.faults.switch_off(number=chosen, name=query.get("name"))})
    if request.method == "POST":
        try:
            given = await request.json()
            active = _switch_on(sandbox.faults, given)
        except (UnknownFault, ValueError, TypeError, KeyError) as problem:
            return reply({"error": str(problem)}, 400)
        return reply(active, 201)
    switches = [{"name": name, "provider": where, "description": about} for name, (where, about) in catalogue().items()]
    return reply({"switches": switches, "active": sandbox.faults.active()})


def _switch_on(faults_: Faults, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        raise ValueError('A fault is an object such as {"name": "down", "provider": "…", "times": null}.')
    own = {"name", "provider", "endpoint", "times", "dates"}
    times = given.get("times")
    if times is not None and (not isinstance(times, int) or times < 1):
        raise ValueError("times must be a whole number from 1, or null for ever.")
    dates = tuple(date.fromisoformat(str(day)).isoformat() for day in given.get("dates") or ())
    options = {name: value for name, value in given.items() if name not in own}
    return faults_.switch_on(
        given["name"],
        provider=given.get("provider"),
        endpoint=given.get("endpoint"),
        times=times,
        dates=dates,
        options=options,
    ).described()


async def reset(request: Request) -> Response:
    """Counters, log, runs, tokens and switches back to the start; the world stays the same."""
    sandbox = sandbox_of(request)
    sandbox.meter, sandbox.faults = Meter(), Faults()
    sandbox.memory.clear()
    return reply({"reset": True})


def routes() -> list[Route]:
    """The sandbox's own paths."""
    return [
        Route("/", start_page),
        Route("/__sandbox", status),
        Route("/__sandbox/usage", usage),
        Route("/__sandbox/log", log),
        Route("/__sandbox/truth", truth),
        Route("/__sandbox/faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/__sandbox/reset", reset, methods=["POST"]),
    ]
