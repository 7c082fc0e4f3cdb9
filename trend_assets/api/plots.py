"""Growth plots as inline SVG: made here from numbers and dates only, no text from outside ever enters them."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from markupsafe import Markup

WIDTH, HEIGHT = 560, 150
SPARK_WIDTH, SPARK_HEIGHT = 120, 28
LEFT, RIGHT, TOP, BOTTOM = 84, 10, 10, 24


def short_number(value: float, *, step: float = math.inf) -> str:
    """A count that fits an axis: 12.3K, 4.1M; with as many decimals as tell it from one `step` away."""
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(value) >= limit:
            decimals = max(1, math.ceil(-math.log10(step / limit))) if 0 < step < limit else 1
            if decimals > 2:
                return f"{value:,.0f}"
            return f"{value / limit:.{decimals}f}".removesuffix(".0") + unit
    return f"{value:.0f}"


def growth_plot(points: Sequence[tuple[date, int | None]], *, label: str) -> Markup:
    """A line over days. Days without a number are gaps in the line, not zeros. `label` is ours."""
    known = _known(points)
    if len(known) < 2:
        return Markup("")
    low, high = min(value for _, value in known), max(value for _, value in known)
    margin = (high - low) * 0.08 or max(high * 0.02, 1)
    low, high = max(0.0, low - margin), high + margin

    def y(value: float) -> float:
        return _y_of((value - low) / (high - low))

    # counts are whole, so marks are too: a range of one video has two marks, not three that read the same
    marks = sorted({float(round(low + (high - low) * share)) for share in (0.05, 0.5, 0.95)})
    step = (marks[-1] - marks[0]) / max(1, len(marks) - 1)
    grid = _marks(marks, y, lambda value: short_number(value, step=step))
    said = f"{label}: from {short_number(known[0][1])} to {short_number(known[-1][1])}"
    return _framed(f"{grid}{_line(points, known, y)}", said)


def share_plot(points: Sequence[tuple[date, float | None]], *, label: str, level: float) -> Markup:
    """Shares (0 to 1) over days, with a dashed line at `level`. Days without one are gaps. `label` is ours."""
    known = _known(points)
    if len(known) < 2:
        return Markup("")
    chance = f'<line class="grid" stroke-dasharray="4 3" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y_of(level):.1f}" '
    said = f"{label}: from {known[0][1]:.0%} to {known[-1][1]:.0%}; guessing gets {level:.0%}"
    return _framed(f'{_share_marks()}{chance}y2="{_y_of(level):.1f}"/>{_line(points, known, _y_of)}', said)


def reliability_plot(bins: Sequence[Mapping[str, float]]) -> Markup:
    """What was said (across) and what came true (up), a dot per tenth, larger with more items; the dashed line is
    where both are the same. `bins`: {said, true, items}."""
    if not bins:
        return Markup("")

    def x(share: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * share

    dots = "".join(
        f'<circle class="dot" cx="{x(each["said"]):.1f}" cy="{_y_of(each["true"]):.1f}" '
        f'r="{min(9.0, 2 + each["items"] ** 0.5 / 2):.1f}"/>'
        for each in bins
    )
    same = f'<line class="grid" stroke-dasharray="4 3" x1="{x(0)}" y1="{_y_of(0)}" x2="{x(1)}" y2="{_y_of(1)}"/>'
    ends = "".join(
        f'<text class="tick" x="{x(share):.1f}" y="{HEIGHT - 6}" text-anchor="middle">{share:.0%}</text>'
        for share in (0.0, 0.25, 0.5, 0.75)
    )
    said = "; ".join(f"said {each['said']:.0%}, came {each['true']:.0%}" for each in bins)
    return _framed(f"{_share_marks()}{same}{dots}{ends}", said)


def _known(points: Sequence[tuple[date, float | None]]) -> list[tuple[int, float]]:
    return [(day.toordinal(), float(value)) for day, value in points if value is not None]


def _line(
    points: Sequence[tuple[date, float | None]], known: Sequence[tuple[int, float]], y: Callable[[float], float]
) -> str:
    """The line through the known days with a dot for each, and its first and last day."""
    first, last = known[0][0], known[-1][0]

    def x(day: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (day - first) / max(1, last - first)

    lines = "".join(
        f'<polyline class="line" points="{" ".join(f"{x(d):.1f},{y(v):.1f}" for d, v in run)}"/>'
        for run in _runs(points)
    )
    dots = "".join(f'<circle class="dot" cx="{x(d):.1f}" cy="{y(v):.1f}" r="2.4"/>' for d, v in known)
    ends = "".join(
        f'<text class="tick" x="{at}" y="{HEIGHT - 6}"{anchor}>{date.fromordinal(day).isoformat()}</text>'
        for at, day, anchor in ((LEFT, first, ""), (WIDTH - RIGHT, last, ' text-anchor="end"'))
    )
    return f"{lines}{dots}{ends}"


def _y_of(share: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)


def _share_marks() -> str:
    return _marks((0.0, 0.5, 1.0), _y_of, "{:.0%}".format)


def _marks(values: Iterable[float], y: Callable[[float], float], said: Callable[[float], str]) -> str:
    return "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(v):.1f}" y2="{y(v):.1f}"/>'
        f'<text class="tick" x="{LEFT - 6}" y="{y(v) + 3.5:.1f}" text-anchor="end">{said(v)}</text>'
        for v in values
    )


def _framed(inside: str, said: str) -> Markup:
    return Markup(f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">{inside}</svg>')


def sparkline(points: Sequence[tuple[date, int | None]]) -> Markup:
    """A line without axes, for a table's row; empty with fewer than two numbers."""
    known = _known(points)
    if len(known) < 2:
        return Markup("")
    low, high = min(value for _, value in known), max(value for _, value in known)
    first, last = known[0][0], known[-1][0]
    path = " ".join(
        f"{2 + (SPARK_WIDTH - 4) * (day - first) / max(1, last - first):.1f},"
        f"{SPARK_HEIGHT - 4 - (SPARK_HEIGHT - 8) * ((value - low) / (high - low) if high > low else 0.5):.1f}"
        for day, value in known
    )
    tone = "up" if known[-1][1] >= known[0][1] else "down"
    return Markup(
        f'<svg class="spark {tone}" viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}" aria-hidden="true">'
        f'<polyline points="{path}"/></svg>'
    )


def _runs(points: Sequence[tuple[date, float | None]]) -> list[list[tuple[int, float]]]:
    """Stretches of days with numbers: a line is drawn inside a stretch, never across an unknown day."""
    runs: list[list[tuple[int, float]]] = [[]]
    for day, value in points:
        if value is None:
            runs.append([])
        else:
            if runs[-1] and day.toordinal() - runs[-1][-1][0] > 1:
                runs.append([])
            runs[-1].append((day.toordinal(), float(value)))
    return [run for run in runs if len(run) > 1]
