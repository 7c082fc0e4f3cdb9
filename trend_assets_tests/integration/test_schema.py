"""The database that migrations build is the one that the catalogue describes."""

import psycopg
import pytest

from trend_assets.warehouse import migrate as migrations
from trend_assets.warehouse.connection import connect
from trend_assets.warehouse.ddl import FROZEN, ddl
from trend_assets.warehouse.migrate import migrate
from trend_assets.warehouse.tables import CAPTURE_SOURCES, TABLES

COLUMNS = """
    SELECT n.nspname || '.' || c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname = ANY(%s) ORDER BY 1, 2"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace::regnamespace::text = ANY(%s) AND contype <> 'n' ORDER BY 1, 2"""
INDEXES = "SELECT schemaname, indexname, indexdef FROM pg_indexes WHERE schemaname = ANY(%s) ORDER BY 1, 2"
RELATIONS = """
    SELECT n.nspname, c.relname, c.relkind, c.reloptions, obj_description(c.oid, 'pg_class'),
           CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'S') AND n.nspname = ANY(%s) ORDER BY 1, 2"""
SCHEMAS = sorted({table.schema for table in TABLES.values()})


def describe(url: str) -> dict[str, list[tuple]]:
    with connect(url) as connection:
        found = {
            name: connection.execute(query, (SCHEMAS,)).fetchall()
            for name, query in {
                "columns": COLUMNS, "constraints": CONSTRAINTS, "indexes": INDEXES, "relations": RELATIONS
            }.items()
        }  # fmt: skip
    # the migrations' own bookkeeping is no part of the catalogue
    return {
        name: [row for row in rows if "schema_version" not in " ".join(map(str, row))] for name, rows in found.items()
    }


@pytest.fixture
def migrated_url(empty_database_url: str) -> str:
    migrate(empty_database_url)
    return empty_database_url


def test_a_migrated_database_equals_the_one_built_from_the_catalogue(migrated_url: str, database_url: str) -> None:
    migrated, built = describe(migrated_url), describe(database_url)
    for part in built:
        assert migrated[part] == built[part], f"{part} differ: add a migration for the catalogue's change"


def test_the_database_has_the_columns_types_and_nullability_of_the_catalogue(database_url: str) -> None:
    in_postgres = {"timestamptz": "timestamp with time zone"}
    expected = {
        (table.address, column.name, in_postgres.get(column.type, column.type), not column.nullable)
        for table in TABLES.values()
        for column in table.columns
    }
    found = {
        (address, name, kind, required)
        for address, _, name, kind, required, *_ in describe(database_url)["columns"]
        if address in TABLES
    }
    assert found == expected


def test_keys_indexes_and_limits_of_the_catalogue_are_held_by_the_database(database_url: str) -> None:
    found = describe(database_url)
    constraints = {(row[0].replace('"', ""), row[1]): row[2] for row in found["constraints"]}
    for table in TABLES.values():
        key = constraints[(table.address, f"{table.name}_pkey")].replace('"', "")
        assert key == f"PRIMARY KEY ({', '.join(table.key)})"
        for column in table.columns:
            if column.minimum is not None or column.maximum is not None:
                assert (table.address, f"{table.name}_{column.name}_check"[:63]) in constraints
    indexes = [row[2].replace('"', "") for row in found["indexes"]]
    for table in TABLES.values():
        for columns in table.indexes:
            assert any(f"ON {table.address} USING btree ({', '.join(columns)})" in index for index in indexes)


def test_every_source_has_its_view_over_the_answers(database_url: str) -> None:
    views = {row[1] for row in describe(database_url)["relations"] if row[0] == "capture" and row[2] == b"v"}
    views |= {row[1] for row in describe(database_url)["relations"] if row[0] == "capture" and row[2] == "v"}
    assert views == set(CAPTURE_SOURCES)
    assert {table.name for table in TABLES.values() if table.schema == "source"} <= set(CAPTURE_SOURCES)


def test_migrating_twice_changes_nothing(migrated_url: str) -> None:
    before = describe(migrated_url)
    assert migrate(migrated_url) == migrations.newest_revision()
    assert describe(migrated_url) == before


def test_the_newest_revision_is_named_without_asking_alembic() -> None:
    assert migrations.newest_revision() == migrations.NEWEST


def test_the_frozen_migration_is_the_catalogue_of_the_first_release() -> None:
    # the same statements: sources are found in the order of their names, not in that of the first release
    assert sorted(FROZEN.read_text(encoding="utf-8").split(";\n")) == sorted(ddl().split(";\n"))


def test_a_database_migrated_by_a_newer_version_is_refused_with_a_sentence(migrated_url: str) -> None:
    with connect(migrated_url) as connection:
        connection.execute("UPDATE ops.schema_version SET version_num = '9999'")
    with pytest.raises(Exception, match="migrated by a newer one"):
        migrate(migrated_url)


def test_a_limit_of_the_catalogue_refuses_a_negative_count(database_url: str) -> None:
    with connect(database_url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "INSERT INTO ops.partition_writes (table_address, observed_date, token, content_hash, frame_hash, "
            "stored, written_at) VALUES ('x.y', '2026-11-20', 1, '', '', -1, now())"
        )
