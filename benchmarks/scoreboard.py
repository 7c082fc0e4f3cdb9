"""The scoreboard on real series and on planted breakouts, through the platform: import, backfill, grade.

    python -m benchmarks.scoreboard                    all four parts, and docs/scoreboard.md with its plots
    python -m benchmarks.scoreboard youtube reddit     some of them, printed only
    python -m benchmarks.scoreboard --replay           the days of imported series replayed in memory, a third of the
                                                       time: the same formulas, lessons and champions

Real series are read from the folder that TREND_ASSETS_BENCHMARK_SERIES names (NAME/rows.csv.gz); where there is none
the part is skipped. Any other series of snapshots:

    python -m benchmarks.scoreboard --file rows.csv --horizons 24,72 [--map views=plays] [--grain capture]
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.lead import PLACES, Lead, lead
from benchmarks.platform_runs import SERIES, backfill, import_series, platform, series_file
from benchmarks.replay import replay
from trend_assets.domain.chance.calibration import Reliability, reliability
from trend_assets.domain.chance.meaning import TOP_SHARE
from trend_assets.domain.chance.outcomes import clock, count_at_horizon
from trend_assets.domain.scoreboard.contestants import OURS, contestants, with_parts
from trend_assets.domain.scoreboard.grading import MIN_SURVIVORS, WITH_LEAVERS, grade, grade_moment, summarise
from trend_assets.domain.scoreboard.outcomes import LABELS, Label, right
from trend_assets.sources.discovery import title_of
from trend_assets.warehouse.warehouse import Warehouse

MEASURED = ("source.imported_posts", "trends.post_snapshots")
CURVES = ("velocity.post_velocity", "velocity.curves")
SCORED = (*CURVES, "velocity.baselines", "velocity.outcomes", "velocity.models", "velocity.scores")
DOCS = Path(__file__).resolve().parents[1] / "docs"
SANDBOX_DAYS = 14
SANDBOX_START = date(2026, 6, 1)
WARM_UP_DAYS = 3
PLANTED_HOURS = 72
FIFTH = 4
"""The place of the fifth day with a chance."""
HONEST = 0.03
"""The calibration error that is asked of each source from its fifth day on."""
MIXED = "¼ plain + ¾ rank"
FIGURES = ("precision_at_10", "precision_at_20", "r_precision", "average_precision", "lift", "spearman")


@dataclass(frozen=True)
class Graded:
    """A series graded: means per horizon, label, group and score; how honest its chances were, by stretch of days (the
    first is all of them) and by source from its own fifth day, how early the order was, and which part of each label's
    risers the youngest tenth holds; at the horizon that chances are of (the sandbox's planted videos have no such
    outcome)."""

    means: pd.DataFrame
    honest: dict[str, Reliability] = field(default_factory=dict)
    early: Lead | None = None
    youngest: dict[Label, float] = field(default_factory=dict)
    horizon: int = 0
    by_source: dict[str, Reliability] = field(default_factory=dict)


def grade_rows(rows: pd.DataFrame, snapshots: pd.DataFrame, horizons: Sequence[int], *, chances_of: int) -> Graded:
    """Grades of every moment (column `moment`) and horizon. `chances_of`: the horizon in hours that chances are of; all
    labels are graded there, elsewhere only who rose."""
    wide = with_parts(rows.reset_index(drop=True))
    told = {name for name, score in contestants(wide).items() if np.isfinite(score).any()}
    boards = []
    for horizon in horizons:
        ahead = count_at_horizon(wide, snapshots, horizon_hours=horizon)
        labels = LABELS if horizon == chances_of else ("rose",)
        for moment, places in wide.groupby("moment").indices.items():
            competing = {name: score for name, score in contestants(wide.iloc[places]).items() if name in told}
            competing[MIXED] = 0.25 * competing["plain"] + 0.75 * competing["rank"]
            board = grade_moment(wide.iloc[places], ahead[places], competing, labels=labels)
            day = pd.Timestamp(str(moment)).date()
            boards.append(board.assign(moment=moment, ranked_date=day, horizon_hours=horizon))
    boards = [board for board in boards if len(board)]
    if not boards:
        raise SystemExit(
            f"Nothing can be graded: at no moment do {MIN_SURVIVORS} of {len(wide):,} ranked items have a count "
            f"{' or '.join(map(str, horizons))} hours later. Name shorter --horizons, or a file with more captures."
        )
    means = summarise(pd.concat(boards, ignore_index=True))
    if chances_of not in horizons:
        return Graded(means)
    ahead = count_at_horizon(wide, snapshots, horizon_hours=chances_of)
    by_label = {label: np.zeros(len(wide), bool) for label in ("rose", "rose_in_decile")}
    known, young = np.zeros(len(wide), bool), np.zeros(len(wide), bool)
    for places in wide.groupby("moment").indices.values():
        here = places[np.isfinite(ahead[places])]
        if len(here) >= MIN_SURVIVORS:
            known[here] = True
            young[here] = pd.Series(clock(wide.iloc[here])).rank(pct=True).to_numpy() <= TOP_SHARE
            for label, risen in by_label.items():
                risen[here] = right(label, wide.iloc[here], ahead[here])[0]
    rose = by_label["rose"]
    chance = wide["chance"].to_numpy(np.float64, na_value=np.nan)
    day = pd.to_datetime(wide["moment"]).dt.date.to_numpy()
    days = np.unique(day[known])

    def from_fifth(rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        told_on = np.unique(day[rows & np.isfinite(chance)])
        return rows & (day >= told_on[FIFTH]) if len(told_on) > FIFTH else np.zeros(len(rows), bool)

    stretches = {
        "all": known,
        "from the fifth day": from_fifth(known),
        "first half": known & (day < days[len(days) // 2]),
        "second half": known & (day >= days[len(days) // 2]),
    }
    source = wide["source"].to_numpy(object)
    own = {title_of(name): from_fifth(known & (source == name)) for name in sorted(set(source))}
    return Graded(
        means,
        {name: reliability(chance[rows], rose[rows]) for name, rows in stretches.items()},
        lead(wide, score=contestants(wide)["rank"], ahead=np.where(known, ahead, np.nan), has_risen=rose),
        {label: float(young[risen].mean()) for label, risen in by_label.items()},
        chances_of,
        {title: reliability(chance[rows], rose[rows]) for title, rows in own.items()},
    )


def imported(
    path: Path, *, name: str, horizons: Sequence[int], grain: Literal["day", "capture"], maps: Sequence[str] = (),
    every_hours: int = 1, in_memory: bool = False,
) -> Graded:  # fmt: skip
    """Import a file, backfill the assets, read snapshots and scores back from Postgres and grade them. `every_hours`:
    of an hourly series only the captures of every so many hours; chances are then of so many hours ahead. `in_memory`:
    only the import goes through the platform."""
    with platform(start_date=date(2005, 1, 1)) as warehouse:
        days = import_series(warehouse, path, source=name, maps=maps)
        is_hourly = grain == "capture"
        stored = () if in_memory or every_hours > 1 else CURVES if is_hourly else SCORED
        backfill(days, [*MEASURED, *stored])
        snapshots = warehouse.read("trends.post_snapshots", start=days[0], end=days[-1])
        if grain == "day" and in_memory:
            return grade_rows(pd.concat(replay(snapshots), ignore_index=True), snapshots, horizons, chances_of=72)
        if grain == "day":
            scores = warehouse.read("velocity.scores", start=days[0], end=days[-1])
            return grade_rows(scores.assign(moment=scores["observed_date"]), snapshots, horizons, chances_of=72)
        # a partition is a day; an hour ahead is ranked at each capture, with the curves stored the day before
        curves = warehouse.read("velocity.curves", start=days[0], end=days[-1]) if stored else None
        snapshots = snapshots[snapshots["measured_at"].dt.floor("30min").dt.hour % every_hours == 0]
        moments = replay(snapshots, grain="capture", curves=curves, horizon_hours=every_hours)
        return grade_rows(pd.concat(moments, ignore_index=True), snapshots, horizons, chances_of=every_hours)


def planted() -> Graded:
    """The sandbox's planted breakouts: collect its days, backfill, and see who ranks the planted videos first.

    Right are planted TikTok and YouTube videos whose wave began in the PLANTED_HOURS before they were measured; one
    ranking per day and platform, all videos measured that day. Beside it who rose, as on the real series.
    """
    days = [SANDBOX_START + timedelta(days=number) for number in range(SANDBOX_DAYS)]
    with platform(start_date=days[0]) as warehouse:
        truth = collect_sandbox(warehouse, days)
        sources = [f"source.{name}" for name in SANDBOX_SOURCES]
        backfill(days, [*sources, "trends.post_snapshots", *SCORED, "velocity.amazon_ranks"])
        snapshots = warehouse.read("trends.post_snapshots", start=days[0], end=days[-1])
        scores = warehouse.read("velocity.scores", start=days[0], end=days[-1])
        scores = scores[scores["score_class"] != "position"]
    started = pd.Series(truth)
    rows = with_parts(scores[scores["platform"].isin(["tiktok", "youtube"])])
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
                {
                    "horizon_hours": 0,
                    "ranked_date": day,
                    "label": f"planted on {name}",
                    "items": "all",
                    "score": score,
                    **figures,
                }
                | {"survivors": len(right), "positives": int(right.sum()), "survivors_share": 1.0}
            )
    # the same label as on the real series beside it; one ranking per day and source
    number = pd.to_timedelta(pd.factorize(scores["source"], sort=True)[0], unit="us")
    rose = grade_rows(
        scores.assign(moment=pd.to_datetime(scores["observed_date"]) + number), snapshots, (72,), chances_of=72
    )
    return replace(rose, means=pd.concat([summarise(pd.DataFrame(grades)), rose.means], ignore_index=True))


SANDBOX_SOURCES = ("trending_keywords", "comet_videos", "tiktok_trending", "tiktok_commerce", "youtube_shorts")


def collect_sandbox(warehouse: Warehouse, days: Sequence[date]) -> dict[tuple[str, str], str]:
    """Collect the days from a sandbox of this process; the planted videos as (platform, id) → start of the wave."""
    import os

    from trend_assets.capture.collect import collect_source
    from trend_assets.defs.captures.assets import inputs_of
    from trend_assets.sandbox.world import truth
    from trend_assets.settings import get_settings
    from trend_assets.sources.discovery import LISTS
    from trend_assets_tests.sandbox_server import sandbox_server

    started: dict[tuple[str, str], str] = {}
    with sandbox_server() as sandbox:
        os.environ |= {"TREND_ASSETS_SANDBOX": "on", "TREND_ASSETS_SANDBOX_URL": sandbox.url}
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


def show(title: str, graded: Graded) -> str:
    """The series as Markdown: every table best first, ours bold; then how early and how honest."""
    lines = [f"### {title}", ""]
    for (horizon, label, items), rows in graded.means.groupby(["horizon_hours", "label", "items"], sort=True):
        first = rows.iloc[0]
        ahead = f"{horizon} h ahead, " if horizon else ""
        group = "all items, those that left counted as not rising" if items == WITH_LEAVERS else f"{items} items"
        lines += [
            f"**{label.replace('_', ' ')}**, {ahead}{group}: {int(first['moments'])} rankings, "
            f"{first['survivors']:.0f} graded each (measured again {first['survivors_share']:.2f}), "
            f"chance {first['base_rate']:.3f}",
            "",
            "| score | p@10 | p@20 | R-precision | 95 % | AP | lift | Spearman |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for row in rows.sort_values(["r_precision", "score"], ascending=False).to_dict("records"):
            name = f"**{row['score']}**" if row["score"] in OURS else row["score"]
            cells = [number(row[figure]) for figure in FIGURES]
            cells.insert(3, f"{number(row['r_precision_low'])} to {number(row['r_precision_high'])}")
            lines.append(f"| {name} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"


def one_table(graded: dict[str, Graded]) -> list[str]:
    """The series side by side, at the horizon that chances are of: what README and measurements cite."""
    rows = [
        "| series | ahead | order | R-precision all | 95 % | seen | by decile, all | leavers not rising | p@10 all |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for part, series in graded.items():
        if not series.horizon:
            continue
        here = series.means[series.means["horizon_hours"] == series.horizon]
        told = {(row["label"], row["items"], row["score"]): row for row in here.to_dict("records")}
        for score in ("rank", "feed", MIXED, "plain", "rising", "engagement_velocity", "views"):
            every, seen = told["rose", "all", score], told["rose", "seen", score]
            decile, left = told["rose_in_decile", "all", score], told["rose", WITH_LEAVERS, score]
            ends = f"{number(every['r_precision_low'])} to {number(every['r_precision_high'])}"
            figures = [number(row["r_precision"]) for row in (every, seen, decile, left)]
            figures = [figures[0], ends, *figures[1:], number(every["precision_at_10"])]
            rows.append(f"| {part} | {series.horizon} h | {score} | {' | '.join(figures)} |")
    return [*rows, ""]


def how_honest_and_early(graded: dict[str, Graded]) -> list[str]:
    """Calibration and lead of each series, and how its order fades with the horizon."""
    rows = [
        "| series | days | chances graded | calibration error | said 70 % or more | of them rose |",
        "|---|---|---|---|---|---|",
    ]
    for part, series in graded.items():
        own = series.by_source if len(series.by_source) > 1 else {}
        stretches = series.honest | {f"{title}, from its fifth day": true for title, true in own.items()}
        for stretch, true in stretches.items():
            said = [f"{true.pairs:,}", number(true.error), str(true.confident), number(true.confident_true)]
            rows.append(f"| {part} | {stretch} | {' | '.join(said)} |")
    rows += ["", *who_is_honest(graded)]
    rows += [
        "",
        "| series | first listings | rose | still to come | hours ahead of views | of the risers the youngest tenth "
        "holds | by decile |",
        "|---|---|---|---|---|---|---|",
    ]
    for part, series in graded.items():
        if early := series.early:
            led = [f"{early.listed:,}", f"{early.rose:,}", number(early.still_to_come)]
            led += [f"{early.hours:.0f} (of {early.led})", *(number(share) for share in series.youngest.values())]
            rows.append(f"| {part} | {' | '.join(led)} |")
    rows += ["", "| series | ahead | R-precision of `rank`, all | p@20 | measured again |", "|---|---|---|---|---|"]
    for part, series in graded.items():
        means = series.means
        chosen = means[(means["label"] == "rose") & (means["items"] == "all") & (means["score"] == "rank")]
        rows += [
            f"| {part} | {row['horizon_hours']} h | {number(row['r_precision'])} | {number(row['precision_at_20'])} | "
            f"{number(row['survivors_share'])} |"
            for row in chosen.to_dict("records")
        ]
    return [*rows, ""]


def who_is_honest(graded: dict[str, Graded]) -> list[str]:
    """Which sources keep to HONEST from their fifth day with a chance, which do not, and which had no such day."""
    by_source = {
        f"{part}: {title}" if len(series.by_source) > 1 else part: true
        for part, series in graded.items()
        for title, true in series.by_source.items()
    }

    def said(those: dict[str, Reliability]) -> str:
        told = (f"{name} ({of.error:.3f} of {of.pairs:,}, by luck {by_luck(of):.3f})" for name, of in those.items())
        return ", ".join(told) or "none"

    kept = {name: true for name, true in by_source.items() if true.error <= HONEST}
    broken = {name: true for name, true in by_source.items() if true.error > HONEST}
    untold = ", ".join(name for name, true in by_source.items() if not true.pairs) or "none"
    return [
        f"Calibration error of at most {HONEST} from the fifth day with a chance on: kept by {said(kept)}; not kept by "
        f"{said(broken)}; no outcome from a fifth day on: {untold}. By luck: what chances that are exactly right show.",
    ]


def by_luck(true: Reliability) -> float:
    """The error that is expected of as many chances in the same tenths when each of them is exactly right: the mean
    absolute deviation of a share, sqrt(2 / pi) of its standard deviation."""
    spread = [(each["said"] * (1 - each["said"]) * each["items"]) ** 0.5 for each in true.bins]
    return (2 / np.pi) ** 0.5 * sum(spread) / max(true.pairs, 1)


PARTS = {
    "youtube": "YouTube trending US, 2017-11 to 2018-06, daily",
    "reddit": "Reddit r/all, 2023-12 to 2024-01, hourly",
    "reddit_3h": "The same with the captures of every third hour only",
    "sandbox": "The sandbox's planted breakouts",
}


def run_part(part: str, *, in_memory: bool = False) -> Graded | None:
    """The part graded, None where its data is not on this machine."""
    if part == "sandbox":
        return planted()
    name = "youtube_us_2017_2018" if part == "youtube" else "reddit_all_hourly_2023_2024"
    path = series_file(name)
    if path is None:
        print(f"{name} is not on this machine ({SERIES} names the folder of series): the part is skipped.")
        return None
    if part == "youtube":
        days_ahead = (24, 72, 120, 168, 216)
        maps = ["creator_handle=channel"]
        return imported(path, name="youtube_us", horizons=days_ahead, grain="day", maps=maps, in_memory=in_memory)
    hours = (1, 3, 6) if part == "reddit" else (3, 6)
    return imported(path, name="reddit_all", horizons=hours, grain="capture", every_hours=hours[0], in_memory=in_memory)


def write_docs(graded: dict[str, Graded], *, in_memory: bool) -> None:
    """docs/scoreboard.md, a plot per part, and how honest the chances were."""
    from trend_assets.newsletters.rendering.scoreboard_plot import plot_reliability, plot_scoreboard

    (DOCS / "images").mkdir(parents=True, exist_ok=True)
    text = [(Path(__file__).parent / "scoreboard_intro.md").read_text().strip(), ""]
    text += [
        "## In one table",
        "",
        f"*rose*, at the horizon that chances are of. Listed: among the first {PLACES}. The days of imported series "
        f"{'were replayed in memory (`--replay`)' if in_memory else 'were backfilled through the platform'}.",
        "",
    ]
    text += [*one_table(graded), *how_honest_and_early(graded)]
    real = [part for part in graded if part != "sandbox"]  # whose invented outcomes make no chance honest
    honest = {PARTS[part]: graded[part].honest["all"].bins for part in real if graded[part].honest}
    if honest:
        (DOCS / "images" / "scoreboard_reliability.png").write_bytes(plot_reliability(honest))
        text += ["![What was said and what came true](images/scoreboard_reliability.png)", ""]
    text += ["## Every table", ""]
    for part, series in graded.items():
        rows = series.means[(series.means["items"] == "all") & (series.means["horizon_hours"] == series.horizon)]
        column = "average_precision" if part == "sandbox" else "r_precision"
        png = plot_scoreboard(rows, ours=OURS, column=column, title=PARTS[part])
        (DOCS / "images" / f"scoreboard_{part}.png").write_bytes(png)
        text += [show(PARTS[part], series), f"![{PARTS[part]}](images/scoreboard_{part}.png)", ""]
    (DOCS / "scoreboard.md").write_text("\n".join(text))
    print(f"Written: {DOCS / 'scoreboard.md'}")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts; none: all, and the docs")
    parser.add_argument("--file", type=Path, help="any other series of snapshots")
    parser.add_argument("--map", action="append", default=[], help="column=field of the file, as in `import --map`")
    parser.add_argument("--horizons", default="24,72,168", help="hours, separated by commas")
    parser.add_argument("--grain", choices=["day", "capture"], default="day")
    parser.add_argument("--replay", action="store_true", help="replay imported series in memory")
    options = parser.parse_args(arguments)
    if options.file:
        horizons = [int(hours) for hours in options.horizons.split(",")]
        series = imported(options.file, name="series", horizons=horizons, grain=options.grain, maps=options.map)
        print(show(options.file.name, series))
        return
    parts = options.parts or PARTS
    graded = {part: found for part in parts if (found := run_part(part, in_memory=options.replay)) is not None}
    for part, series in graded.items():
        print(show(PARTS[part], series))
    print("\n".join([*one_table(graded), *how_honest_and_early(graded)]))
    if not options.parts and graded:
        write_docs(graded, in_memory=options.replay)


if __name__ == "__main__":
    main(sys.argv[1:])
