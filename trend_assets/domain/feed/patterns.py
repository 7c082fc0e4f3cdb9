"""What rising videos share: each trait's value among the risers against the other videos.

    lift = (a + ½)/(n + 1) ÷ (b + ½)/(m + 1)      a of n risers and b of m others have it

with the 95 % interval of Katz (1978) for a ratio of shares on the log scale,
    se² = 1/(a+½) − 1/(n+1) + 1/(b+½) − 1/(m+1).
A pattern is supported when at least `MIN_SUPPORT` risers of at least `MIN_CREATORS` creators have it, the interval's
lower end is above 1, and the lift stands out among all values that were looked at (Benjamini and Hochberg 1995: of what
is called supported, 5 % are chance): with dozens of values some lifts are high by chance alone, and one creator's three
videos are one creator's habit. On random risers the interval alone gave advice in 17 of 20 reports, now one in eight
has any. Putting it into a language model's words belongs to `sources/prose`.
"""

import math
from collections.abc import Callable, Iterator
from datetime import date
from statistics import NormalDist
from typing import Any, Literal

import pandas as pd

from trend_assets.domain.feed.frames import records_of
from trend_assets.domain.feed.words import EMPTY_TAGS, words_of
from trend_assets.domain.newsletter.phrases import quoted
from trend_assets.text import before_hashtags, cut, display_text, hashtag_key, plural

Period = Literal["day", "week"]
RISER_PERCENTILE = 0.90
MIN_SUPPORT = 5
MIN_CREATORS = 4
FALSE_SHARE = 0.05
"""Of the patterns that are called supported, the share that may be chance."""
EXAMPLES = 3
KEPT_PER_TRAIT = 15
HOOK_WORDS = 3
Z95 = 1.959964

DURATION_BANDS = ((0, 7), (7, 15), (15, 30), (30, 60), (60, 180), (180, None))
CREATOR_SIZES = (
    (0, "under 1K"), (1_000, "1K-10K"), (10_000, "10K-100K"), (100_000, "100K-1M"), (1_000_000, "1M and more"),
)  # fmt: skip


def trend_patterns(videos: pd.DataFrame, *, day: date, period: Period) -> pd.DataFrame:
    """One row per trait and value (columns of `trends.trend_report`), best lower bound first.

    `videos`: one row per video (platform, external_id, source_percentile, score_class, views_per_hour,
    duration_seconds, hashtags, sound, title, description, posted_at, creator_followers, creator_id, creator_handle,
    url). Risers stand in the top tenth of their source among measured items; items measured once are neither risers nor
    others.
    """
    measured = videos[videos["score_class"] == "measured"]
    by_trait: list[list[dict[str, Any]]] = []
    if measured.empty:
        return pd.DataFrame(columns=["observed_date", "period", "trait", "value"])
    is_riser = (measured["source_percentile"] >= RISER_PERCENTILE).to_numpy()
    records = records_of(measured)
    for trait, values_of in TRAITS.items():
        known = [(place, values) for place, record in enumerate(records) if (values := values_of(record)) is not None]
        risers = sum(bool(is_riser[place]) for place, _ in known)
        having: dict[str, list[int]] = {}
        for place, values in known:
            for value in values:
                having.setdefault(value, []).append(place)
        by_trait.append(
            [
                _pattern(trait, value, places, records, is_riser, risers, len(known) - risers)
                for value, places in having.items()
            ]
        )
    _mark_supported([pattern for patterns in by_trait for pattern in patterns])
    rows: list[dict[str, Any]] = []
    for patterns in by_trait:
        repeated = [pattern for pattern in patterns if pattern["support"] >= 2]
        repeated.sort(key=lambda p: (not p["is_supported"], -p["lift_low"], -p["support"], p["value"]))
        rows.extend(repeated[:KEPT_PER_TRAIT])
    rows.sort(key=lambda p: (not p["is_supported"], -p["lift_low"], -p["support"], p["trait"], p["value"]))
    is_simulated = bool(measured["is_simulated"].fillna(False).any())
    for rank, row in enumerate(rows, start=1):
        row |= {"observed_date": day, "period": period, "rank": rank, "is_simulated": is_simulated}
    return pd.DataFrame(rows)


def _pattern(trait, value, positions, records, is_riser, risers: int, others: int) -> dict[str, Any]:
    mine = [records[i] for i in positions if is_riser[i]]
    support, other_support = len(mine), len(positions) - len(mine)
    lift, low, high = lift_interval(support, risers, other_support, others)
    creators = {_creator(record) for record in mine}
    mine.sort(
        key=lambda r: (
            -(r["views_per_hour"] if pd.notna(r["views_per_hour"]) else 0.0),
            r["platform"],
            r["external_id"],
        )
    )
    return {
        "trait": trait,
        "value": value,
        "support": support,
        "risers": risers,
        "other_support": other_support,
        "others": others,
        "riser_share": support / risers if risers else 0.0,
        "other_share": other_support / others if others else 0.0,
        "lift": lift,
        "lift_low": low,
        "lift_high": high,
        "is_supported": False,
        "creators": len(creators),
        "examples": [_example(record) for record in mine[:EXAMPLES]],
        "recommendation": None,
    }


def _mark_supported(patterns: list[dict[str, Any]]) -> None:
    """Say which patterns are supported, with what to do: those that hold against all values that were looked at."""
    # which values are looked at must not depend on who rose
    looked_at = [one for one in patterns if one["support"] + one["other_support"] >= MIN_SUPPORT]
    by_chance = sorted(map(_chance_alone, looked_at))
    bound = max((p for k, p in enumerate(by_chance, start=1) if p <= FALSE_SHARE * k / len(by_chance)), default=0.0)
    for one in looked_at:
        enough = one["support"] >= MIN_SUPPORT and one["creators"] >= MIN_CREATORS and one["others"] >= MIN_SUPPORT
        if enough and one["lift_low"] > 1.0 and _chance_alone(one) <= bound:
            one["is_supported"] = True
            one["recommendation"] = recommendation(
                one["trait"], one["value"], one["lift"], one["support"], one["risers"]
            )


def _chance_alone(pattern: dict[str, Any]) -> float:
    """How likely such a lift is where nothing is behind it (one-sided, from its interval on the log scale)."""
    spread = (math.log(pattern["lift_high"]) - math.log(pattern["lift_low"])) / (2 * Z95)
    return 1.0 if spread <= 0 else 1.0 - NormalDist().cdf(math.log(pattern["lift"]) / spread)


def lift_interval(a: int, n: int, b: int, m: int) -> tuple[float, float, float]:
    """Lift and its 95 % interval, half an item added to each cell; finite also where a cell is empty."""
    p, q = (a + 0.5) / (n + 1), (b + 0.5) / (m + 1)
    spread = math.sqrt(max(0.0, 1 / (a + 0.5) - 1 / (n + 1) + 1 / (b + 0.5) - 1 / (m + 1)))
    log_lift = math.log(p / q)
    return tuple(round(math.exp(log_lift + z * spread), 4) for z in (0.0, -Z95, Z95))  # type: ignore[return-value]


def _creator(record: dict[str, Any]) -> str:
    for name in ("creator_id", "creator_handle"):
        if isinstance(record[name], str) and record[name]:
            return f"{record['platform']}:{record[name]}"
    return f"{record['platform']}:{record['external_id']}"


def _caption(record: dict[str, Any]) -> str | None:
    """Its title, or the description where there is none."""
    return next((text for name in ("title", "description") if isinstance(text := record[name], str) and text), None)


def _example(record: dict[str, Any]) -> dict[str, Any]:
    rate = record["views_per_hour"]
    return {
        "platform": record["platform"],
        "external_id": record["external_id"],
        "title": display_text(_caption(record) or "", limit=140),
        "url": record["url"] if isinstance(record["url"], str) else None,
        "views_per_hour": None if pd.isna(rate) else round(float(rate), 1),
    }


def duration_band(record: dict[str, Any]) -> list[str] | None:
    """The band of the video's length; None when unknown."""
    seconds = record["duration_seconds"]
    if pd.isna(seconds) or seconds <= 0:
        return None
    for low, high in DURATION_BANDS:
        if high is None or seconds < high:
            return [f"{low}-{high} s" if high else f"{low} s and more"]
    return None


def hashtags(record: dict[str, Any]) -> list[str] | None:
    """Its hashtags that say something; a video without any is known to have none."""
    tags = record["hashtags"]
    if tags is None or isinstance(tags, float):
        return None
    return list(
        dict.fromkeys(f"#{tag}" for tag in (cut(hashtag_key(t), 60) for t in tags) if tag and tag not in EMPTY_TAGS)
    )


def sound(record: dict[str, Any]) -> list[str] | None:
    """Its sound. "original sound - somebody" is everybody's own and counts as one value."""
    name = record["sound"]
    if not isinstance(name, str) or not (shown := display_text(name, limit=80)):
        return None
    return (
        ["original sound"]
        if shown.casefold().startswith(("original sound", "som original", "sonido original"))
        else [shown]
    )


def hook(record: dict[str, Any]) -> list[str] | None:
    """The first three words of the caption as spoken: what the viewer reads first. Digits are one placeholder, since
    "day 12" and "day 13" open alike."""
    if (text := _caption(record)) is None:
        return None
    opening = words_of(before_hashtags(text))[:HOOK_WORDS]
    if len(opening) < HOOK_WORDS:
        return []
    return [" ".join("#" if word.isdigit() else word for word in opening) + " …"]


def posting_hour(record: dict[str, Any]) -> list[str] | None:
    """The three-hour band of the posting time, UTC."""
    moment = record["posted_at"]
    if pd.isna(moment):
        return None
    start = moment.hour // 3 * 3
    return [f"{start:02d}-{start + 3:02d} UTC"]


def creator_size(record: dict[str, Any]) -> list[str] | None:
    """The band of the creator's followers."""
    followers = record["creator_followers"]
    if pd.isna(followers):
        return None
    return [name for floor, name in CREATOR_SIZES if followers >= floor][-1:]


TRAITS: dict[str, Callable[[dict[str, Any]], list[str] | None]] = {
    "duration_band": duration_band,
    "hashtag": hashtags,
    "sound": sound,
    "hook": hook,
    "posting_hour": posting_hour,
    "creator_size": creator_size,
}

_ADVICE = {
    "duration_band": "Cut to {value}",
    "hashtag": "Make something for {value}",
    "sound": "Try the sound “{value}”",
    "hook": "Open with “{value}”",
    "posting_hour": "Post at {value}",
    "creator_size": "Look at creators with {value} followers",
}


def recommendation(trait: str, value: str, lift: float, support: int, risers: int) -> str:
    """What to do with a supported pattern, with the number that supports it."""
    advice = _ADVICE[trait].format(value=value)
    return f"{advice}: {support} of {risers} rising videos have it, {lift:.1f} times as often as the others."


def pattern_told(row: Any) -> str:
    """A supported pattern as a language model is told of it."""
    return (
        f"{quoted(str(row.value))} ({row.trait}): {row.support} of {row.risers} rising videos have it, "
        f"{row.other_support} of {row.others} others, {row.lift:.1f} times as often (95 % interval "
        f"{row.lift_low:.1f} to {row.lift_high:.1f})."
    )


def summary_sentences(patterns: pd.DataFrame, videos: pd.DataFrame, *, period: Period) -> str:
    """The report in computed sentences: how many videos it rests on, then the supported patterns, best first."""
    return " ".join(_sentences(patterns, videos, period))


def _sentences(patterns: pd.DataFrame, videos: pd.DataFrame, period: Period) -> Iterator[str]:
    measured = videos[videos["score_class"] == "measured"] if len(videos) else videos
    risers = int((measured["source_percentile"] >= RISER_PERCENTILE).sum()) if len(measured) else 0
    since = "Today" if period == "day" else "In the last seven days"
    if not risers:
        yield f"{since} no video could be called rising: growth needs two measurements."
        return
    yield f"{since} {risers} of {plural(len(measured), 'measured video')} were rising (top tenth of their source)."
    supported = patterns[patterns["is_supported"]] if len(patterns) else patterns
    if supported.empty:
        yield f"Nothing that they share is beyond chance: it takes {MIN_SUPPORT} risers of {MIN_CREATORS} creators."
    yield from supported["recommendation"].head(6) if len(supported) else ()
