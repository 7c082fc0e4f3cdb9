"""A world in which every page has something to show, and every address that the application answers to."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Path
from fastapi.routing import APIRoute

from trend_assets.api.desk.files import SCRIPTS
from trend_assets.api.subjects.every import SUBJECTS
from trend_assets_tests.desk_world import DAY, NOW, build_day

CREATOR, NOBODYS = "6800001", "0" * 24
FORMULA, MINUS_ID = '=HYPERLINK("https://example.org","x")', "-a1b2c3d4e5"


def build_world(warehouse) -> None:
    """A built day, a roster with days, and a row behind each of the other lists."""
    build_day(warehouse)
    with warehouse.connect() as connection:
        connection.execute(
            "INSERT INTO trends.posts (platform, external_id, kind, title, creator_id, creator_handle, sound, views, "
            "hashtags, first_collected_at, first_source, last_collected_at, measured_at, sources, is_simulated) VALUES "
            "('youtube', %s, 'video', %s, '7', 'minus', 'A sound', 9, '{slime}', %s, 'youtube_shorts', %s, %s, "
            "'{youtube_shorts}', true)",
            (MINUS_ID, FORMULA, NOW, NOW, NOW),
        )
        connection.execute(
            "INSERT INTO comets.creators (user_id, handle, nickname, signature, first_seen, first_keyword, "
            "last_updated_at, state, state_since, is_simulated) "
            "VALUES (%s, 'maker', 'Maker', 'I make things', %s, 'slime', %s, 'active', %s, true)",
            (CREATOR, NOW, NOW, DAY),
        )
        for back in range(20):
            connection.execute(
                "INSERT INTO comets.creator_stats (observed_date, user_id, handle, followers, hearts, videos, "
                "growth_followers, growth_pct, growth_over_days, measured_by, measured_at, is_simulated) "
                "VALUES (%s, %s, 'maker', %s, 90000, 200, 40, 0.2, 1, 'roll_call', %s, true)",
                (DAY - timedelta(days=back), CREATOR, 18_000 - 40 * back, NOW),
            )
        connection.execute(
            "INSERT INTO source.trending_keywords (observed_date, keyword, rank, measured_at, collected_at, "
            "capture_id, is_simulated) VALUES (%s, 'slime', 1, %s, %s, 'x', true)",
            (DAY, NOW, NOW),
        )
        for back, (place, price) in enumerate([(5, 12.5), (9, 15.0)]):
            connection.execute(
                "INSERT INTO source.amazon_positions (observed_date, platform, external_id, kind, title, url, "
                "list_name, list_rank, price, currency, measured_at, collected_at, capture_id, is_simulated) VALUES "
                "(%s, 'amazon', 'B0SERUM', 'product', 'Serum', 'https://www.amazon.com/dp/B1', 'Beauty', %s, %s, "
                "'USD', %s, %s, 'x', true)",
                (DAY - timedelta(days=back), place, price, NOW, NOW),
            )
        connection.execute(
            "INSERT INTO velocity.amazon_ranks (observed_date, category, external_id, measured_at, position, "
            "previous_position, positions_gained, velocity_score, is_simulated) "
            "VALUES (%s, 'Beauty', 'B0SERUM', %s, 5, 9, 4, 1, true)",
            (DAY, NOW),
        )
        connection.execute(
            "INSERT INTO velocity.category_movers (observed_date, category, mover_rank, products, compared, climbed, "
            "fell, is_simulated) VALUES (%s, 'Beauty', 1, 1, 1, 1, 0, true)",
            (DAY,),
        )
        for source, outcome in (("reddit_posts", "succeeded"), ("x_posts", "failed"), ("youtube_shorts", "running")):
            connection.execute(
                "INSERT INTO ops.source_attempts (attempt_id, source, provider, observed_date, outcome, reason, "
                "started_at, is_simulated) VALUES (%s, %s, 'p', %s, %s, 'The provider answered 500.', %s, true)",
                (source, source, DAY, outcome, NOW),
            )


def names(warehouse) -> dict[str, str]:
    """One thing of every subject that the world knows."""
    queries = {
        "story": "SELECT story_id FROM feed.stories ORDER BY feed_rank NULLS LAST, story_id",
        "post": "SELECT platform || ':' || external_id FROM trends.posts ORDER BY 1",
        "creator": "SELECT platform || ':' || creator_id FROM trends.posts WHERE creator_id = '7'",
        "hashtag": "SELECT unnest(hashtags) FROM trends.posts ORDER BY 1",
        "sound": "SELECT sound FROM trends.posts WHERE sound IS NOT NULL ORDER BY 1",
        "keyword": "SELECT keyword FROM source.trending_keywords ORDER BY 1",
        "category": "SELECT category FROM velocity.category_movers ORDER BY 1",
        "source": "SELECT source FROM feed.items ORDER BY 1",
    }
    found = {}
    with warehouse.connect() as connection:
        for subject in SUBJECTS:
            row = connection.execute(queries[subject] + " LIMIT 1").fetchone() if subject in queries else None
            if row:
                found[subject] = str(row[0])
    return found


def routes(app: FastAPI) -> Iterator[APIRoute]:
    """Every route of the application, those of its included routers with them."""
    for each in app.routes:
        if isinstance(each, APIRoute):
            yield each
        else:
            yield from getattr(getattr(each, "original_router", None), "routes", ())


def addresses(app: FastAPI, values: dict[str, str], subjects: dict[str, str]) -> Iterator[tuple[APIRoute, str, str]]:
    """Every route of the application with each of its methods and an address that it answers to. `values` are those
    of parameters in paths; another one names something that nobody has."""
    fixed = {
        "date": str(DAY),
        "day": str(DAY),
        "newsletter": "rising",
        "form": "md",
        "creator_id": CREATOR,
        "platform": "tiktok",
    }
    fixed |= values
    for route in routes(app):
        wanted = {field.alias for field in get_flat_params(route.dependant) if isinstance(field.field_info, Path)}
        about: list[dict[str, str]] = [{"subject": s, "name": n} for s, n in subjects.items()]
        for chosen in about if "subject" in wanted else [{"name": next(iter(SCRIPTS))}]:
            filled: dict[str, Any] = {name: quote((fixed | chosen).get(name, NOBODYS), safe="") for name in wanted}
            path = route.path.replace(":path}", "}").format(**filled)
            for method in sorted(route.methods):
                yield route, method, path
