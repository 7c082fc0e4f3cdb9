"""Pages, JSON and CSV about one thing, over a real database: every list says what the tables say, and hostile names are
only names."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import psycopg
import pytest

from trend_assets.api.subjects.every import SUBJECTS
from trend_assets.api.subjects.stories import lines_of
from trend_assets_tests.application import client_at

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOW.date()
HOSTILE = "<script>alert('sound')</script>"
NAMES = {
    "story": "st_1", "post": "tiktok:slime", "creator": "tiktok:c1", "hashtag": "slimetok", "sound": HOSTILE,
    "keyword": "crunchy slime", "category": "Beauty & Care", "source": "tiktok_trending",
}  # fmt: skip


@pytest.fixture(scope="module")
def client(module_database_url, tmp_path_factory):
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        fill(connection)
    with client_at(NOW, module_database_url, tmp_path_factory.mktemp("subjects")) as started:
        yield started


def fill(connection):
    connection.execute(
        "INSERT INTO trends.posts (platform, external_id, kind, title, creator_id, creator_handle, creator_followers, "
        "hashtags, sound, views, url, first_collected_at, first_source, last_collected_at, measured_at, sources, "
        "is_simulated) VALUES ('tiktok', 'slime', 'video', 'Crunchy slime', 'c1', 'a_lab', 20000, '{slimetok}', %s, "
        "300, 'https://www.tiktok.com/@lab/video/1', %s, 'tiktok_trending', %s, %s, '{tiktok_trending}', true)",
        (HOSTILE, NOW, NOW, NOW),
    )
    for n, (views, chance) in enumerate([(100, 0.2), (150, None), (300, 0.75)]):
        at = NOW - timedelta(days=2 - n)
        connection.execute(
            "INSERT INTO trends.post_snapshots (observed_date, source, platform, external_id, list_name, list_rank, "
            "views, measured_at, collected_at, capture_id, is_simulated) "
            "VALUES (%s, 'tiktok_trending', 'tiktok', 'slime', 'US', 3, %s, %s, %s, 'x', true)",
            (at.date(), views, at, at),
        )
        connection.execute(
            "INSERT INTO velocity.scores (observed_date, source, platform, external_id, measured_at, views, chance, "
            "score_class, source_percentile, parts, is_simulated) "
            "VALUES (%s, 'tiktok_trending', 'tiktok', 'slime', %s, %s, %s, 'measured', 0.9, '{}', true)",
            (at.date(), at, views, chance),
        )
        connection.execute(
            "INSERT INTO feed.stories (observed_date, story_id, platform, external_id, source, title, creator_key, "
            "score, score_parts, score_rank, feed_rank, outcome, reason, views, platforms, proof_keys, "
            "proof_count, sources, is_simulated) VALUES (%s, 'st_1', 'tiktok', 'slime', 'tiktok_trending', "
            "'Crunchy slime', 'tiktok:c1', 1, "
            "'[]', 1, 1, 'in_feed', 'It leads.', %s, '{tiktok}', '{tiktok:slime}', 1, '{tiktok_trending}', true)",
            (at.date(), views),
        )
    connection.execute(
        "INSERT INTO feed.proofs (observed_date, story_id, source, platform, external_id, matched_by, "
        "source_percentile, source_rank, source_items, title, url, engagement, measured_at, is_simulated) VALUES (%s, "
        "'st_1', 'tiktok_trending', 'tiktok', 'slime', 'lead', 0.9, 1, 10, '=cmd()', "
        "'https://www.tiktok.com/@lab/video/1', "
        "'{}', %s, true)",
        (TODAY, NOW),
    )
    connection.execute(
        "INSERT INTO feed.outcomes (observed_date, feed_date, rank, story_id, source, platform, external_id, chance, "
        "is_first_listing, measured_at, views, views_ahead, has_risen, is_simulated) VALUES (%s, %s, 1, 'st_1', "
        "'tiktok_trending', 'tiktok', 'slime', 0.7, true, %s, 100, 300, true, true)",
        (TODAY, TODAY - timedelta(days=3), NOW - timedelta(days=3)),
    )
    connection.execute(
        "INSERT INTO source.trending_keywords (observed_date, keyword, rank, measured_at, collected_at, capture_id, "
        "is_simulated) VALUES (%s, 'crunchy slime', 4, %s, %s, 'x', true)",
        (TODAY, NOW, NOW),
    )
    for back, (place, price) in enumerate([(5, 12.5), (9, 15.0)]):
        at = NOW - timedelta(days=back)
        connection.execute(
            "INSERT INTO source.amazon_positions (observed_date, platform, external_id, kind, title, url, list_name, "
            "list_rank, price, currency, measured_at, collected_at, capture_id, is_simulated) VALUES (%s, 'amazon', "
            "'B1', 'product', 'Serum', 'https://www.amazon.com/dp/B1', 'Beauty & Care', %s, %s, 'USD', %s, %s, "
            "'x', true)",
            (at.date(), place, price, at, at),
        )
    for back, (place, price) in enumerate([(2, 11.0), (3, 13.0)]):
        at = NOW - timedelta(days=back)
        connection.execute(
            "INSERT INTO source.amazon_positions (observed_date, platform, external_id, kind, title, url, list_name, "
            "list_rank, price, currency, measured_at, collected_at, capture_id, is_simulated) VALUES (%s, 'amazon', "
            "'B1', 'product', 'Serum', 'https://www.amazon.com/dp/B1', 'Gifts', %s, %s, 'USD', %s, %s, 'x', true)",
            (at.date(), place, price, at, at),
        )
        connection.execute(
            "INSERT INTO trends.post_snapshots (observed_date, source, platform, external_id, list_name, views, "
            "measured_at, collected_at, capture_id, is_simulated) "
            "VALUES (%s, 'reddit_posts', 'reddit', 'r1', 'all', %s, %s, %s, 'x', true)",
            (at.date(), 40 - back, at, at),
        )
    connection.execute(
        "INSERT INTO trends.posts (platform, external_id, kind, title, url, first_collected_at, first_source, "
        "last_collected_at, measured_at, sources, is_simulated) VALUES ('amazon', 'B1', 'product', 'Serum', "
        "'https://www.amazon.com/dp/B1', %s, 'amazon_positions', %s, %s, '{amazon_positions}', true)",
        (NOW, NOW, NOW),
    )
    connection.execute(
        "INSERT INTO feed.stories (observed_date, story_id, platform, external_id, source, title, score, score_parts, "
        "score_rank, outcome, reason, platforms, proof_keys, proof_count, sources, is_simulated) VALUES (%s, 'st_2', "
        "'tiktok', 'slime', 'tiktok_trending', 'On two platforms', 1, '[]', 2, 'below_cut', 'No room.', "
        "'{tiktok,reddit}', '{tiktok:slime,reddit:r1}', 2, '{tiktok_trending,reddit_posts}', true)",
        (TODAY,),
    )
    connection.execute(
        "INSERT INTO velocity.amazon_ranks (observed_date, category, external_id, measured_at, position, "
        "previous_position, positions_gained, velocity_score, is_simulated) VALUES (%s, 'Beauty & Care', 'B1', %s, 5, "
        "9, 4, 1, true)",
        (TODAY, NOW),
    )
    connection.execute(
        "INSERT INTO velocity.category_movers (observed_date, category, mover_rank, products, compared, climbed, fell, "
        "is_simulated) VALUES (%s, 'Beauty & Care', 1, 1, 1, 1, 0, true)",
        (TODAY,),
    )
    connection.execute(
        "INSERT INTO feed.source_report (observed_date, source, title, tier, status, items, scored_items, attempts, "
        "cost_usd, is_blended, is_simulated) VALUES (%s, 'tiktok_trending', 'TikTok trending', 'core', 'succeeded', 1, "
        "1, 1, 0.02, true, true)",
        (TODAY,),
    )


def about(client, subject, **query):
    answer = client.get(f"/about/{subject}/{quote(NAMES[subject], safe='')}", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def test_a_story_has_its_life_line_with_chances_then_and_now_and_what_came(client):
    lists = about(client, "story").json()["lists"]
    life = [(row["views"], row["chance"], row["chance_now"]) for row in lists["life"]]
    assert life == [(100, 0.2, 0.75), (150, None, 0.75), (300, 0.75, 0.75)]
    (said,) = lists["predicted"]
    assert (said["chance"], said["views"], said["views_ahead"]) == (0.7, 100, 300)
    assert said["came"].startswith("it rose")
    assert [row["key"] for row in lists["proofs"]] == ["tiktok:slime"]
    assert len(lists["days"]) == 3


def test_points_of_one_platform_and_views_of_another_have_a_plot_each_and_words_count_right(client):
    page = client.get("/ui/about/story/st_2").text
    assert "<h2>Views on TikTok</h2>" in page and "<h2>Points on Reddit</h2>" in page
    assert page.count('<svg class="plot"') == 2
    assert "<dd>TikTok, Reddit</dd>" in page and "<dd>1 day, " in page and "<dd>0 days</dd>" in page


def test_a_story_does_not_lose_what_an_item_had_that_was_not_seen_on_a_day():
    seen = [(0, "x:a", 500), (0, "x:b", 40), (1, "x:b", 60), (2, "x:a", 700), (2, "x:c", None)]
    life = [
        {"platform": "x", "key": key, "observed_date": TODAY + timedelta(days=day), "views": views}
        for day, key, views in seen
    ]
    assert [views for _, views in lines_of(life)["Views on X"]] == [540, 560, 760]


def test_columns_of_which_nothing_is_known_are_left_out_of_the_page_and_stay_in_the_files(client):
    page = client.get("/ui/about/post/amazon:B1").text
    assert '<th scope="col">Place' not in page and "Chance now" not in page and ">Price</th>" in page
    assert "chance_now" in about(client, "post", format="csv", list="life").text.splitlines()[0]


def test_a_product_shows_each_list_that_it_was_on_with_place_and_price_over_time(client):
    rows = client.get("/about/post/amazon:B1").json()["lists"]["prices"]
    assert [(row["observed_date"], row["category"], row["place"], row["price"]) for row in rows] == [
        (str(TODAY), "Beauty & Care", 5, 12.5), (str(TODAY), "Gifts", 2, 11.0),
        (str(TODAY - timedelta(days=1)), "Beauty & Care", 9, 15.0), (str(TODAY - timedelta(days=1)), "Gifts", 3, 13.0),
    ]  # fmt: skip
    page = client.get("/ui/about/post/amazon:B1").text
    assert "/ui/about/category/Gifts" in page and "13.00 USD" in page and "<dd>Amazon</dd>" in page


def test_a_category_has_its_movers_with_price_and_place_over_time(client):
    (mover,) = about(client, "category").json()["lists"]["movers"]
    assert (mover["position"], mover["positions_gained"], mover["places"]) == (5, 4, "9 → 5")
    assert (mover["price"], mover["price_change"], mover["currency"]) == (12.5, -2.5, "USD")


def test_a_keyword_a_hashtag_a_sound_and_a_creator_find_their_posts(client):
    for subject in ("keyword", "hashtag", "sound", "creator"):
        posts = about(client, subject).json()["lists"]["posts"]
        assert [(row["key"], row["chance"]) for row in posts] == [("tiktok:slime", 0.75)], subject
    assert about(client, "keyword").json()["lists"]["places"][0]["place"] == 4


def test_a_handle_is_shown_as_it_is_and_a_source_by_its_name_for_people(client):
    assert ">a_lab</a>" in client.get("/ui/about/keyword/" + NAMES["keyword"]).text
    story = client.get("/ui/about/story/" + NAMES["story"]).text
    assert ">TikTok trending</a>" in story and "tiktok trending" not in story


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_is_a_page_that_escapes_and_every_list_comes_as_csv(client, subject):
    page = client.get(f"/ui/about/{subject}/{quote(NAMES[subject], safe='')}")
    assert page.status_code == 200, page.text
    assert "<script" not in page.text
    for name, rows in about(client, subject).json()["lists"].items():
        lines = about(client, subject, format="csv", list=name).text.splitlines()
        assert len(lines) == len(rows) + 1, name
    assert "\r\n=cmd()," in about(client, "story", format="csv", list="proofs").text


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("name", ["nothing", "a/b", "tiktok:", "%", "x" * 299, "'; DROP TABLE x", "🔥", "۱۲"])
def test_what_is_not_known_is_said_to_be_unknown(client, subject, name):
    answer = client.get(f"/about/{subject}/{quote(name, safe='')}")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("Nothing is known of")
    assert client.get(f"/ui/about/{subject}/{quote(name, safe='')}").status_code == 404


def test_a_list_that_a_subject_has_not_and_a_name_that_cannot_be_stored_are_refused(client):
    assert "it has life" in client.get("/about/story/st_1", params={"list": "none"}).json()["detail"]
    assert client.get("/about/story/" + quote("a\x00b")).status_code == 422
    assert client.get("/about/story/" + "x" * 400).status_code == 422
