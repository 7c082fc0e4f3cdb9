"""The database follows the declared tables: made, adopted and extended with rows in it; what could lose data is
refused with a sentence."""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from trend_assets.tables.model import Column, Table, View
from trend_assets.warehouse import schema
from trend_assets.warehouse import tables as declared_tables
from trend_assets.warehouse.connection import connect, reader_url
from trend_assets.warehouse.errors import SchemaRefused, WarehouseError
from trend_assets.warehouse.tables import CAPTURE_SOURCES, FILES, TABLES
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.conftest import temporary_database

FIRST_RELEASE = Path(__file__).parents[1] / "data" / "first_release.sql.gz"

# what anybody can see of a database of ours; the order of columns is left out, since new ones come last
CATALOG = {
    "columns": """
        SELECT n.nspname || '.' || c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum), a.attstorage, a.attcompression
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname = ANY(%s)""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace::regnamespace::text = ANY(%s) AND contype <> 'n'""",
    "indexes": "SELECT schemaname, indexname, indexdef FROM pg_indexes WHERE schemaname = ANY(%s)",
    "relations": """
        SELECT n.nspname, c.relname, c.relkind::text, c.relpersistence::text, c.reloptions,
               CASE WHEN c.oid = 'ops.schema_version'::regclass THEN '' ELSE obj_description(c.oid, 'pg_class') END
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'v', 'S') AND n.nspname = ANY(%s)""",
    "views": """
        SELECT schemaname, viewname, regexp_replace(definition, '^.*FROM', '') FROM pg_views
        WHERE schemaname = ANY(%s)""",
    "grants": """
        SELECT grantee, table_schema, table_name, privilege_type FROM information_schema.role_table_grants
        WHERE table_schema = ANY(%s)""",
    "code": """
        SELECT proname FROM pg_proc WHERE pronamespace::regnamespace::text = ANY(%(all)s)
        UNION SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT tgisinternal AND c.relnamespace::regnamespace::text = ANY(%(all)s)""",
}
SCHEMAS = sorted({table.schema for table in TABLES.values()})


def describe(url: str) -> dict[str, set[tuple]]:
    with connect(url) as connection:
        return {
            name: {
                tuple(map(str, row))
                for row in connection.execute(query, {"all": SCHEMAS} if "%(all)s" in query else (SCHEMAS,))
            }
            for name, query in CATALOG.items()
        }


def assert_equal(one: str, other: str) -> None:
    found, wanted = describe(one), describe(other)
    for part in wanted:
        assert found[part] == wanted[part], part


def rows(url: str, query: str) -> list[tuple]:
    with connect(url) as connection:
        return connection.execute(query).fetchall()


def changed(**changes: Callable[[Table], Table]) -> dict[str, Table]:
    """The catalogue with some tables (`schema__name`) declared otherwise."""
    return {**TABLES, **{(at := name.replace("__", ".")): change(TABLES[at]) for name, change in changes.items()}}


def columns(*new: Column, without: str = "", **others: dict[str, object]) -> Callable[[Table], Table]:
    """The table with more columns, one less, and some (by name) declared otherwise."""

    def declare(table: Table) -> Table:
        kept = (replace(each, **others.get(each.name, {})) for each in table.columns if each.name != without)
        return replace(table, columns=(*kept, *new))

    return declare


@pytest.fixture
def first_release_url(empty_database_url: str) -> str:
    """A database as the first release made it, from a file of statements, with rows."""
    with connect(empty_database_url) as connection:
        connection.execute(gzip.decompress(FIRST_RELEASE.read_bytes()))
        fill(connection)
    return empty_database_url


@pytest.fixture
def filled_url(database_url: str) -> str:
    with connect(database_url) as connection:
        fill(connection)
    return database_url


def fill(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO ops.partition_writes (table_address, observed_date, token, content_hash, frame_hash, stored, "
        "written_at) SELECT 'x.y', date '2026-01-01' + n, n, 'a', 'b', n, now() FROM generate_series(1, 300) n"
    )
    connection.execute(
        "INSERT INTO api.keys (key_id, user_id, key_hash, created_at) "
        "SELECT 'k' || n, 'u', 'hash of ' || n, now() FROM generate_series(1, 20) n"
    )
    connection.execute("SELECT nextval('ops.fencing_token') FROM generate_series(1, 41)")


KEPT = (
    "SELECT (SELECT sum(stored) FROM ops.partition_writes), (SELECT string_agg(key_hash, ',' ORDER BY 1) FROM api.keys)"
)
ALL_TYPES = tuple(
    Column(f"a_{number}", kind, "A column of its type.")
    for number, kind in enumerate(
        ("text", "bigint", "integer", "double precision", "numeric(14,6)", "numeric(14,2)", "boolean", "date",
         "timestamptz", "bytea", "text[]", "jsonb")
    )
)  # fmt: skip
NEW_TABLE = Table(
    schema="ops",
    name="newcomers",
    grain="One row per newcomer.",
    description="It's 100 % new.",
    columns=(
        Column("name", "text", "Its name.", nullable=False),
        Column("share", "double precision", "Its share.", unit="share 0-1", minimum=0, maximum=1),
        Column("rank", "integer", "Its place.", nullable=False, minimum=-1, default="1"),
        *ALL_TYPES,
    ),
    key=("name",),
    indexes=(("rank", "share"),),
    fillfactor=60,
)


# --- as declared ----------------------------------------------------------------------------------------------------


def test_a_database_of_the_first_release_is_adopted_with_its_rows(first_release_url: str, database_url: str) -> None:
    before = rows(first_release_url, KEPT)
    schema.update(first_release_url)
    assert rows(first_release_url, KEPT) == before
    assert rows(first_release_url, "SELECT nextval('ops.fencing_token')") == [(42,)]
    schema.update(database_url)
    for url in (first_release_url, database_url):
        reader_url(url)
    # a removed index or limit that only fresh databases lack is found here: it needs a revision
    assert_equal(first_release_url, database_url)


def test_issues_of_before_newsletters_become_the_default_ones_with_every_format(first_release_url: str) -> None:
    with connect(first_release_url) as connection:
        connection.execute(
            "INSERT INTO feed.issues (observed_date, issue_id, title, subject, as_of, item_count, is_quiet, "
            "sources_succeeded, sources_failed, html, markdown, json_feed, atom, csv, parquet, content_hash, "
            "is_simulated) VALUES ('2026-01-02', 'urn:uuid:1', 'T', 'S', now(), 3, false, '{}', '[]', '<p>Grüße</p>', "
            "'# md', '{}', '<feed/>', 'a,b', 'PAR1', 'h', true)"
        )
    schema.update(first_release_url)
    assert rows(first_release_url, "SELECT newsletter, title, item_count, content_hash FROM feed.issues") == [
        ("rising", "T", 3, "h")
    ]
    forms = rows(
        first_release_url, "SELECT format, body, binary_body, content_hash FROM feed.issue_forms ORDER BY format"
    )
    kept = {"html": "<p>Grüße</p>", "md": "# md", "json": "{}", "atom": "<feed/>", "csv": "a,b"}
    assert {name: body for name, body, _, _ in forms if body is not None} == kept
    assert [bytes(binary) for name, _, binary, _ in forms if name == "parquet"] == [b"PAR1"]
    html = next(digest for name, _, _, digest in forms if name == "html")
    assert html == hashlib.sha256(kept["html"].encode()).hexdigest()


def test_the_database_has_the_columns_types_and_nullability_of_the_catalogue(database_url: str) -> None:
    in_postgres = {"timestamptz": "timestamp with time zone"}
    expected = {
        (table.address, column.name, in_postgres.get(column.type, column.type), str(not column.nullable))
        for table in TABLES.values()
        for column in table.columns
    } | {(table.address, "search", "tsvector", "False") for table in TABLES.values() if table.search}
    schema.update(database_url)
    assert {row[:4] for row in describe(database_url)["columns"] if row[0] in TABLES} == expected


def test_keys_indexes_and_limits_of_the_catalogue_are_held_by_the_database(database_url: str) -> None:
    schema.update(database_url)
    found = describe(database_url)
    constraints = {(row[0].replace('"', ""), row[1]): row[3] for row in found["constraints"]}
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
    views = {row[0] for row in rows(database_url, "SELECT viewname FROM pg_views WHERE schemaname = 'capture'")}
    assert views == set(CAPTURE_SOURCES)
    assert {table.name for table in TABLES.values() if table.schema == "source"} <= set(CAPTURE_SOURCES)


def test_a_limit_of_the_catalogue_refuses_a_negative_count(database_url: str) -> None:
    with connect(database_url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "INSERT INTO ops.partition_writes (table_address, observed_date, token, content_hash, frame_hash, "
            "stored, written_at) VALUES ('x.y', '2026-11-20', 1, '', '', -1, now())"
        )


# --- at a start -----------------------------------------------------------------------------------------------------


def test_a_start_that_finds_nothing_new_imports_neither_sqlalchemy_nor_alembic(filled_url: str) -> None:
    schema.update(filled_url)
    before = describe(filled_url)
    code = (
        "import sys; from trend_assets.warehouse import schema; schema.update(sys.argv[1]); "
        "print(*({'sqlalchemy', 'alembic'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code, filled_url], check=True, capture_output=True).stdout == b"\n"
    assert describe(filled_url) == before


def test_comparing_a_database_with_what_made_it_finds_nothing(filled_url: str) -> None:
    schema.update(filled_url, {**TABLES, NEW_TABLE.address: NEW_TABLE})
    with connect(filled_url) as connection:
        connection.execute("COMMENT ON TABLE ops.schema_version IS NULL")
    from sqlalchemy import create_engine

    from trend_assets.warehouse.schema_changes import changes

    with create_engine(filled_url.replace("postgresql:", "postgresql+psycopg:")).connect() as connection:
        assert changes(connection, [*TABLES.values(), NEW_TABLE], FILES) == ([], {})


def test_all_that_only_adds_is_applied_at_a_start_on_a_database_with_rows(
    first_release_url: str, postgres_url: str
) -> None:
    uses = Column("uses", "bigint", "It's used.", nullable=False, minimum=0, default="0")
    keys = columns(
        *ALL_TYPES,
        uses,
        user_id={"nullable": True},
        label={"default": "'nobody''s'", "description": "It's for people: 100 % free.", "unit": "words"},
    )
    tables = {
        NEW_TABLE.address: NEW_TABLE,
        **changed(
            api__keys=lambda table: replace(keys(table), indexes=(("user_id", "uses"), ("a_0",)), fillfactor=70),
            # a limit that all rows keep, a wider one, one less
            ops__partition_writes=columns(
                token={"minimum": 0, "maximum": 1e6}, stored={"minimum": -5}, observed_date={"description": "A day."}
            ),
            ops__source_attempts=columns(items={"minimum": None}),
            # under views; and no row is unknown
            capture__answers=columns(status={"type": "bigint"}, external_run_id={"nullable": False}),
            trends__posts=lambda table: replace(table, fillfactor=None, description="In other words."),
        ),
    }
    before = rows(first_release_url, KEPT)
    schema.update(first_release_url, tables)
    assert rows(first_release_url, KEPT) == before
    found = "SELECT sum(uses), count(label), count(a_3), (SELECT count(*) FROM ops.newcomers) FROM api.keys"
    assert rows(first_release_url, found) == [(0, 0, 0, 0)]
    with temporary_database(postgres_url, template="template1") as fresh:
        schema.update(fresh, tables)
        for url in (first_release_url, fresh):
            reader_url(url)
        assert_equal(first_release_url, fresh)


def test_a_new_column_an_index_and_a_table_hold_values_next_to_the_old_rows(filled_url: str) -> None:
    used = columns(Column("used_at", "timestamptz", "When it was last used."))
    declared = changed(api__keys=lambda table: replace(used(table), indexes=(("used_at",),)))
    schema.update(filled_url, {**declared, NEW_TABLE.address: NEW_TABLE})
    with connect(filled_url) as connection:
        connection.execute("UPDATE api.keys SET used_at = '2026-11-20' WHERE key_id = 'k7'")
        connection.execute("INSERT INTO ops.newcomers (name, share) VALUES ('a', 0.5)")
    found = "SELECT count(*), count(used_at), min(key_hash) FILTER (WHERE used_at IS NOT NULL) FROM api.keys"
    assert rows(filled_url, found) == [(20, 1, "hash of 7")]
    assert rows(filled_url, "SELECT name, share, rank FROM ops.newcomers") == [("a", 0.5, 1)]


def test_what_a_search_looks_in_is_made_anew_when_its_rule_changes_and_finds_old_rows(filled_url: str) -> None:
    found = "SELECT external_id FROM trends.posts WHERE search @@ 'crunchy'"
    with connect(filled_url) as connection:
        connection.execute(
            "INSERT INTO trends.posts (platform, external_id, kind, title, description, first_collected_at, "
            "first_source, last_collected_at, measured_at, sources, is_simulated) "
            "VALUES ('tiktok', '1', 'video', 'Slime', 'Crunchy', now(), 's', now(), now(), '{s}', true)"
        )
    assert rows(filled_url, found) == [("1",)]
    schema.update(
        filled_url, changed(trends__posts=lambda table: replace(table, search="to_tsvector('simple', title)"))
    )
    assert rows(filled_url, found) == []
    schema.update(filled_url)
    assert rows(filled_url, found) == [("1",)]
    assert rows(filled_url, "SELECT count(*) FROM pg_indexes WHERE indexname = 'posts_search_idx'") == [(1,)]


def test_a_view_that_reads_otherwise_is_made_anew(filled_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    schema.update(filled_url)
    view = declared_tables.VIEWS[0]
    other = View(view.schema, view.name, f"{view.query} AND status = 200", "Only what was answered well.")
    new = View("capture", "newcomers", "SELECT capture_id FROM capture.answers", "Ids.")
    monkeypatch.setattr(declared_tables, "VIEWS", (other, *declared_tables.VIEWS[1:], new))
    schema.update(filled_url)
    definition = f"SELECT pg_get_viewdef('{view.schema}.{view.name}'::regclass)"
    assert "status = 200" in rows(filled_url, definition)[0][0]
    assert rows(filled_url, "SELECT count(*) FROM capture.newcomers") == [(0,)]


def test_what_others_added_to_the_database_stays_and_stops_nothing(filled_url: str) -> None:
    with connect(filled_url) as connection:
        connection.execute("ALTER TABLE api.keys ADD COLUMN own_note text DEFAULT 'mine'")
        connection.execute("ALTER TABLE api.keys ADD CONSTRAINT own_rule CHECK (own_note <> '')")
        connection.execute("CREATE INDEX own_index ON api.keys (label)")
        connection.execute("CREATE TABLE api.own_table AS SELECT 1 AS one")
        connection.execute("CREATE VIEW api.own_view AS SELECT key_id FROM api.keys")
    schema.update(filled_url, changed(api__keys=columns(Column("used_at", "timestamptz", "When."))))
    assert rows(filled_url, "SELECT DISTINCT own_note FROM api.keys") == [("mine",)]
    kept = (
        "SELECT to_regclass('api.own_index') IS NOT NULL, (SELECT one FROM api.own_table), count(*) FROM api.own_view"
    )
    assert rows(filled_url, kept) == [(True, 1, 20)]


def test_four_processes_may_bring_a_database_with_rows_up_to_date_at_once(first_release_url: str) -> None:
    code = (
        "import sys; from dataclasses import replace; from trend_assets.warehouse import schema\n"
        "from trend_assets.warehouse.tables import TABLES; from trend_assets.tables.model import Column\n"
        "keys = TABLES['api.keys']; used = Column('used_at', 'timestamptz', 'When it was last used.')\n"
        "more = replace(keys, columns=(*keys.columns, used), indexes=(('used_at',),))\n"
        "schema.update(sys.argv[1], {**TABLES, 'api.keys': more})"
    )
    command = [sys.executable, "-c", code, first_release_url]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for process in processes:
        assert process.communicate(timeout=300)[1] == "" and process.returncode == 0
    assert rows(first_release_url, "SELECT count(*), count(used_at) FROM api.keys") == [(20, 0)]
    assert rows(first_release_url, "SELECT count(*) FROM ops.schema_version") == [(1,)]


def test_a_start_that_is_killed_before_its_end_changes_nothing_and_is_repeated(filled_url: str) -> None:
    schema.update(filled_url)
    before = describe(filled_url)
    code = (
        "import os, sys; from trend_assets.warehouse import schema\n"
        "from trend_assets.warehouse.tables import TABLES\n"
        "from trend_assets_tests.integration.test_schema import NEW_TABLE\n"
        "schema.stamp = lambda *_: os.kill(os.getpid(), 9)\n"
        "schema.update(sys.argv[1], {**TABLES, NEW_TABLE.address: NEW_TABLE})"
    )
    child = subprocess.run([sys.executable, "-c", code, filled_url], check=False, capture_output=True)
    assert child.returncode == -9, child.stderr
    assert describe(filled_url) == before
    schema.update(filled_url, {**TABLES, NEW_TABLE.address: NEW_TABLE})
    assert rows(filled_url, "SELECT count(*) FROM ops.newcomers") == [(0,)]


# --- refused --------------------------------------------------------------------------------------------------------

API, MEDIA, OPS = (f"trend_assets/tables/{name}.py" for name in ("api", "media", "ops"))
REFUSED = {
    "table dropped": f"the table media.audits is not declared in {MEDIA}, and dropping or renaming it would lose its "
    "rows",
    "table renamed": f"the table media.assets is not declared in {MEDIA}, and dropping or renaming it would lose its "
    "rows",
    "column dropped": f"api.keys.label is not declared in {API}, and dropping or renaming it would lose its values",
    "column renamed": f"api.keys.key_hash is not declared in {API}, and dropping or renaming it would lose its values",
    "type narrowed": f"ops.partition_writes.token is bigint and is declared as integer in {OPS}, which may not hold "
    "every value",
    "type changed": f"api.keys.user_id is text and is declared as jsonb in {API}, which may not hold every value",
    "new and never unknown": f"ops.tombstones.place is new in {OPS}, may not be unknown and has no default for the old "
    "rows",
    "never unknown": f"api.keys.revoked_at may not be unknown in {API}, and 20 rows have no value",
    "limit tightened": f"ops.partition_writes.stored is limited to stored >= 0 AND stored <= 10 in {OPS}, and 290 rows "
    "break that",
    "key changed": f"api.collections has the key (run_id) and is declared with (run_id, user_id) in {API}",
}


def test_what_could_lose_data_is_refused_with_one_sentence_that_names_all_of_it(filled_url: str) -> None:
    tables = {
        # a change that alone would be applied
        NEW_TABLE.address: NEW_TABLE,
        **changed(
            media__assets=lambda table: replace(table, name="files"),
            api__keys=columns(
                without="label",
                key_hash={"name": "key_sha256", "nullable": True},
                user_id={"type": "jsonb"},
                revoked_at={"nullable": False},
            ),
            ops__partition_writes=columns(token={"type": "integer"}, stored={"maximum": 10}),
            ops__tombstones=columns(Column("place", "integer", "Its place.", nullable=False)),
            api__collections=lambda table: replace(table, key=("run_id", "user_id")),
        ),
    }
    del tables["media.audits"]
    before, kept = describe(filled_url), rows(filled_url, KEPT)
    with pytest.raises(SchemaRefused) as caught:
        schema.update(filled_url, tables)
    text = str(caught.value)
    begin, end = "The database cannot follow the tables without losing data: ", ". Nothing was changed: undo that in "
    told, _, todo = text.removeprefix(begin).partition(end)
    assert text == begin + told + end + todo
    assert sorted(told.split("; ")) == sorted(REFUSED.values()), "and nothing else is refused"
    assert "\n" not in text
    assert "trend_assets/warehouse/migrations/versions/" in text and "docs/add-a-column.md" in text
    assert describe(filled_url) == before and rows(filled_url, KEPT) == kept


def test_a_column_takes_only_types_that_hold_each_of_its_values(filled_url: str) -> None:
    from sqlalchemy import create_engine

    from trend_assets.warehouse.schema_changes import changes

    # a schema of which only the chosen tables are compared
    table = replace(NEW_TABLE, schema="source")
    schema.update(filled_url, {**TABLES, table.address: table})
    taken = set()
    with create_engine(filled_url.replace("postgresql:", "postgresql+psycopg:")).connect() as connection:
        for new in ALL_TYPES:
            declared = tuple(
                replace(column, type=new.type) if column in ALL_TYPES else column for column in table.columns
            )
            _, sentences = changes(connection, [replace(table, columns=declared)], FILES)
            refused = sentences.get(table.address, "")
            taken |= {
                (old.type, new.type)
                for old in ALL_TYPES
                if old.type != new.type and f"source.newcomers.{old.name} is " not in refused
            }
    assert taken == {("integer", "bigint"), ("integer", "double precision")}


def test_a_refusal_names_the_file_that_declares_the_table() -> None:
    assert set(FILES) == set(TABLES)
    for address, file in FILES.items():
        text = (Path(schema.__file__).parents[2] / file).read_text()
        assert f'"{address.split(".")[1]}"' in text, address


def test_a_source_whose_folder_was_left_out_or_taken_away_stops_nothing_and_keeps_its_rows(filled_url: str) -> None:
    with connect(filled_url) as connection:
        connection.execute(
            "INSERT INTO source.trending_keywords (observed_date, keyword, rank, measured_at, collected_at, "
            "capture_id, is_simulated) VALUES ('2026-11-20', 'a', 1, now(), now(), 'c', true)"
        )
    rest = {address: table for address, table in TABLES.items() if address != "source.trending_keywords"}
    schema.update(filled_url, {**rest, NEW_TABLE.address: NEW_TABLE})
    assert rows(filled_url, "SELECT count(*) FROM source.trending_keywords") == [(1,)]
    assert rows(filled_url, "SELECT count(*) FROM ops.newcomers") == [(0,)]


def command(name: str, url: str, state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    where = {"PATH": os.environ["PATH"], "TREND_ASSETS_DATABASE_URL": url, "TREND_ASSETS_STATE_DIR": str(state)}
    ours = [sys.executable, "-m", "trend_assets.cli", name, *words]
    return subprocess.run(ours, env=where, capture_output=True, text=True, check=False)


def test_a_table_of_a_source_that_cannot_follow_costs_that_source_only(filled_url: str, tmp_path: Path) -> None:
    odd, other = "source.reddit_posts", "source.trending_keywords"
    with connect(filled_url) as connection:
        # as a newer version leaves it, when this older one is started again
        for name in ("scope", "voice"):
            connection.execute(f"ALTER TABLE {odd} ADD COLUMN {name} text".encode())
            connection.execute(f"COMMENT ON COLUMN {odd}.{name} IS 'Where it was seen; it''s new.'".encode())
        connection.execute(schema.stamp("of a newer version").encode())
    new = Column("seen", "bigint", "How often it was seen.", nullable=False)
    schema.update(filled_url, {**changed(**{odd.replace(".", "__"): columns(new)}), NEW_TABLE.address: NEW_TABLE})
    assert rows(filled_url, "SELECT count(*) FROM ops.newcomers") == [(0,)], "the rest follows"
    assert rows(filled_url, f"SELECT count(seen) FROM {odd}") == [(0,)], "and so does what only adds to it"

    with connect(filled_url) as connection:
        connection.execute("DROP TABLE ops.newcomers")
    schema.update(filled_url)
    doctor = command("doctor", filled_url, tmp_path)
    warehouse, day = Warehouse(filled_url), date(2026, 11, 20)
    none = {address: pd.DataFrame(columns=TABLES[address].column_names) for address in (odd, other)}
    assert warehouse.write_partition(other, day, none[other]).stored == 0
    with pytest.raises(SchemaRefused) as caught:
        warehouse.write_partition(odd, day, none[odd])
    begin, lost = "it cannot follow without losing data: ", "and dropping or renaming it would lose its values"
    for text in (str(caught.value), " ".join((doctor.stdout + doctor.stderr).split())):
        told = text.partition(f"{odd} is not written, {begin}")[2].partition(". Its rows are as they were: ")[0]
        assert sorted(told.split("; ")) == [
            f"{odd}.{name} is not declared in {FILES[odd]}, {lost}" for name in ("scope", "seen", "voice")
        ]
        assert "update this one" in text and other not in text
    assert doctor.returncode == 1 and "Postgres fine" in " ".join(doctor.stdout.split())
    erased = command("erase-creator", filled_url, tmp_path, "reddit", "somebody", "--yes")
    assert erased.returncode == 1
    assert "Nothing was erased" in erased.stderr and f"{odd}.scope is not declared" in erased.stderr

    with connect(filled_url) as connection:
        connection.execute(f"ALTER TABLE {odd} DROP COLUMN scope, DROP COLUMN voice, DROP COLUMN seen".encode())
    schema.update(filled_url, retry_refused=False)
    with pytest.raises(SchemaRefused):
        warehouse.write_partition(odd, day, none[odd])
    schema.update(filled_url)
    assert warehouse.write_partition(odd, day, none[odd]).stored == 0, "what was mended is found by the next start"


def test_the_platform_does_not_start_on_a_database_that_cannot_follow_and_says_why(
    filled_url: str, tmp_path: Path
) -> None:
    schema.update(filled_url)
    with connect(filled_url) as connection:
        # as a newer version leaves it, when this older one is started again
        connection.execute("ALTER TABLE api.keys ADD COLUMN scope text")
        connection.execute("COMMENT ON COLUMN api.keys.scope IS 'What the key may do.'")
        connection.execute(schema.stamp("of a newer version").encode())
    for name in ("doctor", "run"):
        ended = command(name, filled_url, tmp_path)
        said = " ".join((ended.stdout + ended.stderr).split())
        assert ended.returncode not in (0, -9) and "Traceback" not in said
        assert "api.keys.scope is not declared in trend_assets/tables/api.py" in said and "update this one" in said


# --- written revisions ----------------------------------------------------------------------------------------------


def test_the_newest_revision_is_known_without_asking_alembic() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(schema.MIGRATIONS)).get_current_head() == schema.newest_revision()


def test_a_revision_that_says_nothing_of_itself_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations")
    monkeypatch.setattr(schema, "MIGRATIONS", tmp_path / "migrations")
    newest = schema.newest_revision()
    with pytest.raises(SystemExit, match="Say what the revision does"):
        schema.main([" "])
    assert schema.newest_revision() == newest


def test_a_written_revision_renames_a_column_and_keeps_its_values(
    first_release_url: str, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations")
    monkeypatch.setattr(schema, "MIGRATIONS", tmp_path / "migrations")
    renamed = changed(api__keys=columns(key_hash={"name": "key_sha256"}))
    newest = schema.newest_revision()
    assert newest is not None
    following = f"{int(newest) + 1:04}"
    schema.main(["a", "better", "name"])
    written = tmp_path / "migrations" / "versions" / f"m{following}_a_better_name.py"
    text = written.read_text()
    assert f'revision = "{following}"' in text and f'down_revision = "{newest}"' in text
    rename = 'op.alter_column("keys", "key_hash", new_column_name="key_sha256", schema="api")'
    text = re.sub(r"op\.drop_column.*", rename, text)
    written.write_text(text)
    schema.update(first_release_url, renamed)
    assert rows(first_release_url, "SELECT count(*), max(key_sha256) FROM api.keys") == [(20, "hash of 9")]
    with temporary_database(postgres_url, template="template1") as fresh:
        schema.update(fresh, renamed)
        assert_equal(first_release_url, fresh)
        for url in (fresh, first_release_url):
            assert rows(url, "SELECT version_num FROM ops.schema_version") == [(following,)]


def test_a_database_that_lost_its_revision_is_taken_for_the_first_releases(first_release_url: str) -> None:
    before = rows(first_release_url, KEPT)
    with connect(first_release_url) as connection:
        connection.execute("DROP TABLE ops.schema_version")
    schema.update(first_release_url)
    assert rows(first_release_url, "SELECT version_num FROM ops.schema_version") == [(schema.newest_revision(),)]
    assert rows(first_release_url, KEPT) == before


def test_a_database_that_cannot_be_reached_is_said_with_what_it_was_wanted_for(postgres_url: str) -> None:
    for work, doing in (
        (schema.update, "Bringing the database to the declared tables"),
        (schema.require_current, "Looking at the database"),
    ):
        with pytest.raises(WarehouseError, match=f"^{doing} failed because the database does not exist"):
            work(postgres_url.rsplit("/", 1)[0] + "/nowhere")


def test_a_database_at_a_revision_of_a_newer_version_is_refused_with_a_sentence(filled_url: str) -> None:
    schema.update(filled_url)
    with connect(filled_url) as connection:
        connection.execute("UPDATE ops.schema_version SET version_num = '9999'")
        connection.execute(schema.stamp("of a newer version").encode())
    with pytest.raises(WarehouseError, match="migrated by a newer one"):
        schema.update(filled_url)
