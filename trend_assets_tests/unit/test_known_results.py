"""What the formulas say of days that were made up once: every number, word and place of it, as it was last read.

Other tests say why a result is right, each with a case of its own. These say that nothing else of a result moves: the
days hold what real ones do (several platforms, ties, rounded, missing, negative and falling counts, odd clocks), and a
result is a file of `data/known`, one row a line. Who changes a formula on purpose writes the files anew,

    python -m trend_assets_tests.unit.test_known_results

and reads what moved before committing it. What learners fit is among them: another version of theirs may move it too.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trend_assets.domain.chance import outcomes as became
from trend_assets.domain.chance.features import features
from trend_assets.domain.chance.learned import judged_worlds, learned_worlds
from trend_assets.domain.comets import candidates as comets
from trend_assets.domain.comets import reports
from trend_assets.domain.comets.words import word_lists
from trend_assets.domain.feed.explain import explained_records, explanation_text, left_out_text
from trend_assets.domain.feed.frames import records_of
from trend_assets.domain.feed.grading import grade_feed, grade_records, with_hits
from trend_assets.domain.feed.items import feed_items
from trend_assets.domain.feed.leverage import unique_leverage
from trend_assets.domain.feed.merge import build_stories, find_proofs, sorted_candidates
from trend_assets.domain.feed.patterns import trend_patterns
from trend_assets.domain.feed.rules import FeedRules
from trend_assets.domain.newsletter.candidates import newsletter_candidates, printable
from trend_assets.domain.newsletter.compose import compose
from trend_assets.domain.newsletter.declare import Newsletter, Subject
from trend_assets.domain.newsletter.learning import Label, labels_of, learn, wanted_of
from trend_assets.domain.newsletter.summary import facts_of, headline_of
from trend_assets.domain.scoreboard.contestants import contestants, with_parts
from trend_assets.domain.scoreboard.daily import grade_days
from trend_assets.domain.scoreboard.grading import summarise
from trend_assets.domain.velocity import baselines, ranking
from trend_assets.domain.velocity import curves as curve_book
from trend_assets.domain.velocity.changes import measure_changes, unchanged_shares
from trend_assets.domain.velocity.panel import plan
from trend_assets.domain.velocity.scoring import engagements, entries_of_day, items_of_day
from trend_assets.domain.velocity.worlds import learn_worlds, members_of_day, score_worlds
from trend_assets.tables.catalogue import columns_of
from trend_assets.warehouse.values import is_unknown
from trend_assets_tests.feed_world import CAPTIONS, OPENERS, PRODUCTS, SUBJECTS
from trend_assets_tests.unit.test_any_order import CASES as IN_ANY_ORDER
from trend_assets_tests.unit.test_any_order import (
    DAY,
    FORMULAS,
    START,
    amazon,
    followers,
    found_videos,
    grown,
    positions,
    rows,
)
from trend_assets_tests.unit.test_chance import known_outcomes
from trend_assets_tests.unit.test_feed_merge import SOURCES, platform_of

KNOWN = Path(__file__).parents[1] / "data" / "known"
END = START + timedelta(days=1)
WHERE = (
    ("tiktok_trending", "tiktok"), ("tiktok_commerce", "tiktok"), ("x_posts", "x"), ("reddit_posts", "reddit"),
    ("amazon_positions", "amazon"), ("youtube_shorts", "youtube"), ("panel_tiktok", "tiktok"),
)  # fmt: skip
# hours before the end of the day; the first is always there
CAPTURES = (2.0, 2.3, 3.0, 8.0, 14.0, 20.0, 26.0, 38.0, 74.0, 120.0, 190.0)


# ── velocity ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _odd(count: float, dice: np.random.Generator, *, habit: int) -> float | None:
    """What a provider makes of a count."""
    if habit == 1:
        return round(count, -3)
    if dice.random() < 0.12:
        return [None, 0.0, -5.0, count * 0.8][int(dice.integers(4))]
    return float(round(count))


@cache
def snapshots(items: int = 35, day: date = DAY) -> pd.DataFrame:
    dice, found = np.random.default_rng(11), []
    end = datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=1)
    for number in range(items):
        source, platform = WHERE[number % len(WHERE)]
        pace, base, habit = dice.lognormal(-4, 1), dice.integers(50, 90_000), int(dice.integers(4))
        born = end - timedelta(hours=float(dice.choice([-30, 1.5, 9, 60, 200, 700])))
        about = {
            "source": source, "platform": platform,
            "external_id": f"{platform}{number:02}",
            "list_name": ["US", "DE", None][number % 3], "creator_id": [None, "ann", "ben", "cat"][number % 4],
            "creator_handle": ["ann", None, "ben"][number % 3], "is_simulated": number % 5 == 0,
            "posted_at": None if number % 6 == 0 else born, "creator_followers": [None, 900.0, 70_000.0][number % 3],
        }  # fmt: skip
        for place, hours in enumerate(CAPTURES):
            if place and dice.random() < 0.4:
                continue
            count = base * math.exp(-pace * hours)
            shown = platform not in ("reddit", "amazon")
            found.append(about | {
                "measured_at": end - timedelta(hours=hours),
                "list_rank": [None, 1.0 + number % 9][int(dice.integers(2))],
                "views": _odd(count, dice, habit=habit) if shown else None,
                "likes": _odd(count / 20, dice, habit=0) if platform != "amazon" else None,
                "comments": _odd(count / 300, dice, habit=0), "shares": _odd(count / 100, dice, habit=0),
                "quotes": _odd(count / 500, dice, habit=0) if platform == "x" else None, "saves": None,
            })  # fmt: skip
            if dice.random() < 0.1:
                found.append(found[-1] | {"source": "tiktok_trending", "list_name": "FR"})
    frame = pd.DataFrame(found)
    for name in ("measured_at", "posted_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).dt.as_unit("us")
    return frame.sample(frac=1, random_state=1, ignore_index=True)


@cache
def changes() -> pd.DataFrame:
    return measure_changes(snapshots(), day_start=START, until=END)


@cache
def books() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The curves of the day before and of the day."""
    day = timedelta(days=1)
    before = learn_worlds(snapshots(), curve_book.empty(), day_start=START - day, until=START)
    return before, learn_worlds(snapshots(), before, day_start=START, until=END)


@cache
def entries(day: datetime) -> pd.DataFrame:
    moved = measure_changes(snapshots(), day_start=day, until=day + timedelta(days=1))
    return entries_of_day(moved, members_of_day(snapshots(), day, formulas=FORMULAS), formulas=FORMULAS)


@cache
def rings() -> pd.DataFrame:
    """Those of the day before."""
    nothing = pd.DataFrame({"platform": [], "scope": [], "key": [], "entries": []})
    return baselines.roll(baselines.pool(entries(START - timedelta(days=1)), nothing), day=DAY - timedelta(days=1))


@cache
def scores() -> pd.DataFrame:
    stated = pd.DataFrame(
        {"source": "reddit_posts", "platform": "reddit", "external_id": ["reddit03", "reddit10", "reddit10"],
         "stated_score": [3.5, 1.0, 2.0], "stated_baseline": [7.0, None, 4.0], "stated_items": [3, 9, 12],
         "collected_at": [START, START, START + timedelta(hours=1)], "is_simulated": [False, True, True]}
    )  # fmt: skip
    ranks = pd.DataFrame({"external_id": ["amazon04", "amazon04", "amazon11"], "score": [1.0, 2.0, 0.5]})
    commerce = pd.DataFrame({"external_id": ["tiktok01", "tiktok08", "tiktok08"], "is_commerce": [True, False, True]})
    table = score_worlds(
        changes=changes(), snapshots=snapshots(), day=DAY, rings_of=lambda _: rings(), curves=books()[1],
        commerce=commerce, ranks=ranks, formulas=FORMULAS, stated=stated,
        learned=lambda simulated, members: learned_worlds(
            models(), lessons(), members=members, is_simulated=simulated, day=DAY
        ),
    )  # fmt: skip
    return table.assign(observed_date=DAY, parts=[dict(part) for part in table["parts"]])


# ── chances ───────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def lessons() -> pd.DataFrame:
    own = known_outcomes(900).assign(source="tiktok_trending")
    few = known_outcomes(40, seed=2).assign(source="youtube_shorts")
    formula = known_outcomes(600, seed=3).assign(source="x_posts", own_order=lambda rows: rows["plain_order"] / 2)
    dice = np.random.default_rng(3)
    told = own.assign(logistic_chance=dice.random(900), chance=own["plain_order"] / 3, boosting_chance=dice.random(900))
    unknown = own.head(9).assign(has_risen=pd.array([None] * 9, dtype="boolean"), external_id=list("abcdefghi"))
    all_of = [told, few, formula, unknown]
    return pd.concat([frame.astype({"has_risen": "boolean"}) for frame in all_of], ignore_index=True)


@cache
def models() -> pd.DataFrame:
    return judged_worlds(lessons(), day=DAY, before={("tiktok_trending", False): "logistic"})


def later(scored: pd.DataFrame, hours: float = 72) -> pd.DataFrame:
    """What was measured of them after some days: most of them, some twice, some lost."""
    seen = scored[["platform", "external_id", "views", "measured_at"]].dropna()
    seen = pd.concat([seen.assign(extra=hours), seen.iloc[::3].assign(extra=hours * 0.8)], ignore_index=True)
    grown = seen["views"] * (1 + np.arange(len(seen)) % 7 / 10)
    return seen.assign(
        views=grown.where(np.arange(len(seen)) % 11 != 4), likes=np.arange(len(seen)) * 1.0, source="s",
        measured_at=(seen["measured_at"] + pd.to_timedelta(seen["extra"], unit="h")).dt.as_unit("us"),
        is_simulated=False,
    )  # fmt: skip


@cache
def many_scores() -> pd.DataFrame:
    """Enough of one source to be graded."""
    once = scores()
    copies = [
        once.assign(
            external_id=once["external_id"] + f"-{number}", source="many", is_simulated=False,
            views=once["views"] * (1 + number / 10), age_hours=once["age_hours"] + number,
        )
        for number in range(2)
    ]  # fmt: skip
    return pd.concat(copies, ignore_index=True)


# ── feed ──────────────────────────────────────────────────────────────────────────────────────────────────────────

RULES = FeedRules(SOURCES, size=6, per_creator=2)


@cache
def core(day: date = DAY, shift: int = 0) -> pd.DataFrame:
    dice, found = np.random.default_rng(7 + shift), []
    noon = pd.Timestamp(day, tz="UTC") + pd.Timedelta(hours=12)
    texts = [
        *CAPTIONS,
        *PRODUCTS,
        *(f"{opener} {subject}" for opener, subject in zip(OPENERS, SUBJECTS[:12], strict=True)),
    ]
    for number in range(72):
        source = list(SOURCES)[number % len(SOURCES)]
        platform = platform_of(source)
        text = texts[number * 5 % len(texts)] + ["", " #fyp #diy", ""][number % 3]
        views = None if platform == "amazon" else int(dice.integers(1, 90_000))
        delta = None if views is None or number % 4 == 1 else int(views * dice.choice([-0.1, 0.1, 0.2, 0.5]))
        age = float(dice.choice([0.4, 5, 30, 90]))
        found.append({
            "observed_date": day, "source": source, "platform": platform,
            "external_id": f"{platform}{number - 1 if number % 12 == 1 else number}",
            "kind": [None, "video", "product"][number % 3], "title": text if number % 3 else None,
            "text": text + " and everything that broke" if number % 2 else None,
            "language": ["en", "de-AT", None][number % 3],
            "creator_id": [None, f"c{number % 7}"][number % 2],
            "creator_handle": [f"h{number % 5}", "[deleted]", None][number % 3],
            "creator_name": None, "creator_followers": [None, 900, 50_000][number % 3],
            "url": f"https://example.com/{number}" if number % 4 else None,
            "linked_url": "https://www.tiktok.com/@x/video/1" if number % 9 == 0 else None,
            "hashtags": ["diy", "bread"][: number % 3], "list_name": "us", "posted_at": noon - pd.Timedelta(hours=age),
            "measured_at": noon - pd.Timedelta(hours=float(dice.choice([0, 3, 30]))),
            "engagement": {"views": views, "likes": None if views is None else int(views * dice.choice([0, 0.05, 2]))},
            "outlier_score": [None, 1.5][number % 2],
            "score_class": "position" if platform == "amazon" else "new" if delta is None else "measured",
            "chance": [None, None, 0.42, 0.11, 0.9][number % 5], "chance_outcomes": [None, 1, 700][number % 3],
            "chance_reason": ["No probability yet: too few.", None][number % 2],
            "source_percentile": round(1 - number / 90, 3), "source_rank": number + 1, "source_items": 72,
            "views": views, "delta_views": delta,
            "hours_between": None if delta is None else float(dice.choice([0.7, 24.0])),
            "views_per_hour": None if views is None else views / 40, "age_hours": age, "list_rank": number % 12 + 1,
            "baseline": [None, 500.0][number % 2], "baseline_items": [None, 1, 9][number % 3], "score_reason": None,
            "score_parts": {"growth_over_usual": [0.4, 3.14, 12.0][number % 3]} if number % 4 else {},
            "is_sponsored": [None, True, False, False][number % 4],
            "is_over_18": [None, False, True][number % 17 if number % 17 < 3 else 0],
            "is_simulated": number % 8 == 0,
        })  # fmt: skip
    frame = pd.DataFrame(found).drop_duplicates(["source", "platform", "external_id"], ignore_index=True)
    whole = ("views", "delta_views", "list_rank", "source_rank", "source_items", "baseline_items", "creator_followers")
    return frame.astype(dict.fromkeys((*whole, "chance_outcomes"), "Int64"))


@cache
def merged(day: date = DAY, shift: int = 0) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    found = core(day, shift)
    stretch = found["source"].map(lambda name: SOURCES[name].tier == "stretch")
    together = sorted_candidates(found[~stretch], found[stretch], RULES)
    proofs = find_proofs(together, RULES)
    past = pd.DataFrame(columns=["observed_date"])
    if day == DAY:
        _, _, earlier = merged(DAY - timedelta(days=3), 1)
        past = earlier[earlier["outcome"] == "in_feed"]
    return together, proofs, build_stories(together, proofs, past, day=day, rules=RULES)


@cache
def history() -> pd.DataFrame:
    found = core()[["platform", "external_id", "views", "list_rank", "measured_at"]]
    earlier = [
        found.assign(
            measured_at=found["measured_at"] - pd.Timedelta(hours=7 * n), views=found["views"] // (n + 1),
            list_rank=found["list_rank"] + n,
        )
        for n in range(3)
    ]  # fmt: skip
    return pd.concat(earlier, ignore_index=True)


REPORT = pd.DataFrame(
    {"source": list(SOURCES), "cost_usd": [0.5, None, 0.0, 0.25, 1.0, 2.0], "items": [10, 5, 7, None, 0, 3]}
).astype({"items": "Int64"})


@cache
def feed() -> pd.DataFrame:
    together, proofs, stories = merged()
    chosen = stories[stories["outcome"] == "in_feed"].sort_values("feed_rank")
    return feed_items(chosen, proofs, together, history(), REPORT, day=DAY, rules=RULES)


def explained() -> list[Any]:
    proofs = records_of(merged()[1])
    items = records_of(feed())
    of = lambda row: [proof for proof in proofs if proof["story_id"] == row["story_id"]]  # noqa: E731
    out = [row for row in records_of(merged()[2]) if row["outcome"] != "in_feed"]
    return [*explained_records(items), *(explanation_text(row, of(row)) for row in items), *map(left_out_text, out[:6])]


@cache
def printed() -> list[dict[str, Any]]:
    together, proofs, stories = merged()
    return newsletter_candidates(printable(stories), proofs, together, history(), REPORT, day=DAY, rules=RULES)


HOME = Subject(title="Home", hashtags=("diy",), words=("sew*", "room"))
LETTERS = (
    Newsletter(name="all", title="All", size=6, radar=2, creators=1, sections=(HOME,), pictures=True),
    Newsletter(name="narrow", title="Narrow", size=4, languages=("en", "unknown"), words_out=("boat",),
               sections=(HOME,), sources={"tiktok_trending": 1.0, "youtube_shorts": 2.0, "reddit_posts": 0.5}),
    Newsletter(name="only", title="Only", size=4, hashtags_in=("bread",), words_in=("window",),
               platforms=("tiktok", "x")),
)  # fmt: skip


SAID = ("story_id", "rank", "key", "place", "section", "outcome", "reason", "subject", "headline", "line", "figure",
        "comparison", "chance_text", "also_on", "picture_url", "is_picked")  # fmt: skip


def issues() -> list[Any]:
    made: list[Any] = []
    for letter in LETTERS:
        stories = compose(letter, DAY, printed())
        inside = sorted((row for row in stories if row["place"]), key=lambda row: row["place"])
        made += [
            *({name: row[name] for name in SAID} for row in stories),
            headline_of(inside),
            *facts_of(inside, worked=3, asked=6),
        ]
    return made


def editors() -> list[Any]:
    """What an order learns from forty days of decisions."""
    wanted = {row["story_id"]: len(row["title"]) % 3 == 0 for row in printed()}
    told = labels_of(LETTERS[0], printed(), wanted, None)
    labels = [
        Label(DAY - timedelta(days=number), row["story_id"], row["is_wanted"], row["plain_rank"],
              (row["plain_rank"] * 7) % 11 if number < 35 else None, row["features"])
        for number in range(40) for row in told
    ]  # fmt: skip
    learned = learn(labels, newsletter=LETTERS[0])
    weights = learned.weights or {}
    known = wanted_of(LETTERS[0], printed(), weights)
    again = compose(LETTERS[0], DAY, printed(), wanted=known)
    few = learn(labels[:30], newsletter=LETTERS[0])
    return [*told, asdict(learned), known, asdict(few),
            [row["story_id"] for row in again], labels_of(LETTERS[0], printed(), wanted, weights)]  # fmt: skip


def outcomes_of_feeds() -> pd.DataFrame:
    found = rows(
        220, source=["tiktok_trending", "youtube_shorts", "amazon_positions"], platform=["tiktok", "youtube"],
        external_id=[str(number) for number in range(70)], views=[100.0, 200.0, 950.0, None],
        later_views=[200.0, 300.0, 90.0, None], list_rank=[None, 9.0, 2.0], later_rank=[None, 1.0, 5.0],
        age_hours=[5.0, None, 90.0, 30.0], tenure_hours=3.0, score_class=["measured", "new"],
        is_simulated=[True, False], chance=[None, 0.2, 0.7], views_per_hour=[None, 3.0, 50.0, 7.0],
        engagement_velocity=[1.0, 0.2, 9.0], leap=[None, None, 2.0], measured_at=[pd.Timestamp(START)],
    ).drop_duplicates(["source", "platform", "external_id"], ignore_index=True)  # fmt: skip
    order = np.random.default_rng(1).permutation(len(found)) + 1.0
    found["score_rank"] = np.where(order % 9 == 0, np.nan, order)
    found["feed_rank"] = np.where(order <= 40, order, np.nan)
    return found.assign(score_class=found["score_class"].where(found["source"] != "amazon_positions", "position"))


def graded_feeds() -> list[Any]:
    found = outcomes_of_feeds()
    after = pd.concat(
        [found[["platform", "external_id"]].assign(measured_at=pd.Timestamp(START) + pd.Timedelta(hours=hours),
                                                   views=found["views"] * factor)
         for hours, factor in ((-5, 9.0), (11, 1.5), (30, 4.0), (60, 9.5))]
    )  # fmt: skip
    weights = {"tiktok_trending": 1.0, "youtube_shorts": 0.8, "amazon_positions": 0.5}
    days = [(3, weights), (7, {"youtube_shorts": 1.0}), (1, {"nowhere": 1.0})]
    boards = [
        grade_feed(found, after, day=DAY, feed_date=DAY - timedelta(days=days), horizon_days=days, weights=of)
        for days, of in days
    ]
    return [row for board in boards for row in [*records_of(board), *grade_records(records_of(board))]]


# ── comets ────────────────────────────────────────────────────────────────────────────────────────────────────────


def layers() -> list[Any]:
    found, lists = found_videos(), word_lists()
    found["creator_handle"] = found["creator_handle"].where(found["external_id"] != "a", "tiktok_clips")
    videos, left_out = comets.candidate_videos(found)
    people = comets.candidates(found)
    other = people.assign(user_id=["z" + user for user in people["user_id"]], handle=None, nickname=None,
                          signature=None, followers=90)  # fmt: skip
    people = pd.concat([people, other], ignore_index=True)
    videos = pd.concat([videos, videos.head(3).assign(user_id="zx", caption="Her day", views=None)], ignore_index=True)
    platform = comets.judge_platform(people, lists=lists)
    pronoun = comets.judge_pronouns(people, videos, platform, lists=lists)
    covers = pd.DataFrame(comets.covers_wanted(pronoun, videos)).assign(
        faces=lambda rows: np.arange(len(rows)) % 3, largest_face_share=lambda rows: np.arange(len(rows)) / 40,
        confidence=0.9, is_likely_drawn=False, smallest_share_searched=0.01, detector="haar-2",
        media_type="image/jpeg", width=9, height=16, reason=None,
    )  # fmt: skip
    face = comets.judge_faces(people, pronoun, covers, min_share=0.02)
    criteria = comets.judge_criteria(people, videos, pronoun, face, min_followers=5, max_followers=80, min_views=6)
    wanted = comets.profiles_wanted(people, criteria.assign(is_reached=True, verdict="passed"))
    profiles = pd.DataFrame(wanted).assign(
        profile_state=lambda rows: np.where(np.arange(len(rows)) % 3 == 2, "private", "active"), nickname="N",
        signature=["she/her on youtube", None, "x", "y"][: len(wanted)], followers=7,
    )  # fmt: skip
    bio = comets.judge_bios(criteria.assign(is_reached=[True, True, False, True][: len(criteria)], verdict="passed"),
                            profiles.head(3), lists=lists)  # fmt: skip
    checks = dict(zip(comets.LAYERS, (platform, pronoun, face, criteria, bio), strict=True))
    funnel = reports.funnel(day=DAY, layers=checks, new_creators=1, is_simulated=True)
    tables = [videos, people, platform, pronoun, face, criteria, bio, funnel]
    return [left_out, wanted, reports.funnel_text(funnel), *(row for table in tables for row in records_of(table))]


def growing() -> list[Any]:
    today = grown(followers()).assign(handle=list("uvwxyz"))
    window = pd.concat([today.assign(is_simulated=False), today.assign(
        observed_date=DAY - timedelta(days=1), growth_pct=today["growth_pct"] / 3, is_simulated=True)])  # fmt: skip
    found = comets.candidates(found_videos())
    new = found.head(2)[["observed_date", "user_id", "handle", "is_simulated"]]
    stats = pd.DataFrame(
        {"user_id": ["x", "y"], "followers": [5, 6], "growth_followers": [None, 3], "growth_pct": [0, 1.5]}
    )
    tables = [today, reports.top_growing(window, day=DAY), reports.discoveries(new=new, candidates=found, stats=stats),
              reports.keyword_yield(candidates=found, accepted={"x"}, new={"x"})]  # fmt: skip
    return [row for table in tables for row in records_of(table)]


CASES: dict[str, Callable[[], Any]] = {
    "changes": changes,
    "unchanged counts": lambda: unchanged_shares(snapshots(), day_start=START, until=END),
    "curves": lambda: books()[1],
    "entries": lambda: entries(START),
    "rings": lambda: baselines.roll(baselines.pool(entries(START), rings()), day=DAY),
    "age adjusted": lambda: baselines.age_adjusted(baselines.pool(entries(START), rings()), books()[1]),
    "scores": scores,
    "products": lambda: amazon(positions()),
    "models": models,
    "features": lambda: np.round(features(became.with_parts(scores(), became.PARTS_NEEDED)), 6).tolist(),
    "outcomes": lambda: became.graded(many_scores(), later(many_scores())),
    "scoreboard": lambda: summarise(
        grade_days({DAY: many_scores()}, later(many_scores()), graded_on=DAY + timedelta(days=3)).iloc[::3]
    ),
    "proofs": lambda: merged()[1],
    "stories": lambda: merged()[2],
    "feed": feed,
    "explained": explained,
    "leverage": lambda: unique_leverage(merged()[2], merged()[1], REPORT, day=DAY, rules=RULES),
    "newsletter candidates": lambda: printed()[::3],
    "issues": issues,
    "editors": editors,
    "hits": lambda: with_hits(outcomes_of_feeds()),
    "graded feeds": graded_feeds,
    "layers": layers,
    "growing": growing,
    **{name: lambda name=name: IN_ANY_ORDER[name][1](IN_ANY_ORDER[name][0]())
       for name in ("patterns", "panel", "categories", "proof links")},
}  # fmt: skip


@cache
def items() -> pd.DataFrame:
    return items_of_day(members_of_day(snapshots(), START, formulas=FORMULAS), changes())


OF_ROWS: dict[str, tuple[Callable[[pd.DataFrame], Any], Callable[[], pd.DataFrame]]] = {
    "board": (contestants, lambda: with_parts(scores())),
    "features": (lambda rows: features(rows).tolist(), lambda: became.with_parts(scores(), became.PARTS_NEEDED)),
    "curves": (lambda rows: curve_book.learn(rows, books()[0], day=DAY), changes),
    "ranks": (lambda rows: ranking.rank_scores(rows, books()[1], median_others=rows["likes"], others=rows["comments"]),
              items),
    "places": (lambda rows: ranking.places_among_peers(rows, rows["views_per_hour"]), items),
    "classes": (lambda rows: ranking.classes(rows, has_position=rows["counted"] == "likes"), items),
    "engagements": (engagements, items),
    "entries": (lambda rows: entries_of_day(rows, items()[["source", "platform", "external_id", "list_name"]],
                                            formulas=FORMULAS), changes),
}  # fmt: skip

NOTHING: dict[str, tuple[Callable[[], pd.DataFrame], Sequence[str]]] = {
    "velocity.post_velocity": (lambda: measure_changes(snapshots().head(0), day_start=START, until=END), ()),
    "unchanged counts": (lambda: unchanged_shares(snapshots().head(0), day_start=START, until=END),
                         ("source", "is_simulated", "pairs", "share")),
    "velocity.outcomes": (lambda: became.graded(scores().head(0), later(scores())), ()),
    "velocity.scoreboard": (lambda: grade_days({}, snapshots(), graded_on=DAY), ()),
    "velocity.models": (lambda: judged_worlds(lessons().head(0), day=DAY, before={}), ()),
    "velocity.panel": (lambda: plan(pd.DataFrame({"platform": [], "last_worth_at": pd.to_datetime([], utc=True)}),
                                    now=START, budgets={}), ()),
    "trends.trend_report": (lambda: trend_patterns(pd.DataFrame({"score_class": []}), day=DAY, period="day"),
                            ("observed_date", "period", "trait", "value")),
    "feed.items": (lambda: feed_items(merged()[2].head(0), merged()[1], core(), history(), REPORT, day=DAY,
                                      rules=RULES), ("observed_date", "rank", "story_id")),
    "feed.unique_leverage": (lambda: unique_leverage(merged()[2].head(0), merged()[1], REPORT, day=DAY, rules=RULES),
                             ("observed_date", "source")),
    "feed.proofs": (lambda: find_proofs(core().head(0), RULES),
                    ("observed_date", "story_id", "source", "platform", "external_id")),
    "feed.stories": (lambda: build_stories(core().head(0), merged()[1], merged()[2], day=DAY, rules=RULES),
                     ("observed_date", "story_id")),
}  # fmt: skip


def plain(value: Any) -> Any:
    """As JSON holds it, with as many figures as a platform's arithmetic agrees on; unknown is null."""
    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in records_of(value)]
    if isinstance(value, Mapping):
        return {str(name): plain(of) for name, of in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [plain(of) for of in value]
    if isinstance(value, np.generic):
        value = value.item()
    if is_unknown(value):
        return None
    if isinstance(value, float):
        return float(f"{value:.7g}")
    return value if isinstance(value, bool | int | str) else str(value)


def path_of(case: str) -> Path:
    return KNOWN / f"{case.replace(' ', '_')}.jsonl"


def result_of(case: str) -> list[Any]:
    found = plain(CASES[case]())
    return found if isinstance(found, list) else [found]


def agree(now: Any, then: Any) -> bool:
    if isinstance(now, dict) and isinstance(then, dict):
        return now.keys() == then.keys() and all(agree(now[name], then[name]) for name in now)
    if isinstance(now, list) and isinstance(then, list):
        return len(now) == len(then) and all(map(agree, now, then))
    if isinstance(now, float) or isinstance(then, float):
        return now is not None and then is not None and math.isclose(now, then, rel_tol=1e-5, abs_tol=1e-9)
    return bool(now == then)


@pytest.mark.parametrize("case", CASES)
def test_what_is_said_of_a_known_day_changes_only_on_purpose(case: str) -> None:
    then = [json.loads(line) for line in path_of(case).read_text().splitlines()]
    now = result_of(case)
    assert [(row, was) for row, was in zip(now, then, strict=True) if not agree(row, was)] == []


@pytest.mark.parametrize("case", OF_ROWS)
def test_numbers_say_the_same_as_floats_and_as_objects_with_none(case: str) -> None:
    function, rows_of_case = OF_ROWS[case]
    rows = rows_of_case()
    numbers = rows.select_dtypes("number").columns
    objects = rows.assign(**{name: rows[name].astype(object).where(rows[name].notna(), None) for name in numbers})
    assert agree(plain(function(objects)), plain(function(rows)))


@pytest.mark.parametrize("case", NOTHING)
def test_of_nothing_there_are_no_rows_and_the_columns_are_told(case: str) -> None:
    nothing, columns = NOTHING[case]
    found = nothing()
    assert found.empty and list(found.columns) == list(columns or columns_of(case))


def test_no_known_result_is_of_a_case_that_is_gone() -> None:
    assert {path_of(case) for case in CASES} == set(KNOWN.iterdir())


if __name__ == "__main__":
    KNOWN.mkdir(exist_ok=True)
    for name in CASES:
        path_of(name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in result_of(name)))
