"""What analysts take away: a login that reads four schemas and no more, the dashboard's queries, Parquet exports."""

import json
from datetime import date
from pathlib import Path

import psycopg
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from trend_assets.commands.export import export, parquet_schema
from trend_assets.warehouse.errors import WarehouseMisconfigured
from trend_assets.warehouse.roles import drop_login, make_login
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.integration.test_subjects import TODAY, fill

ROLE = "bi_of_a_test"
BOARD = Path(__file__).parents[2] / "contrib" / "grafana-dashboard.json"


@pytest.fixture(scope="module")
def filled(module_database_url):
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        fill(connection)
    return module_database_url


@pytest.fixture(scope="module")
def login(filled):
    yield make_login(filled, ROLE, "first")
    assert drop_login(filled, ROLE)
    assert not drop_login(filled, ROLE)


def test_a_reader_for_charts_reads_four_schemas_and_changes_nothing(filled, login):
    with psycopg.connect(login, autocommit=True) as connection:
        set_to = [connection.execute(f"SHOW {name}").fetchone()[0] for name in ("statement_timeout", "timezone")]
        assert set_to == ["1min", "UTC"]
        for address, table in TABLES.items():
            may = connection.execute(
                "SELECT has_schema_privilege(%s, 'USAGE') AND has_table_privilege(%s, 'SELECT')",
                (table.schema, address),
            ).fetchone()
            assert may == (table.schema in ("feed", "velocity", "trends", "comets"),), address
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM trends.posts")
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM trends.posts")


def test_a_table_that_comes_later_is_read_too_and_the_command_again_changes_the_password(filled, login):
    with psycopg.connect(filled, autocommit=True) as connection:
        connection.execute("CREATE TABLE feed.comes_later AS SELECT 1 AS n")
    with psycopg.connect(make_login(filled, ROLE, "s:c/o@nd%?#")) as connection:
        assert connection.execute("SELECT n FROM feed.comes_later").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(login)
    make_login(filled, ROLE, "first")


def test_a_role_of_somebody_else_is_left_alone(filled):
    with psycopg.connect(filled) as connection:
        (owner,) = connection.execute("SELECT current_user").fetchone()
    with pytest.raises(WarehouseMisconfigured, match="is not one of these readers"):
        make_login(filled, owner, "x")
    assert not drop_login(filled, owner)


def test_every_query_of_the_dashboard_answers_for_the_reader(login):
    panels = json.loads(BOARD.read_text())["panels"]
    with psycopg.connect(login, autocommit=True) as connection:
        for panel in panels:
            query = panel["targets"][0]["rawSql"]
            for name in ("$__timeFrom()", "$__timeTo()"):
                query = query.replace(name, f"'{TODAY}'::timestamptz")
            connection.execute(query.encode())
    assert len(panels) > 5


def test_a_table_of_days_is_a_folder_per_day_that_reads_as_it_was(filled, tmp_path):
    said = []
    warehouse = Warehouse(filled)
    with psycopg.connect(filled) as connection:
        (stored,) = connection.execute("SELECT count(*) FROM trends.post_snapshots").fetchone()
    assert export(warehouse, "trends.post_snapshots", tmp_path, start=None, end=None, say=said.append) == stored
    rows = ds.dataset(tmp_path / "trends.post_snapshots", partitioning="hive").to_table().sort_by("views").to_pylist()
    assert len(rows) == stored
    found = [row for row in rows if row["external_id"] == "slime"]
    assert [(row["views"], row["list_rank"], row["likes"]) for row in found] == [
        (100, 3, None),
        (150, 3, None),
        (300, 3, None),
    ]
    assert {row["observed_date"] for row in rows} == {str(date(2026, 11, n)) for n in (18, 19, 20)}
    assert "hive_partitioning = true" in said[1]
    again = export(warehouse, "trends.post_snapshots", tmp_path, start=TODAY, end=TODAY, say=said.append)
    assert again == sum(row["observed_date"] == str(TODAY) for row in rows)
    assert len(list(tmp_path.rglob("*.parquet"))) == 3
    assert not list(tmp_path.rglob("*.new"))


def test_a_table_without_days_is_one_file_and_days_of_it_are_refused(filled, tmp_path):
    warehouse = Warehouse(filled)
    export(warehouse, "trends.posts", tmp_path, start=None, end=None, say=lambda _: None)
    rows = pq.read_table(tmp_path / "trends.posts" / "data.parquet").to_pylist()
    (row,) = (row for row in rows if row["external_id"] == "slime")
    assert (row["title"], row["hashtags"], row["likes"]) == ("Crunchy slime", ["slimetok"], None)
    with pytest.raises(WarehouseMisconfigured, match="has no days"):
        export(warehouse, "trends.posts", tmp_path, start=TODAY, end=None, say=lambda _: None)
    for address in ("api.keys", "no.table"):
        with pytest.raises(WarehouseMisconfigured, match="no table"):
            export(warehouse, address, tmp_path, start=None, end=None, say=lambda _: None)


def test_every_declared_type_has_one_in_parquet():
    for table in TABLES.values():
        assert len(parquet_schema(table)) >= len(table.columns) - 1
