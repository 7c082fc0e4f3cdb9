"""The scoreboard on real series and on planted breakouts, through the platform: import, backfill, grade.

    python -m benchmarks.scoreboard                    all three parts, and docs/scoreboard.md with its plots
    python -m benchmarks.scoreboard youtube reddit     some of them, printed only

Real series are read from the folder `shared/data` beside the project; where there is none the part is skipped. Any
other series of snapshots:

    python -m benchmarks.scoreboard --file rows.csv --horizons 24,72 [--map views=plays] [--grain capture]
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from benchmarks.platform_runs import backfill, import_series, platform, series_file
from trend_assets.domain.scoreboard.contestants import OURS, contestants, with_parts
from trend_assets.domain.scoreboard.grading import MIN_SURVIVORS, grade, grade_moment, summarise
from trend_assets.domain.scoreboard.outcomes import views_ahead
from trend_assets.domain.scoreboard.replay import replay
from trend_assets.warehouse.warehouse import Warehouse

MEASURED = ("source.imported_posts", "trends.post_snapshots")
SCORED = ("velocity.post_velocity", "velocity.curves", "velocity.baselines", "velocity.scores")
DOCS = Path(__file__).resolve().parents[1] / "docs"
SANDBOX_DAYS = 14
SANDBOX_START = date(2026, 6, 1)
WARM_UP_DAYS = 3
PLANTED_HOURS = 72
FIGURES = ("precision_at_10", "precision_at_20", "r_precision", "average_precision", "lift", "spearman")


def grade_rows(rows: pd.DataFrame, snapshots: pd.DataFrame, horizons: Sequence[int]) -> pd.DataFrame:
    """Grades of every moment (column `moment`) and horizon."""
    wide = with_parts(rows.reset_index(drop=True))
    boards = []
    for horizon in horizons:
        ahead = views_ahead(wide, snapshots, horizon_hours=horizon)
        for moment, places in wide.groupby("moment").indices.items():
            board = grade_moment(wide.iloc[places], ahead[places], contestants(wide.iloc[places]))
            boards.append(board.assign(moment=moment, horizon_hours=horizon))
    boards = [board for board in boards if len(board)]
    if not boards:
        raise SystemExit(
            f"Nothing can be graded: at no moment do {MIN_SURVIVORS} of {len(wide):,} ranked items have a count "
            f"{' or '.join(map(str, horizons))} hours later. Name shorter --horizons, or a file with more captures."
        )
    return summarise(pd.concat(boards, ignore_index=True))


def imported(
    path: Path, *, name: str, horizons: Sequence[int], grain: Literal["day", "capture"], maps: Sequence[str] = ()
) -> pd.DataFrame:
    """Import a file, backfill the assets, read snapshots and scores back from Postgres and grade them."""
    with platform(start_date=date(2005, 1, 1)) as warehouse:
        days = import_series(warehouse, path, source=name, maps=maps)
        backfill(days, [*MEASURED, *SCORED])
        snapshots = warehouse.read("trends.post_snapshots", start=days[0], end=days[-1])
        if grain == "day":
            scores = warehouse.read("velocity.scores", start=days[0], end=days[-1])
            rows = scores.assign(moment=scores["observed_date"])
        else:
            # a partition is a day; an hour ahead is ranked at each capture, with the curves stored the day before
            curves = warehouse.read("velocity.curves", start=days[0], end=days[-1])
            rows = pd.concat(replay(snapshots, grain="capture", curves=curves), ignore_index=True)
        return grade_rows(rows, snapshots, horizons)


def planted() -> pd.DataFrame:
    """The sandbox's planted breakouts: collect its days, backfill, and see who ranks the planted videos first.

    Right are planted TikTok and YouTube videos whose wave began in the PLANTED_HOURS before they were measured; one
    ranking per day and platform, all videos measured that day.
    """
    days = [SANDBOX_START + timedelta(days=number) for number in range(SANDBOX_DAYS)]
    with platform(start_date=days[0]) as warehouse:
        truth = collect_sandbox(warehouse, days)
        sources = [f"source.{name}" for name in SANDBOX_SOURCES]
        backfill(days, [*sources, "trends.post_snapshots", *SCORED, "velocity.amazon_ranks"])
        scores = with_parts(warehouse.read("velocity.scores", start=days[0], end=days[-1]))
    started = pd.Series(truth)
    rows = scores[scores["platform"].isin(["tiktok", "youtube"])]
    rows = rows.sort_values("source_percentile", ascending=False).drop_duplicates(
        ["observed_date", "platform", "external_id"]
    )
    begun = pd.to_datetime(
        pd.Series(list(zip(rows["platform"], rows["external_id"], strict=True))).map(started), utc=True
    )
    hours = (rows["measured_at"].reset_index(drop=True) - begun).dt.total_seconds() / 3600
    rows = rows.assign(is_right=((hours >= 0) & (hours <= PLANTED_HOURS)).to_numpy())
    grades = []
    for (day, name), group in rows.groupby(["observed_date", "platform"]):
        right = group["is_right"].to_numpy(bool)
        if (day - days[0]).days < WARM_UP_DAYS or not right.any():
            continue
        tie_break = pd.util.hash_array(group["external_id"].to_numpy(object))
        for score, values in contestants(group).items():
            figures = grade(values, right, right.astype(float), tie_break)
            grades.append(
                {"horizon_hours": 0, "label": f"planted on {name}", "items": "all", "score": score, **figures}
                | {"survivors": len(right), "positives": int(right.sum()), "survivors_share": 1.0}
            )
    return summarise(pd.DataFrame(grades))


SANDBOX_SOURCES = ("trending_keywords", "comet_videos", "tiktok_trending", "tiktok_commerce", "youtube_shorts")


def collect_sandbox(warehouse: Warehouse, days: Sequence[date]) -> dict[tuple[str, str], str]:
    """Collect the days from a sandbox of this process; the planted videos as (platform, id) → start of the wave."""
    import os

    from trend_assets.capture.collect import collect_source
    from trend_assets.defs.captures.assets import inputs_of
    from trend_assets.sandbox.thread import in_thread
    from trend_assets.sandbox.world import truth
    from trend_assets.settings import get_settings
    from trend_assets.sources.discovery import LISTS

    started: dict[tuple[str, str], str] = {}
    with in_thread() as url:
        os.environ |= {"TREND_ASSETS_SANDBOX": "on", "TREND_ASSETS_SANDBOX_URL": url}
        for day in days:
            for name in SANDBOX_SOURCES:
                spec = LISTS[name]
                if name == "comet_videos":
                    backfill([day], ["source.trending_keywords"])
                collect_source(
                    warehouse, spec, day=day, now=datetime.now(UTC), settings=get_settings(), run_id="benchmark",
                    collection_id=f"benchmark-{day}", inputs=inputs_of(spec, warehouse, day),
                )  # fmt: skip
            for breakout in truth(day)["breakouts"]:
                started[(breakout["platform"], breakout["external_id"])] = breakout["started_at"]
    return started


def show(title: str, means: pd.DataFrame) -> str:
    """The table as Markdown, ours first, best first."""
    lines = [f"### {title}", ""]
    for (horizon, label, items), rows in means.groupby(["horizon_hours", "label", "items"], sort=True):
        first = rows.iloc[0]
        ahead = f"{horizon} h ahead, " if horizon else ""
        lines += [
            f"**{label.replace('_', ' ')}**, {ahead}{items} items: {int(first['moments'])} rankings, "
            f"{first['survivors']:.0f} graded each (survivors' share {first['survivors_share']:.2f}), "
            f"chance {first['base_rate']:.3f}",
            "",
            "| score | p@10 | p@20 | R-precision | AP | lift | Spearman |",
            "|---|---|---|---|---|---|---|",
        ]
        for row in rows.sort_values("precision_at_10", ascending=False).to_dict("records"):
            name = f"**{row['score']}**" if row["score"] in OURS else row["score"]
            cells = " | ".join("–" if np.isnan(row[figure]) else f"{row[figure]:.3f}" for figure in FIGURES)
            lines.append(f"| {name} | {cells} |")
        lines.append("")
    return "\n".join(lines)


PARTS = {
    "youtube": "YouTube trending US, 2017-11 to 2018-06, daily, imported and backfilled",
    "reddit": "Reddit r/all, 2023-12 to 2024-01, hourly, imported and backfilled",
    "sandbox": "The sandbox's planted breakouts",
}


def run_part(part: str) -> pd.DataFrame | None:
    """The part's table, None where its data is not on this machine."""
    if part == "sandbox":
        return planted()
    name = {"youtube": "youtube_us_2017_2018", "reddit": "reddit_all_hourly_2023_2024"}[part]
    path = series_file(name)
    if path is None:
        print(f"{name} is not on this machine (folder shared/data beside the project): the part is skipped.")
        return None
    if part == "youtube":
        return imported(path, name="youtube_us", horizons=(24, 72, 168), grain="day", maps=["creator_handle=channel"])
    return imported(path, name="reddit_all", horizons=(1,), grain="capture")


def write_docs(tables: dict[str, pd.DataFrame]) -> None:
    """docs/scoreboard.md and a plot per part."""
    from trend_assets.rendering.scoreboard_plot import plot_scoreboard

    (DOCS / "images").mkdir(parents=True, exist_ok=True)
    text = [(Path(__file__).parent / "scoreboard_intro.md").read_text().strip(), ""]
    for part, means in tables.items():
        rows = means[means["items"] == "all"]
        horizon = 72 if 72 in set(rows["horizon_hours"]) else int(rows["horizon_hours"].max())
        column = "average_precision" if part == "sandbox" else "precision_at_10"
        png = plot_scoreboard(rows[rows["horizon_hours"] == horizon], ours=OURS, column=column, title=PARTS[part])
        (DOCS / "images" / f"scoreboard_{part}.png").write_bytes(png)
        text += [show(PARTS[part], means), f"![{PARTS[part]}](images/scoreboard_{part}.png)", ""]
    (DOCS / "scoreboard.md").write_text("\n".join(text))
    print(f"Written: {DOCS / 'scoreboard.md'}")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts; none: all, and the docs")
    parser.add_argument("--file", type=Path, help="any other series of snapshots")
    parser.add_argument("--map", action="append", default=[], help="column=field of the file, as in `import --map`")
    parser.add_argument("--horizons", default="24,72,168", help="hours, separated by commas")
    parser.add_argument("--grain", choices=["day", "capture"], default="day")
    options = parser.parse_args(arguments)
    if options.file:
        horizons = [int(hours) for hours in options.horizons.split(",")]
        means = imported(options.file, name="series", horizons=horizons, grain=options.grain, maps=options.map)
        print(show(options.file.name, means))
        return
    tables = {part: means for part in (options.parts or PARTS) if (means := run_part(part)) is not None}
    for part, means in tables.items():
        print(show(PARTS[part], means))
    if not options.parts and tables:
        write_docs(tables)


if __name__ == "__main__":
    main(sys.argv[1:])
