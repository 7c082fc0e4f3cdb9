"""Competitor discovery: the corpus, four providers and the merged list, one partition per day.

capture/youtube_channels, capture/instagram_profiles ─▶ official_api ──┐
trends/posts ─▶ corpus_creators, corpus_topics ───────▶ research_corpus┼─▶ candidates
manual_seeds ─────────────────────────────────────────▶ manual_url_seed┤
community_handles ────────────────────────────────────▶ community_graph┘
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import psycopg

from trend_assets.competitors import corpus, discover
from trend_assets.competitors.merging import PROVIDERS, Row
from trend_assets.competitors.profiles import PROFILE_PLATFORMS
from trend_assets.competitors.providers import from_instagram, from_youtube_search
from trend_assets.competitors.requests import mark_answered, requests_of_day
from trend_assets.defs.table_asset import OWNERS, Day, DayOutput, table_asset
from trend_assets.sources.declare import Source
from trend_assets.sources.discovery import the, with_role
from trend_assets.sources.instagram.parse import profiles_in
from trend_assets.sources.policies import underivable
from trend_assets.sources.youtube_channels.parse import channels_by_query
from trend_assets.warehouse.tables import TABLES

Finder = Callable[[psycopg.Connection, dict[str, Any]], list[Row]]

written_by_users = [
    dg.AssetSpec(
        key=["competitors", name],
        group_name="competitors",
        owners=OWNERS,
        kinds={"postgres"},
        description=f"{TABLES[f'competitors.{name}'].grain} Written by users over the HTTP API.",
    )
    for name in ("requests", "request_days", "manual_seeds", "community_handles", "tracked")
]
LOOKED_UP = with_role("channel_search", "handle_lookup")
ASKED = ["competitors.requests", "competitors.request_days"]


@table_asset("competitors.corpus_creators", kinds={"sql"})
def corpus_creators(day: Day) -> DayOutput:
    """One row per platform and creator: everybody seen in the day's posts, brought up to date."""
    with day.warehouse.connect() as connection:
        done = corpus.refresh_creators(
            connection, day=day.date, platforms=list(PROFILE_PLATFORMS), withheld=underivable(day.settings)
        )
    return DayOutput(None, {"creators_seen": done.creators_seen, "dagster/partition_row_count": done.rows_written})


@table_asset("competitors.corpus_topics", kinds={"sql"})
def corpus_topics(day: Day) -> DayOutput:
    """One row per platform, topic and creator: the hashtags of the day's creators, counted again."""
    with day.warehouse.connect() as connection:
        done = corpus.refresh_topics(connection, day=day.date, platforms=list(PROFILE_PLATFORMS))
    return DayOutput(None, {"creators_seen": done.creators_seen, "dagster/partition_row_count": done.rows_written})


@table_asset("competitors.official_api", kinds={source.provider_name for source in LOOKED_UP})
def official_api(day: Day) -> DayOutput:
    """One row per day, request and creator that the platforms' own APIs found or confirmed."""
    channels = channels_by_query(_stored(day, the("channel_search")))
    profiles = profiles_in(_stored(day, the("handle_lookup")))

    def find(connection: psycopg.Connection, request: dict[str, Any]) -> list[Row]:
        return [
            *from_youtube_search(channels, queries=discover.channel_queries(connection, request, day=day.date)),
            *from_instagram(profiles, wanted=discover.handles_to_look_up(connection, request, day=day.date)),
        ]

    return _found(day, "official_api", find)


@table_asset("competitors.research_corpus", kinds={"sql"})
def research_corpus(day: Day) -> DayOutput:
    """One row per day, request and creator of the corpus that shares topics with the request."""
    return _found(day, "research_corpus", lambda c, request: discover.corpus_rows(c, request, day=day.date))


@table_asset("competitors.manual_url_seed")
def manual_url_seed(day: Day) -> DayOutput:
    """One row per day, request and creator whose handle or URL the user gave."""
    return _found(day, "manual_url_seed", lambda c, request: discover.manual_rows(c, request, day=day.date))


@table_asset("competitors.community_graph")
def community_graph(day: Day) -> DayOutput:
    """One row per day, request and creator that other users hold together with the request's anchors."""
    return _found(day, "community_graph", lambda c, request: discover.community_rows(c, request, day=day.date))


@table_asset(
    "competitors.candidates",
    deps=[*(f"competitors.{provider}" for provider in PROVIDERS), "competitors.tracked", *ASKED],
)
def candidates(day: Day) -> DayOutput:
    """One row per day, request and candidate: the providers merged by identity and ranked, with evidence."""
    import pandas as pd

    from trend_assets.domain.feed.frames import known_records

    began = datetime.now(UTC)
    rows_of: dict[str, list[Any]] = {}
    for provider in PROVIDERS:
        for row in known_records(day.read(f"competitors.{provider}")):
            rows_of.setdefault(row["request_id"], []).append(row | {"provider": provider})
    merged: list[dict[str, Any]] = []
    with day.warehouse.connect() as connection:
        requests = requests_of_day(connection, day.date)
        for request in requests:
            rows = rows_of.get(request["request_id"], [])
            tracked = discover.tracked_tokens(connection, request["user_id"], day=day.date)
            about = {"observed_date": day.date, "request_id": request["request_id"]}
            merged += [about | candidate for candidate in discover.merged(request, rows, tracked=tracked)]
    frame = pd.DataFrame(merged, columns=TABLES["competitors.candidates"].column_names)
    return DayOutput(
        frame,
        {
            "requests": len(requests),
            **{f"tier_{tier}": int((frame["confidence_tier"] == tier).sum()) for tier in ("high", "medium", "low")},
        },
        after=lambda: _answered(day, requests, began),
    )


def _found(day: Day, provider: str, find: Finder) -> DayOutput:
    """The frame of one provider over all requests of the day that ask it."""
    with day.warehouse.connect() as connection:
        requests = [r for r in requests_of_day(connection, day.date) if provider in r["providers"]]
        rows = [(request["request_id"], row) for request in requests for row in find(connection, request)]
    frame = discover.provider_frame(f"competitors.{provider}", rows, day=day.date)
    return DayOutput(frame, {"requests": len(requests)})


def _stored(day: Day, source: Source) -> list[Any]:
    from trend_assets.capture.session import stored_answers

    return [(stored.answer, stored.capture_id) for stored in stored_answers(day.warehouse, source.name, day.date)]


def _answered(day: Day, requests: list[dict[str, Any]], began: datetime) -> None:
    with day.warehouse.connect() as connection:
        mark_answered(connection, day=day.date, request_ids=[r["request_id"] for r in requests], asked_before=began)
