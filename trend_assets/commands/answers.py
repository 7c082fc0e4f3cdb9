"""What a provider's answer becomes: `trend-assets replay-answer` reads a file, `trend-assets trial` asks once, live.

Both show the same: item by item what is known and what is not, what was set aside and why, the parser's notes, columns
that no row knows, and fields that the source's recorded answer does not have. Collections of a day belong elsewhere.
"""

import contextlib
import dataclasses
import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from trend_assets.settings import Settings
from trend_assets.sources.call import Answer, Call, CollectContext, CollectReport, Obtain
from trend_assets.sources.clients import connection_for, context_for, mode_of
from trend_assets.sources.declare import Newest, Source
from trend_assets.sources.discovery import FOLDERS, SOURCES, options_of, with_role
from trend_assets.sources.errors import SourceError
from trend_assets.sources.fields import fields_in, roots
from trend_assets.sources.options import OptionsModel
from trend_assets.text import display_text, plural
from trend_assets.warehouse.warehouse import Warehouse

Say = Callable[[str], None]

SHOWN_FIELDS = 40
FEW = 10
"""Fewer than about five an actor takes for a mistake, and answers nothing."""
# what is said of each row before its numbers; the rest of its columns is known or unknown
_HEAD = ("list_name", "list_rank", "external_id", "title", "description", "keyword", "handle", "nickname")


class NotReplayable(ValueError):
    """The file or the source cannot be replayed; the message says what to give instead."""


def replay(body: bytes, source: str, *, say: Say) -> int:
    """Show what an answer becomes as if `source` had got it now. A file like a source's own sample.json (`call` and
    `answer`) brings its call; any other is the bare body, read as the answer to the call of the sample. 0 when it has
    rows, 1 when it has none or is refused."""
    spec = _source(source)
    call, own = _sample(spec)
    try:
        document = json.loads(body)
    except ValueError:
        document = None  # its parser says what is wrong
    if isinstance(document, dict) and set(document) >= {"call", "answer"}:
        call, body = Call.from_request(document["call"]), json.dumps(document["answer"]).encode()
    say(f"{spec.title}: read as the answer to {call.method} {call.endpoint}.")
    return _show(spec, Answer(call=call, status=200, body=body, fetched_at=datetime.now(UTC)), own, say=say)


class Trial:
    """One call of a source with the smallest options. `price` says what it costs at most, before anything is asked;
    `is_paid` whether that is real money. Raises NotReplayable for a source that cannot be tried."""

    def __init__(self, source: str, settings: Settings, warehouse: Warehouse) -> None:
        self._spec = _source(source)
        provider = self._spec.provider
        assert provider is not None
        if (mode := mode_of(provider, settings)) == "off":
            connection_for(provider.name, settings)  # raises the sentence of what is not set
        is_live = mode == "live"
        options = options_of(self._spec, settings)
        self._options = options.model_copy(update=_smaller(options))
        self._warehouse = warehouse
        self._inputs = {name: [self._asked_about(name, is_simulated=not is_live)] for name in self._spec.needs}
        call = self._first_call(settings)
        self.is_paid = is_live and call.max_cost_usd > 0
        who = f"{provider.title} live" if is_live else f"the sandbox in place of {provider.title}"
        units = f" and {call.units} {call.bucket} of its quota" if call.units else ""
        self.price = f"{source}: asks {who}, at most {call.max_cost_usd:.4f} USD{units} for the first call."

    def _asked_about(self, name: str, *, is_simulated: bool) -> Any:
        asked = self._spec.tries.get(name)
        if asked is None:
            raise NotReplayable(
                f"{self._spec.name} cannot be tried: `tries` in its source.py does not say which {name} to ask about."
            )
        if not isinstance(asked, Newest):
            return asked
        others = sorted(with_role(asked.role), key=lambda other: other.provider is not self._spec.provider)
        if not others:
            raise NotReplayable(
                f"{self._spec.name} asks again about what a source of {asked.role} found: none is here."
            )
        table = f"source.{others[0].name}"
        known = " OR ".join(f"{column} IS NOT NULL" for column in asked.columns.values())
        newest = self._warehouse.query(
            f"SELECT {', '.join(asked.columns.values())} FROM {table} WHERE is_simulated = %s AND ({known}) "
            "ORDER BY collected_at DESC LIMIT 1",
            (is_simulated,),
        )
        if newest.empty:
            raise NotReplayable(
                f"{self._spec.name} asks again about what {table} holds, and that holds nothing yet: run "
                "`trend-assets run` first."
            )
        row = newest.iloc[0]
        return row.iloc[0] if "" in asked.columns else {ours: row[column] for ours, column in asked.columns.items()}

    def _first_call(self, settings: Settings) -> Call:
        asked: list[Call] = []

        def refuse(call: Call) -> Answer:
            asked.append(call)
            raise _Enough

        context = context_for(
            self._spec, settings, day=datetime.now(UTC).date(), now=datetime.now(UTC), inputs=self._inputs
        )
        with contextlib.suppress(_Enough):
            self._spec.collect(refuse, dataclasses.replace(context, options=self._options))
        return asked[0]

    def run(self, *, settings: Settings, run_id: str, say: Say) -> int:
        """Ask and show what came. The answer is paid and stored like any other, and the day's rows hold it too. 0 when
        it has rows."""
        from trend_assets.capture.collect import collect_source

        answers: list[Answer] = []
        now = datetime.now(UTC)
        collect = _once(self._spec, self._options, answers)
        collected = collect_source(
            self._warehouse, dataclasses.replace(self._spec, collect=collect, never_empty=False), day=now.date(),
            now=now, settings=settings, run_id=run_id, collection_id=run_id, force=True, inputs=self._inputs, say=say,
        )  # fmt: skip
        say(f"{plural(collected.calls, 'call')}, {collected.cost_usd:.4f} USD.")
        if not answers:
            say(" ".join(["No answer came.", *collected.problems[1:]]))
            return 1
        return _show(self._spec, answers[-1], _sample(self._spec)[1], say=say)


class _Enough(Exception):
    """The one answer is there."""


def _once(spec: Source, options: Any, answers: list[Answer]) -> Callable[[Obtain, CollectContext], CollectReport]:
    def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
        turn, rows = threading.Lock(), 0

        def ask(call: Call) -> Answer:
            nonlocal rows
            with turn:
                if rows:
                    raise _Enough
                answer = obtain(call)
                answers.append(answer)
                # an index has no rows of its own; what it leads to is asked too
                rows = _received(spec, answer)
                if rows:
                    raise _Enough
                return answer

        problems = ["A trial: one small call, not a collection."]
        with contextlib.suppress(_Enough):
            problems += spec.collect(ask, dataclasses.replace(context, options=options)).problems
        return CollectReport(items=rows, complete=False, problems=problems)

    return collect


def _received(spec: Source, answer: Answer) -> int:
    try:
        return spec.parse(answer).received
    except SourceError:
        return 1  # shown, with its error


def _smaller(options: OptionsModel) -> dict[str, Any]:
    """One name of each list, the fewest pages, and a few of what else is counted; lengths and prices stay."""
    changes: dict[str, Any] = {}
    for name, field in type(options).model_fields.items():
        value = getattr(options, name)
        least = next((each.ge for each in field.metadata if getattr(each, "ge", None) is not None), None)
        if isinstance(value, tuple) and name != "exclude":
            changes[name] = value[:1]
        elif type(value) is int and least is not None and not name.endswith("_seconds"):
            changes[name] = int(least) if "pages" in name else min(value, max(int(least), FEW))
    return changes


def _source(name: str) -> Source:
    spec = SOURCES.get(name)
    if spec is None or spec.provider is None or not (FOLDERS[name] / "sample.json").is_file():
        known = [each.name for each in SOURCES.values() if each.provider]
        raise NotReplayable(f"{name} is not a source with answers of a provider; choose one of {', '.join(known)}.")
    return spec


def _sample(spec: Source) -> tuple[Call, set[str]]:
    """The call of the source's recorded answer, and the fields of that answer."""
    sample = json.loads((FOLDERS[spec.name] / "sample.json").read_text(encoding="utf-8"))
    return Call.from_request(sample["call"]), fields_in(json.dumps(sample.get("answer")).encode())


def _show(spec: Source, answer: Answer, recorded: set[str], *, say: Say) -> int:
    try:
        parsed = spec.parse(answer)
    except SourceError as error:
        say(f"Refused whole: {error}")
        return 1
    for number, row in enumerate(parsed.rows, start=1):
        say(f"{number:>4}  {_line(row)}")
    for item in parsed.quarantined:
        say(f"   –  set aside: {item.reason}")
    for note in parsed.notes:
        say(f"note: {note}")
    say(
        f"{parsed.received} received = {plural(len(parsed.rows), 'row')} + {plural(parsed.duplicates, 'repeat')}"
        f" + {len(parsed.quarantined)} set aside."
    )
    if parsed.rows:
        unknown = [name for name in parsed.rows[0] if all(row.get(name) is None for row in parsed.rows)]
        say(f"Columns that no row knows: {', '.join(unknown) or 'none'}.")
    for title, fields in (
        ("Fields that the recorded answer does not have", roots(fields_in(answer.body) - recorded)),
        ("Fields of the recorded answer that did not come", roots(recorded - fields_in(answer.body))),
    ):
        more = f" and {len(fields) - SHOWN_FIELDS} more" if len(fields) > SHOWN_FIELDS else ""
        say(f"{title}: {', '.join(fields[:SHOWN_FIELDS]) or 'none'}{more}.")
    return 0 if parsed.rows else 1


def _line(row: Mapping[str, Any]) -> str:
    head = [display_text(str(row[name]), limit=60) for name in _HEAD if row.get(name) is not None]
    known = [
        f"{name} {value:,}" for name, value in row.items()
        if isinstance(value, int) and not isinstance(value, bool) and name not in _HEAD
    ]  # fmt: skip
    flags = [name for name, value in row.items() if value is True]
    unavailable = set(row.get("metrics_unavailable") or ())
    unknown = [name for name, value in row.items() if value is None and name not in unavailable]
    parts = [" · ".join(head), ", ".join([*known, *flags]), f"unknown: {', '.join(unknown)}" if unknown else ""]
    return " | ".join(filter(None, parts))
