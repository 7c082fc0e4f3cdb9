"""Connections are used again, and nothing of one transaction is seen by the next."""

import pickle
import time

import psycopg
import pytest

from trend_assets.warehouse.warehouse import IDLE_CONNECTIONS


def pid(connection: psycopg.Connection) -> int:
    return connection.execute("SELECT pg_backend_pid()").fetchone()[0]


def test_short_transactions_share_a_connection(warehouse):
    assert len({warehouse.transact(pid, doing="Asking") for _ in range(20)}) == 1


def test_settings_temporary_tables_and_locks_do_not_leak_into_the_next_transaction(warehouse):
    def spoil(connection):
        connection.execute("SET work_mem = '123kB'")
        connection.execute("CREATE TEMPORARY TABLE leftover (a int)")
        connection.execute("SELECT pg_advisory_lock(7)")
        return pid(connection)

    def look(connection):
        return (
            pid(connection),
            connection.execute("SHOW work_mem").fetchone()[0],
            connection.execute("SELECT to_regclass('pg_temp.leftover')").fetchone()[0],
            connection.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            ).fetchone()[0],
        )

    first = warehouse.transact(spoil, doing="Spoiling")
    second, memory, table, locks = warehouse.transact(look, doing="Looking")
    assert second == first
    assert memory != "123kB"
    assert table is None
    assert locks == 0


def test_a_statement_can_be_repeated_often_on_a_shared_connection(warehouse):
    for number in range(30):
        frame = warehouse.query("SELECT %s::int AS a", (number,))
        assert list(frame["a"]) == [number]


def test_a_failed_transaction_gives_its_connection_up(warehouse):
    before = warehouse.transact(pid, doing="Asking")
    with pytest.raises(ZeroDivisionError):
        warehouse.transact(lambda connection: 1 // 0, doing="Failing")
    assert warehouse.transact(pid, doing="Asking") != before


def test_idle_connections_that_the_server_has_ended_are_replaced(warehouse):
    victim = warehouse.transact(pid, doing="Asking")
    with warehouse.connect() as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", (victim,))
    assert warehouse.transact(pid, doing="Asking") != victim


def test_no_more_than_a_few_connections_stay_idle(warehouse):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: warehouse.query("SELECT pg_sleep(0.05) AS a"), range(32)))
    deadline = time.monotonic() + 10  # the server takes a moment to see that a connection was closed
    while True:
        with warehouse.connect() as connection:
            open_now = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()[0]
        if open_now <= IDLE_CONNECTIONS or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    assert 1 <= open_now <= IDLE_CONNECTIONS


def test_a_warehouse_can_be_sent_to_another_process(warehouse):
    copy = pickle.loads(pickle.dumps(warehouse))
    assert list(copy.query("SELECT 1 AS a")["a"]) == [1]
