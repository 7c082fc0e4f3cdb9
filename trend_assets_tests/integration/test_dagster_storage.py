"""Dagster's storage over kept connections: few of them, none lost with a server that was restarted."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import dagster as dg
import psycopg
import pytest
import yaml

from trend_assets.runtime.dagster_storage import KEPT_CONNECTIONS, KeptEventLog
from trend_assets.runtime.state import INSTANCE
from trend_assets.sources.discovery import PROVIDERS


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b"]))
def thing() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 1})


@pytest.fixture
def instance(empty_database_url: str) -> Iterator[dg.DagsterInstance]:
    """An instance with the storage that the project's own dagster.yaml names."""
    with dg.instance_for_test(overrides={"storage": storage_at(empty_database_url)}) as found:
        yield found


def storage_at(url: str) -> dict:
    """The storage of the project's own dagster.yaml, in a database of the test's."""
    storage = yaml.safe_load(INSTANCE.read_text())["storage"]
    storage["custom"]["config"]["postgres_url"] = url.replace("postgresql://", "postgresql+psycopg2://")
    return storage


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


OPEN_AND_USE = """
import sys, dagster as dg, yaml
with dg.instance_for_test(overrides={"storage": yaml.safe_load(sys.argv[1])}) as instance:
    print(sorted((pool.name, pool.limit) for pool in instance.event_log_storage.get_pool_limits()))
    instance.event_log_storage.initialize_concurrency_limit_to_default("one of the user's own")
"""


def test_four_processes_that_open_a_new_storage_at_once_find_every_pool_with_its_limit(empty_database_url):
    storage = storage_at(empty_database_url)
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", OPEN_AND_USE, yaml.safe_dump(storage)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    declared = storage["custom"]["config"]["pool_limits"]
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        found = dict(ast.literal_eval(out.splitlines()[-1]))
        assert {pool: found.get(pool) for pool in declared} == declared


def test_a_limit_that_somebody_set_survives_the_next_start(instance, empty_database_url):
    instance.event_log_storage.set_concurrency_slots("reddit", 7)
    with dg.instance_for_test(overrides={"storage": storage_at(empty_database_url)}) as again:
        found = {pool.name: pool.limit for pool in again.event_log_storage.get_pool_limits()}
    assert (found["reddit"], found["tikhub"]) == (7, 3)


def test_every_pool_of_the_graph_has_its_limit_in_dagster_yaml():
    from trend_assets.definitions import defs

    used = {
        pool for job in defs.get_repository_def().get_all_jobs() for node in job.all_node_defs for pool in node.pools
    }
    storage = yaml.safe_load(INSTANCE.read_text())["storage"]
    assert used == set(storage["custom"]["config"]["pool_limits"]) | set(PROVIDERS)


def test_a_run_that_was_cancelled_stays_so_although_its_process_goes_on_to_its_end(instance):
    """As a worker on another machine does, which hears of no interrupt: whatever it says at last."""

    for fails in (False, True):

        @dg.op(name=f"deaf_{fails}".lower())
        def deaf(context: dg.OpExecutionContext, fails: bool = fails) -> None:
            context.instance.report_run_canceled(context.run)
            if fails:
                raise dg.Failure("too late to say so")

        job = dg.GraphDefinition(name=f"with_{deaf.name}", node_defs=[deaf]).to_job()
        run_id = job.execute_in_process(instance=instance, raise_on_error=False).run_id
        assert instance.get_run_by_id(run_id).status == dg.DagsterRunStatus.CANCELED
