"""Snapshots and posts of a day: newest counts win, first sight never moves, order of days does not matter."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pandas as pd
import pytest

from trend_assets.warehouse.posts import list_trends, rebuild_posts, refresh_posts, snapshot_rows
from trend_assets.warehouse.tables import TABLES

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def post(external_id: str, *, at: datetime = NOON, **columns: Any) -> dict[str, Any]:
    return {
        "observed_date": at.date(), "platform": "reddit", "external_id": external_id, "kind": "post",
        "list_name": "all", "measured_at": at, "collected_at": at, "capture_id": f"c-{at:%d%H%M}",
        "is_simulated": False, **columns,
    }  # fmt: skip


def write(warehouse, source: str, day: date, *rows: dict[str, Any]) -> None:
    frame = pd.DataFrame(list(rows), columns=TABLES[source].column_names, dtype=object)
    warehouse.write_partition(source, day, frame)


def build(warehouse, *days: date, archive_after_days: int = 30):
    reports = []
    for day in days:
        frame = warehouse.query(snapshot_rows(), {"day": day})
        warehouse.write_partition("trends.post_snapshots", day, frame)
        reports.append(
            warehouse.transact(
                lambda c, day=day: refresh_posts(c, day, archive_after_days=archive_after_days), doing="Refreshing"
            )
        )
    return reports


def posts(warehouse) -> dict[str, dict[str, Any]]:
    frame = warehouse.read("trends.posts").astype(object)
    return {row["external_id"]: row for row in frame.where(frame.notna(), None).to_dict("records")}


def later(days: int = 0, hours: int = 0) -> datetime:
    return NOON + timedelta(days=days, hours=hours)


def test_every_source_gives_snapshots_under_its_own_name(warehouse):
    write(warehouse, "source.reddit_posts", DAY, post("a", likes=5), post("a", at=later(hours=6), likes=9))
    write(warehouse, "source.imported_posts", DAY, post("a", likes=4, import_source="mine", list_name="mine"))
    build(warehouse, DAY)
    found = warehouse.read("trends.post_snapshots", day=DAY)
    assert found[["source", "likes"]].astype(object).values.tolist() == [
        ["imported_posts", 4], ["reddit_posts", 5], ["reddit_posts", 9],
    ]  # fmt: skip
    assert found["views"].isna().all()


def test_a_measurement_shared_by_two_collections_of_a_day_counts_once(warehouse):
    shared = post("a", likes=5)
    write(warehouse, "source.reddit_posts", DAY, shared, {**shared, "collected_at": later(hours=6)})
    build(warehouse, DAY)
    assert len(warehouse.read("trends.post_snapshots", day=DAY)) == 1


def test_building_a_day_again_changes_nothing(warehouse):
    write(warehouse, "source.reddit_posts", DAY, post("a", likes=5, hashtags=["x"]), post("b"))
    first, again = build(warehouse, DAY, DAY)
    assert (first.inserted, first.updated) == (2, 0)
    assert (again.seen, again.inserted, again.updated, again.archived, again.repeats) == (2, 0, 0, 0, 0)


def test_newest_counts_win_as_a_unit_and_text_that_is_missing_now_is_kept(warehouse):
    write(warehouse, "source.reddit_posts", DAY, post("a", title="old", likes=5, comments=2))
    tomorrow = later(days=1)
    write(warehouse, "source.reddit_posts", tomorrow.date(), post("a", at=tomorrow, likes=9))
    build(warehouse, DAY, tomorrow.date())
    found = posts(warehouse)["a"]
    assert (found["likes"], found["comments"], found["title"]) == (9, None, "old")
    assert (found["first_collected_at"], found["last_collected_at"]) == (NOON, tomorrow)


def test_a_list_without_counts_does_not_wipe_what_was_measured(warehouse):
    write(warehouse, "source.reddit_posts", DAY, post("a", likes=5))
    write(warehouse, "source.reddit_posts", later(1).date(), post("a", at=later(1), title="t"))
    build(warehouse, DAY, later(1).date())
    found = posts(warehouse)["a"]
    assert (found["likes"], found["measured_at"], found["title"], found["last_collected_at"]) == (
        5,
        NOON,
        "t",
        later(1),
    )


def test_an_old_day_built_later_moves_first_sight_back_and_leaves_newer_counts(warehouse):
    old = later(days=-40)
    write(warehouse, "source.reddit_posts", DAY, post("a", likes=9, title="new"))
    write(warehouse, "source.imported_posts", old.date(), post("a", at=old, likes=1, title="o", import_source="i"))
    build(warehouse, DAY, old.date())
    found = posts(warehouse)["a"]
    assert (found["first_collected_at"], found["first_source"], found["last_collected_at"]) == (
        old,
        "imported_posts",
        NOON,
    )
    assert (found["likes"], found["title"], found["sources"]) == (9, "new", ["imported_posts", "reddit_posts"])


def test_the_order_in_which_days_are_built_does_not_matter(warehouse):
    days = [later(days=n) for n in (0, 1, 40)]
    for number, at in enumerate(days):
        rows = [post("a", at=at, likes=number, url="https://r/x"), post(f"b{number}", at=at, url="https://r/x")]
        write(warehouse, "source.reddit_posts", at.date(), *rows)
    outcomes = []
    for order in permutations(day.date() for day in days):
        with warehouse.connect() as connection:
            connection.execute("TRUNCATE trends.posts, trends.post_snapshots, ops.partition_writes")
        build(warehouse, *order)
        outcomes.append(warehouse.read("trends.posts").to_json(date_format="iso"))
    assert len(set(outcomes)) == 1
    assert posts(warehouse)["b0"]["archived_at"] == later(days=30)
    assert posts(warehouse)["a"]["archived_at"] is None


def test_a_post_is_archived_when_unseen_and_revived_when_seen_again(warehouse):
    write(warehouse, "source.reddit_posts", DAY, post("a", likes=1))
    write(warehouse, "source.reddit_posts", later(30).date(), post("b", at=later(30)))
    write(warehouse, "source.reddit_posts", later(31).date(), post("a", at=later(31)))
    reports = build(warehouse, DAY, later(30).date())
    assert reports[1].archived == 1
    assert posts(warehouse)["a"]["archived_at"] == later(30)
    assert posts(warehouse)["b"]["archived_at"] is None
    assert build(warehouse, later(31).date())[0].revived == 1
    assert posts(warehouse)["a"]["archived_at"] is None


def test_posts_with_one_address_are_repeats_of_the_one_seen_first(warehouse):
    same = {"url": "https://www.reddit.com/comments/abc"}
    write(warehouse, "source.reddit_posts", DAY, post("abc", **same), post("other", url="https://x"), post("none"))
    write(warehouse, "source.imported_posts", later(-1).date(), post("t3-abc", at=later(-1), import_source="i", **same))
    build(warehouse, DAY)
    assert all(row["duplicate_of"] is None for row in posts(warehouse).values())
    assert build(warehouse, later(-1).date())[0].repeats == 1
    assert {key: row["duplicate_of"] for key, row in posts(warehouse).items() if row["duplicate_of"]} == {
        "abc": "t3-abc"
    }
    assert "abc" not in set(list_trends(warehouse, limit=9)["external_id"])


def test_a_post_that_a_corrected_day_no_longer_has_goes_back_to_what_is_left_of_it(warehouse):
    write(warehouse, "source.reddit_posts", DAY, post("a", likes=1), post("b"))
    write(warehouse, "source.reddit_posts", later(1).date(), post("a", at=later(1), likes=7), post("c", at=later(1)))
    build(warehouse, DAY, later(1).date())
    write(warehouse, "source.reddit_posts", later(1).date())
    (report,) = build(warehouse, later(1).date())
    assert report.removed == 1
    found = posts(warehouse)
    assert set(found) == {"a", "b"}
    assert (found["a"]["likes"], found["a"]["last_collected_at"]) == (1, NOON)


def test_rebuilding_posts_takes_them_back_to_their_remaining_snapshots(warehouse):
    write(warehouse, "source.reddit_posts", DAY, post("a", likes=1))
    write(warehouse, "source.imported_posts", later(1).date(), post("a", at=later(1), likes=9, import_source="i"))
    build(warehouse, DAY, later(1).date())

    def purge(connection) -> int:
        connection.execute("DELETE FROM trends.post_snapshots WHERE source = 'imported_posts'")
        connection.execute("CREATE TEMPORARY TABLE chosen AS SELECT platform, external_id FROM trends.posts")
        return rebuild_posts(connection, "chosen")

    assert warehouse.transact(purge, doing="Purging") == 0
    assert (posts(warehouse)["a"]["likes"], posts(warehouse)["a"]["sources"]) == (1, ["reddit_posts"])


def test_trends_are_listed_newest_first_by_platform_and_limit(warehouse):
    rows = [post(f"p{n}", at=later(hours=n), platform="x" if n % 2 else "reddit") for n in range(6)]
    write(warehouse, "source.reddit_posts", DAY, *rows)
    build(warehouse, DAY)
    assert list_trends(warehouse, limit=3)["external_id"].tolist() == ["p5", "p4", "p3"]
    assert list_trends(warehouse, platform="x", limit=1_000)["external_id"].tolist() == ["p5", "p3", "p1"]
    for limit in (0, 1_001):
        with pytest.raises(ValueError, match=f"limit is {limit}; ask for 1 to 1000 posts"):
            list_trends(warehouse, limit=limit)


def test_a_day_without_any_source_leaves_everything_as_it_is(warehouse):
    (report,) = build(warehouse, DAY)
    assert (report.seen, report.inserted, report.removed) == (0, 0, 0)
