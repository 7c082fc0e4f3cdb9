"""The catalogue is fit to make tables of, and what is made from it is up to date."""

import re

import pytest

from trend_assets.commands.docs import PROJECT
from trend_assets.commands.tables_page import page
from trend_assets.tables.model import Table
from trend_assets.warehouse.tables import TABLES

NAMED_BY_THE_SPECIFICATION = {"already_tracked"}
ALL = pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.address)


def test_the_page_of_tables_is_the_catalogue() -> None:
    assert (PROJECT / "docs" / "tables.md").read_text(encoding="utf-8") == page(), "run: make docs"


@ALL
def test_a_table_says_its_grain_and_has_a_key_of_its_own_never_unknown_columns(table: Table) -> None:
    assert table.grain.startswith("One row per ") and table.grain.endswith(".")
    assert table.key and len(set(table.key)) == len(table.key)
    assert all(not table.column(name).nullable for name in table.key)
    assert len(set(table.column_names)) == len(table.column_names)
    for names in (*table.indexes, table.person_columns):
        assert set(names) <= set(table.column_names)


@ALL
def test_a_partitioned_tables_key_begins_with_its_day_or_holds_it(table: Table) -> None:
    if table.partition_column:
        assert table.partition_column in table.key
        assert table.column(table.partition_column).type == "date"


@ALL
def test_names_follow_the_rules_and_every_column_is_described(table: Table) -> None:
    for column in table.columns:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
        assert len(column.description) > 3 and column.description != column.name.replace("_", " ")
        if column.name.endswith("_at"):
            assert column.type == "timestamptz", column.name
        if column.name.startswith(("is_", "has_")):
            assert column.type == "boolean", column.name
        if column.type == "boolean":
            assert column.name.startswith(("is_", "has_")) or column.name in NAMED_BY_THE_SPECIFICATION, column.name
