"""Postgres variables that somebody set for another database reach none of our connections, nor our processes."""

import os
import subprocess
import sys

import pytest
import sqlalchemy

from trend_assets.runtime.dagster_storage import KeptPostgresStorage
from trend_assets.warehouse.connection import connect, dagster_url, prepare
from trend_assets.warehouse.libpq import variables

WRONG = {
    "PGSSLMODE": "require",
    "PGSERVICE": "somebody-elses",
    "PGOPTIONS": "-c search_path=nowhere",
    "PGTZ": "Asia/Kathmandu",
    "PGDATESTYLE": "German",
    "PGCONNECT_TIMEOUT": "no number",
    "PGTARGETSESSIONATTRS": "read-only",
    "PGCHANNELBINDING": "require",
    "PGREQUIREAUTH": "gss",
    "PGCLIENTENCODING": "LATIN1",
    "PGHOSTADDR": "192.0.2.1",
    "PGGSSENCMODE": "require",
}


@pytest.mark.parametrize("name", variables())
def test_a_variable_of_another_database_changes_no_connection_of_ours(monkeypatch, database_url, name):
    for each in variables():
        monkeypatch.delenv(each, raising=False)
    ask = "SELECT current_user, current_database(), current_setting('TimeZone'), current_setting('client_encoding')"
    with connect(database_url) as connection:
        plain = connection.execute(ask).fetchone()
    monkeypatch.setenv(name, WRONG.get(name, "another"))
    with connect(database_url) as connection:
        assert connection.execute(ask).fetchone() == plain


def test_all_of_them_at_once_stop_neither_the_databases_nor_dagsters_storage(monkeypatch, empty_database_url):
    for name in variables():
        monkeypatch.setenv(name, WRONG.get(name, "another"))
    found = prepare(empty_database_url)
    for name in variables():
        monkeypatch.setenv(name, WRONG.get(name, "another"))
    url = found.data_url.replace("postgresql://", "postgresql+psycopg2://")
    storage = KeptPostgresStorage(url, pool_limits={"one": 2})
    assert storage.event_log_storage.get_concurrency_keys() == {"one"}
    with storage.run_storage.connect() as connection:
        zone = connection.execute(sqlalchemy.text("SELECT current_setting('TimeZone')")).scalar()
    assert zone != WRONG["PGTZ"]
    assert dagster_url(found.data_url) == found.dagster_url


def test_an_embedded_server_starts_and_answers_under_all_of_them(tmp_path):
    code = """
import os, subprocess, sys
from pathlib import Path
from trend_assets.runtime.postgres.embedded import server
from trend_assets.warehouse.connection import connect, prepare
with server(Path(sys.argv[1])) as url, connect(prepare(url).data_url) as connection:
    print(connection.execute("SELECT 'answered'").fetchone()[0])
child = subprocess.run([sys.executable, "-c", "import os; print([n for n in os.environ if n.startswith('PG')])"],
                       capture_output=True, text=True)
print(child.stdout)
"""

    wrong = {name: WRONG.get(name, "another") for name in variables()}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, **wrong},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.split() == ["answered", "[]"], done.stderr
