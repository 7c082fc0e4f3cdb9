"""A day as it is stored: live and simulated rows side by side, several captures a day, items that only the panel saw.

Splits what may not be mixed, runs the pure steps on each part and puts the parts together again; the steps themselves
are in `changes.py`, `curves.py` and `scoring.py`.
"""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pandas as pd

from trend_assets.domain.chance.learned import Learned
from trend_assets.domain.velocity import baselines
from trend_assets.domain.velocity import curves as curve_book
from trend_assets.domain.velocity.changes import CHANGE_COLUMNS, measure_changes
from trend_assets.domain.velocity.scoring import (
    PARTS,
    PLAIN,
    SCORE_COLUMNS,
    STATED_COLUMNS,
    Formulas,
    best_standing,
    entries_of_day,
    items_of_day,
    score_day,
)

POST = ["platform", "external_id"]
MEMBER_COLUMNS = ("source", *POST, "list_name", "list_rank", "measured_at", "is_simulated")
"""What of the snapshots tells where a post was found: all that scores need of them."""
NEEDED_CHANGES = tuple(
    name for name in CHANGE_COLUMNS
    if name in {*SCORE_COLUMNS, *PARTS, "creator_key", "creator_followers", "measured_views_per_hour"}
)  # fmt: skip
"""All that scores need of the changes."""
QUARTERS = 4
CAPTURE_SPREAD = timedelta(minutes=59)
MICROSECOND = timedelta(microseconds=1)


def learn_worlds(
    snapshots: pd.DataFrame, stored: pd.DataFrame, *, day_start: datetime, until: datetime
) -> pd.DataFrame:
    """The day's curves of the live and of the simulated world: rows of `velocity.curves` without observed_date.

    `snapshots`: the day's and those of the 8 days before; `stored`: the newest earlier curves with `is_simulated`.
    """
    worlds = []
    for simulated in (False, True):
        seen = _of_world(snapshots, simulated)
        book = _of_world(stored, simulated) if len(stored) else stored
        moments = learning_moments(seen, day_start=day_start, until=until)
        if not moments and book.empty:
            continue
        changes = [measure_changes(seen, day_start=start, until=end) for start, end in moments]
        changes = [frame for frame in changes if len(frame)]
        sample = (
            pd.concat(changes, ignore_index=True) if changes else measure_changes(seen, day_start=until, until=until)
        )
        learned = curve_book.learn(sample, book if len(book) else curve_book.empty(), day=day_start.date())
        worlds.append(learned.assign(is_simulated=simulated))
    if not worlds:
        return pd.DataFrame()
    return pd.concat(worlds, ignore_index=True)


def learning_moments(
    snapshots: pd.DataFrame, *, day_start: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """When curves look at the day: the newest capture of each quarter of it, with what was measured in the hour before.

    Taking each item's newest measurement of the whole day instead would, on a list that is captured hourly, look at
    every item at the moment it was about to leave the list.
    """
    quarter = (until - day_start) / QUARTERS
    times = snapshots["measured_at"]
    moments = []
    for number in range(QUARTERS):
        start, end = day_start + number * quarter, day_start + (number + 1) * quarter
        inside = times[(times >= start) & (times < end)]
        if len(inside):
            newest = inside.max().to_pydatetime()
            moments.append((max(start, newest - CAPTURE_SPREAD), newest + MICROSECOND))
    return moments


def members_of_day(snapshots: pd.DataFrame, day_start: datetime, *, formulas: Formulas = PLAIN) -> pd.DataFrame:
    """One row per source and post measured from `day_start` on, sorted by them. A post that only the panel measured
    belongs to the source and list in which it was last found, without a rank."""
    today = snapshots[snapshots["measured_at"] >= day_start]
    panels = list(formulas.panels)
    found = best_standing(today[~today["source"].isin(panels)])
    followed = today[today["source"].isin(panels)][POST].drop_duplicates()
    followed = followed.merge(found[POST].drop_duplicates(), on=POST, how="left", indicator=True)
    followed = followed[followed["_merge"] == "left_only"][POST]
    if followed.empty:
        return found
    earlier = snapshots[~snapshots["source"].isin(panels) & (snapshots["measured_at"] < day_start)]
    last = earlier.merge(followed, on=POST).sort_values(["measured_at", "source", "list_name", "is_simulated"])
    last = last.drop_duplicates(POST, keep="last").assign(list_rank=float("nan"))
    return pd.concat([found, last[found.columns]]).sort_values(["source", *POST], ignore_index=True)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Rings and parts are objects by the million that live to the end: to look for cycles among them again and again
    finds none and takes an eighth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_without_collecting()
def score_worlds(
    *,
    changes: pd.DataFrame,
    snapshots: pd.DataFrame,
    day: date,
    rings_of: Callable[[pd.DataFrame], pd.DataFrame],
    curves: pd.DataFrame,
    commerce: pd.DataFrame,
    ranks: pd.DataFrame,
    formulas: Formulas = PLAIN,
    stated: pd.DataFrame | None = None,
    learned: Callable[[bool, pd.DataFrame], Mapping[str, Learned]] = lambda simulated, members: {},
) -> pd.DataFrame:
    """Rows of `velocity.scores` (without observed_date) of both worlds. `snapshots` needs MEMBER_COLUMNS only,
    `changes` NEEDED_CHANGES; `rings_of` gives the stored rings of the keys it is shown (columns platform, scope, key);
    `curves` and `stated` (scoring.STATED_COLUMNS) carry `is_simulated`; `learned` gives what the sources of a world's
    members have learned.
    """
    members = members_of_day(snapshots, pd.Timestamp(day, tz="UTC").to_pydatetime(), formulas=formulas)
    worlds = [(simulated, _of_world(members, simulated), _of_world(changes, simulated)) for simulated in (True, False)]
    del snapshots, members, changes  # a million rows are not kept beside what is made of them
    is_commerce = commerce.groupby("external_id")["is_commerce"].max() if len(commerce) else pd.Series(dtype=bool)
    scored = []
    while worlds:
        simulated, mine, here = worlds.pop()
        if mine.empty or here.empty:
            continue
        given = {"pooled": _pooled(here, mine, rings_of=rings_of, formulas=formulas)}
        known = learned(simulated, mine)
        given["items"] = items_of_day(mine, here)
        del mine, here
        if given["items"].empty:
            continue
        book = curves[curves["is_simulated"].astype(bool) == simulated] if len(curves) else curve_book.empty()
        scored.append(
            score_day(
                given.pop("items"),
                given.pop("pooled"),
                curves=book,
                commerce=is_commerce,
                ranks=ranks,
                formulas=formulas,
                stated=None if stated is None else _newest_word(stated, simulated),
                learned=known,
            )
        )
    if not scored:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in SCORE_COLUMNS})
    return pd.concat(scored, ignore_index=True) if len(scored) > 1 else scored[0]


def _pooled(
    changes: pd.DataFrame,
    members: pd.DataFrame,
    *,
    rings_of: Callable[[pd.DataFrame], pd.DataFrame],
    formulas: Formulas,
) -> pd.DataFrame:
    """The baselines' entries: the day's of members' posts, and those of the stored rings of every creator and list of
    the day."""
    entries = entries_of_day(changes, members, formulas=formulas)
    found = entries[POST].merge(members[POST].drop_duplicates().assign(is_found=True), on=POST, how="left")
    is_found = found["is_found"].notna().to_numpy(bool)
    rings = rings_of(entries)
    return baselines.pool(entries if is_found.all() else entries[is_found], rings)


def _of_world(frame: pd.DataFrame, simulated: bool) -> pd.DataFrame:
    """Its rows of one world; the frame itself where all are: a day of a million rows is not copied."""
    inside = frame["is_simulated"].to_numpy(bool) == simulated
    return frame if inside.all() else frame[inside]


def _newest_word(stated: pd.DataFrame, simulated: bool) -> pd.DataFrame:
    """Each source's newest word on each post, of one world."""
    mine = _of_world(stated, simulated).sort_values("collected_at", kind="stable")
    return mine.drop_duplicates(["source", *POST], keep="last").loc[:, list(STATED_COLUMNS)]
