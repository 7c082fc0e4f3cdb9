"""Partitions in and out of a real Postgres: whole, once, typed, and nothing lost without a reason."""

import datetime as dt
import threading
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from trend_assets.sources.call import Quarantined
from trend_assets.text import cut
from trend_assets.warehouse import loading
from trend_assets.warehouse.errors import StaleWriter
from trend_assets.warehouse.warehouse import Warehouse

DAY = dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 20, 6, 0, 0, 123456, tzinfo=dt.UTC)
POSTS = "source.reddit_posts"
REQUIRED = {
    "platform": "reddit", "kind": "post", "list_name": "all", "measured_at": NOW, "collected_at": NOW,
    "capture_id": "c1", "is_simulated": True,
}  # fmt: skip


def posts(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame([{**REQUIRED, **row} for row in rows], dtype=object)


def numbered(count: int, **same: object) -> pd.DataFrame:
    return posts(*({"external_id": f"p{number:05d}", "views": number, **same} for number in range(count)))


def quarantine(warehouse: Warehouse) -> pd.DataFrame:
    return warehouse.query("SELECT * FROM ops.quarantine ORDER BY position")


def test_a_partition_comes_back_typed_and_sorted_by_key(warehouse: Warehouse) -> None:
    frame = posts(
        {"external_id": "b", "views": 2**62, "upvote_ratio": 0.1, "hashtags": ["a", 'q"\\,{}', ""], "title": ""},
        {"external_id": "a", "views": None, "posted_at": NOW, "is_over_18": True, "title": 'line\n"quoted",\\.'},
    )
    report = warehouse.write_partition(POSTS, DAY, frame)
    assert (report.stored, report.inserted, report.unchanged) == (2, 2, False)
    read = warehouse.read(POSTS, day=DAY)
    assert list(read["external_id"]) == ["a", "b"]
    assert read["views"].dtype == "Int64" and read["views"].isna().tolist() == [True, False]
    assert read["views"][1] == 2**62, "whole numbers never pass through a float"
    assert read["title"].tolist() == ['line\n"quoted",\\.', ""], "the empty text is not an unknown one"
    assert read["hashtags"].tolist() == [None, ["a", 'q"\\,{}', ""]]
    assert read["posted_at"].dtype == "datetime64[us, UTC]" and read["posted_at"][0] == pd.Timestamp(NOW)
    assert read["is_over_18"].dtype == "boolean" and read["is_over_18"][0] is np.True_
    assert read["observed_date"].tolist() == [DAY, DAY]
    assert np.isnan(read["upvote_ratio"][0]) and read["upvote_ratio"].dtype == "float64"


def test_what_was_read_can_be_written_again_and_changes_nothing(warehouse: Warehouse) -> None:
    warehouse.write_partition(POSTS, DAY, numbered(50, hashtags=["x"], description="d"))
    report = warehouse.write_partition(POSTS, DAY, warehouse.read(POSTS, day=DAY))
    assert report.unchanged and report.stored == 50


def test_the_same_rows_in_another_order_write_nothing(warehouse: Warehouse) -> None:
    frame = numbered(200)
    first = warehouse.write_partition(POSTS, DAY, frame)
    rows = "SELECT xmin::text AS version, ctid::text AS place FROM source.reddit_posts ORDER BY external_id"
    before = warehouse.query(rows)
    again = warehouse.write_partition(POSTS, DAY, frame.sample(frac=1, random_state=1))
    assert again.unchanged and again.content_hash == first.content_hash
    pd.testing.assert_frame_equal(before, warehouse.query(rows))


def test_where_a_key_comes_twice_the_order_decides_and_a_rerun_in_another_order_is_seen(warehouse: Warehouse) -> None:
    frame = posts({"external_id": "a", "views": 1}, {"external_id": "a", "views": 2}, {"external_id": "b", "views": 3})
    assert not warehouse.write_partition(POSTS, DAY, frame).unchanged
    assert warehouse.write_partition(POSTS, DAY, frame).unchanged
    turned = warehouse.write_partition(POSTS, DAY, frame.iloc[::-1])
    assert (turned.updated, turned.set_aside) == (1, 1)
    assert warehouse.read(POSTS, day=DAY)["views"].tolist() == [1, 3]
    assert '"views": 2' in quarantine(warehouse)["raw"][0]


def test_a_changed_partition_writes_only_the_difference(warehouse: Warehouse) -> None:
    warehouse.write_partition(POSTS, DAY, numbered(100))
    changed = numbered(110).drop(index=range(10))
    changed.loc[20, "views"] = 7
    report = warehouse.write_partition(POSTS, DAY, changed)
    assert (report.inserted, report.updated, report.deleted, report.stored) == (10, 1, 10, 100)
    assert warehouse.read(POSTS, day=DAY)["views"].tolist() == [*range(10, 20), 7, *range(21, 110)]


@pytest.mark.parametrize(("share", "replaced"), [(0.1, False), (0.9, True)])
def test_a_large_partition_is_updated_or_replaced_by_how_much_of_it_changed(
    warehouse: Warehouse, share: float, replaced: bool
) -> None:
    count = 12_000
    base = numbered(count)
    warehouse.write_partition(POSTS, DAY, base)
    changed = base.copy()
    changed.loc[changed.index < count * share, "views"] = -1
    changed["views"] = changed["views"].where(changed["views"] != -1, 7)
    report = warehouse.write_partition(POSTS, DAY, changed)
    assert (report.inserted, report.deleted) == ((count, count) if replaced else (0, 0))
    assert replaced or abs(report.updated - count * share) <= 1
    assert warehouse.read(POSTS, day=DAY)["views"].tolist() == changed["views"].tolist()


def test_every_way_of_loading_says_what_it_did_and_leaves_exactly_the_given_rows(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "SAMPLED_FROM", 20)
    monkeypatch.setattr(loading, "SAMPLE_ROWS", 20)  # each of them
    steps = [
        # the rows by id, with their views; inserted, updated, deleted
        ("the first time", {id: 0 for id in range(24)}, (24, 0, 0)),
        ("the same", {id: 0 for id in range(24)}, (0, 0, 0)),
        ("few differ", {id: int(id > 20) for id in range(4, 26)}, (2, 3, 4)),
        ("half of them differ", {id: 2 if id % 2 else int(id > 20) for id in range(4, 26)}, (0, 11, 0)),
        ("most differ", {id: 3 if id < 16 else 2 if id % 2 else int(id > 20) for id in range(4, 26)}, (22, 0, 22)),
        ("all of a few differ", {id: 4 for id in range(7, 26)}, (0, 19, 3)),
        ("all are others", {id: 4 for id in range(40, 59)}, (19, 0, 19)),
        ("none is left", {}, (0, 0, 19)),
    ]
    # CSV of one row at a time: more pieces than are made ahead
    for day, rows in ((DAY, 1), (DAY - dt.timedelta(days=1), 50_000)):
        monkeypatch.setattr(loading, "CHUNK_ROWS", rows)
        for step, wanted, counts in steps:
            frame = posts(*({"external_id": f"p{id:02d}", "views": views} for id, views in wanted.items()))
            report = warehouse.write_partition(POSTS, day, frame)
            assert (report.inserted, report.updated, report.deleted) == counts, (step, rows)
            assert (report.stored, report.unchanged) == (len(wanted), not any(counts)), (step, rows)
            read = warehouse.read(POSTS, day=day)
            assert dict(zip(read["external_id"], read["views"], strict=True)) == {
                f"p{id:02d}": views for id, views in wanted.items()
            }, (step, rows)


def test_an_empty_frame_empties_the_partition_and_no_other(warehouse: Warehouse) -> None:
    other = DAY - dt.timedelta(days=1)
    warehouse.write_partition(POSTS, DAY, numbered(3))
    warehouse.write_partition(POSTS, other, numbered(4))
    report = warehouse.write_partition(POSTS, DAY, numbered(0))
    assert (report.stored, report.deleted) == (0, 3)
    assert len(warehouse.read(POSTS, day=DAY)) == 0
    assert len(warehouse.read(POSTS, day=other)) == 4
    assert list(warehouse.read(POSTS, day=DAY).columns) == list(warehouse.read(POSTS, day=other).columns)


def test_a_range_reads_both_ends_and_a_condition_narrows_it(warehouse: Warehouse) -> None:
    for back in range(4):
        warehouse.write_partition(POSTS, DAY - dt.timedelta(days=back), numbered(back + 1))
    read = warehouse.read(
        POSTS, start=DAY - dt.timedelta(days=2), end=DAY - dt.timedelta(days=1), columns=["external_id"],
        where="external_id > %s", params=("p00000",),
    )  # fmt: skip
    assert sorted(read["external_id"]) == ["p00001", "p00001", "p00002"]


def test_values_that_no_column_can_hold_become_null_with_a_reason(warehouse: Warehouse) -> None:
    frame = posts(
        {"external_id": "nul", "title": "a\x00b"},
        {"external_id": "surrogate", "title": "x\ud800y"},
        {"external_id": "huge", "views": 2**63},
        {"external_id": "word", "views": "1.2M"},
        {"external_id": "half", "views": 1.5},
        {"external_id": "nan", "views": float("nan"), "upvote_ratio": float("inf")},
        {"external_id": "negative", "likes": -1},
        {"external_id": "naive", "posted_at": dt.datetime(2026, 11, 20)},
    )
    report = warehouse.write_partition(POSTS, DAY, frame, received=8)
    assert report.stored == 8 and report.set_aside == 0
    read = warehouse.read(POSTS, day=DAY).set_index("external_id")
    assert read.loc["nul", "title"] == "ab" and read.loc["surrogate", "title"] == "x\ufffdy"
    assert read["views"].isna().all() and read["likes"].isna().all() and read["posted_at"].isna().all()
    reasons = " ".join(quarantine(warehouse)["reason"])
    for telling in (str(2**63), "1.2M", "1.5 is not a whole number", "inf", "-1 is below 0", "has no time zone"):
        assert telling in reasons
    assert "nan" not in reasons, "unknown is NULL, not a problem"


def test_a_row_without_a_required_value_is_set_aside_and_accounted_for(warehouse: Warehouse) -> None:
    frame = posts({"external_id": "good"}, {"external_id": None, "title": "lost"}, {"external_id": 17})
    report = warehouse.write_partition(
        POSTS, DAY, frame, received=5, deduplicated=1, quarantined=[Quarantined("no id at all\x00", "{}")], run_id="r1"
    )
    assert (report.stored, report.set_aside) == (2, 1)
    assert warehouse.read(POSTS, day=DAY)["external_id"].tolist() == ["17", "good"], "ids sent as numbers are text"
    manifest = warehouse.query("SELECT * FROM ops.partition_writes").iloc[0]
    assert manifest["received"] == manifest["stored"] + manifest["deduplicated"] + manifest["quarantined"] == 5
    assert manifest["run_id"] == "r1"
    aside = quarantine(warehouse)
    assert aside["reason"][0] == "no id at all" and "external_id: is unknown" in aside["reason"][1]
    assert "lost" in aside["raw"][1] and aside["capture_id"][1] == "c1"


def test_repeated_keys_keep_the_later_row_and_account_for_the_other(warehouse: Warehouse) -> None:
    frame = posts(
        {"external_id": "a", "views": 1}, {"external_id": "b"}, {"external_id": "b"}, {"external_id": "a", "views": 2}
    )
    report = warehouse.write_partition(POSTS, DAY, frame, received=4)
    assert (report.stored, report.repeats, report.set_aside) == (2, 1, 1)
    assert warehouse.read(POSTS, day=DAY)["views"].tolist() == [2, pd.NA]
    manifest = warehouse.query("SELECT * FROM ops.partition_writes").iloc[0]
    assert (manifest["deduplicated"], manifest["quarantined"]) == (1, 1)


@pytest.mark.parametrize(
    "name", ["views; DROP TABLE source.reddit_posts", 'views" FROM pg_shadow --', "pg_shadow", "x'y"]
)
def test_a_name_from_outside_never_becomes_part_of_a_statement(warehouse: Warehouse, name: str) -> None:
    warehouse.write_partition(POSTS, DAY, posts({"external_id": "a", "title": name}))
    for work in (
        lambda: warehouse.read(f"source.{name}"),
        lambda: warehouse.read(name),
        lambda: warehouse.read(POSTS, columns=["external_id", name]),
        lambda: warehouse.write_partition(f"source.{name}", DAY, posts({"external_id": "a"})),
        lambda: warehouse.write_partition(POSTS, DAY, posts({"external_id": "a", name: 1})),
        lambda: warehouse.upsert(name, posts({"external_id": "a"})),
    ):
        with pytest.raises((ValueError, KeyError)):
            work()
    assert warehouse.read(POSTS, day=DAY)["title"].tolist() == [name], "as a value it is only text"


def test_unknown_columns_other_days_and_unknown_tables_are_refused_as_bugs(warehouse: Warehouse) -> None:
    with pytest.raises(ValueError, match="plays"):
        warehouse.write_partition(POSTS, DAY, posts({"external_id": "a", "plays": 1}))
    with pytest.raises(ValueError, match="2026-11-19"):
        warehouse.write_partition(POSTS, DAY, posts({"external_id": "a", "observed_date": dt.date(2026, 11, 19)}))
    with pytest.raises(ValueError, match="use upsert"):
        warehouse.write_partition("trends.posts", DAY, posts())
    for days in ({"day": DAY}, {"start": DAY}, {"end": DAY}):
        with pytest.raises(
            ValueError, match=r"^trends\.posts has no partitions: read it whole, or with a condition\.$"
        ):
            warehouse.read("trends.posts", **days)
    assert len(warehouse.read(POSTS)) == 0


def test_an_older_attempt_is_refused_even_when_the_newer_one_changed_nothing(warehouse: Warehouse) -> None:
    warehouse.write_partition(POSTS, DAY, numbered(3))
    older, newer = warehouse.next_token(), warehouse.next_token()
    assert warehouse.write_partition(POSTS, DAY, numbered(3), token=newer).unchanged
    with pytest.raises(StaleWriter, match="newer attempt"):
        warehouse.write_partition(POSTS, DAY, numbered(9), token=older)
    assert len(warehouse.read(POSTS, day=DAY)) == 3
    warehouse.write_partition(POSTS, DAY, numbered(4), token=newer)
    assert len(warehouse.read(POSTS, day=DAY)) == 4, "an attempt may write its own partition again"


def test_two_writers_of_one_partition_are_serialised_and_the_newer_one_wins(warehouse: Warehouse) -> None:
    outcomes: list[str] = []

    def write(token: int, count: int) -> None:
        try:
            warehouse.write_partition(POSTS, DAY, numbered(count, title=f"by {token}"), token=token)
            outcomes.append("written")
        except StaleWriter:
            outcomes.append("stale")

    tokens = [warehouse.next_token() for _ in range(6)]
    threads = [threading.Thread(target=write, args=(token, 500 + token)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = warehouse.read(POSTS, day=DAY)
    assert set(read["title"]) == {f"by {max(tokens)}"} and len(read) == 500 + max(tokens)
    assert len(outcomes) == 6 and "written" in outcomes


def test_a_reader_sees_the_old_partition_until_the_new_one_is_committed(warehouse: Warehouse) -> None:
    warehouse.write_partition(POSTS, DAY, numbered(100, title="old"))
    seen: set[tuple[int, str]] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            titles = warehouse.read(POSTS, day=DAY)["title"]
            seen.add((len(titles), ",".join(sorted(set(titles)))))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(5):
        warehouse.write_partition(POSTS, DAY, numbered(100 + turn, title=f"new {turn}"))
    done.set()
    reader.join()
    assert seen <= {(100, "old"), *((100 + turn, f"new {turn}") for turn in range(5))}


# --- state tables ---------------------------------------------------------------------------------------------------


def creators(*rows: dict) -> pd.DataFrame:
    base = {"last_updated_at": NOW, "state": "active", "state_since": DAY, "is_simulated": False, "first_seen": NOW}
    return pd.DataFrame([{**base, **row} for row in rows], dtype=object)


def test_an_upsert_keeps_the_first_seen_time_and_leaves_other_rows_and_columns_alone(warehouse: Warehouse) -> None:
    warehouse.upsert(
        "comets.creators", creators({"user_id": "1", "handle": "old", "signature": "bio"}, {"user_id": "2"})
    )
    later = NOW + dt.timedelta(days=1)
    report = warehouse.upsert("comets.creators", creators({"user_id": "1", "handle": "new", "first_seen": later}))
    assert (report.inserted, report.updated) == (0, 1)
    read = warehouse.read("comets.creators").set_index("user_id")
    assert read.loc["1", "handle"] == "new" and read.loc["1", "first_seen"] == pd.Timestamp(NOW)
    assert read.loc["1", "signature"] == "bio" and "2" in read.index
    assert warehouse.upsert("comets.creators", creators({"user_id": "1", "handle": "new"})).unchanged
    report = warehouse.upsert("comets.creators", creators({"user_id": "2", "handle": "b"}, {"user_id": "3"}))
    assert (report.stored, report.inserted, report.updated, report.unchanged) == (2, 1, 1, False)


def test_what_an_upsert_sets_aside_is_added_to_what_was_there(warehouse: Warehouse) -> None:
    for lost in ("one", "two"):
        bad = {"user_id": "1", "handle": lost, "first_seen": None}
        report = warehouse.upsert("comets.creators", creators(bad, {"user_id": "2"}))
        assert (report.stored, report.set_aside) == (1, 1)
    aside = quarantine(warehouse)
    assert ["one" in raw for raw in aside["raw"]] == [True, False]
    assert set(aside["reason"]) == {"The row cannot be stored in comets.creators: first_seen: is unknown."}


def test_items_that_a_parser_set_aside_are_those_of_the_newest_write_in_order_and_cut(warehouse: Warehouse) -> None:
    items = [Quarantined("r" * 3_000, "w" * 30_000), Quarantined("no id", "{}")]
    named = SimpleNamespace(reason="of an answer", raw="[]", capture_id="c9")
    for number, given in enumerate(([*items, named], [named, *items], items[:1], [])):
        report = warehouse.write_partition(POSTS, DAY, numbered(1), quarantined=given)
        stored = quarantine(warehouse)
        assert stored["reason"].tolist() == [cut(item.reason, 2_000) for item in given]
        assert stored["raw"].tolist() == [cut(item.raw, 20_000) for item in given]
        assert stored["capture_id"].dropna().tolist() == ["c9"] * (named in given)
        assert (report.set_aside, report.unchanged) == (0, number > 0)


def test_json_lists_and_bytes_survive_the_way_there_and_back(warehouse: Warehouse) -> None:
    row = {
        "observed_date": DAY, "source": "s", "platform": "x", "external_id": "1", "measured_at": NOW,
        "score_class": "new", "source_percentile": 0.5, "is_simulated": False,
        "parts": {"b": [1, 2.5, None, "\x00ä\ud800"], "a": {"nan": float("nan"), "big": 2**60}},
    }  # fmt: skip
    warehouse.write_partition("velocity.scores", DAY, pd.DataFrame([row]))
    parts = warehouse.read("velocity.scores", day=DAY)["parts"][0]
    assert parts == {"b": [1, 2.5, None, "ä\ufffd"], "a": {"nan": None, "big": 2**60}}
    read = warehouse.query(
        "SELECT '\\x00ff'::bytea AS body, ARRAY['a', NULL] AS list, NULL::bytea AS none, 1 AS one, 2 AS one"
    )
    assert read["body"][0] == b"\x00\xff" and read["list"][0] == ["a", None] and read["none"][0] is None
    assert read.columns.tolist() == ["body", "list", "none", "one", "one"]
