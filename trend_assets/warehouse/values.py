"""Values of any pandas column as an Arrow array of a catalogue column's type, with a reason for what it cannot hold.

    pandas Series ──convert──▶ Arrow array (bad values NULL) + [Problem(row, reason)]

Text is cleaned on the way (`text.clean_text`). Nothing raises on a bad value and nothing is guessed: "1.2M", 1.5 or
2^63 in a whole number, an infinite number, a time without zone become NULL with a reason. Rows and partitions belong
to `rows.py`. What a value becomes does not depend on the dtype that carries it.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trend_assets.tables.model import Column
from trend_assets.text import clean_text

# the characters that clean_text removes, in RE2's spelling; surrogates cannot be in UTF-8 at all
_UNCLEAN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{fffe}\x{ffff}]"
_WHOLE_LIMITS = {"integer": 2**31, "bigint": 2**63}
_NUMERIC_LIMITS = {"numeric(14,6)": 1e8, "numeric(14,2)": 1e12}
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that its column cannot hold: which row of the frame, which column, why (without a final stop)."""

    row: int
    column: str
    reason: str


class Unholdable(ValueError):
    """One value that its column cannot hold."""


def convert(column: Column, values: pd.Series) -> tuple[pa.Array, list[Problem]]:
    """`values` as an Arrow array that COPY writes for `column`, NULL where a value is unknown or cannot be held.

    text, text[], jsonb and bytea come as strings in Postgres' spelling, numbers as int64 or float64, date as date32,
    timestamptz as timestamp[us, UTC].
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    array, problems = _typed(column, values)
    if column.minimum is not None or column.maximum is not None:
        array, outside = _within_limits(column, array)
        problems += outside
    return array, problems


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of `convert`'s result for this column."""
    if column.type in _WHOLE_LIMITS:
        return pa.int64()
    if column.type == "double precision" or column.type in _NUMERIC_LIMITS:
        return pa.float64()
    return pa.large_string() if column.type == "text" else _ONE_BY_ONE[column.type][0]


def _typed(column: Column, values: pd.Series) -> tuple[pa.Array, list[Problem]]:
    if column.type == "text":
        return _text(column, values)
    if column.type in _WHOLE_LIMITS:
        return _whole_numbers(column, values)
    if column.type == "double precision" or column.type in _NUMERIC_LIMITS:
        return _numbers(column, values)
    if column.type == "timestamptz" and _is_zoned(values.dtype):
        return _times(values), []
    if column.type == "boolean" and pd.api.types.is_bool_dtype(values.dtype):
        return _flat(pa.array(values, type=pa.bool_(), from_pandas=True)), []
    kind, one = _ONE_BY_ONE[column.type]
    if column.type == "date" and pd.api.types.infer_dtype(values, skipna=True) == "date":
        return _flat(pa.array(values, type=kind, from_pandas=True)), []
    return _one_by_one(column, values, kind, one)


def _one_by_one(
    column: Column, values: Iterable[Any], kind: pa.DataType, one: Callable[[Any], Any]
) -> tuple[pa.Array, list[Problem]]:
    """Each value through `one`; what it refuses becomes NULL with its reason."""
    converted: list[Any] = []
    problems: list[Problem] = []
    before, converted_before = None, None
    for row, value in enumerate(values):
        if value is before:  # all rows of an answer share the same times
            converted.append(converted_before)
            continue
        if is_unknown(value):
            converted.append(None)
            continue
        try:
            converted.append(one(value))
            before, converted_before = value, converted[-1]
        except (Unholdable, ValueError, OverflowError, RecursionError) as error:
            converted.append(None)
            reason = str(error) if isinstance(error, Unholdable) else f"{shown(value)} is not of type {column.type}"
            problems.append(Problem(row, column.name, reason))
    return pa.array(converted, type=kind), problems


def is_unknown(value: Any) -> bool:
    """None, NaN, pandas' NA and NaT."""
    if isinstance(value, Decimal):
        return value.is_nan()
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or value is pd.NA or value is pd.NaT


def plain(value: Any) -> Any:
    """A value without what its dtype adds: numpy's and pandas' scalars as Python's, 12.0 as 12, times as ISO text."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        return int(value)
    if isinstance(value, date):  # datetime and pandas' Timestamp too
        return value.isoformat()
    return value


def shown(value: Any) -> str:
    """A value as a reason may quote it: clean and short, the same from every dtype."""
    return clean_text(repr(plain(value)), limit=_SHOWN)


# --- text ---------------------------------------------------------------------------------------------------------


def _text(column: Column, values: pd.Series) -> tuple[pa.Array, list[Problem]]:
    if isinstance(values.dtype, pd.ArrowDtype) and values.dtype.type is not str:
        return _one_by_one(column, values, pa.large_string(), _one_text)  # Arrow would spell numbers and times
    try:
        array = _flat(pa.array(values, type=pa.large_string(), from_pandas=True))
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        return _one_by_one(column, values, pa.large_string(), _one_text)
    if _is_printable_ascii(array):
        return array, []
    unclean = pc.match_substring_regex(array, _UNCLEAN)
    if pc.any(unclean).as_py():
        cleaned = [clean_text(text) for text in array.filter(unclean).to_pylist()]
        array = pc.replace_with_mask(array, pc.fill_null(unclean, False), pa.array(cleaned, type=pa.large_string()))
    return array, []


def _is_printable_ascii(array: pa.Array) -> bool:
    """Whether no byte is outside the space to the tilde: ids, handles and codes, a tenth of the regex's price."""
    _, offsets, data = array.buffers()
    if data is None or offsets is None:
        return True
    limits = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    characters = np.frombuffer(data, dtype=np.uint8)[limits[0] : limits[-1]]
    return not bool(((characters - np.uint8(0x20)) > 0x7E - 0x20).any())


def _one_text(value: Any) -> str:
    if isinstance(value, str):
        return clean_text(value)
    number = plain(value)  # ids that a provider sends as numbers, and pandas as floats where one is unknown
    if isinstance(number, int) and not isinstance(number, bool):
        return str(number)
    raise Unholdable(f"{shown(value)} is not text")


def _one_array(value: Any) -> str:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        raise Unholdable(f"{shown(value)} is not a list of texts")
    quoted = (_one_text(item).replace("\\", "\\\\").replace('"', '\\"') for item in value if not is_unknown(item))
    return "{" + ",".join(f'"{item}"' for item in quoted) + "}"


def _one_json(value: Any) -> str:
    return json.dumps(_plain_json(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _plain_json(value: Any) -> Any:
    """`value` as JSON can hold it: clean texts, NaN and infinity as null, numpy's numbers as Python's."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {clean_text(str(key)): _plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [
            _plain_json(item) for item in (sorted(value, key=repr) if isinstance(value, set | frozenset) else value)
        ]
    if is_unknown(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating | Decimal):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise Unholdable(f"{shown(value)} cannot be written as JSON")


def _one_bytes(value: Any) -> str:
    if not isinstance(value, bytes | bytearray | memoryview):
        raise Unholdable(f"{shown(value)} are not bytes")
    return "\\x" + bytes(value).hex()


# --- numbers ------------------------------------------------------------------------------------------------------


def _whole_numbers(column: Column, values: pd.Series) -> tuple[pa.Array, list[Problem]]:
    limit = _WHOLE_LIMITS[column.type]
    if pd.api.types.is_integer_dtype(values.dtype):
        try:
            array = _flat(pa.array(values, type=pa.int64(), from_pandas=True))
        except (pa.ArrowInvalid, OverflowError):
            array = None
        if array is not None and (limit == 2**63 or _all_between(array, -limit, limit - 1)):
            return array, []
    elif pd.api.types.is_float_dtype(values.dtype):
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        known = ~np.isnan(numbers)
        # above 2^53 a float no longer says which whole number it was
        if (np.abs(numbers[known]) <= min(limit - 1, 2**53)).all() and (numbers[known] % 1 == 0).all():
            return pa.array(np.where(known, numbers, 0).astype("int64"), mask=~known), []

    def one(value: Any) -> int:
        if isinstance(value, bool | np.bool_) or not isinstance(
            value, int | float | np.integer | np.floating | Decimal
        ):
            raise Unholdable(f"{shown(value)} is not a whole number")
        if not math.isfinite(value) or value != int(value):
            raise Unholdable(f"{shown(value)} is not a whole number")
        if isinstance(value, float | np.floating) and abs(float(value)) > 2**53:
            raise Unholdable(f"{shown(value)} is too large to be exact")
        if not -limit <= int(value) < limit:
            raise Unholdable(f"{shown(value)} does not fit into {column.type}")
        return int(value)

    return _one_by_one(column, values, pa.int64(), one)


def _numbers(column: Column, values: pd.Series) -> tuple[pa.Array, list[Problem]]:
    limit = _NUMERIC_LIMITS.get(column.type, math.inf)
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        unknown = np.isnan(numbers)
        if (np.abs(numbers[~unknown]) < limit).all():
            return pa.array(numbers, mask=unknown), []

    def one(value: Any) -> float:
        if isinstance(value, bool | np.bool_) or not isinstance(
            value, int | float | np.integer | np.floating | Decimal
        ):
            raise Unholdable(f"{shown(value)} is not a number")
        number = float(value)
        if math.isnan(number):
            raise Unholdable(f"{shown(value)} is not a number")
        if not abs(number) < limit:
            raise Unholdable(f"{shown(value)} does not fit into {column.type}")
        return number

    return _one_by_one(column, values, pa.float64(), one)


def _within_limits(column: Column, array: pa.Array) -> tuple[pa.Array, list[Problem]]:
    """NULL, with a reason, for what is below the column's minimum or above its maximum."""
    if not len(array) or (not pa.types.is_integer(array.type) and not pa.types.is_floating(array.type)):
        return array, []
    problems: list[Problem] = []
    for limit, is_outside, word in ((column.minimum, pc.less, "below"), (column.maximum, pc.greater, "above")):
        if limit is None:
            continue
        outside = pc.fill_null(is_outside(array, limit), False)
        if not pc.any(outside).as_py():
            continue
        problems += [
            Problem(int(row), column.name, f"{shown(array[int(row)].as_py())} is {word} {limit:g}")
            for row in np.flatnonzero(outside.to_numpy(zero_copy_only=False))
        ]
        array = pc.if_else(outside, pa.scalar(None, type=array.type), array)
    return array, problems


def _all_between(array: pa.Array, low: int, high: int) -> bool:
    limits = pc.min_max(array).as_py()
    return limits["min"] is None or (limits["min"] >= low and limits["max"] <= high)


# --- dates and times ----------------------------------------------------------------------------------------------


def _is_zoned(dtype: Any) -> bool:
    """Whether every value of a column is a time with a zone; naive ones are judged one by one."""
    if isinstance(dtype, pd.ArrowDtype):
        return pa.types.is_timestamp(dtype.pyarrow_dtype) and dtype.pyarrow_dtype.tz is not None
    return isinstance(dtype, pd.DatetimeTZDtype)


def _times(values: pd.Series) -> pa.Array:
    return pc.cast(_flat(pa.array(values, from_pandas=True)), pa.timestamp("us", "UTC"), safe=False)


def _one_time(value: Any) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        raise Unholdable(f"{shown(value)} is not a time")
    if value.tzinfo is None:
        raise Unholdable(f"{shown(str(value))} has no time zone")
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime(warn=False)
    return value.astimezone(UTC)


def _one_date(value: Any) -> date:
    if isinstance(value, datetime):  # pandas' Timestamp too
        if (value.hour, value.minute, value.second, value.microsecond) != (0, 0, 0, 0):
            raise Unholdable(f"{shown(str(value))} is a time, no date")
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        return date.fromisoformat(value)
    raise Unholdable(f"{shown(value)} is not a date")


def _one_boolean(value: Any) -> bool:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    raise Unholdable(f"{shown(value)} is neither true nor false")


_ONE_BY_ONE: dict[str, tuple[pa.DataType, Callable[[Any], Any]]] = {
    "text[]": (pa.large_string(), _one_array),
    "jsonb": (pa.large_string(), _one_json),
    "bytea": (pa.large_string(), _one_bytes),
    "date": (pa.date32(), _one_date),
    "timestamptz": (pa.timestamp("us", "UTC"), _one_time),
    "boolean": (pa.bool_(), _one_boolean),
}


def _flat(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """pandas' Arrow-backed columns come in chunks."""
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
