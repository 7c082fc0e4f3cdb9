"""A million posts of a day scored and given a chance, a day learned from, and 365 days of baselines rolled on: CPU
seconds, wall seconds and memory.

    python -m benchmarks.scores_scale              1,000,000 posts; 10,000 graded; 365 days of 2,000 posts
    python -m benchmarks.scores_scale 100000 30    smaller

Times are of the pure functions, frames in and frames out; each step runs in a process of its own, so that its peak
memory (resident, with its imports and what it read) is its own. The day is a hard one: every post was measured on the
day and the day before, in five sources with many lists, by 250,000 creators who have history; each source has learned
from as many outcomes as it may keep.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trend_assets.domain.velocity.scoring import Formulas

DAY = datetime(2026, 3, 8, tzinfo=UTC)
LISTS_PER_SOURCE = 40
GRADED = 10_000
LEARNED_DAYS = 10
SOURCES = ("tiktok_trending", "comet_videos", "youtube_shorts", "reddit_posts", "tiktok_commerce")
FORMULAS = Formulas(by_list=frozenset({"tiktok_commerce"}))
PLATFORMS = {"youtube_shorts": "youtube", "reddit_posts": "reddit"}


def posts(count: int, *, seed: int, at: datetime, first: int = 0) -> pd.DataFrame:
    """One snapshot per post: heavy-tailed counts, ages up to a week, a quarter as many creators as posts."""
    dice = np.random.default_rng(seed)
    number = np.arange(first, first + count)
    source = np.array(SOURCES, dtype=object)[number % len(SOURCES)]
    age = dice.exponential(48, count) + 1
    views = np.exp(dice.normal(9, 2, count)).astype(np.int64) + 1
    return pd.DataFrame(
        {
            "source": source,
            "platform": pd.Series(source).map(PLATFORMS).fillna("tiktok"),
            "external_id": number.astype(str),
            "list_name": np.char.add("list ", (number // 7 % LISTS_PER_SOURCE).astype(str)),
            "list_rank": (number % 50 + 1).astype(float),
            "creator_id": np.char.add("c", (number // 4).astype(str)),
            "creator_handle": None,
            "creator_followers": np.exp(dice.normal(10, 2, count)),
            "posted_at": pd.Timestamp(at) - pd.to_timedelta(age, unit="h"),
            "views": views.astype(float),
            "likes": (views // 20).astype(float),
            "comments": (views // 200).astype(float),
            "shares": (views // 500).astype(float),
            "quotes": np.nan,
            "measured_at": pd.Timestamp(at),
            "is_simulated": True,
        }
    )


def two_days(count: int) -> pd.DataFrame:
    """Today's posts, and the same ones a day before with fewer views."""
    today = posts(count, seed=1, at=DAY + timedelta(hours=12))
    before = today.assign(
        measured_at=pd.Timestamp(DAY - timedelta(hours=12)),
        views=(today["views"] / np.random.default_rng(2).uniform(1.0, 2.0, count)).round(),
    )
    return pd.concat([before, today], ignore_index=True)


def score_day(count: int) -> dict[str, float]:
    """Every step of a day, from snapshots to rows of `velocity.scores`, each in a process of its own as the assets'
    steps are: what a step reads is written before it and read by it."""
    stages: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        _alone(make_day, count, Path(folder))
        for title, step in (("measured change", change), ("curves", learn_curves), ("scores with chances", scores)):
            stages |= {f"{title}, {name}": value for name, value in _alone(step, count, Path(folder)).items()}
    for unit in ("wall s", "CPU s"):
        stages[f"all steps, {unit}"] = sum(value for name, value in stages.items() if name.endswith(unit))
    stages["peak memory, MB"] = max(value for name, value in stages.items() if name.endswith("MB"))
    return stages


def make_day(count: int, folder: Path) -> dict[str, float]:
    """What the steps read: snapshots, rings of the day before, outcomes and models."""
    two_days(count).to_pickle(folder / "snapshots")
    for name, frame in zip(("rings", "outcomes", "models"), known_before(count), strict=True):
        frame.to_pickle(folder / name)
    return {}


def change(count: int, folder: Path) -> dict[str, float]:
    """Snapshots to rows of `velocity.post_velocity`."""
    from trend_assets.domain.velocity.changes import measure_changes

    snapshots = pd.read_pickle(folder / "snapshots")
    changes, stages = _timed(lambda: measure_changes(snapshots, day_start=DAY, until=DAY + timedelta(days=1)))
    changes.to_pickle(folder / "changes")
    return stages


def learn_curves(count: int, folder: Path) -> dict[str, float]:
    """Snapshots to rows of `velocity.curves`."""
    from trend_assets.domain.velocity import curves as curve_book
    from trend_assets.domain.velocity.worlds import learn_worlds

    snapshots, book = pd.read_pickle(folder / "snapshots"), curve_book.empty().assign(is_simulated=True)
    end = DAY + timedelta(days=1)
    curves, stages = _timed(lambda: learn_worlds(snapshots, book, day_start=DAY, until=end))
    curves.to_pickle(folder / "curves")
    return stages


def scores(count: int, folder: Path) -> dict[str, float]:
    """Changes, curves, rings and what was learned to rows of `velocity.scores`."""
    from trend_assets.domain.chance.learned import learned_worlds
    from trend_assets.domain.velocity.worlds import MEMBER_COLUMNS, NEEDED_CHANGES, score_worlds

    read = {name: pd.read_pickle(folder / name) for name in ("snapshots", "changes", "curves", "models")}
    for name, columns in (("snapshots", MEMBER_COLUMNS), ("changes", NEEDED_CHANGES)):
        read[name] = read[name].loc[:, list(columns)]
    nothing = pd.DataFrame({"external_id": pd.Series(dtype=object), "score": pd.Series(dtype=float)})
    scored, stages = _timed(
        lambda: score_worlds(
            formulas=FORMULAS,
            changes=read.pop("changes"),
            snapshots=read.pop("snapshots"),
            day=DAY.date(),
            rings_of=lambda entries: pd.read_pickle(folder / "rings"),
            curves=read["curves"],
            commerce=pd.DataFrame(),
            ranks=nothing,
            learned=lambda simulated, members: learned_worlds(
                read["models"],
                pd.read_pickle(folder / "outcomes"),
                members=members,
                is_simulated=simulated,
                day=DAY.date(),
            ),
        )
    )
    assert len(scored) == count and scored["chance"].notna().all()
    return stages


def known_before(count: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Rings of the day before, outcomes of the days before it and what was learned from them."""
    from trend_assets.domain.chance.learned import judged_worlds
    from trend_assets.domain.velocity import baselines
    from trend_assets.domain.velocity.changes import measure_changes
    from trend_assets.domain.velocity.scoring import best_standing, entries_of_day

    before = two_days(count)
    before = before[before["measured_at"] < pd.Timestamp(DAY)]
    yesterday = measure_changes(before, day_start=DAY - timedelta(days=1), until=DAY)
    history = baselines.pool(entries_of_day(yesterday, best_standing(before), formulas=FORMULAS), EMPTY_RINGS)
    rings = baselines.roll(history, day=(DAY - timedelta(days=1)).date())
    outcomes = graded_days(LEARNED_DAYS)
    champions = {(source, True): "boosting" for source in SOURCES}
    return rings, outcomes, judged_worlds(outcomes, day=DAY.date(), before=champions, setting="boosting")


def graded_days(days: int, *, per_day: int = 2_000) -> pd.DataFrame:
    """Outcomes as `velocity.outcomes` keeps them, of every source: the likelier the larger one feature."""
    from trend_assets.domain.chance.features import FEATURES

    frames = []
    for number in range(days):
        for place, source in enumerate(SOURCES):
            dice = np.random.default_rng([number, place])
            table = np.round(dice.normal(size=(per_day, len(FEATURES))), 4)
            likely = 1 / (1 + np.exp(3 - table[:, 2]))
            frames.append(
                pd.DataFrame(
                    {
                        "source": source, "platform": PLATFORMS.get(source, "tiktok"), "is_simulated": True,
                        "ranked_date": (DAY - timedelta(days=number + 3)).date(),
                        "external_id": [f"{number}-{n}" for n in range(per_day)],
                        "is_measured_before": dice.random(per_day) < 0.7, "has_risen": dice.random(per_day) < likely,
                        "features": [dict(zip(FEATURES, row, strict=True)) for row in table.tolist()],
                        "own_order": None, "plain_order": dice.random(per_day), "logistic_chance": likely,
                        "boosting_chance": likely, "chance": likely,
                    }
                )
            )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def learn_day(posts_a_day: int) -> dict[str, float]:
    """What a day of learning costs: its posts graded, every source judged, then learned again for the day's scores."""
    from trend_assets.domain.chance.learned import judged_worlds, learned_worlds

    outcomes = graded_days(LEARNED_DAYS, per_day=posts_a_day // len(SOURCES))
    members = pd.DataFrame({"source": SOURCES})
    models, judging = _timed(lambda: judged_worlds(outcomes, day=DAY.date(), before={}, setting="auto"))
    _, learning = _timed(lambda: learned_worlds(models, outcomes, members=members, is_simulated=True, day=DAY.date()))
    spent = {"models, CPU s": judging["CPU s"], "learned for the day's scores, CPU s": learning["CPU s"]}
    return spent | {"all, CPU s": sum(spent.values())}


def roll_days(days: int, per_day: int = 2_000) -> dict[str, float]:
    """Baselines rolled day by day. What a day costs grows until creators have RING_ITEMS posts each, then no more."""
    from trend_assets.domain.velocity import baselines
    from trend_assets.domain.velocity.changes import measure_changes
    from trend_assets.domain.velocity.scoring import best_standing, entries_of_day

    newest: dict[tuple[str, str, str], object] = {}
    spent: list[float] = []
    for number in range(days):
        started = time.process_time()
        at = DAY + timedelta(days=number)
        # creators come back: a fifth of the ids of a day are new, the rest are creators seen before
        snapshots = posts(per_day, seed=number, at=at + timedelta(hours=12), first=number * per_day // 5)
        snapshots["external_id"] = f"{number}-" + snapshots["external_id"]
        changes = measure_changes(snapshots, day_start=at, until=at + timedelta(days=1))
        entries = entries_of_day(changes, best_standing(snapshots), formulas=FORMULAS)
        keys = list(entries[KEY].drop_duplicates().itertuples(index=False, name=None))
        stored = pd.DataFrame([(*key, newest[key]) for key in keys if key in newest], columns=[*KEY, "entries"])
        rolled = baselines.roll(baselines.pool(entries, stored), day=at.date())
        newest |= dict(zip(rolled[KEY].itertuples(index=False, name=None), rolled["entries"], strict=True))
        spent.append(time.process_time() - started)
    tenth = max(days // 10, 1)
    stages: dict[str, float] = {}
    for title, first in (("first", 0), ("fifth", 4 * tenth), ("last", days - tenth)):
        part = spent[first : first + tenth]
        stages[f"CPU s per day, {title} tenth"] = sum(part) / max(len(part), 1)
    stages["creators and hashtags known at the end"] = float(len(newest))
    return stages


KEY = ["platform", "scope", "key"]
EMPTY_RINGS = pd.DataFrame({name: pd.Series(dtype=object) for name in (*KEY, "entries")})


def _timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, {"wall s": time.perf_counter() - wall, "CPU s": time.process_time() - cpu}


def _alone(work: Callable[..., dict[str, float]], *given: Any) -> dict[str, float]:
    """Run in a process of its own and add its peak memory."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_with_memory, work, *given).result()


def _with_memory(work: Callable[..., dict[str, float]], *given: Any) -> dict[str, float]:
    stages = work(*given)
    stages["peak memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return stages


def main(arguments: list[str]) -> None:
    count = int(arguments[0]) if arguments else 1_000_000
    days = int(arguments[1]) if len(arguments) > 1 else 365
    for title, stages in (
        (f"{count:,} posts of a day scored, measured on two days", score_day(count)),
        (f"{GRADED:,} posts a day learned from, in {len(SOURCES)} sources", _alone(learn_day, GRADED)),
        (f"{days} days of baselines, 2,000 posts a day, from {date(2026, 3, 8)}", _alone(roll_days, days)),
    ):
        print(title)
        for name, value in stages.items():
            print(f"  {name:<48} {value:12,.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
