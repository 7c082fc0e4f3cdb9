"""What the Comet tables say in sum: the funnel of a day and the ready views. Pure, on frames."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from trend_assets.domain.comets.candidates import LAYERS
from trend_assets.domain.comets.growth import half_up
from trend_assets.domain.feed.frames import frame_of, known_records

TOP_CREATORS = 20
WINDOW_DAYS = 7


def funnel(*, day: date, layers: Mapping[str, pd.DataFrame], new_creators: int, is_simulated: bool) -> pd.DataFrame:
    """Rows of comets.funnel: processed, each layer in order, saved (who passed all; `new_creators` of them new).

    `layers` are the day's checks by name. A candidate counts in the layers that it reached, so that each layer's
    entered is the passed of the layer before it."""
    processed = len(next(iter(layers.values())))
    steps = [("processed", processed, processed, 0, 0)]
    for name in LAYERS:
        check = layers[name]
        reached = check[check["is_reached"].astype(bool)]
        counts = reached["verdict"].value_counts()
        steps.append(
            (
                name,
                len(reached),
                int(counts.get("passed", 0)),
                int(counts.get("rejected", 0)),
                int(counts.get("not_judged", 0)),
            )
        )
    passed_all = steps[-1][2]
    steps.append(("saved", passed_all, new_creators, 0, 0))
    rows = [
        {
            "observed_date": day,
            "position": position,
            "step": step,
            "entered": entered,
            "passed": passed,
            "rejected": rejected,
            "not_judged": not_judged,
            "rejected_pct": _pct(rejected, entered),
            "passed_of_processed_pct": _pct(passed, processed),
            "is_simulated": is_simulated,
        }
        for position, (step, entered, passed, rejected, not_judged) in enumerate(steps, start=1)
    ]
    return pd.DataFrame(rows, dtype=object)


def _pct(part: int, whole: int) -> float | None:
    return float(half_up(np.array([part]), np.array([whole]), factor=100)[0]) if whole else None


def funnel_text(rows: pd.DataFrame) -> str:
    """The same figures as text, one line per step."""
    lines = []
    for row in known_records(rows):
        if row["step"] == "processed":
            lines.append(f"processed: {row['entered']} candidates")
        elif row["step"] == "saved":
            lines.append(f"saved: {row['entered']} passed all layers, {row['passed']} of them new on the roster")
        else:
            rate = "" if row["rejected_pct"] is None else f" ({row['rejected_pct']:.2f} %)"
            lines.append(
                f"{row['step']}: {row['entered']} in, {row['passed']} passed, {row['rejected']} rejected{rate}, "
                f"{row['not_judged']} not judged"
            )
    return "\n".join(lines)


def discoveries(*, new: pd.DataFrame, candidates: pd.DataFrame, stats: pd.DataFrame) -> pd.DataFrame:
    """Rows of comets.discoveries: the day's new creators by followers gained, then followers."""
    merged = new[["observed_date", "user_id", "handle", "is_simulated"]].merge(
        candidates[["user_id", "nickname", "keyword", "top_views"]], on="user_id", how="left"
    )
    merged = merged.merge(
        stats[["user_id", "followers", "growth_followers", "growth_pct"]], on="user_id", how="left"
    ).sort_values(["growth_followers", "followers", "user_id"], ascending=[False, False, True])
    merged["rank"] = range(1, len(merged) + 1)
    return frame_of("comets.discoveries", merged)


def top_growing(window: pd.DataFrame, *, day: date) -> pd.DataFrame:
    """Rows of comets.top_growing from the creator_stats of the 7 days that end with `day`."""
    if window.empty:
        return frame_of("comets.top_growing", [])
    ordered = window.sort_values(["user_id", "observed_date"])
    grouped = ordered.groupby("user_id")
    result = pd.DataFrame(
        {
            "handle": grouped["handle"].last(),
            "followers": grouped["followers"].last(),
            "growth_followers_7d": grouped["growth_followers"].sum(),
            "hundredths": grouped["growth_pct"].sum().mul(100).round(),
            "days_measured": grouped.size(),
            "is_simulated": grouped["is_simulated"].any(),
        }
    ).reset_index()
    result = result.sort_values(["growth_followers_7d", "user_id"], ascending=[False, True]).head(TOP_CREATORS)
    # percents have 2 decimals, so their sum in hundredths is a whole number and the mean can be rounded exactly
    result["mean_growth_pct_7d"] = half_up(
        result["hundredths"].to_numpy(dtype=np.int64), result["days_measured"].to_numpy(dtype=np.int64) * 100, factor=1
    )
    result["observed_date"] = day
    result["rank"] = range(1, len(result) + 1)
    return frame_of("comets.top_growing", result)


def keyword_yield(*, candidates: pd.DataFrame, accepted: set[str], new: set[str]) -> pd.DataFrame:
    """Rows of comets.keyword_yield: a creator counts for every keyword that found it."""
    by_keyword: dict[str, list[dict]] = {}
    for row in known_records(candidates):
        for keyword in row["keywords"]:
            by_keyword.setdefault(keyword, []).append(row)
    rows = []
    for keyword, own in by_keyword.items():
        users = {row["user_id"] for row in own}
        rows.append(
            {
                "observed_date": own[0]["observed_date"],
                "keyword": keyword,
                "candidates": len(users),
                "comets": len(users & accepted),
                "new_comets": len(users & new),
                "comets_pct": _pct(len(users & accepted), len(users)),
                "is_simulated": any(row["is_simulated"] for row in own),
            }
        )
    rows.sort(key=lambda row: (-row["new_comets"], -row["comets"], -row["candidates"], row["keyword"]))
    for rank, row in enumerate(rows, start=1):
        row["rank"] = rank
    return frame_of("comets.keyword_yield", rows)
