"""A small seeded world for the feed's tests and pictures: several sources and days, written through the real tables.

Captions, creators and counts read like the real thing; a few stories run over several platforms, one creator floods,
some items fall, one source is partial and one has failed.
"""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd

from trend_assets.sources.discovery import LISTS

CAPTIONS = (
    "I restored a 1920s sewing machine I found in a skip and it still runs",
    "the three ingredient flatbread my grandmother made every single morning",
    "how I fit a full home gym into four square metres for under 300 dollars",
    "my neighbour has been building a boat in his garage for eleven years",
    "this is what 24 hours on a North Sea wind turbine really looks like",
    "teaching my shelter dog to ring a bell took six weeks and a lot of cheese",
    "we cycled from Lisbon to Istanbul with two kids, here is what broke",
    "a locksmith explains why your front door lock is basically decoration",
    "cleaning a carpet that spent nine years in a taxi office",
    "I asked ten bakers for one tip and they all said the same thing",
    "turning a broken umbrella into a rain jacket for my daughter",
    "what a $14 lunch buys you in eight different cities",
    "the quiet trick museum conservators use to lift a coffee stain",
    "building a dry stone wall with no mortar and no experience",
    "my first week as a night shift baker in a village of 400 people",
    "why every cafe in Seoul suddenly has the same green chair",
    "I wore a weighted vest for thirty days and measured everything",
    "watch a 200 year old oak get moved across a motorway",
    "the only knife sharpening video you will ever need",
    "how airlines decide which suitcase gets left behind",
    "making proper ramen broth in a studio flat without the smell",
    "my grandfather's chess notebook from 1958 has an opening nobody plays",
    "painting the same window every day for a year",
    "how to read a weather map like a sailor in ninety seconds",
    "I repaired 40 phones in one day at a repair cafe",
    "this beekeeper moves two million bees by tram",
)
TALK = (
    "Our return rate fell by half after we put one honest photo of the flaw on each product page",
    "We turned off every discount code for a month. Here are the numbers",
    "A customer wrote us a letter by hand to cancel her subscription. We framed it",
    "What is the one object you own that has outlived everything around it?",
    "The pan I bought in 1998 is still the best thing in my kitchen",
    "TIL the inventor of the shipping container had to give away the patent",
    "Small shops: what did you stop doing this year that nobody noticed?",
    "A library in my town now lends sewing machines and the queue is four months long",
    "This lamp folds flat and costs less than the shipping I usually pay",
    "We answer every support mail with a 20 second video now. Churn is down 31 percent",
)
PRODUCTS = (
    "Cordless Water Flosser with 4 Modes, Travel Case Included",
    "Cast Iron Skillet 10 Inch, Pre-Seasoned",
    "LED Reading Lamp with Clip, 3 Colour Temperatures",
    "Magnesium Glycinate 400 mg, 180 Capsules",
    "Silicone Food Storage Bags, Set of 12",
    "Foldable Walking Pad with Remote, 120 kg",
    "Vitamin C Serum 30 ml with Hyaluronic Acid",
    "Stainless Steel Lunch Box, Leakproof",
)
OPENERS = (
    "Day {n} of",
    "The honest truth about",
    "Nobody warned me about",
    "What I learned from",
    "A beginner's guide to",
    "Three mistakes in",
    "Watch me try",
    "The cheapest way into",
    "Inside the world of",
    "My slow obsession with",
    "Ranking every kind of",
    "One year of",
)
SUBJECTS = (
    "sourdough rye",
    "balcony tomatoes",
    "vintage film cameras",
    "wild swimming",
    "bookbinding",
    "second-hand road bikes",
    "mending wool socks",
    "pocket synthesizers",
    "mushroom foraging",
    "paper planes",
    "street chess",
    "clay ovens",
    "fountain pens",
    "rooftop beehives",
    "model railways",
    "cold brew coffee",
    "bouldering shoes",
    "night photography",
    "hand-cut dovetails",
    "tidal pools",
)
ENDINGS = (
    "and what it cost me",
    "on a very small budget",
    "in a rented flat",
    "with my eighty year old neighbour",
    "before sunrise",
    "without any tools",
    "for complete beginners",
    "in the rainiest city of Europe",
    "after failing twice",
    "and why I kept going",
    "in under a minute",
)
FIRST = (
    "mila",
    "jonas",
    "ayo",
    "priya",
    "tom",
    "lucia",
    "kenji",
    "nora",
    "felix",
    "amara",
    "sven",
    "ines",
    "yuki",
    "omar",
)
LAST = ("makes", "bakes", "repairs", "at.sea", "on.film", "workshop", "in.motion", "outdoors", "explains", "studio")
SOUNDS = ("original sound - somebody", "Espresso Machine (Lo-fi)", "Harbour at 5 am", "Slow Dance, Fast Hands")
VIDEO_SOURCES = {
    "comet_videos": "tiktok",
    "tiktok_trending": "tiktok",
    "tiktok_commerce": "tiktok",
    "youtube_shorts": "youtube",
}

PLATFORM_OF = {**VIDEO_SOURCES, "reddit_posts": "reddit", "x_posts": "x", "amazon_positions": "amazon"}


class World:
    """Items with a life of their own; `write(warehouse, day)` stores one observed day of all sources."""

    def __init__(self, seed: int = 7, *, items_per_source: int = 40) -> None:
        self.rng = np.random.default_rng(seed)
        self.items: list[dict[str, Any]] = []
        self.captions: set[tuple[str, str]] = set()
        self.start = date(2026, 11, 14)
        for source, platform in PLATFORM_OF.items():
            for number in range(items_per_source if platform != "amazon" else len(PRODUCTS)):
                self.items.append(self._item(source, platform, number))
        self._cross_post()

    def _item(self, source: str, platform: str, number: int) -> dict[str, Any]:
        rng = self.rng
        texts = {"reddit": TALK, "x": TALK, "amazon": PRODUCTS}.get(platform, CAPTIONS)
        # every source has its own captions: the same text on several platforms is planted on purpose (`_cross_post`)
        mine = [
            t
            for place, t in enumerate(texts)
            if platform == "amazon" or place % 4 == list(PLATFORM_OF).index(source) % 4
        ]
        text = mine[number] if number < len(mine) else self._caption()
        handle = f"{rng.choice(FIRST)}.{rng.choice(LAST)}"
        posted = datetime.combine(
            self.start, time(int(rng.choice([6, 11, 17, 18, 19, 21])), int(rng.integers(60))), UTC
        )
        return {
            "source": source,
            "platform": platform,
            "external_id": self._external_id(platform, len(self.items)),
            "title": text if platform in ("youtube", "reddit", "amazon") else None,
            "description": text if platform in ("tiktok", "x") else None,
            "creator_id": None if platform == "amazon" else f"{platform}-{handle}",
            "creator_handle": None if platform == "amazon" else handle,
            "creator_name": "Fieldstone" if platform == "amazon" else handle.replace(".", " ").title(),
            "creator_followers": None if platform == "amazon" else int(10 ** rng.uniform(3.2, 6.2)),
            "hashtags": [
                str(t)
                for t in rng.choice(["diy", "baking", "repair", "smallbusiness", "fyp", "slowliving"], 2, replace=False)
            ],
            "sound": str(rng.choice(SOUNDS)) if platform == "tiktok" else None,
            "duration_seconds": float(rng.choice([9, 14, 22, 28, 41, 58]))
            if platform in ("tiktok", "youtube")
            else None,
            "posted_at": posted - timedelta(hours=float(rng.uniform(1, 90))),
            "base": 10 ** rng.uniform(3.0, 5.2),
            "pace": float(rng.lognormal(-0.6, 0.9)),
            "list_name": {"amazon": "Health & Household", "reddit": "BuyItForLife", "x": "#dtcbrand"}.get(
                platform, "us"
            ),
            "is_sponsored": bool(rng.random() < 0.12) if source == "tiktok_commerce" else None,
            "is_over_18": None,
            "born": int(rng.integers(0, 5)),
        }

    def _caption(self) -> str:
        """A caption that no other item has."""
        if len(self.captions) >= len(SUBJECTS) * len(ENDINGS):
            raise ValueError(f"A world holds {len(self.captions)} captions of this kind; ask for fewer items.")
        while True:
            opener, subject, ending = (str(self.rng.choice(words)) for words in (OPENERS, SUBJECTS, ENDINGS))
            if (subject, ending) not in self.captions:
                self.captions.add((subject, ending))
                return f"{opener.format(n=int(self.rng.integers(3, 200)))} {subject} {ending}"

    def _external_id(self, platform: str, number: int) -> str:
        if platform == "tiktok":
            return str(7_420_000_000_000_000_000 + number * 7919)
        if platform == "youtube":
            return f"Yt{number:05d}abcd"
        return {"x": str(1_850_000_000_000_000_000 + number), "reddit": f"1h{number:05x}", "amazon": f"B0{number:08d}"}[
            platform
        ]

    def _cross_post(self) -> None:
        """Three stories on several platforms, one creator who floods, one that falls."""
        by_source = {
            source: [i for i in self.items if i["source"] == source]
            for source in (*VIDEO_SOURCES, "reddit_posts", "x_posts")
        }
        tiktok, youtube, reddit = by_source["tiktok_trending"], by_source["youtube_shorts"], by_source["reddit_posts"]
        tiktok[0] |= {"pace": 9.0, "born": 2}
        youtube[0] |= {"title": tiktok[0]["description"] + " #shorts", "pace": 6.0, "born": 3}
        reddit[0] |= {
            "title": "Somebody restored a sewing machine from a skip and I can't stop watching",
            "linked_url": self.url(tiktok[0]),
            "pace": 5.0,
        }
        # the same video in a second list of the same platform
        by_source["comet_videos"][0] |= {
            name: tiktok[4][name]
            for name in (
                "external_id",
                "description",
                "creator_id",
                "creator_handle",
                "creator_name",
                "posted_at",
                "base",
                "pace",
            )
        }
        for item in tiktok[5:12]:
            item |= {
                "creator_id": "tiktok-flood",
                "creator_handle": "flood.of.clips",
                "creator_name": "Flood of Clips",
                "pace": 7.0,
            }
        for item in by_source["comet_videos"][20:]:
            item["creator_id"] = "tiktok-not-on-roster"

    @staticmethod
    def url(item: dict[str, Any]) -> str:
        identifier = item["external_id"]
        return {
            "tiktok": f"https://www.tiktok.com/@{item['creator_handle']}/video/{identifier}",
            "youtube": f"https://www.youtube.com/shorts/{identifier}",
            "x": f"https://x.com/{item['creator_handle']}/status/{identifier}",
            "reddit": f"https://www.reddit.com/r/BuyItForLife/comments/{identifier}/",
            "amazon": f"https://www.amazon.com/dp/{identifier}",
        }[item["platform"]]

    def views_at(self, item: dict[str, Any], moment: datetime) -> int:
        """Views grow, slow down with age, and a few fall."""
        hours = max(0.1, (moment - item["posted_at"]).total_seconds() / 3600)
        return int(item["base"] * (1 + item["pace"] * math.log1p(hours / 30)))

    def observed(self, day: date, *, hour: int = 6) -> list[dict[str, Any]]:
        """The items seen on a day with their counts then."""
        moment = datetime.combine(day, time(hour), UTC)
        number = (day - self.start).days
        rows = []
        for item in self.items:
            if item["born"] > number:
                continue
            views = None if item["platform"] == "amazon" else self.views_at(item, moment)
            rows.append(
                item
                | {
                    "observed_date": day,
                    "measured_at": moment,
                    "collected_at": moment,
                    "capture_id": f"capture-{day}",
                    "is_simulated": True,
                    "views": views,
                    "likes": None if views is None else int(views * 0.08),
                    "comments": None if views is None else int(views * 0.004),
                    "shares": None if views is None or item["platform"] == "youtube" else int(views * 0.01),
                    "url": self.url(item),
                    "kind": {"amazon": "product", "reddit": "post", "x": "post"}.get(item["platform"], "video"),
                    "list_rank": 1 + (hash_of(item["external_id"]) + number * 3) % 60,
                }
            )
        return rows

    def scores(self, day: date) -> pd.DataFrame:
        """Rows of `velocity.scores` in the manner of the velocity room."""
        today = {(r["source"], r["external_id"]): r for r in self.observed(day)}
        before = {(r["source"], r["external_id"]): r for r in self.observed(day - timedelta(days=1))}
        rows = []
        for key, row in today.items():
            earlier = before.get(key)
            age = max(0.0, (row["measured_at"] - row["posted_at"]).total_seconds() / 3600)
            is_amazon = row["platform"] == "amazon"
            delta = None if earlier is None or is_amazon else row["views"] - earlier["views"]
            rows.append(
                {
                    "observed_date": day,
                    "source": row["source"],
                    "platform": row["platform"],
                    "external_id": row["external_id"],
                    "list_name": row["list_name"],
                    "creator_id": row["creator_id"],
                    "measured_at": row["measured_at"],
                    "previous_measured_at": None if earlier is None else earlier["measured_at"],
                    "age_hours": age,
                    "views": row["views"],
                    "delta_views": delta,
                    "hours_between": None if delta is None else 24.0,
                    "views_per_hour": None
                    if is_amazon
                    else (row["views"] / max(age, 0.1) if delta is None else delta / 24),
                    "engagement_velocity": None if is_amazon else row["likes"] / max(age, 0.1),
                    "leap": None if is_amazon else row["pace"],
                    "source_score": 1.4 if is_amazon else None,
                    "score_class": "position" if is_amazon else ("new" if delta is None else "measured"),
                    "key": row["pace"] if not is_amazon else -row["list_rank"],
                    "baseline": row["base"],
                    "baseline_items": 1 + hash_of(row["external_id"]) % 12,
                    "reason": None,
                    "parts": {"delta_views": delta},
                    "is_simulated": True,
                }
            )
        frame = pd.DataFrame(rows)
        group = frame.groupby("source")["key"]
        frame["source_percentile"] = (group.rank() - 0.5) / group.transform("size")
        return frame.drop(columns="key")

    def write(self, warehouse, day: date) -> None:
        """Store the day: typed rows, posts, snapshots, scores, roster and attempts."""
        rows = pd.DataFrame(self.observed(day))
        rows["linked_url"] = rows.get("linked_url")
        for source, frame in rows.groupby("source"):
            columns = [c for c in _columns(f"source.{source}") if c in frame.columns]
            frame = frame[columns].copy()
            if source == "tiktok_commerce":
                frame["is_commerce"] = True
            warehouse.write_partition(f"source.{source}", day, frame)
        snapshots = rows[[c for c in _columns("trends.post_snapshots") if c in rows.columns]]
        warehouse.write_partition("trends.post_snapshots", day, snapshots)
        warehouse.write_partition("velocity.scores", day, self.scores(day))
        self.write_posts(warehouse, rows)
        roster = rows[
            (rows["source"] == "comet_videos") & (rows["creator_id"] != "tiktok-not-on-roster")
        ].drop_duplicates("creator_id")
        warehouse.upsert(
            "comets.creators",
            pd.DataFrame(
                {
                    "user_id": roster["creator_id"],
                    "handle": roster["creator_handle"],
                    "first_seen": rows["measured_at"].min(),
                    "last_updated_at": rows["measured_at"].min(),
                    "state": "active",
                    "state_since": day,
                    "is_simulated": True,
                }
            ),
        )
        self.write_attempts(warehouse, day)

    @staticmethod
    def write_posts(warehouse, rows: pd.DataFrame) -> None:
        posts = rows.drop_duplicates(["platform", "external_id"]).copy()
        posts["first_collected_at"] = posts["last_collected_at"] = posts["measured_at"]
        posts["first_source"], posts["sources"] = posts["source"], [[s] for s in posts["source"]]
        warehouse.upsert("trends.posts", posts[[c for c in _columns("trends.posts") if c in posts.columns]])

    @staticmethod
    def write_attempts(warehouse, day: date, outcomes: dict[str, tuple[str, str | None]] | None = None) -> None:
        """One attempt per source; `outcomes` overrides (outcome, reason) by source."""
        said: dict[str, tuple[str, str | None]] = {
            **dict.fromkeys(LISTS, ("succeeded", None)),
            "tiktok_commerce": (
                "partial",
                "Page 3 of 5 failed for good: apify answered 502 three times; 2 pages were kept.",
            ),
            "x_posts": (
                "failed",
                "apify refused the key (401): set APIFY_TOKEN to a token of the account that rents the actor.",
            ),
        } | (outcomes or {})
        warehouse.upsert(
            "ops.source_attempts",
            pd.DataFrame(
                [
                    {
                        "attempt_id": f"{day}-{source}",
                        "source": source,
                        "provider": "sandbox",
                        "observed_date": day,
                        "outcome": outcome,
                        "reason": reason,
                        "items": 0 if outcome in ("failed", "skipped") else 40,
                        "calls": 3,
                        "replayed": 0,
                        "cost_usd": 0.012 if outcome != "skipped" else None,
                        "run_id": "run",
                        "started_at": datetime.combine(day, time(6), UTC),
                        "finished_at": datetime.combine(day, time(6, 1), UTC),
                        "is_simulated": True,
                    }
                    for source, (outcome, reason) in said.items()
                ]
            ),
        )


def hash_of(text: str) -> int:
    """A small stable number for a text."""
    return sum((i + 1) * ord(c) for i, c in enumerate(text)) % 9973


def _columns(address: str) -> Sequence[str]:
    from trend_assets.warehouse.tables import TABLES

    return TABLES[address].column_names


FEED_ASSETS = (
    "core_items",
    "stretch_items",
    "source_report",
    "proofs",
    "stories",
    "items",
    "unique_leverage",
    "newsletter_labels",
    "newsletter_orders",
    "newsletter_stories",
    "prose",
    "issue_forms",
    "issues",
)


def materialize(
    warehouse,
    day: date,
    *names: str,
    until: date | None = None,
    settings: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
):
    """Run the feed's assets of a day, or of all days `until` another, in order through Dagster, in process."""
    import os
    from unittest.mock import patch

    import dagster as dg

    from trend_assets.defs.feed import assets, first_sight, learned_order, newsletters, outcomes, prose, trend_report
    from trend_assets.defs.resources import WarehouseResource

    if until:
        days = {"dagster/asset_partition_range_start": day.isoformat()}
        tags = {**(tags or {}), **days, "dagster/asset_partition_range_end": until.isoformat()}
    rooms = (assets, first_sight, learned_order, newsletters, outcomes, prose, trend_report)
    chosen = [next(getattr(room, name) for room in rooms if hasattr(room, name)) for name in names or FEED_ASSETS]
    with patch.dict(os.environ, {"TREND_ASSETS_DATABASE_URL": warehouse._url, **(settings or {})}):
        return dg.materialize(
            chosen,
            partition_key=None if until else day.isoformat(),
            resources={"warehouse": WarehouseResource()},
            raise_on_error=False,
            instance=dg.DagsterInstance.ephemeral(),
            tags=tags,
        )
