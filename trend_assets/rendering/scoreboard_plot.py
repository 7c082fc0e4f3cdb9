"""The scoreboard as a picture: one bar per score, ours and the plain ones apart by colour. PNG, nothing untrusted."""

import io

import pandas as pd

OUR_COLOUR, PLAIN_COLOUR = "#2563eb", "#9ca3af"


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
    buffer = io.BytesIO()
    # without the software's name and version the same table gives the same bytes
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()
