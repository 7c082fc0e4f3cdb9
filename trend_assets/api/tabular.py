"""Lists as CSV, for spreadsheets: what begins like a formula is kept a text."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response

from trend_assets.rendering.tabular import guarded

ListFormat = Annotated[Literal["json", "csv"], Query(description="csv: the same page for a spreadsheet.")]

CSV_TOO: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
"""The documentation of a route that answers with `csv_response` as well."""


def csv_response(rows: Iterable[Mapping[str, Any]], *, columns: Sequence[str], name: str) -> Response:
    """`columns` of `rows` as a file called `name`.csv; unknown is empty."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return Response(
        "\ufeff" + written.getvalue(),  # without it Excel reads another encoding
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return _cell(" ".join(map(str, value)))
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return guarded(value) if isinstance(value, str) else value
