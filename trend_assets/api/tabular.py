"""Lists as files: CSV carries the data as it is, .xlsx is for spreadsheets, where a text is a text whatever it says.

A list that a route answers with is offered in both (`ListFormat`, `listed`); which lists there are follows from
the routes' models, and a test walks them. An issue's files are rendered in `newsletters/rendering/`.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from pydantic import BaseModel

from trend_assets.api.problems import responses
from trend_assets.text import clean_text

Form = Literal["json", "csv", "xlsx"]
ListFormat = Annotated[Form, Query(description="csv: the same page as data; xlsx: for a spreadsheet.")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_767
"""Characters that a spreadsheet takes in one cell."""
EXACT = 10**15
"""Spreadsheets keep fifteen digits of a number; one with more is written as a text."""

_FILES = {"text/csv": {"schema": {"type": "string"}}, XLSX: {"schema": {"type": "string", "format": "binary"}}}


def or_file(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documentation of a route that answers with `table_response` as well, and with these problems."""
    return {200: {"content": _FILES}, **responses(*statuses)}


def listed(page: BaseModel | str, row: type[BaseModel], form: Form, *, name: str, of: str = "items") -> Response:
    """A page (or its JSON) as asked: whole as JSON, or its list `of`, whose rows are `row`, as a file called `name`."""
    text = page if isinstance(page, str) else page.model_dump_json()
    if form == "json":
        return Response(text, media_type="application/json")
    body = json.loads(text)
    return table_response(
        body[of], columns=list(row.model_fields), name=name, form=form, next_cursor=body.get("next_cursor")
    )


def table_response(
    rows: Iterable[Mapping[str, Any]],
    *,
    columns: Sequence[str],
    name: str,
    form: Literal["csv", "xlsx"],
    next_cursor: str | None = None,
) -> Response:
    """`columns` of `rows` as a file called `name`; unknown is empty. A table has no place for `next_cursor`: it goes
    into a header."""
    table = [[_plain(row.get(column)) for column in columns] for row in rows]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    if next_cursor:
        headers["X-Next-Cursor"] = next_cursor
    if form == "csv":
        return Response(_csv(columns, table), media_type="text/csv; charset=utf-8", headers=headers)
    return Response(_xlsx(columns, table), media_type=XLSX, headers=headers)


def _csv(columns: Sequence[str], table: list[list[Any]]) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(table)
    return written.getvalue().encode()


def _xlsx(columns: Sequence[str], table: list[list[Any]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("list")
    sheet.freeze_panes = "A2"
    sheet.append(list(columns))
    for row in table:
        sheet.append([_of_sheet(sheet, value) for value in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _of_sheet(sheet: Any, value: Any) -> Any:
    if isinstance(value, int) and abs(value) >= EXACT:
        value = str(value)
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, clean_text(value, limit=LONGEST_CELL))
    cell.data_type = "s"  # never a formula, whatever it begins with
    return cell


def _plain(value: Any) -> Any:
    """A value as one cell: lists of words with blanks between them, what is nested as JSON."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        if any(isinstance(each, Mapping) for each in value):
            return json.dumps(value, ensure_ascii=False, default=str)
        return " ".join(map(str, value))
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.isoformat() if isinstance(value, date) else value
