"""What the data sets of all actors share: a bare JSON list in which the actor also reports its failures."""

from collections.abc import Callable, Sequence
from typing import Any

from trend_assets.sources.call import Answer, CollectReport, Parsed
from trend_assets.sources.decode import decode_json
from trend_assets.sources.marks import SET_ASIDE, Mark
from trend_assets.sources.posts import Tally, require_list
from trend_assets.sources.providers.apify.calls import PROVIDER
from trend_assets.sources.redact import redact
from trend_assets.sources.values import ErrorRow, Notes, dig

_FAILURES = {
    "noResults": "the actor found nothing (or the plan does not allow the API, or maxItems is too small)",
    "demo": "a demonstration row: the plan does not allow real results",
}
MARKS = tuple(Mark(name, True, f"{meaning}: {SET_ASIDE}") for name, meaning in _FAILURES.items())
"""What every actor may write instead of a result."""


def items_of(answer: Answer) -> list[Any]:
    """The items of a stored data set; SchemaDrift with the path for anything but a list."""
    what = f"The data set of {answer.call.endpoint}"
    return require_list(decode_json(answer.body, what=what, provider=PROVIDER), "$", what=what, provider=PROVIDER)


def error_in(item: Any) -> str | None:
    """Why the actor wrote this row instead of a result, None for a result."""
    for mark, meaning in _FAILURES.items():
        if dig(item, mark) is True:
            return f"Not a result: {meaning}."
    message = dig(item, "error")
    if isinstance(message, str) and message.strip() and dig(item, "id") is None:
        code = dig(item, "errorCode")
        about = dig(item, "input") or dig(item, "url") or dig(item, "inputUrl")
        named = f" for {redact(str(about), limit=120)}" if about else ""
        return f"The actor reports{named}: {redact(message, limit=200)}{f' ({code})' if isinstance(code, str) else ''}"
    return None


def require_result(item: Any) -> None:
    """Raises ErrorRow for the actor's own report of a failure."""
    reason = error_in(item)
    if reason is not None:
        raise ErrorRow(reason)


def rows_of(
    answer: Answer,
    build: Callable[[Any, Notes], dict[str, Any]],
    *,
    what: str,
    key: tuple[str, ...] = ("list_name", "external_id"),
) -> Parsed:
    """The rows that `build` makes of a data set's results; what the actor reports of its failures is set aside."""
    tally = Tally(what=what)

    def row(item: Any) -> dict[str, Any]:
        require_result(item)
        return build(item, tally.notes)

    for item in items_of(answer):
        tally.take(item, row, key=key)
    return tally.parsed()


def results_in(items: list[Any]) -> int:
    """How many items are results."""
    return sum(isinstance(item, dict) and bool(item) and error_in(item) is None for item in items)


def report_of(
    answer: Answer,
    *,
    asked: Sequence[str] = (),
    name_of: Callable[[Any], str | None] = lambda item: None,
    limit: int | None = None,
) -> CollectReport:
    """The report of a run: incomplete when it did not end by itself.

    `asked` are names that it was given, `name_of` says which of them a result is for, in any case. That a name has no
    result can be told where results say their names, and neither the run's end nor its `limit` came first."""
    items = items_of(answer)
    report = CollectReport(items=len(items), complete=answer.outcome == "ok")
    named = {own.casefold() for item in items if error_in(item) is None and (own := name_of(item))}
    cut_off = not report.complete or (limit is not None and len(items) >= limit)
    for name in asked:
        known = name.casefold() in named
        report.asked[name] = True if known else (None if cut_off or not named else False)
    if answer.note and not report.complete:
        report.problems.append(answer.note)
    report.capped = "charge cap" in answer.note
    return report
