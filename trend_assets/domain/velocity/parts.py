"""The numbers that went into one row's scores, seen as a mapping without being one dict per row.

A dict of 25 numbers takes 1.7 kB: a million rows of a day would hold 1.7 GB until they are written. `Parts` is a row
number beside the columns that all rows share, and reads like the dict. Which parts there are belongs to `scoring.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd


class Parts(Mapping[str, object]):
    """One row of shared columns: name → value as JSON holds it; unknown ones are left out."""

    __slots__ = ("_columns", "_row")

    def __init__(self, columns: Mapping[str, np.ndarray[Any, Any]], row: int) -> None:
        self._columns, self._row = columns, row

    def __getitem__(self, name: str) -> object:
        value = self._columns[name][self._row]
        if pd.isna(value):
            raise KeyError(name)
        return value.item() if isinstance(value, np.generic) else value

    def __iter__(self) -> Iterator[str]:
        return (name for name, values in self._columns.items() if not pd.isna(values[self._row]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))


def parts_of(items: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """Per row of `items` its `names`, of those that are there."""
    columns = {name: _values(items[name]) for name in names if name in items}
    parts = np.fromiter(map(Parts, repeat(columns), range(len(items))), dtype=object, count=len(items))
    return pd.Series(parts, index=items.index)


def _values(column: pd.Series) -> np.ndarray[Any, Any]:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        return column.to_numpy()
    codes, values = pd.factorize(column)  # equal values are one object
    return np.array([*values, None], dtype=object)[codes]
