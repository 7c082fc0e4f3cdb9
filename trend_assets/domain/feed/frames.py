"""Rows of frames as plain values: one place for what the type checker cannot know about a column."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import pandas as pd

from trend_assets.tables.catalogue import OWN_TABLES
from trend_assets.text import plural

Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows as named tuples, without the index."""
    return iter(frame.itertuples(index=False))


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dicts by column name."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def known_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """As `records_of`, with None for what is not known, as a database gives it."""
    return records_of(frame.astype(object).where(frame.notna(), None))


def frame_of(address: str, rows: Sequence[Mapping[str, Any]] | pd.DataFrame) -> pd.DataFrame:
    """Rows of a table, like `comets.creators`, with all its columns and no other, and values as they are."""
    columns = OWN_TABLES[address].column_names
    if isinstance(rows, pd.DataFrame):
        return rows[columns].reset_index(drop=True)
    return pd.DataFrame(rows, columns=columns, dtype=object)


def grouped(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    """Rows by a key, in their order."""
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


class InputsDisagree(Exception):
    """Two tables of a day were made of different data; the message says which, and what to do."""


def must_hold(table: str, known: Collection[Hashable], *, all_of: Iterable[Hashable], named_by: str) -> None:
    """Refuse tables of which one names what the other does not have: one of them is of an older state of the day."""
    missing = sum(key not in known for key in all_of)
    if missing:
        raise InputsDisagree(
            f"Not in {table}: {plural(missing, 'row')} of {named_by}. The two are of different states of the day. "
            "Materialize the group feed of this day, all of it is then made of one."
        )
