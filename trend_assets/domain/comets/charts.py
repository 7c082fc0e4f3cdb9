"""Charts of the Comet assets as PNG bytes, drawn by us from numbers only; what people wrote is never in them."""

import io
from collections.abc import Mapping, Sequence

STEP_NAMES = {
    "processed": "Processed",
    "platform_check": "Platform",
    "pronoun_check": "Pronoun",
    "face_check": "Face",
    "criteria_check": "Criteria",
    "bio_check": "Bio",
    "saved": "New on roster",
}


def funnel_chart(steps: Sequence[Mapping[str, object]]) -> bytes:
    """A bar per step: passed, rejected and not judged of who entered (rows of comets.funnel in order)."""
    figure, axes = _figure(7, 3.2)
    names = [STEP_NAMES.get(str(step["step"]), "?") for step in steps]
    left = [0] * len(steps)
    for part, colour in (("passed", "#2a9d8f"), ("rejected", "#e76f51"), ("not_judged", "#bbbbbb")):
        widths = [int(str(step[part])) for step in steps]
        axes.barh(names, widths, left=left, color=colour, label=part.replace("_", " "))
        left = [start + width for start, width in zip(left, widths, strict=True)]
    for position, step in enumerate(steps):
        axes.text(left[position], position, f" {step['passed']}", va="center", fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("creators (the number is who passed)")
    axes.legend(fontsize=7, loc="lower right")
    return _png(figure)


def history_chart(series: Sequence[tuple[Sequence[object], Sequence[float]]]) -> bytes:
    """Followers over days of the creators that grew most, one line each, numbered by rank."""
    figure, axes = _figure(7, 3.2)
    for rank, (days, followers) in enumerate(series, start=1):
        axes.plot(days, followers, marker="o", markersize=2, linewidth=1, label=f"#{rank}")
    axes.set_ylabel("followers")
    axes.tick_params(axis="x", labelrotation=30, labelsize=7)
    if series:
        axes.legend(fontsize=7, ncols=2)
    return _png(figure)


def _figure(width: float, height: float):
    # the object interface: pyplot keeps figures in a global list, which leaks in a long-lived process
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _png(figure) -> bytes:
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=90)
    return target.getvalue()
