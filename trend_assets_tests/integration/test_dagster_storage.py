"""Dagster's storage over kept connections: few of them, none lost with a server that was restarted."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import dagster as dg
import psycopg
import pytest
import yaml

from trend_assets.runtime.dagster_storage import KEPT_CONNECTIONS, KeptEventLog
from trend_assets.runtime.state import PROJECT


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b"]))
def thing() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 1})


@pytest.fixture
def instance(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance with the storage that the project's own dagster.yaml names."""
    monkeypatch.setenv("DAGSTER_PG_URL", empty_database_url.replace("postgresql://", "postgresql+psycopg2://"))
    storage = yaml.safe_load((PROJECT / "dagster.yaml").read_text())["storage"]
    with dg.instance_for_test(overrides={"storage": storage}) as found:
        yield found


def sessions(postgres_url: str, database_url: str, *, end: bool = False) -> int:
    """How many sessions the test's database has; with `end` they are cut off."""
    name = urlsplit(database_url).path[1:]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", (name,)).fetchall()
        for (pid,) in found if end else ():
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    return len(found)


def test_a_run_leaves_a_few_connections_for_the_next_one(instance, postgres_url, empty_database_url):
    assert isinstance(instance.event_log_storage, KeptEventLog)
    assert dg.materialize([thing], partition_key="a", instance=instance).success
    first = sessions(postgres_url, empty_database_url)
    assert dg.materialize([thing], partition_key="b", instance=instance).success
    assert 1 <= first <= KEPT_CONNECTIONS
    assert sessions(postgres_url, empty_database_url) <= KEPT_CONNECTIONS
    assert sorted(instance.get_materialized_partitions(thing.key)) == ["a", "b"]


def test_connections_that_the_server_cut_off_cost_no_run(instance, postgres_url, empty_database_url):
    @dg.asset
    def cut_off() -> None:
        assert sessions(postgres_url, empty_database_url, end=True) >= 1

    assert dg.materialize([cut_off], instance=instance).success
    assert sessions(postgres_url, empty_database_url, end=True) >= 1
    assert dg.materialize([thing], partition_key="a", instance=instance).success
    assert {run.status for run in instance.get_runs()} == {dg.DagsterRunStatus.SUCCESS}


def test_a_storage_reads_what_the_plain_one_wrote(instance, empty_database_url):
    plain = {"postgres": {"postgres_url": empty_database_url.replace("postgresql://", "postgresql+psycopg2://")}}
    with dg.instance_for_test(overrides={"storage": plain}) as other:
        assert dg.materialize([thing], partition_key="a", instance=other).success
    assert instance.get_materialized_partitions(thing.key) == {"a"}
