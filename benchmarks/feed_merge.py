"""A million scored items of one day merged, deduplicated and ranked into a feed, and the issue rendered.

    python -m benchmarks.feed_merge [--items 1000000] [--postgres-url URL]

Measured side by side in one run, on an embedded Postgres of its own (or the given server):
  SQL selects    the product's way: Postgres picks the best of each source, pandas merges what can reach the feed
  DataFrame only the whole partition is read into pandas, which picks the same items; the merge is the same
Both must give the same feed. Wall and CPU seconds of this process, and its peak memory; Postgres' own CPU is not in it,
so the wall time is the one to compare. Rendering: median of nine, every format of fifteen stories.
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOURCES = {
    "tiktok_trending": "tiktok",
    "comet_videos": "tiktok",
    "tiktok_commerce": "tiktok",
    "youtube_shorts": "youtube",
    "reddit_posts": "reddit",
    "x_posts": "x",
    "amazon_positions": "amazon",
}


def scores(count: int, seed: int = 1) -> pd.DataFrame:
    """Rows of `velocity.scores`: seven sources, one item in ten in two TikTok lists."""
    rng = np.random.default_rng(seed)
    names = np.array(list(SOURCES))
    source = names[rng.integers(len(names), size=count)]
    number = np.arange(count)
    shared = (source == "comet_videos") & (rng.random(count) < 0.5)
    trending = number[source == "tiktok_trending"]
    number = np.where(shared, trending[number % len(trending)], number)
    frame = pd.DataFrame({"source": source, "external_id": np.char.add("74", np.char.zfill(number.astype(str), 17))})
    frame = frame.drop_duplicates()
    count = len(frame)
    measured = rng.random(count) < 0.7
    frame = frame.assign(
        observed_date=DAY,
        platform=frame["source"].map(SOURCES),
        list_name="us",
        creator_id=np.char.add("c", rng.integers(0, count // 5 + 1, count).astype(str)),
        measured_at=pd.Timestamp(NOON),
        previous_measured_at=pd.NaT,
        age_hours=rng.uniform(1, 100, count),
        views=rng.integers(1_000, 10**7, count),
        delta_views=pd.array(np.where(measured, rng.integers(1, 10**5, count), 0), dtype="Int64"),
        hours_between=24.0,
        views_per_hour=rng.lognormal(4, 2, count),
        score_class=np.where(measured, "measured", "new"),
        baseline=1000.0,
        baseline_items=9,
        parts=[{}] * count,
        is_simulated=True,
        key=rng.random(count),
    )
    frame.loc[~measured, "delta_views"] = pd.NA
    group = frame.groupby("source")["key"]
    frame["source_percentile"] = (group.rank() - 0.5) / group.transform("size")
    return frame.drop(columns="key")


def posts(frame: pd.DataFrame, seed: int = 2) -> pd.DataFrame:
    """Rows of `trends.posts` with captions; a few percent say the same as another."""
    from benchmarks.near_duplicates import labelled_texts

    items = frame.drop_duplicates(["platform", "external_id"])
    texts, _ = labelled_texts(min(len(items), 40_000), seed)
    text = np.array(texts, dtype=object)[np.arange(len(items)) % len(texts)]
    own = np.char.add("item ", items["external_id"].to_numpy(dtype=str)).astype(object)
    return pd.DataFrame(
        {
            "platform": items["platform"],
            "external_id": items["external_id"],
            "kind": "video",
            "description": text + np.where(np.arange(len(items)) < len(texts), "", " " + own),
            "creator_id": items["creator_id"],
            "creator_handle": items["creator_id"],
            "posted_at": pd.Timestamp(NOON) - timedelta(days=1),
            "first_collected_at": pd.Timestamp(NOON),
            "first_source": items["source"],
            "last_collected_at": pd.Timestamp(NOON),
            "measured_at": pd.Timestamp(NOON),
            "sources": [[source] for source in items["source"]],
            "is_simulated": True,
        }
    )


def fill(warehouse, count: int) -> int:
    """Store the day; the number of scored rows."""
    frame = scores(count)
    warehouse.write_partition("velocity.scores", DAY, frame)
    warehouse.upsert("trends.posts", posts(frame))
    roster = frame.loc[frame["source"] == "comet_videos", "creator_id"].drop_duplicates()
    moment = pd.Timestamp(NOON) - timedelta(days=9)
    warehouse.upsert(
        "comets.creators",
        pd.DataFrame(
            {
                "user_id": roster,
                "first_seen": moment,
                "last_updated_at": moment,
                "state": "active",
                "state_since": DAY,
                "is_simulated": True,
            }
        ),
    )
    with warehouse.connect() as connection:
        for table in ("velocity.scores", "trends.posts", "comets.creators"):
            connection.execute(f"ANALYZE {table}")
    return len(frame)


def by_sql(warehouse, rules) -> pd.DataFrame:
    """The product's way."""
    from trend_assets.warehouse.reads.feed import read_candidates

    return read_candidates(warehouse, DAY, sources=list(rules.sources), per_source=rules.candidates_per_source)


def by_frame(warehouse, rules) -> pd.DataFrame:
    """Everything into pandas, the same choice made there."""
    everything = warehouse.read("velocity.scores", day=DAY)
    texts = warehouse.read(
        "trends.posts", columns=["platform", "external_id", "kind", "description", "creator_handle", "posted_at"]
    )
    order = ["source_percentile", "platform", "external_id"]
    ordered = everything.sort_values(order, ascending=[False, True, True])
    top = ordered.groupby("source").head(rules.candidates_per_source)[["platform", "external_id"]]
    several = everything.groupby(["platform", "external_id"])["source_percentile"].agg(["size", "max"]).reset_index()
    several = several[several["size"] > 1].sort_values(
        ["max", "platform", "external_id"], ascending=[False, True, True]
    )
    keys = pd.concat([top, several.head(rules.candidates_per_source)[["platform", "external_id"]]]).drop_duplicates()
    sizes = everything.groupby("source").size().rename("source_items").reset_index()
    rows = everything.merge(keys, on=["platform", "external_id"]).merge(sizes, on="source")
    rows = rows.merge(texts, on=["platform", "external_id"], how="left")
    place = np.floor(rows["source_items"] * (1 - rows["source_percentile"]) + 0.5 + 1e-9)
    nothing = dict.fromkeys(
        ("title", "url", "linked_url", "list_rank", "creator_name", "creator_followers", "hashtags")
    )
    return rows.assign(
        text=rows["description"], source_rank=np.maximum(1, place).astype(int), engagement=[{}] * len(rows), **nothing
    ).sort_values(["source", "platform", "external_id"])


def feed(candidates: pd.DataFrame, rules) -> pd.DataFrame:
    """Stories in order of score with their outcome."""
    from trend_assets.domain.feed.merge import build_stories, find_proofs, sorted_candidates

    ordered = sorted_candidates(candidates, candidates.iloc[:0], rules)
    proofs = find_proofs(ordered, rules)
    past = pd.DataFrame(columns=["observed_date", "proof_keys"])
    return build_stories(ordered, proofs, past, day=DAY, rules=rules)


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def rendering_seconds() -> tuple[float, float]:
    """Median wall seconds for fifteen stories in every format, and the page's size in kB."""
    from trend_assets_tests.unit.test_rendering import render, row

    rows, taken = [row(n) for n in range(1, 16)], []
    for _ in range(9):
        rendered, wall, _ = timed(lambda: render(*rows))
        taken.append(wall)
    return statistics.median(taken), len(rendered.contents["html"].encode()) / 1000


def main() -> None:
    from trend_assets.runtime.postgres import embedded
    from trend_assets.settings import Settings
    from trend_assets.warehouse.metadata import ddl
    from trend_assets.warehouse.reads.feed_rules import feed_rules
    from trend_assets.warehouse.warehouse import Warehouse

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    options = parser.parse_args()
    rules = feed_rules(Settings(_env_file=None), simulated=dict.fromkeys(SOURCES, True))
    with tempfile.TemporaryDirectory() as folder, embedded.server(Path(folder)) as url:
        warehouse = Warehouse(url)
        with warehouse.connect() as connection:
            connection.execute(ddl().encode())
        count, wall, _ = timed(lambda: fill(warehouse, options.items))
        print(f"{count:,} scored items of one day, stored in {wall:.0f} s")
        print(f"{'way':22s} {'select s':>9s} {'merge s':>8s} {'wall s':>7s} {'cpu s':>6s} {'peak MB':>8s}")
        feeds = []
        for name, select in (("SQL selects", by_sql), ("DataFrame only", by_frame)):
            candidates, first, first_cpu = timed(lambda select=select: select(warehouse, rules))
            stories, second, second_cpu = timed(lambda candidates=candidates: feed(candidates, rules))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{name:22s} {first:9.1f} {second:8.1f} {first + second:7.1f} {first_cpu + second_cpu:6.1f} {peak:8.0f}"
            )
            feeds.append(list(stories.loc[stories["outcome"] == "in_feed", "story_id"]))
        print(
            f"candidates {len(candidates):,}, feed of {len(feeds[0])}; the same feed both ways: {feeds[0] == feeds[1]}"
        )
    seconds, size = rendering_seconds()
    print(f"rendering 15 stories in every format: {seconds * 1000:.0f} ms (median of 9), HTML {size:.0f} kB")


if __name__ == "__main__":
    main()
