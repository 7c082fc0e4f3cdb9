"""The items as CSV and Parquet: one row per item, flat columns, straight from the rows of `feed.newsletter_stories`.

A spreadsheet runs a cell that starts with `=`; such texts get an apostrophe in front in CSV (ASVS 1.2.10), but not
those of letters, digits, _ and - alone: nothing in them can run, and one id of YouTube in 64 begins with -. It
begins with a byte order mark: without one Excel takes its letters for others. Parquet carries types, so its texts stay
as they are. Numbers stay numbers in both.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from trend_assets.domain.numbers import missing
from trend_assets.newsletters.rendering.links import safe_link
from trend_assets.text import MARK, display_text, guarded

COLUMNS: tuple[tuple[str, str], ...] = (
    ("observed_date", "date"), ("newsletter", "text"), ("place", "int"), ("story_id", "text"), ("section", "text"),
    ("headline", "text"), ("line", "text"), ("figure", "text"), ("comparison", "text"), ("chance", "float"),
    ("chance_reason", "text"),
    ("title", "text"), ("url", "link"), ("platform", "text"), ("external_id", "text"), ("source", "text"),
    ("creator_handle", "text"), ("creator_followers", "int"), ("posted_at", "time"), ("measured_at", "time"),
    ("views", "int"), ("delta_views", "int"), ("views_per_hour", "float"), ("score", "float"), ("why", "text"),
    ("score_class", "text"), ("baseline", "float"), ("baseline_items", "int"), ("outlier_score", "float"),
    ("first_seen_at", "time"), ("days_on_radar", "int"), ("data_age_hours", "float"), ("sources", "list"),
    ("flags", "list"), ("is_simulated", "bool"),
)  # fmt: skip


def _value(row: Mapping[str, Any], name: str, kind: str) -> Any:
    value = row.get(name)
    if kind == "list":
        return "; ".join(display_text(str(one), limit=200) for one in value) if isinstance(value, list) else ""
    if missing(value):
        return None
    if kind == "link":
        return safe_link(value)
    if kind == "text":
        return display_text(str(value), limit=1000)
    if kind == "int":
        return int(value)  # type: ignore[arg-type]
    if kind == "float":
        return float(value)  # type: ignore[arg-type]
    if kind in ("time", "date") and not isinstance(value, date):
        raise TypeError(f"{name} is not a {kind}.")
    return bool(value) if kind == "bool" else value


def flat_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `feed.newsletter_stories` as the flat columns. Raises ValueError or TypeError for a wrong value."""
    return {name: _value(row, name, kind) for name, kind in COLUMNS}


def render_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Text with a byte order mark, a header and RFC 4180 line ends, from flat rows."""
    out = io.StringIO()
    out.write(MARK)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([name for name, _ in COLUMNS])
    for row in rows:
        writer.writerow([_cell(row[name], kind) for name, kind in COLUMNS])
    return out.getvalue()


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if kind == "time":
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind == "date":
        return value.isoformat()
    if kind == "float":
        return repr(round(value, 6))
    return guarded(str(value)) if kind in ("text", "link", "list") else str(value).lower()


def render_parquet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The same columns with types, from flat rows; the same rows give the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "date": pa.date32(), "int": pa.int64(), "float": pa.float64(), "text": pa.string(), "link": pa.string(),
        "time": pa.timestamp("us", tz="UTC"), "bool": pa.bool_(), "list": pa.string(),
    }  # fmt: skip
    columns = {name: pa.array([row[name] for row in rows], type=types[kind]) for name, kind in COLUMNS}
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="zstd")
    return out.getvalue()
