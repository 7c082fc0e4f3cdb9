"""The roster of Comets: roll call, daily numbers with growth, and the ready views.

    bio_check, creator_profiles ─▶ roll_call ─▶ creator_stats ─▶ top_growing, discoveries
                                       └─▶ creators (the roster) ─▶ keyword_yield, funnel

Yesterday's profiles are a declared input of the stats, so that a late correction of a day refreshes it and the next.
The roster is read by the roll call without a declared edge: it is what earlier days wrote, and Dagster has no edge for
a loop through time over several assets.
"""

from typing import TYPE_CHECKING

from trend_assets.defs.partitions import previous_day
from trend_assets.defs.table_asset import BrokenRows, Day, DayOutput, chart, table_asset
from trend_assets.text import plural

if TYPE_CHECKING:
    import pandas as pd


@table_asset(
    "comets.roll_call",
    deps=[
        "comets.bio_check",
        "comets.creator_profiles",
        "comets.candidates",
        previous_day("comets.roll_call", and_same_day=False),
    ],
)
def roll_call(day: Day) -> DayOutput:
    """One row per day and creator of the roster: updated, failed or skipped, and the state since when.

    TikTok creators whom users track are called like Comets. Private, deleted and banned creators are states with
    a date; a rename is a row where the handle differs.
    """
    from trend_assets.domain.comets.growth import LOOK_BACK_DAYS
    from trend_assets.domain.comets.roster import roll_call as call
    from trend_assets.warehouse.reads.comets import followed, roll_calls_before

    rows = call(
        day=day.date,
        roster=followed(day.warehouse),
        discovered=day.read("comets.bio_check"),
        profiles=day.read("comets.creator_profiles"),
        candidates=day.read("comets.candidates"),
        previous=roll_calls_before(day.warehouse, day.date, look_back_days=LOOK_BACK_DAYS),
        max_followers=day.settings.comet_max_followers,
    )
    outcomes, states = rows["outcome"].value_counts(), rows["state"].value_counts()
    return DayOutput(
        rows,
        metadata={
            **{name: int(outcomes.get(name, 0)) for name in ("updated", "failed", "skipped")},
            **{
                f"state_{name}": int(states.get(name, 0)) for name in ("active", "quiet", "private", "gone", "outgrown")
            },
            "renamed": int(rows["is_renamed"].astype(bool).sum()),
            "state_changed": int(rows["is_state_changed"].astype(bool).sum()),
        },
    )


@table_asset(
    "comets.creators", deps=["comets.roll_call", "comets.creator_profiles", "comets.candidates", "comets.bio_check"]
)
def creators(day: Day) -> DayOutput:
    """One row per creator ever accepted or tracked: the roster, brought up to date with the day.

    A day rebuilt later changes only what it knows better; the time first seen never changes.
    """
    from trend_assets.domain.comets.candidates import passed_all
    from trend_assets.domain.comets.roster import roster_rows

    return DayOutput(
        roster_rows(
            roster=day.warehouse.read("comets.creators"),
            called=day.read("comets.roll_call"),
            profiles=day.read("comets.creator_profiles"),
            candidates=day.read("comets.candidates"),
            accepted=passed_all(day.read("comets.bio_check")),
        )
    )


def _require_plausible(stats: "pd.DataFrame") -> None:
    """Growth must be the difference that the row itself states."""
    known = stats[stats["compared_followers"].notna()]
    wrong = known["followers"] - known["compared_followers"] != known["growth_followers"]
    if wrong.any():
        raise BrokenRows(f"{int(wrong.sum())} of {plural(len(stats), 'row')} state another growth than they give.")


PLOTTED_CREATORS = 5
PLOTTED_DAYS = 30


@table_asset(
    "comets.creator_stats",
    deps=[
        previous_day("comets.roll_call"),
        "comets.creator_profiles",
        "comets.candidates",
        previous_day("comets.creator_stats", and_same_day=False),
    ],
    kinds={"pandas", "matplotlib"},
)
def creator_stats(day: Day) -> DayOutput:
    """One row per day and measured creator of the roster: followers, hearts, videos and their growth.

    Growth is against the newest earlier day within 60 days and the row says over how many days; 0 on first sight. The
    plot shows the 30 days of the creators that grew most.
    """
    from trend_assets.domain.comets.charts import history_chart
    from trend_assets.domain.comets.growth import LOOK_BACK_DAYS, growth
    from trend_assets.domain.comets.roster import measured_today
    from trend_assets.warehouse.reads.comets import histories, stats_before

    today = measured_today(
        called=day.read("comets.roll_call"),
        profiles=day.read("comets.creator_profiles"),
        candidates=day.read("comets.candidates"),
        roster=day.warehouse.read("comets.creators", columns=["user_id", "first_keyword"]),
    )
    stats = growth(today, stats_before(day.warehouse, day.date, look_back_days=LOOK_BACK_DAYS))
    _require_plausible(stats)
    top = stats.sort_values(["growth_followers", "user_id"], ascending=[False, True]).head(PLOTTED_CREATORS)
    series = histories(day.warehouse, top["user_id"].tolist(), day.date, days=PLOTTED_DAYS)
    # the day itself is not written yet
    for (days, followers), count in zip(series, top["followers"].tolist(), strict=True):
        if not days or days[-1] != day.date:
            days.append(day.date)
            followers.append(float(count))
    notes = stats["growth_note"].value_counts()
    return DayOutput(
        stats,
        metadata={
            "growth_followers": int(stats["growth_followers"].sum()),
            **{name: int(notes.get(name, 0)) for name in ("first_sight", "from_zero", "gap", "drop")},
            "history_of_top_5": chart(history_chart(series)),
        },
    )


@table_asset(
    "comets.discoveries", deps=["comets.bio_check", "comets.candidates", "comets.creator_stats", "comets.creators"]
)
def discoveries(day: Day) -> DayOutput:
    """One row per day and Comet first accepted that day, by growth."""
    from trend_assets.domain.comets.candidates import passed_all
    from trend_assets.domain.comets.reports import discoveries as ranked
    from trend_assets.warehouse.reads.comets import new_on_roster

    checked = day.read("comets.bio_check")
    new = checked[checked["user_id"].isin(passed_all(checked) & new_on_roster(day.warehouse, day.date))]
    return DayOutput(ranked(new=new, candidates=day.read("comets.candidates"), stats=day.read("comets.creator_stats")))


@table_asset("comets.top_growing", deps=["comets.creator_stats", "comets.creators"], kinds={"pandas"})
def top_growing(day: Day) -> DayOutput:
    """One row per day and place among the 20 Comets that grew most over the 7 days that end with it.

    Reads `comets.creator_stats` of those 7 days; a correction of an earlier one arrives with the next refresh.
    """
    from datetime import timedelta

    from trend_assets.domain.comets.reports import WINDOW_DAYS
    from trend_assets.domain.comets.reports import top_growing as ranked
    from trend_assets.warehouse.reads.comets import tracked_only

    window = day.read(
        "comets.creator_stats", start=day.date - timedelta(days=WINDOW_DAYS - 1), end=day.date,
        columns=["observed_date", "user_id", "handle", "followers", "growth_followers", "growth_pct", "is_simulated"],
    )  # fmt: skip
    return DayOutput(ranked(window[~window["user_id"].isin(tracked_only(day.warehouse))], day=day.date))


@table_asset("comets.keyword_yield")
def keyword_yield(day: Day) -> DayOutput:
    """One row per day and keyword that found a candidate: how many Comets it produced, most first."""
    from trend_assets.domain.comets.candidates import passed_all
    from trend_assets.domain.comets.reports import keyword_yield as ranked
    from trend_assets.warehouse.reads.comets import new_on_roster

    accepted = passed_all(day.read("comets.bio_check"))
    return DayOutput(
        ranked(
            candidates=day.read("comets.candidates"),
            accepted=accepted,
            new=accepted & new_on_roster(day.warehouse, day.date),
        )
    )
