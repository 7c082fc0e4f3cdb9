"""Runs Apify actors: find the run that may already exist or start one, wait, read what it gave, say what it cost.

    marker known? ─▶ look among the actor's recent runs ─▶ adopt ─┐
          │ none                                                  ├─▶ wait (deadline: abort) ─▶ data set ─▶ final cost
          └─▶ start once ─▶ reply lost? look again, never blindly ┘

The marker travels in the run's input (its INPUT record stays readable) and in the User-Agent of the start, which the
run may show as `meta.userAgent`: so any process can find a run that another one started and lost.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from trend_assets.sources import errors
from trend_assets.sources.call import Answer, Call, FoundRun
from trend_assets.sources.decode import decode_json
from trend_assets.sources.http import USER_AGENT, Connection, Response, Transport
from trend_assets.sources.providers.apify.calls import PROVIDER, RUN_SECONDS
from trend_assets.sources.providers.apify.items import results_in
from trend_assets.sources.redact import redact
from trend_assets.sources.values import dig

if TYPE_CHECKING:
    from apify_client._models import Run

MARKER_FIELD = "trendAssetsMarker"
RECENT_RUNS = 30
PAGE_ITEMS = 1000
POLL_SECONDS = 20
"""Long polls stay below the transport's read timeout; the platform caps them at 60 s."""

CLOCK_MARGIN = timedelta(minutes=10)
"""How far the platform's clock and ours may differ."""
RUNS_ARE_LISTED = timedelta(days=7)
"""The shortest time for which any plan keeps runs; one that is not listed after that may have been there."""
MOST_LISTED = 10_000
STARTS = 3
ENDED = ("SUCCEEDED", "FAILED", "ABORTED", "TIMED-OUT")
SETTLE_WAITS = (2.0, 8.0)
"""The first cost after a run's end is preliminary; about 10 s later it is final."""


class ApifyRuns:
    """Executes calls that are runs of actors. Thread-safe.

    `wait_seconds`: how long a run is waited for before it is aborted and what it has is taken."""

    def __init__(
        self,
        connection: Connection,
        options: Any = None,
        *,
        wait_seconds: float = RUN_SECONDS + 60,
        settle_waits: Sequence[float] = SETTLE_WAITS,
    ) -> None:
        self._connection = connection
        self._transport = Transport(connection, headers={"Authorization": f"Bearer {connection.key}"})
        self._wait_seconds = wait_seconds
        # a simulated platform settles with the next look, not with time
        self._settle_waits = (0.0, 0.0) if connection.is_sandbox else settle_waits
        self._markers: dict[str, str] = {}

    def execute(self, call: Call) -> Answer:
        """One run. The answer's body is the data set as one JSON list; `outcome` is partial when the run did not end by
        itself. Errors carry what the run cost, and `is_open` where a run is left that a later attempt can adopt. A call
        without a marker gets one, so that a lost reply to its own start is found; only a marker given by the caller can
        be found by a later attempt."""
        session = _Session(self._transport, call)
        run = self._adopt(session, call.marker, since=call.marked_at) if call.marker else None
        if run is None:
            run = self._start(session, call, marker=call.marker or uuid.uuid4().hex)
        try:
            return self._finish(session, call, run)
        except errors.SourceError as error:
            error.external_run_id = run.id
            error.is_open = error.can_heal and not isinstance(error, errors.SuspiciousEmpty)
            raise

    def close(self) -> None:
        self._transport.close()

    def find_run(self, marker: str, *, since: datetime) -> FoundRun | None:
        """What became of the start that carried the marker and was made at or after `since`; None when there was none.
        Raises SourceUnavailable when the platform's list no longer reaches back that far, or cannot be read."""
        session = _Session(self._transport, Call(PROVIDER, "the account's runs"))
        begin = self._earliest(since)
        if (run := self._carrier(session, session.all_runs(until=begin), marker)) is not None:
            return FoundRun(run.id, has_ended=run.status in ENDED, cost_usd=run.usage_total_usd)
        if begin is not None and datetime.now(UTC) - begin > RUNS_ARE_LISTED:
            raise errors.SourceUnavailable("Apify no longer lists the runs of that day.", provider=PROVIDER)
        return None

    # --- find or start ---------------------------------------------------------------------------------------------

    def _start(self, session: "_Session", call: Call, *, marker: str) -> "Run":
        """Start the run once. After a reply that leaves open whether it was started, look for it before another try."""
        given: dict[str, Any] = {**(call.body or {}), MARKER_FIELD: marker}
        maybe_started = False
        try:
            for number in range(1, STARTS + 1):
                try:
                    return session.start(given, marker)
                except errors.BadRequest as error:
                    if MARKER_FIELD not in given or MARKER_FIELD not in str(error):
                        raise
                    # an actor whose input schema allows no further fields: the User-Agent still carries the marker
                    given.pop(MARKER_FIELD)
                except (errors.SourceUnavailable, errors.SchemaDrift) as error:
                    # 429 is said before anything is started; after anything else there may be a run
                    maybe_started = maybe_started or not isinstance(error, errors.Throttled)
                    asked = error.retry_after if isinstance(error, errors.SourceUnavailable) else None
                    if asked is not None and asked > self._connection.limits.longest_retry_after:
                        raise
                    self._connection.sleep(asked or self._connection.limits.first_wait * 2 ** (number - 1))
                    if (run := self._adopt(session, marker)) is not None:
                        return run
                    if number == STARTS:
                        raise
        except errors.SourceError as error:
            # whatever the last try was refused for, an earlier one may have started a run
            error.is_open = maybe_started
            raise
        raise errors.SourceUnavailable(f"No run of {call.endpoint} could be started.", provider=PROVIDER)

    def _earliest(self, since: datetime) -> datetime | None:
        # a simulated world has a calendar of its own, and forgets its runs when it ends
        return None if self._connection.is_sandbox else since - CLOCK_MARGIN

    def _adopt(self, session: "_Session", marker: str, *, since: datetime | None = None) -> "Run | None":
        """The run that carries the marker, None when there is none among the actor's newest runs, or all `since`."""
        listed = session.actors_runs(until=self._earliest(since)) if since else session.recent_runs()
        return self._carrier(session, listed, marker)

    def _carrier(self, session: "_Session", listed: Iterable[Any], marker: str) -> "Run | None":
        for each in listed:
            run_id = dig(each, "id")
            if isinstance(run_id, str) and self._carries(session, each, run_id, marker):
                return session.run(run_id)
        return None

    def _carries(self, session: "_Session", listed: Any, run_id: str, marker: str) -> bool:
        agent = dig(listed, "meta", "userAgent")
        if isinstance(agent, str) and USER_AGENT in agent:
            return marker in agent
        known = self._markers.get(run_id)
        if known is None:
            store = dig(listed, "defaultKeyValueStoreId")
            known = session.marker_in(store) if isinstance(store, str) else ""
            if known is not None:  # a run of this moment may not show its input yet: look again next time
                self._markers[run_id] = known
        return known == marker

    # --- wait, read, price -----------------------------------------------------------------------------------------

    def _finish(self, session: "_Session", call: Call, run: "Run") -> Answer:
        run, timed_out = self._wait(session, run)
        asked = int(call.params.get("maxItems") or 0)
        body, items, missing = session.dataset(run.default_dataset_id, most=asked)
        run, cost, doubt = self._settle(session, call, run)
        results = results_in(items)
        given, gap = len(items) + missing, ""
        if asked and given > asked:
            gap = f"{given} items were given where {asked} were asked for: the first {len(items)} are kept."
        elif missing:
            gap = f"{missing} of the {given} items that Apify counts could not be read."
        notes = [note for note in (doubt, gap, self._ending(run, call, cost, timed_out, results)) if note]
        if run.status != "SUCCEEDED" and not items:
            error = errors.SourceError(
                f"The run of {call.endpoint} ended {run.status} without a result"
                f"{': ' + redact(run.status_message, limit=200) if run.status_message else ''}. See "
                f"https://console.apify.com/actors/runs/{run.id}.",
                provider=PROVIDER,
            )
            error.cost_usd = cost
            raise error
        if not results and call.context.get("never_empty"):
            empty = errors.SuspiciousEmpty(
                f"The run of {call.endpoint} ended {run.status} with {len(items)} rows and not one result: nothing "
                "found, a plan without API access, or too small a limit. See the run's log in the Apify console.",
                provider=PROVIDER,
            )
            empty.cost_usd = cost
            raise empty
        return Answer(
            call=call,
            status=200,
            body=body,
            fetched_at=self._transport.clock(),
            cost_usd=cost,
            outcome="ok" if run.status == "SUCCEEDED" and not timed_out and not missing else "partial",
            note=" ".join(notes),
            external_run_id=run.id,
            is_simulated=session.is_simulated,
        )

    def _ending(self, run: "Run", call: Call, cost: float, timed_out: bool, results: int) -> str:
        if timed_out:
            return f"The run did not end within {self._wait_seconds:g} s and was aborted; results kept: {results}."
        if run.status == "SUCCEEDED":
            return ""
        capped = run.status == "ABORTED" and ("charge" in (run.status_message or "").lower() or _near(cost, call))
        why = " at its charge cap" if capped else ""
        return f"The run ended {run.status}{why}; results kept: {results}."

    def _wait(self, session: "_Session", run: "Run") -> tuple["Run", bool]:
        until = time.monotonic() + self._wait_seconds
        while run.status not in ENDED:
            left = until - time.monotonic()
            if left <= 0:
                return session.abort(run), True
            run = session.wait(run, seconds=min(left, POLL_SECONDS))
        return run, False

    def _settle(self, session: "_Session", call: Call, run: "Run") -> tuple["Run", float, str]:
        """The final cost: asked for until it stands still. Unknown counts as all that it could have cost, or as what is
        said before the end where that is more."""
        seen = -1.0
        is_final = True
        for wait in self._settle_waits:
            if wait:
                self._connection.sleep(wait)
            try:
                found = session.run(run.id)
            except errors.SourceError:
                found = None
            if found is None:
                is_final = False
                break
            run, cost = found, found.usage_total_usd
            if cost is not None and cost > 0 and cost == seen:
                break
            seen = cost if cost is not None else seen
        cost = run.usage_total_usd
        if cost is None or not is_final:
            most = max(call.max_cost_usd, cost or 0.0)
            return run, most, "The platform did not say what the run cost in the end; its cap is counted."
        return run, cost, ""


def _near(cost: float, call: Call) -> bool:
    return call.max_cost_usd > 0 and cost >= 0.9 * call.max_cost_usd


def _began(listed: Any) -> datetime:
    """When a listed run began; one that does not say so is looked at."""
    try:
        began = datetime.fromisoformat(dig(listed, "startedAt"))
    except (TypeError, ValueError):
        return datetime.now(UTC)
    return began if began.tzinfo else began.replace(tzinfo=UTC)


class _Session:
    """apify-client for one call: the requests about its actor, with our errors."""

    def __init__(self, transport: Transport, call: Call) -> None:
        from apify_client import ApifyClient

        from trend_assets.sources.providers.apify.http_client import TransportHttpClient

        self._transport = transport
        self._call = call
        self._base = transport.connection.base_url
        self.is_simulated = False
        self._promised = 0
        self._http = TransportHttpClient(transport, actor=call.endpoint, on_response=self._note)
        self._client = ApifyClient.with_custom_http_client(api_url=self._base, http_client=self._http)

    def _note(self, response: Response) -> None:
        self.is_simulated = self.is_simulated or response.is_simulated
        total = response.headers.get("x-apify-pagination-total", "")
        if total.isdecimal() and len(total) < 10:
            self._promised = int(total)

    def start(self, given: dict[str, Any], marker: str) -> "Run":
        """POST the run, once. Raises SourceUnavailable or SchemaDrift when it may have been started all the same."""
        params = self._call.params
        self._http.start_agent = f"{USER_AGENT} marker/{marker}"
        actor = self._client.actor(self._call.endpoint)
        return self._modelled(
            lambda: actor.start(
                run_input=given,
                max_items=int(params["maxItems"]) if params.get("maxItems") else None,
                max_total_charge_usd=Decimal(str(self._call.max_cost_usd)),
                run_timeout=timedelta(seconds=int(params.get("timeout") or RUN_SECONDS)),
            )
        )

    def recent_runs(self) -> list[Any]:
        """The actor's newest runs."""
        return self._runs(self._path, limit=RECENT_RUNS)

    def actors_runs(self, *, until: datetime | None) -> Iterator[Any]:
        """The actor's runs, newest first, that began at `until` or later."""
        return self._whole_list(self._path, until)

    def all_runs(self, *, until: datetime | None) -> Iterator[Any]:
        """The same of all actors of the account."""
        return self._whole_list("actor-runs", until)

    @property
    def _path(self) -> str:
        return f"actors/{quote(self._call.endpoint.replace('/', '~'), safe='~')}/runs"

    def _whole_list(self, path: str, until: datetime | None) -> Iterator[Any]:
        """Page after page until one is empty: a page may be shorter than what was asked for although more follows.
        Raises SourceUnavailable where the end cannot be reached: then nobody knows what is not in it."""
        offset, before = 0, None
        while runs := self._runs(path, limit=PAGE_ITEMS, offset=offset):
            if runs == before or offset >= MOST_LISTED:
                raise errors.SourceUnavailable("Apify's list of runs has no end.", provider=PROVIDER)
            for run in runs:
                if until is not None and _began(run) < until:
                    return
                yield run
            offset, before = offset + len(runs), runs

    def _runs(self, path: str, **params: int) -> list[Any]:
        """Runs as the API lists them, newest first (apify-client's model of the list refuses a run without a cost,
        which one that has just begun may be)."""
        root = self._base.rstrip("/").removesuffix("/v2")
        response = self._transport.send("GET", f"{root}/v2/{path}", params={"desc": "1", **params})
        self._note(response)
        items = dig(response.json(what="Apify's list of runs", provider=PROVIDER), "data", "items")
        if not isinstance(items, list):
            raise errors.SchemaDrift("Apify's list of runs has no list at $.data.items.", provider=PROVIDER)
        return items

    def marker_in(self, store_id: str) -> str | None:
        """The marker in the INPUT record of a run's key-value store, "" in an input without one, None without input."""
        record = self._modelled(lambda: self._client.key_value_store(store_id).get_record("INPUT"))
        if record is None:
            return None
        marker = dig(record, "value", MARKER_FIELD)
        return marker if isinstance(marker, str) else ""

    def run(self, run_id: str) -> "Run | None":
        return self._modelled(lambda: self._client.run(run_id).get())

    def wait(self, run: "Run", *, seconds: float) -> "Run":
        waited = self._modelled(
            lambda: self._client.run(run.id).wait_for_finish(wait_duration=timedelta(seconds=seconds))
        )
        if waited is None:
            raise errors.SourceUnavailable(f"Apify does not know the run {run.id} any more.", provider=PROVIDER)
        return waited

    def abort(self, run: "Run") -> "Run":
        """End the run; it is given a moment to come to its end, so that its data set is complete."""
        aborted = self._modelled(lambda: self._client.run(run.id).abort(gracefully=False))
        return aborted if aborted.status in ENDED else self.wait(aborted, seconds=POLL_SECONDS)

    def dataset(self, dataset_id: str, *, most: int) -> tuple[bytes, list[Any], int]:
        """The items, at most `most` where that is not 0, as the bytes they came in (pages joined into one list) and
        decoded, and how many more the platform says there are."""
        limit = self._transport.limits.max_bytes
        pages: list[bytes] = []
        items: list[Any] = []
        size = 0
        while True:
            size_of_page = min(PAGE_ITEMS, most - len(items)) if most else PAGE_ITEMS
            dataset = self._client.dataset(dataset_id)
            reading = partial(dataset.get_items_as_bytes, offset=len(items), limit=size_of_page)
            body = self._modelled(reading)
            page = decode_json(body, what=f"The data set {dataset_id}", provider=PROVIDER)
            if not isinstance(page, list):
                raise errors.SchemaDrift(f"The data set {dataset_id} is {type(page).__name__} at $, no list.")
            if most and len(page) > size_of_page:
                # a platform that does not heed the limit either
                self._promised = max(self._promised, len(items) + len(page))
                page = page[:size_of_page]
                body = json.dumps(page, ensure_ascii=False).encode("utf-8", "surrogatepass")
            size += len(body)
            if size > limit:
                raise errors.TooLarge(f"The data set {dataset_id} is larger than {limit:,} bytes; ask for fewer items.")
            if page:
                pages.append(body)
                items += page
            # a page may be shorter than what was asked for although more follows
            is_whole = len(page) < size_of_page and len(items) >= self._promised
            if not page or is_whole or (most and len(items) >= most):
                break
        missing = max(self._promised - len(items), 0)
        if len(pages) == 1:
            return pages[0], items, missing
        return b"[" + b",".join(page.strip()[1:-1] for page in pages) + b"]", items, missing

    def _modelled(self, request: Callable[[], Any]) -> Any:
        """Make a request through apify-client; what its models refuse is SchemaDrift, what is left is unavailable."""
        from apify_client.errors import ApifyApiError, ApifyClientError
        from pydantic import ValidationError

        try:
            return request()
        except ApifyApiError as error:
            cause = error.__cause__
            raise (
                cause if isinstance(cause, errors.SourceError) else errors.SourceUnavailable(redact(str(error)))
            ) from None
        except ValidationError as error:
            problem = error.errors(include_input=False, include_url=False)[0]
            path = ".".join(str(part) for part in problem["loc"])
            raise errors.SchemaDrift(
                f"Apify's answer about {self._call.endpoint} does not fit apify-client's model at {path}: "
                f"{problem['msg']}. Update apify-client.",
                provider=PROVIDER,
            ) from None
        except (ApifyClientError, ValueError) as error:
            raise errors.NotJson(f"Apify's answer is unusable: {redact(str(error))}", provider=PROVIDER) from None
