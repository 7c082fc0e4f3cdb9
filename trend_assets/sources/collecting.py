"""How a source is collected call by call: pages of one list, many lists side by side, and what a failure means.

A list whose first page fails is missing, a later page leaves it partial; the others go on. What can only fail the same
way again (no key, no money, no right) stops the rest. What the pages hold belongs to the providers.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from trend_assets.sources.call import CollectReport
from trend_assets.sources.errors import AuthFailed, BudgetExhausted, MissingKey, NoHistory, NotFound, SourceError

T = TypeVar("T")

HOPELESS = (AuthFailed, BudgetExhausted, MissingKey, NoHistory)
"""Errors that every further call to the same provider would meet as well."""

EMPTY_PAGES = 2


@dataclass(frozen=True, slots=True)
class Page:
    """What paging needs to know of one answer: the ids it held, the next cursor and whether more is promised."""

    ids: tuple[str, ...]
    cursor: str | None = None
    has_more: bool = False


def walk_pages(*, name: str, fetch: Callable[[str | None], Page], max_pages: int) -> CollectReport:
    """Fetch the pages of one list until it ends, repeats itself, stays empty or reaches `max_pages`.

    The first page's error is raised; a later page's error leaves what came before, marked incomplete. A repeated
    cursor, a repeated page and two empty pages in a row are loops: stopped, and said."""
    report = CollectReport()
    cursor: str | None = None
    cursors: set[str] = set()
    pages: set[tuple[str, ...]] = set()
    empty = 0
    for number in range(1, max_pages + 1):
        try:
            page = fetch(cursor)
        except SourceError as error:
            if number == 1:
                raise
            return _incomplete(report, f"{name}: page {number} failed, {number - 1} kept. {error}", error)
        if page.ids and page.ids in pages:
            return _incomplete(report, f"{name}: pagination loop, page {number} repeats an earlier one; stopped.")
        pages.add(page.ids)
        report.items += len(page.ids)
        if not page.has_more:
            return report
        empty = 0 if page.ids else empty + 1
        if empty >= EMPTY_PAGES:
            return _incomplete(report, f"{name}: {empty} empty pages although more is promised; stopped.")
        if page.cursor is None or page.cursor in cursors:
            return _incomplete(report, f"{name}: pagination loop, page {number} points back; stopped.")
        cursors.add(page.cursor)
        cursor = page.cursor
    report.capped = True
    return report


def _incomplete(report: CollectReport, problem: str, error: SourceError | None = None) -> CollectReport:
    report.complete = False
    report.capped = report.capped or isinstance(error, BudgetExhausted)
    report.problems.append(problem)
    return report


def collect_side_by_side(
    names: Sequence[T], work: Callable[[T], CollectReport], *, workers: int, what: str, by_name: bool = False
) -> CollectReport:
    """Collect several lists with `workers` threads and add up their reports. `by_name`: the names are those of a
    setting, so the report says which had a result.

    A list that fails is counted and named; when every list fails the first error is raised. After a hopeless error
    (no key, right or money) lists not yet begun are left out. Pacing is the transport's: more workers only hide
    latency."""
    outcomes: list[CollectReport | SourceError | None] = [None] * len(names)
    stop = threading.Event()

    def run(position: int) -> None:
        if stop.is_set():
            return
        try:
            outcomes[position] = work(names[position])
        except SourceError as error:
            outcomes[position] = error
            if isinstance(error, HOPELESS):
                stop.set()

    if workers <= 1 or len(names) <= 1:
        for position in range(len(names)):
            run(position)
    else:
        with ThreadPoolExecutor(max_workers=min(workers, len(names)), thread_name_prefix="collect") as pool:
            list(pool.map(run, range(len(names))))
    return _add_up(names, outcomes, what=what, by_name=by_name)


def _add_up(
    names: Sequence[T], outcomes: Sequence[CollectReport | SourceError | None], *, what: str, by_name: bool
) -> CollectReport:
    errors = [outcome for outcome in outcomes if isinstance(outcome, SourceError)]
    reports = [outcome for outcome in outcomes if isinstance(outcome, CollectReport)]
    if errors and not reports:
        raise next((error for error in errors if isinstance(error, HOPELESS)), errors[0])
    total = CollectReport()
    for name, outcome in zip(names, outcomes, strict=True):
        if by_name:
            total.asked[str(name)] = _had_result(outcome)
        if isinstance(outcome, CollectReport):
            merge(total, outcome)
        elif outcome is not None:
            _incomplete(total, f"{what} {name!r} failed and was left out. {outcome}", outcome)
    skipped = sum(outcome is None for outcome in outcomes)
    if skipped:
        _incomplete(total, f"{skipped} of {len(names)} were not asked for after that.")
    return total


def _had_result(outcome: CollectReport | SourceError | None) -> bool | None:
    if isinstance(outcome, CollectReport):
        return True if outcome.items else (False if outcome.complete else None)
    # gone, private or never was; any other failure says nothing of the name
    return False if isinstance(outcome, NotFound) else None


def merge(total: CollectReport, part: CollectReport) -> CollectReport:
    """Add `part` to `total`."""
    total.items += part.items
    total.complete = total.complete and part.complete
    total.capped = total.capped or part.capped
    total.problems.extend(part.problems)
    total.asked.update(part.asked)
    return total


def chunks(values: Iterable[T], size: int) -> list[list[T]]:
    """Consecutive lists of at most `size`."""
    items = list(values)
    return [items[start : start + size] for start in range(0, len(items), size)]


def distinct_keywords(keywords: Iterable[object]) -> list[str]:
    """Keywords in order, white space folded, without repeats that differ only in case."""
    distinct: dict[str, str] = {}
    for keyword in keywords:
        folded = " ".join(str(keyword).split())
        if folded:
            distinct.setdefault(folded.casefold(), folded)
    return list(distinct.values())
