"""A database that has nothing but the stored answers becomes the same database again, to the byte, and asks nobody."""

from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest

from trend_assets_tests.component.conftest import run
from trend_assets_tests.conftest import temporary_database

DAY = date(2026, 3, 8)
DAYS = (DAY - timedelta(days=1), DAY)
SOURCES = ("tiktok_trending", "youtube_shorts")
CAPTURES = [f"capture.{name}" for name in SOURCES]
KEPT = ("capture.answers", "ops.source_attempts")
"""What cannot be computed: the answers, and how each collection ended."""
BELOW = [
    *(f"source.{name}" for name in SOURCES),
    *(f"trends.{name}" for name in ("post_snapshots", "posts", "trend_report", "trend_summary")),
    *(f"velocity.{name}" for name in ("post_velocity", "curves", "baselines", "amazon_ranks", "scores")),
    *(
        f"feed.{name}"
        for name in (
            "core_items", "stretch_items", "source_report", "proofs", "stories", "items", "unique_leverage", "issues",
            "scoreboard",
        )
    ),
]  # fmt: skip


@pytest.fixture
def world(monkeypatch, sandbox_world) -> str:
    monkeypatch.setenv("TREND_ASSETS_TIKTOK_TRENDING__LIMIT", "30")
    return sandbox_world


@pytest.fixture
def another_database_url(postgres_url, template_database) -> Iterator[str]:
    with temporary_database(postgres_url, template=template_database) as url:
        yield url


def copy(table: str, source: str, target: str) -> None:
    with (
        psycopg.connect(source) as read,
        psycopg.connect(target) as write,
        read.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)") as out,
        write.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as into,
    ):
        for part in out:
            into.write(part)


def everything(url: str) -> dict[tuple[str, str], str]:
    """The content of every partition, as a hash, and of the posts, which are not one."""
    with psycopg.connect(url) as connection:
        hashes = connection.execute(
            "SELECT table_address, observed_date::text, content_hash FROM ops.partition_writes ORDER BY 1, 2"
        ).fetchall()
        posts = connection.execute("SELECT md5(string_agg(p::text, '|' ORDER BY p::text)) FROM trends.posts p")
        found = {(table, day): content for table, day, content in hashes}
        found["trends.posts", ""] = posts.fetchone()[0]
        for day, *issue in connection.execute(
            "SELECT observed_date::text, string_agg(md5(coalesce(body::bytea, binary_body)), ' ' ORDER BY format) "
            "FROM feed.issue_forms GROUP BY 1"
        ):
            found["bytes of the issue", day] = " ".join(issue)
    return found


@pytest.mark.slow
def test_a_fresh_database_with_the_stored_answers_gives_the_same_bytes_and_asks_nobody(
    world, monkeypatch, database_url, another_database_url
):
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    for day in DAYS:
        run(day, *CAPTURES, *BELOW)
    made = everything(database_url)
    assert {table for table, _ in made} >= {"feed.issues", "velocity.scores", "source.youtube_shorts"}

    for table in KEPT:
        copy(table, database_url, another_database_url)
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", another_database_url)
    monkeypatch.setenv("TREND_ASSETS_SANDBOX_URL", "http://127.0.0.1:9")  # nobody is there
    for day in DAYS:
        run(day, *BELOW)
    again = everything(another_database_url)
    assert {key for key in made.keys() | again.keys() if made.get(key) != again.get(key)} == set()
