"""The Apify API v2: Actors, runs, datasets, key-value stores, errors.

Assumptions: a run that may cost less than its rows do ends ABORTED at `maxTotalChargeUsd`; rows are billed when the run
starts, so that a lost reply is as expensive here as it is in reality.
"""

import gzip
import json
import zlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trend_assets.sandbox import spoil
from trend_assets.sandbox.simulation import Actor, BadInput, Simulation, actors
from trend_assets.sandbox.state import ask_of, fault, number, reply, sandbox_of
from trend_assets.sources.providers.apify import simulated_instagram, simulated_tiktok
from trend_assets.sources.providers.apify.simulated_runs import Run, Runs, actor_named

UNLIMITED = 999_999_999_999
NO_RESULT_ROWS = 10
REFUSALS = {
    "not_rented": (
        403,
        "actor-is-not-rented",
        "You must rent a paid Actor in order to run it after its trial has ended.",
    ),
    "withdrawn": (403, "actor-disabled", "This Actor was withdrawn from Apify Store by its developer."),
    "payment_required": (402, "not-enough-usage-to-run-paid-actor", "You have reached your monthly usage limit."),
}
"""By fault: the status, type and message with which a start is refused."""
ENDINGS = {"run_failed": ("FAILED", 0.0), "run_aborted": ("ABORTED", 0.5), "run_timed_out": ("TIMED-OUT", 0.4)}
"""By fault: how the run ends, and with which share of its rows."""


def error(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """An error as Apify writes it."""
    return reply({"error": {"type": kind, "message": message}}, status, headers)


def _not_found(what: str) -> Response:
    return error(404, "record-not-found", f"{what} was not found")


def _runs(request: Request) -> Runs:
    runs: Runs = sandbox_of(request).memory.setdefault("runs", Runs())
    return runs


def _has_token(request: Request) -> bool:
    return bool(request.headers.get("authorization") or request.query_params.get("token"))


class Refused(Exception):
    """The request is answered with this error."""

    def __init__(self, response: Response) -> None:
        self.response = response


async def _input(request: Request) -> tuple[dict[str, Any], int]:
    """The run's input; bodies may come gzip-compressed."""
    body = await request.body()
    length = len(body)
    if request.headers.get("content-encoding") == "gzip":
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            raise Refused(error(400, "invalid-request-body", "The body is not valid gzip.")) from None
    if not body:
        return {}, 0
    try:
        given = json.loads(body)
    except ValueError:
        raise Refused(error(400, "run-input-body-not-valid-json", "Request body is not valid JSON.")) from None
    if not isinstance(given, dict):
        raise Refused(error(400, "invalid-input", "Input is not valid: it must be an object."))
    return given, length


async def _start(request: Request) -> Run:
    """Create a run, decide how it will end, and bill it. Raises Refused."""
    actor = actor_named(request.path_params["actor"])
    if actor is None:
        raise Refused(_not_found("Actor"))
    for switch, refusal in REFUSALS.items():
        if fault(request, switch) is not None:
            raise Refused(error(*refusal))
    given, length = await _input(request)
    ask, query, sandbox = ask_of(request), request.query_params, sandbox_of(request)
    per_thousand, start_usd = actors()[actor].per_thousand, actors()[actor].start
    cap = _decimal(query.get("maxTotalChargeUsd"))
    if cap is not None and cap < max(start_usd, per_thousand / 1000):
        text = f"The maximum cost per run must be at least ${per_thousand / 1000}."
        raise Refused(error(400, "max-total-charge-usd-below-minimum", text))
    ends_as, message = "SUCCEEDED", ""
    try:
        rows = actors()[actor].rows(ask, sandbox.world, given)
    except BadInput as refusal:
        rows, ends_as, message = [], "FAILED", str(refusal)
    except (TypeError, ValueError, AttributeError) as problem:
        raise Refused(error(400, "invalid-input", f"Input is not valid: {problem}")) from None
    rows = spoil.rows(request, rows)
    if fault(request, "no_results") is not None:
        rows = [{"noResults": True} for _ in range(NO_RESULT_ROWS)]
    if fault(request, "error_rows") is not None:
        rows = [
            {"error": "This profile/hashtag does not exist.", "input": str(n), "url": "https://x.example/"}
            for n in range(3)
        ]
    if query.get("maxItems"):
        rows = rows[: number(query.get("maxItems"), len(rows))]
    for name, (status, share) in ENDINGS.items():
        if (options := fault(request, name)) is not None:
            rows, ends_as = rows[: int(options.get("items", len(rows) * share))], status
            message = f"The Actor run ended {status} (fault switch {name})."
    if cap is not None and start_usd + len(rows) * per_thousand / 1000 > cap:
        rows = rows[: int((cap - start_usd) / (per_thousand / 1000))] if per_thousand else rows
        ends_as, message = "ABORTED", "The run reached the maximum total charge."
    if (options := fault(request, "too_many")) is not None:
        rows = rows * int(options.get("times_over", 10))
    usd = sandbox.meter.pay("apify", actor, start_usd + len(rows) * per_thousand / 1000, items=len(rows))
    limits: dict[str, Any] = {"maxItems": number(query.get("maxItems"), 0)} if query.get("maxItems") else {}
    if cap is not None:
        limits["maxTotalChargeUsd"] = cap
    run = Run(
        actor=actor,
        given=given,
        started_at=ask.instant,
        rows=rows,
        ends_as=ends_as,
        usd=round(usd, 6),
        message=message,
        never_ends=fault(request, "never_finishes") is not None,
        options=limits,
        body_length=length,
        is_time_travel=ask.is_time_travel,
    )
    _runs(request).add(run)
    return run


def _decimal(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise Refused(error(400, "invalid-parameter", "maxTotalChargeUsd must be a number.")) from None


async def start_run(request: Request) -> Response:
    """POST …/runs: 201, Location, the new run."""
    try:
        run = await _start(request)
    except Refused as refused:
        return refused.response
    location = f"{ask_of(request).base_url}/v2/actor-runs/{run.run_id}"
    return reply({"data": run.described(with_cost=True)}, 201, {"Location": location})


async def run_sync(request: Request) -> Response:
    """POST …/run-sync-get-dataset-items: 201 and the bare rows."""
    try:
        run = await _start(request)
    except Refused as refused:
        return refused.response
    if fault(request, "sync_timeout") is not None:
        return error(408, "run-timeout-exceeded", "Actor run did not finish within 300 seconds. The run goes on.")
    for _ in range(3):
        run.poll()
    return _items(request, run, status=201)


async def get_run(request: Request) -> Response:
    """GET …/actor-runs/{id}: each look brings the run one step further; the cost shows only with a token."""
    run = _runs(request).get(request.path_params["run"])
    if run is None:
        return _not_found("Actor run")
    run.poll()
    return reply({"data": run.described(with_cost=_has_token(request))})


async def abort_run(request: Request) -> Response:
    """POST …/abort."""
    run = _runs(request).get(request.path_params["run"])
    if run is None:
        return _not_found("Actor run")
    run.abort()
    return reply({"data": run.described(with_cost=True)})


async def list_runs(request: Request) -> Response:
    """GET …/actor-runs and …/actors/{id}/runs: offset, limit, desc, status."""
    query, actor = request.query_params, request.path_params.get("actor")
    if actor is not None and actor_named(actor) is None:
        return _not_found("Actor")
    runs = _runs(request).all(actor_named(actor) if actor else None)
    if query.get("status"):
        runs = [run for run in runs if run.status in query["status"].split(",")]
    if query.get("desc") in ("1", "true"):
        runs.reverse()
    offset, limit = number(query.get("offset"), 0), number(query.get("limit"), 1000, low=1, high=1000)
    items = [run.listed() for run in runs[offset : offset + limit]]
    page = {"total": len(runs), "offset": offset, "limit": limit, "desc": query.get("desc") in ("1", "true")}
    return reply({"data": {**page, "count": len(items), "items": items}})


def _items(request: Request, run: Run, *, status: int = 200) -> Response:
    query, rows = request.query_params, list(run.readable)
    is_desc = query.get("desc") in ("1", "true")
    if is_desc:
        rows.reverse()
    total = len(rows)
    offset = number(query.get("offset"), 0)
    limit = number(query.get("limit"), UNLIMITED, high=UNLIMITED)
    if fault(request, "short_page") is not None:
        rows = rows[: total // 2]
    rows = rows[offset : offset + limit]
    is_clean = query.get("clean") in ("1", "true")
    if is_clean or query.get("skipHidden") in ("1", "true"):
        rows = [{name: value for name, value in row.items() if not name.startswith("#")} for row in rows]
    if query.get("fields"):
        wanted = query["fields"].split(",")
        rows = [{name: row[name] for name in wanted if name in row} for row in rows]
    if query.get("omit"):
        unwanted = set(query["omit"].split(","))
        rows = [{name: value for name, value in row.items() if name not in unwanted} for row in rows]
    if is_clean or query.get("skipEmpty") in ("1", "true"):
        rows = [row for row in rows if row]
    desc = "true" if is_desc else "false"
    pagination = {"Total": total, "Offset": offset, "Count": len(rows), "Limit": limit, "Desc": desc}
    headers = {f"X-Apify-Pagination-{name}": str(value) for name, value in pagination.items()}
    return reply(rows, status, headers)


async def dataset_items(request: Request) -> Response:
    """GET …/datasets/{id}/items: a bare array, five pagination headers."""
    run = _runs(request).by_dataset(request.path_params["dataset"])
    return _items(request, run) if run else _not_found("Dataset")


async def store_record(request: Request) -> Response:
    """GET …/key-value-stores/{id}/records/INPUT: what the run was given."""
    run = _runs(request).by_store(request.path_params["store"])
    if run is None or request.path_params["key"] != "INPUT":
        return _not_found("Record")
    return reply(run.given)


async def me(request: Request) -> Response:
    """GET …/users/me."""
    return reply({"data": {"id": "sandboxUser000001", "username": "sandbox", "plan": {"id": "SIMULATED"}}})


def routes() -> list[Route]:
    """Apify's paths; `/v2/acts` is the older name of `/v2/actors`."""
    of_actors = []
    for name in ("actors", "acts"):
        of_actors += [
            Route(f"/v2/{name}/{{actor}}/runs", start_run, methods=["POST"]),
            Route(f"/v2/{name}/{{actor}}/runs", list_runs),
            Route(f"/v2/{name}/{{actor}}/run-sync-get-dataset-items", run_sync, methods=["POST"]),
        ]
    return [
        *of_actors,
        Route("/v2/actor-runs", list_runs),
        Route("/v2/actor-runs/{run}", get_run),
        Route("/v2/actor-runs/{run}/abort", abort_run, methods=["POST"]),
        Route("/v2/datasets/{dataset}/items", dataset_items),
        Route("/v2/key-value-stores/{store}/records/{key}", store_record),
        Route("/v2/users/me", me),
    ]


KINDS = {401: "invalid-token", 403: "insufficient-permissions", 429: "rate-limit-exceeded", 404: "record-not-found"}
FAILURES = {401: "User was not found or authentication token is not valid", 429: "You have exceeded the rate limit"}


def failure(request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
    """An error of a status in Apify's own shape."""
    return error(status, KINDS.get(status, "internal-error"), FAILURES.get(status, "Unexpected error."), headers)


def refuse(request: Request, key: str) -> Response:
    """The answer to a missing or wrong token."""
    if not key:
        return error(401, "token-not-provided", "Authentication token was not provided")
    return failure(request, 401)


SIMULATION = Simulation(
    provider="apify",
    routes=routes,
    endpoints=(
        (r"^/v2/(?:actors|acts)/[^/]+/runs$", "run-actor"),
        (r"^/v2/(?:actors|acts)/[^/]+/run-sync", "run-sync"),
        (r"^/v2/actor-runs$", "list-runs"),
        (r"^/v2/actor-runs/[^/]+/abort", "abort-run"),
        (r"^/v2/actor-runs/", "get-run"),
        (r"^/v2/datasets/", "dataset-items"),
        (r"^/v2/key-value-stores/", "key-value"),
        (r"^/v2/", "other"),
    ),
    failure=failure,
    faults={
        "run_failed": "The run ends FAILED; `items` of its rows stay readable (default 0).",
        "run_aborted": "The run ends ABORTED with `items` rows (default half).",
        "run_timed_out": "The run ends TIMED-OUT with `items` rows (default 40 %).",
        "never_finishes": "The run stays RUNNING until it is aborted.",
        "too_many": "The run gives, and is charged for, `times_over` (default 10) times what maxItems allows.",
        "not_rented": "403 actor-is-not-rented, no run.",
        "withdrawn": "403 for an Actor that left the Store, no run.",
        "error_rows": "SUCCEEDED, but the dataset holds only error rows.",
        "sync_timeout": "run-sync answers 408 run-timeout-exceeded; the run goes on.",
    },
    refuse=refuse,
    open_endpoints=frozenset({"get-run", "dataset-items"}),
    keys_in_query=("token",),
    actors={
        "clockworks/tiktok-scraper": Actor("OtzYfK1ndEGdwWFKQ", simulated_tiktok.scraper, 3.00),
        "lexis-solutions/tiktok-trending-videos-scraper": Actor(
            "sandboxLexisTren1", simulated_tiktok.trending, 0.0, 0.02
        ),
        "apify/instagram-scraper": Actor("shu8hvrXbJbY3Eb9W", simulated_instagram.scraper, 2.30),
    },
    about=(
        "POST /v2/actors/{actor}/runs (also /v2/acts)",
        "GET /v2/actor-runs, /v2/actor-runs/{id}, POST /v2/actor-runs/{id}/abort",
        "GET /v2/datasets/{id}/items, /v2/key-value-stores/{id}/records/INPUT",
        "POST /v2/actors/{actor}/run-sync-get-dataset-items",
    ),
)
