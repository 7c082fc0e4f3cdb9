"""Dagster's pages over a long history: each of their questions is answered from an index."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy
from sqlalchemy.engine import Engine

from benchmarks.event_log import long_history, questions
from trend_assets.runtime.postgres import embedded

EVENTS = 100_000


@contextmanager
def statements() -> Iterator[list[tuple[str, object]]]:
    """Every statement about the event log that goes to a database meanwhile, with its values."""
    seen: list[tuple[str, object]] = []

    def note(connection, cursor, statement, parameters, context, executemany):
        if "event_logs" in statement and statement.lstrip().startswith("SELECT"):
            seen.append((statement, parameters))

    sqlalchemy.event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sqlalchemy.event.remove(Engine, "before_cursor_execute", note)


def scanned(plan: dict[str, object]) -> Iterator[str]:
    """The tables that this plan reads from the first row to the last."""
    if plan["Node Type"] in {"Seq Scan", "Parallel Seq Scan"}:
        yield str(plan["Relation Name"])
    for part in plan.get("Plans", []):  # type: ignore[attr-defined]
        yield from scanned(part)


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    with (
        embedded.server(tmp_path_factory.mktemp("history")) as url,
        long_history(url, EVENTS) as (instance, run_id),
    ):
        yield url, instance, run_id


def test_no_question_of_an_assets_page_reads_a_long_event_log_from_end_to_end(history):
    url, instance, run_id = history
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM event_logs").scalar_one() > EVENTS
        for name, ask in questions(instance, run_id).items():
            with statements() as seen:
                assert ask(), name
            assert seen, name
            for statement, values in seen:
                plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
                plan = json.loads(plan) if isinstance(plan, str) else plan
                assert "event_logs" not in list(scanned(plan[0]["Plan"])), f"{name}: {statement}"
    engine.dispose()
