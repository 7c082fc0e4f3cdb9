"""Frames and Arrow tables as COPY reads and writes them.

    in:   Arrow ──csv_of──▶ CSV for COPY
    out:  COPY's CSV ──read_csv──▶ Arrow ──▶ typed DataFrame

What a frame's rows are worth is judged in `rows.py`, single values in `values.py`.
"""

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv


def csv_of(arrow: pa.Table) -> bytes:
    """The rows as COPY reads them with FORMAT csv: NULL is nothing, the empty text is ""."""
    sink = io.BytesIO()
    pacsv.write_csv(arrow, sink, pacsv.WriteOptions(include_header=False))
    return sink.getvalue()


# --- out ------------------------------------------------------------------------------------------------------------

# by Postgres' type: what Arrow parses from COPY's CSV
_ARROW_TYPES: dict[str, pa.DataType] = {
    "int2": pa.int64(), "int4": pa.int64(), "int8": pa.int64(), "float4": pa.float64(), "float8": pa.float64(),
    "numeric": pa.float64(), "date": pa.date32(), "timestamptz": pa.timestamp("us", "UTC"),
}  # fmt: skip


def read_csv(chunks: Iterable[bytes | bytearray | memoryview], columns: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """The typed frame of COPY's CSV; `columns` are names and Postgres types (`int8`, `text`, `_text`, `jsonb`, …).

    Whole numbers come as Int64, numbers as float64 (NaN is NULL), booleans as boolean, text as str, dates, arrays,
    JSON and bytes as objects, times as datetime64[us, UTC].
    """
    sink = pa.BufferOutputStream()  # taken piece by piece and parsed where it lies: one copy of a large answer
    for chunk in chunks:
        sink.write(chunk)
    buffer = sink.getvalue()
    if not columns:
        return pd.DataFrame()
    # names may repeat in a query (a.x, b.x): parse by position, name at the end
    positions = [str(index) for index in range(len(columns))]
    if buffer.size == 0:
        arrow = pa.table(
            {
                position: pa.array([], type=_arrow_type(kind))
                for position, (_, kind) in zip(positions, columns, strict=True)
            }
        )
    else:
        arrow = pacsv.read_csv(
            pa.BufferReader(buffer),
            # a block must hold the longest row; bodies and texts can be long
            read_options=pacsv.ReadOptions(column_names=positions, block_size=min(max(buffer.size, 1 << 20), 1 << 30)),
            parse_options=pacsv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pacsv.ConvertOptions(
                column_types={
                    position: _arrow_type(kind) for position, (_, kind) in zip(positions, columns, strict=True)
                },
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    series = [_series(arrow[position], kind) for position, (_, kind) in zip(positions, columns, strict=True)]
    frame = pd.concat(series, axis=1)
    frame.columns = [name for name, _ in columns]
    return frame


def _arrow_type(kind: str) -> pa.DataType:
    return _ARROW_TYPES.get(kind, pa.large_string())


def _series(array: pa.ChunkedArray, kind: str) -> pd.Series:
    if kind in ("int2", "int4", "int8"):
        return array.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    if kind in ("float4", "float8", "numeric"):
        return array.to_pandas().astype("float64")
    if kind == "timestamptz":
        return array.to_pandas().astype("datetime64[us, UTC]")
    if kind == "bool":
        mapping = {"t": True, "f": False, None: None}
        return pd.Series([mapping[value] for value in array.to_pylist()], dtype="boolean")
    if kind in ("json", "jsonb"):
        return _objects(None if value is None else json.loads(value) for value in array.to_pylist())
    if kind == "bytea":
        return _objects(None if value is None else bytes.fromhex(value[2:]) for value in array.to_pylist())
    if kind.startswith("_"):
        return _objects(None if value is None else json.loads(value) for value in array.to_pylist())
    return array.to_pandas(types_mapper={pa.large_string(): pd.StringDtype(na_value=np.nan)}.get)


def _objects(values: Iterable[Any]) -> pd.Series:
    """An object column that keeps lists and dicts whole."""
    listed = list(values)
    column = np.empty(len(listed), dtype=object)
    for row, value in enumerate(listed):
        column[row] = value  # a slice assignment would unpack lists of equal length
    return pd.Series(column, dtype=object)
