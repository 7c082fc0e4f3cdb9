"""Rules that follow from the catalogue alone, as sentences: what makes a frame unfit to become a partition."""

import pandas as pd

from trend_assets.tables.model import Table


def broken_rules(table: Table, frame: pd.DataFrame) -> list[str]:
    """The rules of the catalogue that `frame` breaks, one sentence each; empty when it is fit to be written.

    Checked: unknown columns, missing and NULL values in non-null columns, repeated keys, minimum and maximum,
    infinite numbers, and no rows where the table is never empty.
    """
    problems = []
    if unknown := [name for name in frame.columns if name not in set(table.column_names)]:
        problems.append(f"{table.address} has no columns {', '.join(map(str, unknown))}.")
    if frame.empty:
        if table.never_empty:
            problems.append(f"{table.address} has no rows, and it always has some.")
        return problems
    for column in table.columns:
        if column.name not in frame.columns:
            if not column.nullable and not column.default:
                problems.append(f"{table.address}.{column.name} is missing, and it may not be unknown.")
            continue
        values = frame[column.name]
        missing = values.isna()
        if not column.nullable and not column.default and missing.any():
            problems.append(
                f"{table.address}.{column.name} is unknown in {int(missing.sum())} rows, and it may not be."
            )
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            numbers = values[~missing].astype(float)
            if not numbers.map(lambda number: number not in (float("inf"), float("-inf"))).all():
                problems.append(f"{table.address}.{column.name} holds infinite numbers.")
            if column.minimum is not None and (below := int((numbers < column.minimum).sum())):
                problems.append(f"{table.address}.{column.name} is below {column.minimum:g} in {below} rows.")
            if column.maximum is not None and (above := int((numbers > column.maximum).sum())):
                problems.append(f"{table.address}.{column.name} is above {column.maximum:g} in {above} rows.")
    key = [name for name in table.key if name in frame.columns]
    if len(key) == len(table.key) and (repeats := int(frame.duplicated(key).sum())):
        problems.append(f"{table.address} repeats its key ({', '.join(key)}) in {repeats} rows.")
    return problems
