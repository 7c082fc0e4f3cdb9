"""The scoreboard as pictures: a bar per score, and chances beside what came true. PNG, nothing untrusted."""

import io
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OUR_COLOUR, PLAIN_COLOUR = "#2563eb", "#9ca3af"
PANELS = 4
COLOURS = 24


def plot_scoreboard(means: pd.DataFrame, *, ours: tuple[str, ...], column: str, title: str) -> bytes:
    """Bars of `column` (0-1) per `score`, one panel per `label`; `means` has columns label, score, base_rate and
    `column`. The dashed line is chance (the base rate)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    labels = sorted(means["label"].unique())
    figure = Figure(figsize=(4.6 * max(len(labels), 1), 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    for number, label in enumerate(labels, start=1):
        axes = figure.add_subplot(1, len(labels), number)
        rows = means[means["label"] == label].sort_values([column, "score"], na_position="first")
        colours = [OUR_COLOUR if score in ours else PLAIN_COLOUR for score in rows["score"]]
        axes.barh(rows["score"], rows[column].fillna(0.0), color=colours)
        axes.axvline(float(rows["base_rate"].mean()), linestyle="--", color="#111827", linewidth=1)
        axes.set_title(label.replace("_", " "), fontsize=10)
        axes.set_xlabel(column.replace("_", " "))
        axes.tick_params(labelsize=8)
    figure.suptitle(title, fontsize=11)
    return _png(figure)


def plot_reliability(bins_of: Mapping[str, Sequence[Mapping[str, float]]], *, inches: float = 4.2) -> bytes:
    """One panel of `inches` per name, PANELS in a row: what was said (x) and what came true (y), a dot per tenth, as
    large as it has items; on the dashed line both are the same. `bins`: {said, true, items}."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns, rows = min(max(len(bins_of), 1), PANELS), max(-(-len(bins_of) // PANELS), 1)
    figure = Figure(figsize=(inches * columns, inches * rows), layout="constrained")
    FigureCanvasAgg(figure)
    for number, (name, bins) in enumerate(bins_of.items(), start=1):
        axes = figure.add_subplot(rows, columns, number)
        axes.plot([0, 1], [0, 1], linestyle="--", color="#111827", linewidth=1)
        said, true = [each["said"] for each in bins], [each["true"] for each in bins]
        axes.plot(said, true, color=OUR_COLOUR, linewidth=1)
        axes.scatter(said, true, s=[12 + 4 * each["items"] ** 0.5 for each in bins], color=OUR_COLOUR)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_title("\n".join(textwrap.wrap(name, round(10.5 * inches))), fontsize=9)
        axes.set_xlabel("chance that was said")
        axes.set_ylabel("share that rose")
        axes.tick_params(labelsize=8)
    return _png(figure)


def _png(figure: "Figure") -> bytes:
    from PIL import Image

    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    # a quarter of the bytes, since Dagster's event log keeps every day's; no name and version of the software, so that
    # the same table gives the same bytes
    picture = Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(small, "PNG", optimize=True)
    return small.getvalue()
