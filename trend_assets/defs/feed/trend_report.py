"""The trend report: what the risers of the day and of the week have in common, in rows and in words.

The week's six earlier days are read without being inputs in the graph: a repaired day refreshes its own report, not six
later ones; these are materialized by hand where it matters.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from trend_assets.defs.feed.first_sight import sights_until
from trend_assets.defs.feed.prose import texts_for
from trend_assets.defs.table_asset import Day, DayOutput, table_asset

if TYPE_CHECKING:
    import pandas as pd

WEEK = 7


def _videos(day: Day) -> "dict[str, pd.DataFrame]":
    """The videos of the day, and those of the seven days that end with it, each once at its best place."""
    import pandas as pd

    from trend_assets.warehouse.reads.feed import read_videos

    days = [read_videos(day.warehouse, day.date - timedelta(days=back)) for back in range(WEEK)]
    week = pd.concat([frame for frame in days if len(frame)] or days[:1], ignore_index=True)
    week = week.assign(is_measured=week["score_class"] == "measured").sort_values(
        ["is_measured", "source_percentile", "platform", "external_id"],
        ascending=[False, False, True, True],
        kind="stable",
    )
    return {"day": days[0], "week": week.drop_duplicates(["platform", "external_id"])}


@table_asset("trends.trend_report", deps=["velocity.scores"])
def trend_report(day: Day) -> DayOutput:
    """One row per day, period, trait and value: duration, hashtags, sounds, hooks, posting hour, creator size.

    Support, lift against the other videos with its 95 % interval, examples, and a recommendation where the sample
    supports one.
    """
    import pandas as pd

    from trend_assets.domain.feed.patterns import trend_patterns

    reports = [trend_patterns(frame, day=day.date, period=period) for period, frame in _videos(day).items()]  # type: ignore[arg-type]
    rows = pd.concat(reports, ignore_index=True)
    supported = rows[rows["is_supported"].astype(bool)] if "is_supported" in rows else rows
    return DayOutput(rows, metadata={"patterns": len(rows), "supported": len(supported)})


@table_asset("trends.trend_summary", deps=["trends.trend_report", "velocity.scores", "feed.proofs"])
def trend_summary(day: Day) -> DayOutput:
    """One row per day and period: the report in computed sentences, and a language model's prose where a key is set.

    The week's says which products were there before they were talked about, and which talk before it sold.
    """
    import pandas as pd

    from trend_assets.capture.prose import OFF, Prose, is_off
    from trend_assets.domain.feed.first_sight import report_lines
    from trend_assets.domain.feed.patterns import RISER_PERCENTILE, pattern_told, summary_sentences
    from trend_assets.domain.newsletter.grounding import report_text
    from trend_assets.sources.prose.brief import Brief

    report = day.read("trends.trend_report")
    rows: list[dict[str, Any]] = []
    briefs: dict[str, Brief] = {}
    for period, videos in _videos(day).items():
        patterns = report[report["period"] == period].sort_values("rank")
        supported = patterns[patterns["is_supported"]]
        measured = videos[videos["score_class"] == "measured"]
        risers = int((measured["source_percentile"] >= RISER_PERCENTILE).sum())
        sentences = summary_sentences(patterns, videos, period=period)  # type: ignore[arg-type]
        patterns_told = tuple(map(pattern_told, supported.head(12).itertuples()))
        if patterns_told:
            briefs[period] = Brief(period, "report", (sentences, *patterns_told))
        rows.append(
            {
                "observed_date": day.date,
                "period": period,
                "risers": risers,
                "others": len(measured) - risers,
                "patterns": len(supported),
                "summary": " ".join([sentences, *(report_lines(sights_until(day)) if period == "week" else ())]),
                "is_simulated": bool(videos["is_simulated"].fillna(False).any()),
            }
        )
    texts = texts_for(day, list(briefs.values()))
    nothing = Prose(note=OFF if is_off(day.settings) else "There is no supported pattern to write about.")
    for row in rows:
        prose = texts.get(row["period"]) or nothing
        why = report_text(prose.text, briefs[row["period"]].facts) if prose.text is not None else None
        row |= {
            "prose": None if why else prose.text,
            "prose_model": prose.model,
            "prose_note": f"The language model's text is set aside: it {why}" if why else prose.note,
        }
    return DayOutput(pd.DataFrame(rows), metadata={f"summary of the {row['period']}": row["summary"] for row in rows})
