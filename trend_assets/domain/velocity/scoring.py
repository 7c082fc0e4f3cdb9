"""One day's scores: changes, baselines, curves and the sources' own formulas put together into `velocity.scores` rows.

    changes (per post) ─┬─▶ entries_of_day ─▶ pool with stored rings ─▶ baselines without the item ─┐
    members (per source)┴───────────────────────────────────────────────────────────────────────────┤
    what each source has learned (`domain/chance`) ─────────────────────────────────────────────────┴─▶ score_day

Pure and forward in time: everything comes in as frames of what was known by the end of the day. Live and simulated rows
are never each other's peers or baselines. The formulas themselves are in their own modules.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trend_assets.domain.chance.candidates import plain_order
from trend_assets.domain.chance.features import COLUMNS_NEEDED, features
from trend_assets.domain.chance.learned import RAW, Learned
from trend_assets.domain.scores.source_scores import commerce_score, trending_score, x_engagements, x_score
from trend_assets.domain.velocity import baselines, ranking
from trend_assets.domain.velocity import curves as curve_book
from trend_assets.domain.velocity.formulas import counts
from trend_assets.domain.velocity.parts import parts_of
from trend_assets.domain.velocity.peers import percentile_within
from trend_assets.platforms import PLATFORMS
from trend_assets.tables.catalogue import columns_of

Floats = NDArray[np.float64]

SCORE_COLUMNS = columns_of("velocity.scores")

BY_ENGAGEMENTS, BY_PLACES = (
    [row.name for row in PLATFORMS.values() if row.scored_by == told] for told in ("engagements", "places")
)

POST = ["platform", "external_id"]
STATED_COLUMNS = ("source", "platform", "external_id", "stated_score", "stated_baseline", "stated_items")
PARTS = (
    "views", "likes", "comments", "shares", "quotes", "counted", "delta_views", "hours_between", "age_hours",
    "tenure_hours", "views_per_hour", "relative_growth_per_hour", "rising_expected", "forecast_views_per_hour",
    "rising_peers", "rising_within", "median_others", "mean_others", "spread_others",
    "others", "challenger_z", "trending_score", "measurements",
    "list_rank", "rounding_step", "growth_over_usual", "earlier_views_per_hour", "lifetime_views_per_hour",
    "rate_over_lifetime_place", "forecast_place", "list_share", "size_place", "likes_place", "comments_place",
)  # fmt: skip


@dataclass(frozen=True)
class Formulas:
    """Which sources are scored otherwise than by growth. `by_list`: against the other items of their list (commerce
    hashtags); `by_position`: by the places that an item gained; `panels` measure known items again: they are no lists
    on which anything was found."""

    by_list: frozenset[str] = frozenset()
    by_position: frozenset[str] = frozenset()
    panels: frozenset[str] = frozenset()


PLAIN = Formulas()


def best_standing(snapshots_of_day: pd.DataFrame) -> pd.DataFrame:
    """One row per source and post: the list in which it stood best (ties: the list first in the alphabet)."""
    rows = snapshots_of_day.loc[:, ["source", *POST, "list_name", "list_rank", "is_simulated"]].copy()
    rows["list_rank"] = counts(rows["list_rank"])
    rows = rows.sort_values(["source", *POST, "list_rank", "list_name", "is_simulated"])
    return rows.drop_duplicates(["source", *POST]).reset_index(drop=True)


def entries_of_day(changes: pd.DataFrame, members: pd.DataFrame, *, formulas: Formulas = PLAIN) -> pd.DataFrame:
    """What the day adds to the baselines: each post once under its creator and, for hashtags whose formula compares
    with the list, once under its list. Columns `baselines.ENTRY_COLUMNS`."""
    engaged = engagements(changes)
    by_creator = pd.DataFrame(
        {
            "platform": changes["platform"],
            "scope": "creator",
            "key": changes["creator_key"],
            "external_id": changes["external_id"],
            "value": changes["views"].to_numpy(np.float64, na_value=np.nan),
            "engagements": engaged,
            "age_bin": curve_book.age_bins(_floats(changes, "age_hours"), _floats(changes, "tenure_hours")),
            "measured_at": changes["measured_at"],
        }
    )
    listed = members[members["source"].isin(formulas.by_list)]
    by_list = listed.loc[:, [*POST, "source", "list_name"]].merge(by_creator, on=POST)
    by_list = by_list.assign(scope="list", key=list_key(by_list))
    columns = list(baselines.ENTRY_COLUMNS)
    return pd.concat([by_creator[by_creator["key"].notna()][columns], by_list[columns]], ignore_index=True)


def list_key(rows: pd.DataFrame) -> pd.Series:
    """The key of a list's baseline: source and list."""
    return rows["source"].astype(str) + "|" + rows["list_name"].astype(str)


def engagements(changes: pd.DataFrame) -> Floats:
    """Engagements per post in the platform's own sense: likes + retweets + quotes on X, else likes + comments +
    shares. NaN where no part is known."""
    on_x = changes["platform"].isin(BY_ENGAGEMENTS).to_numpy(bool)
    elsewhere = x_engagements(likes=changes["likes"], retweets=changes["comments"], quotes=changes["shares"])
    here = x_engagements(likes=changes["likes"], retweets=changes["shares"], quotes=changes["quotes"])
    return np.where(on_x, here, elsewhere)


def items_of_day(members: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """One row per source and post of the day (`best_standing`, sorted) with the post's change
    (`changes.measure_changes`)."""
    items = members.rename(columns={"is_simulated": "member_is_simulated"}).merge(changes, on=POST, how="inner")
    items["is_simulated"] = items.pop("member_is_simulated").astype(bool) | items["is_simulated"].astype(bool)
    return items


def score_day(
    items: pd.DataFrame,
    pooled: pd.DataFrame,
    *,
    curves: pd.DataFrame,
    commerce: pd.Series,
    ranks: pd.DataFrame,
    formulas: Formulas,
    stated: pd.DataFrame | None,
    learned: Mapping[str, Learned],
) -> pd.DataFrame:
    """Rows of `velocity.scores` (without observed_date), one per row of `items` (`items_of_day`), in their order. Live
    and simulated rows belong into separate calls (`worlds.score_worlds`).

    `pooled`: the day's entries and those of the stored rings (`baselines.pool`). `curves`: learned by the end of the
    day. `commerce`: external_id → is_commerce of the day's commerce rows. `ranks`: `positions.rank_changes`. `stated`:
    the scores that sources bring themselves (STATED_COLUMNS), one row per source and post. `learned`: per source what
    it has learned from the outcomes known by the end of the day."""
    by_creator = _creator_baselines(items, pooled, curves)
    by_list = _list_baselines(items, pooled, formulas.by_list)
    del pooled
    for name in ("median_others", "mean_others", "spread_others", "others", "challenger_z"):
        items[name] = by_creator.pop(name)
    scores = ranking.rank_scores(items, curves, median_others=items["median_others"], others=items["others"])
    for name, column in scores._asdict().items():
        items[name] = column
    items["range"] = ranking.range_ratio(
        views=_floats(items, "views"),
        forecast_views_per_hour=scores.forecast_views_per_hour,
        upper_range=baselines.upper_range(
            median_others=items["median_others"], spread_others=items["spread_others"], others=items["others"]
        ),
    )
    for name, column in ranking.places_among_peers(items, scores.forecast_views_per_hour).items():
        items[name] = column
    within = np.array(ranking.LEVEL_NAMES, dtype=object)[items["rising_level"].to_numpy(np.int64)]
    within[~np.isfinite(scores.rising)] = None
    items["rising_within"] = within
    is_formula = _say_own_scores(
        items, by_creator, by_list, commerce=commerce, ranks=ranks, stated=stated, formulas=formulas
    )
    is_position = (items["score_class"] == "position").to_numpy(bool)
    _say_chances(items, learned, is_formula=is_formula)
    items["reason"] = _reasons(items, is_position=is_position)
    items["parts"] = parts_of(items, PARTS)
    return items.loc[:, SCORE_COLUMNS]


def _say_own_scores(
    items: pd.DataFrame, by_creator: pd.DataFrame, by_list: pd.DataFrame, *, commerce: pd.Series, ranks: pd.DataFrame,
    stated: pd.DataFrame | None, formulas: Formulas,
) -> NDArray[np.bool_]:  # fmt: skip
    """The sources' own scores, what they rest on, and the class; which rows are ranked by such a score."""
    source = items["source"].to_numpy(object)
    clock = np.where(
        np.isfinite(_floats(items, "age_hours")), _floats(items, "age_hours"), _floats(items, "tenure_hours")
    )
    engaged = engagements(items)
    trending = trending_score(
        views_per_hour=_floats(items, "views_per_hour"), age_hours=clock, engagements=engaged,
        views=_floats(items, "views"),
    )  # fmt: skip
    on_x = x_score(
        engagements=engaged, mean_others=by_creator["mean_engagements"], quotes=items["quotes"],
        retweets=items["shares"],
    )  # fmt: skip
    is_commerce = items["external_id"].map(commerce).astype("boolean").fillna(False).to_numpy(bool)
    in_list = commerce_score(views=_floats(items, "views"), mean_others=by_list["mean_others"], is_commerce=is_commerce)
    best_rank = ranks.groupby("external_id")["score"].max()
    position = items["external_id"].map(best_rank).to_numpy(np.float64, na_value=np.nan)
    is_stated, (own_score, own_baseline, own_items) = _stated(items, stated)
    is_x = items["platform"].isin(BY_ENGAGEMENTS).to_numpy(bool)
    is_commerce_list = np.isin(source, list(formulas.by_list))
    is_position = np.isin(source, list(formulas.by_position)) | items["platform"].isin(BY_PLACES).to_numpy(bool)
    is_position |= is_stated
    items["trending_score"] = trending
    items["source_score"] = np.select(
        [is_stated, is_x, is_commerce_list, is_position], [own_score, on_x, in_list, position], trending
    )
    items["baseline"] = np.select(
        [is_stated, is_x, is_commerce_list, is_position],
        [own_baseline, by_creator["mean_engagements"], by_list["mean_others"], np.full(len(items), np.nan)],
        items["median_others"],
    )
    items["baseline_items"] = np.select(
        [is_stated, is_x, is_commerce_list, is_position],
        [np.nan_to_num(own_items), by_creator["engaged_others"], by_list["others"], np.zeros(len(items))],
        items["others"],
    )
    items["score_class"] = ranking.classes(items, has_position=is_position)
    return is_x | is_commerce_list | is_position


def _stated(items: pd.DataFrame, stated: pd.DataFrame | None) -> tuple[NDArray[np.bool_], tuple[Floats, ...]]:
    """Which rows' sources bring a score of their own, and that score, its baseline and the items it rests on."""
    if stated is None or stated.empty:
        return np.zeros(len(items), bool), (np.full(len(items), np.nan),) * 3
    found = items.loc[:, ["source", *POST]].merge(stated, on=["source", *POST], how="left", indicator=True)
    return (found["_merge"] == "both").to_numpy(bool), tuple(_floats(found, name) for name in STATED_COLUMNS[3:])


def _say_chances(items: pd.DataFrame, learned: Mapping[str, Learned], *, is_formula: NDArray[np.bool_]) -> None:
    """The candidates' raw scores, the chance, and the place inside the source by the score that ranks it; rows that it
    does not know stand below all others, by views per hour."""
    own = np.where(
        is_formula, percentile_within(_floats(items, "source_score"), items["source"].factorize()[0]), np.nan
    )
    plain = plain_order(
        rising_expected=_floats(items, "rising_expected"),
        rate_over_lifetime_place=_floats(items, "rate_over_lifetime_place"),
    )
    measured, counted = np.isfinite(_floats(items, "delta_views")), np.isfinite(_floats(items, "views"))
    known = items.loc[:, list(COLUMNS_NEEDED)]
    told = {name: np.full(len(items), np.nan) for name in (*RAW.values(), "order", "chance", "chance_outcomes")}
    words = {name: np.full(len(items), None, dtype=object) for name in ("chance_by", "chance_reason")}
    # a source at a time: what is learned with, and the features, are needed once and are large
    for source, rows in items.groupby("source").indices.items():
        ranks = learned.get(str(source), Learned("own" if is_formula[rows].all() else "plain"))
        said = ranks.say(features(known.iloc[rows]), measured=measured[rows], own=own[rows], plain=plain[rows])
        for candidate, values in said.raw.items():
            told[RAW[candidate]][rows] = values
        for name in ("order", "chance", "chance_outcomes"):
            told[name][rows] = getattr(said, name)
        for name, said_of in words.items():
            said_of[rows] = getattr(said, name)
    # without a count nothing can be said of growth, and no outcome will ever correct it
    for name in ("logistic_chance", "boosting_chance", "chance", "chance_outcomes"):
        told[name][~counted] = np.nan
    only_places = (items["score_class"] == "position").to_numpy(bool)
    words["chance_by"][~counted] = None
    words["chance_reason"][~counted & ~only_places] = NO_COUNT
    words["chance_reason"][~counted & only_places] = ONLY_PLACES
    order = np.where(counted | is_formula, told.pop("order"), np.nan)
    items["source_percentile"] = ranking.source_percentiles(
        source=items["source"],
        primary=order,
        secondary=np.where(np.isfinite(rate := _floats(items, "views_per_hour")), rate, _floats(items, "views")),
    )
    for name, column in (told | words).items():
        items[name] = column


NO_COUNT = "No probability yet: its count is not known."
ONLY_PLACES = "No probability yet: its source shows places and no counts, and a probability is one of growth."


def _creator_baselines(items: pd.DataFrame, pooled: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """Per row of `items`: median, mean, spread and number of the creator's other items' views, mean_engagements and
    engaged_others, challenger_z; itself left out."""
    mine = pooled[pooled["scope"] == "creator"].reset_index(drop=True)
    views, engaged = baselines.without_itself(mine), baselines.without_itself(mine, "engagements")
    creator = ["platform", "creator_key"]
    sized = items.loc[
        items["creator_key"].notna() & items["creator_followers"].notna(), [*creator, "creator_followers"]
    ]
    sizes = sized.drop_duplicates(creator, keep="last").rename(columns={"creator_key": "key"})
    followers = mine.loc[:, ["platform", "key"]].merge(sizes, on=["platform", "key"], how="left")["creator_followers"]
    table = mine.loc[:, ["platform", "key", "external_id"]].assign(
        median_others=views["median_others"],
        mean_others=views["mean_others"],
        spread_others=views["spread_others"],
        others=views["others"],
        mean_engagements=engaged["mean_others"],
        engaged_others=engaged["others"],
        challenger_z=baselines.age_adjusted(mine, curves, followers=followers.to_numpy(np.float64, na_value=np.nan))[
            "z"
        ],
    )
    found = items.loc[:, [*POST, "creator_key"]].merge(
        table.rename(columns={"key": "creator_key"}), on=[*POST, "creator_key"], how="left"
    )
    found[["others", "engaged_others"]] = found[["others", "engaged_others"]].fillna(0.0)
    return found.drop(columns=[*POST, "creator_key"]).set_index(items.index)


def _list_baselines(items: pd.DataFrame, pooled: pd.DataFrame, by_list: frozenset[str]) -> pd.DataFrame:
    """Per row of `items`: mean_others and others of its list, of sources that are scored so; itself left out."""
    mine = pooled[pooled["scope"] == "list"].reset_index(drop=True)
    stats = baselines.without_itself(mine)
    table = mine.loc[:, ["platform", "key", "external_id"]].assign(
        mean_others=stats["mean_others"], others=stats["others"]
    )
    listed = items.loc[items["source"].isin(by_list), ["source", *POST, "list_name"]]
    wanted = listed.assign(key=list_key(listed))
    found = wanted.merge(table, on=["platform", "key", "external_id"], how="left").set_index(wanted.index)
    found = found.loc[:, ["mean_others", "others"]].reindex(items.index)
    return found.fillna({"others": 0.0})


def _reasons(items: pd.DataFrame, *, is_position: NDArray[np.bool_]) -> pd.Series:
    """The change's reason, and why a leap or the source's own score is missing."""
    few = items["others"].to_numpy(np.float64) < ranking.MIN_OTHER_ITEMS
    no_own = ~np.isfinite(_floats(items, "source_score"))
    # few sentences are said of many items: each combination is worded once
    code, texts = pd.factorize(items["reason"].fillna(""))
    case, combinations = pd.factorize(code * 8 + few * 4 + no_own * 2 + is_position)
    sentences = np.empty(len(combinations), dtype=object)
    for place, combined in enumerate(combinations.tolist()):
        thin, no_score, position = combined & 4, combined & 2, combined & 1
        parts = [] if position and not no_score else [str(texts[combined // 8])]
        if thin and not position:
            parts.append("Not enough history of the creator for a leap.")
        if no_score:
            parts.append("Nothing to compare with for the source's own score.")
        sentences[place] = " ".join(part for part in parts if part) or None
    return pd.Series(sentences[case], index=items.index, dtype=object)


def _floats(frame: pd.DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(np.float64, na_value=np.nan)
