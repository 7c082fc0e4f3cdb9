"""Search over a real database: what is found by which words, in which scripts, and what is said when nothing can be."""

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from trend_assets.api import search
from trend_assets.api.newest import choice
from trend_assets.api.search import Filters
from trend_assets_tests.application import client_at

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

# external id: (title, description, language, handle, hashtags, platform, kind, views, followers)
POSTS = {
    "cafe": ("Café crème", "Wie man ihn macht", "fr", "barista.one", ["coffee"], "tiktok", "video", 900, 5_000),
    "slime": ("Crunchy slime recipes", "wow", "en", "slimelab_x", ["slimetok", "asmr"], "tiktok", "video", 50, 9),
    "haus": ("Tiny Häuser im Wald", None, "de", "waldhaus", [], "youtube", "video", 10, 1_000),
    "zh": ("今天的美容教程", "容易又美", "zh", "meirong", ["美容"], "tiktok", "video", None, None),
    "ja": ("ガラスの作り方", None, "ja", "garasu", [], "youtube", "video", 7, None),
    "th": ("วิธีทำสไลม์", None, "th", "thaislime", [], "tiktok", "video", 7, None),
    "ko": ("슬라임 만들기", None, "ko", "kslime", [], "tiktok", "video", 7, None),
    "hi": ("स्लाइम कैसे बनाएं", None, "hi", "hislime", [], "youtube", "video", 7, None),
    "ar": ("طريقة عمل السلايم", None, "ar", "arslime", [], "tiktok", "video", 7, None),
    "ru": ("Ёлка своими руками", None, "ru", "elka", [], "youtube", "video", 7, None),
    "shirt": ("T-shirt folding, 100% cotton", None, "en", "fold", [], "x", "post", 7, 300),
    "hostile": ("<script>alert('slime')</script> & \\ ' :* !", None, None, "x", ["a'b"], "x", "post", 1, 1),
    "pan": ("Cast iron pan", "Kitchen", None, None, [], "amazon", "product", None, None),
}  # fmt: skip


@pytest.fixture(scope="module")
def client(module_database_url, tmp_path_factory):
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        fill(connection)
    with client_at(NOW, module_database_url, tmp_path_factory.mktemp("search")) as started:
        yield started


def fill(connection):
    for n, (key, row) in enumerate(POSTS.items()):
        title, text, language, handle, hashtags, platform, kind, views, followers = row
        at = NOW - timedelta(hours=n)
        connection.execute(
            "INSERT INTO trends.posts (platform, external_id, kind, title, description, language, creator_handle, "
            "hashtags, views, creator_followers, first_collected_at, first_source, last_collected_at, measured_at, "
            "sources, is_simulated) VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,'s',%s,%s,'{tiktok_trending}',true)",
            (platform, key, kind, title, text, language, handle, hashtags, views, followers, at, at, at),
        )
    # older posts, more than the sample that decides how posts are looked for
    connection.execute(
        "INSERT INTO trends.posts (platform, external_id, kind, title, language, views, first_collected_at, "
        "first_source, last_collected_at, measured_at, sources, is_simulated) "
        "SELECT (ARRAY['tiktok', 'x', 'youtube'])[1 + i %% 3], 'many' || i, 'video', concat_ws(' ', 'everywhere', "
        "CASE WHEN i %% 7 = 0 THEN 'seventh' END, CASE WHEN i %% 500 = 499 THEN 'seldom' END, "
        "CASE WHEN i = 2900 THEN 'onceonly' END), 'de', i, at, 's', at, at, '{tiktok_trending}', true "
        "FROM generate_series(1, 3000) i, LATERAL (SELECT %s - i * interval '1 minute' AS at) t",
        (NOW - timedelta(days=30),),
    )
    connection.execute("ANALYZE trends.posts")
    for day in (date(2026, 11, 18), date(2026, 11, 19)):
        connection.execute(
            "INSERT INTO feed.stories (observed_date, story_id, platform, external_id, source, title, text, "
            "creator_key, score, score_parts, score_rank, outcome, reason, platforms, proof_keys, proof_count, "
            "sources, is_simulated) VALUES (%s, 'st_1', 'tiktok', 'slime', 'tiktok_trending', 'Crunchy slime', 'x', "
            "'tiktok:lab', 1, '[]', 1, 'in_feed', 'r', '{tiktok}', '{tiktok:slime}', 1, '{tiktok_trending}', true)",
            (day,),
        )
    connection.execute(
        "INSERT INTO comets.creators (user_id, handle, nickname, signature, first_seen, last_updated_at, state, "
        "state_since, is_simulated) VALUES ('u1', 'slimelab_x', 'Slime Lab', 'Crunchy every day', %s, %s, "
        "'active', '2026-11-01', true)",
        (NOW, NOW),
    )


def found(client, q, **filters):
    answer = client.get("/search", params={"q": q, **filters})
    assert answer.status_code == 200, answer.text
    return {item["key"].partition(":")[2] or item["key"] for item in answer.json()["items"]}


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("cafe creme", {"cafe"}),
        ("CAFÉ", {"cafe"}),
        ("recipe", {"slime"}),
        ("crunch", {"slime"}),
        ("#SlimeTok", {"slime"}),
        ("melab", {"slime"}),
        ("metok", {"slime"}),
        ("hauser", {"haus"}),
        ("t-shirt", {"shirt"}),
        ('"slime crunchy"', set()),
        ('"crunchy slime"', {"slime"}),
        ("slime -crunchy", {"th", "ko", "hi", "ar", "hostile"}),
        ("the slime recipes", {"slime"}),
        ("美容", {"zh"}),
        ("美教", set()),
        ("ガラス", {"ja"}),
        ("作り方", {"ja"}),
        ("สไลม์", {"th"}),
        ("슬라", {"ko"}),
        ("स्लाइम", {"hi"}),
        ("السلايم", {"ar"}),
        ("елка", {"ru"}),
        ("alert('slime')", {"hostile"}),
        ("100%", {"shirt"}),
        ("nothinglikethis", set()),
    ],
)
def test_a_word_finds_what_has_it_whatever_its_accents_case_ending_or_script(client, q, expected):
    assert found(client, q) == expected


def test_the_stem_of_a_language_is_used_where_the_language_is_asked_for(client):
    assert found(client, "Häusern", language="de") == {"haus"}
    assert found(client, "Häusern") == set()


def test_each_kind_is_searched_by_itself_and_a_story_comes_once_with_its_newest_day(client):
    assert found(client, "cast", kind="product") == {"pan"}
    assert found(client, "cast") == set()
    (story,) = client.get("/search", params={"q": "slime", "kind": "story"}).json()["items"]
    assert (story["key"], story["seen_at"][:10]) == ("st_1", "2026-11-19")
    (creator,) = client.get("/search", params={"q": "melab", "kind": "creator"}).json()["items"]
    assert (creator["key"], creator["creator_handle"]) == ("u1", "slimelab_x")


def test_filters_narrow_and_one_that_a_kind_cannot_answer_is_refused(client):
    assert found(client, "slime", platform="youtube") == {"hi"}
    assert found(client, "slime", hashtag="#ASMR") == {"slime"}
    assert found(client, "slime", min_views=8) == {"slime"}
    assert found(client, "slime", min_followers=2, max_followers=9) == {"slime"}
    assert found(client, "slime", language="ko") == {"ko"}
    assert found(client, "slime", start="2026-11-21") == set()
    assert found(client, "slime", end="2026-11-19") == set()
    assert found(client, "slime", source="reddit_posts") == set()
    refused = client.get("/search", params={"q": "slime", "kind": "creator", "min_views": 1})
    assert refused.status_code == 422
    assert "min_views says nothing of a creator" in refused.json()["detail"]


def test_pages_hold_every_hit_once_newest_first(client):
    for kind, q in (("post", "slime"), ("story", "slime"), ("creator", "slime")):
        whole = client.get("/search", params={"q": q, "kind": kind}).json()["items"]
        seen, cursor = [], None
        while True:
            page = client.get(
                "/search", params={"q": q, "kind": kind, "limit": 1} | ({"cursor": cursor} if cursor else {})
            ).json()
            seen += page["items"]
            if (cursor := page["next_cursor"]) is None:
                break
        assert seen == whole
        assert [item["seen_at"] for item in seen] == sorted((item["seen_at"] for item in seen), reverse=True)


@pytest.mark.parametrize(
    ("q", "every", "filters"),
    [
        ("everywhere", lambda i: True, {}),
        ("seventh", lambda i: i % 7 == 0, {}),
        ("seldom everywhere", lambda i: i % 500 == 499, {}),
        ("seventh seldom", lambda i: i % 500 == 499 and i % 7 == 0, {}),
        ("onceonly", lambda i: i == 2900, {}),
        ("seventh", lambda i: i % 7 == 0 and i % 3 == 1, {"platform": "x"}),
        ("everywhere", lambda i: i >= 2990, {"min_views": 2990}),
        ("everywhere -seventh", lambda i: i % 7 and i >= 2700, {"min_views": 2700}),
        ("everywhere", lambda i: False, {"language": "fr"}),
        ("everywhere onceonly", lambda i: i == 2900, {"platform": "youtube"}),
    ],
)
def test_a_frequent_and_a_rare_word_are_found_alike_whatever_way_is_taken(client, q, every, filters):
    """A frequent word is met on a walk through the newest posts, a rare one comes from the index of words."""
    expected = [f"many{i}" for i in range(1, 3001) if every(i)]
    listed, cursor = [], None
    while len(listed) < min(len(expected), 400):
        page = client.get("/search", params={"q": q, "limit": 200, **filters} | ({"cursor": cursor} if cursor else {}))
        listed += [item["key"].partition(":")[2] for item in page.json()["items"]]
        if (cursor := page.json()["next_cursor"]) is None:
            break
    assert listed[:400] == expected[:400]


def test_what_is_typed_is_read_by_the_database_once_for_every_kind_filter_and_page(client):
    before = search._folded.cache_info().misses
    for query in ({"q": "typed once"}, {"q": "typed once", "kind": "post"}, {"q": "typed once", "min_views": 3}):
        assert client.get("/ui/search", params=query).status_code == 200
    assert search._folded.cache_info().misses - before == 1
    client.get("/search", params={"q": "typed once", "language": "de"})
    assert search._folded.cache_info().misses - before == 2, "its stems are another language's"


def test_the_cheaper_way_is_taken():
    assert choice([700], found=700, seen=1000, total=1e6, limit=26) == (148, [0]), "it is met at once"
    assert choice([0], found=0, seen=1000, total=1e6, limit=26) == (None, [0]), "it is rare"
    assert choice([600, 1], found=0, seen=1000, total=1e6, limit=26) == (None, [1]), "the rarer word is looked up"
    assert choice([0, 3], found=0, seen=1000, total=1e6, limit=26) == (None, [0, 1]), "both lists are short"
    assert choice([60, 40], found=0, seen=1000, total=1e6, limit=26) == (None, [0, 1]), "few rows hold both"
    for apart, walked in ((False, 52_000), (True, None)):
        reach, _ = choice([8], found=2, seen=1000, total=1e6, limit=26, apart=apart)
        assert reach == walked, "a walk that passes most rows over costs as much as a fetch"
    assert choice([3], found=3, seen=900, total=-1, limit=26) == (1000, [0]), "there is no more than the sample"


@pytest.mark.parametrize(
    ("q", "said"),
    [
        ("x" * 10_000, "200 characters at most"),
        ("the of and", "almost every text holds such words"),
        ("", "no word in this search"),
        ("🔥 ...!", "no word in this search"),
        ("-slime", "add a word that must be there"),
        ("a b c d e f g h i j k l m", "12 words at most"),
        ("sl\x00ime", "control characters"),
        ("🫠" * 1_000, "200 characters at most"),
        ("…、。", "no word in this search"),
        ("and or not", "almost every text holds such words"),
        ("\x1b[31m", "control characters"),
        ("\u202e\u2066", "no word in this search"),
    ],
)
def test_a_search_that_cannot_be_answered_says_why_in_a_sentence(client, q, said):
    answer = client.get("/search", params={"q": q})
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]


def test_common_words_are_left_out_and_it_is_said(client):
    assert "the" in client.get("/search", params={"q": "the slime"}).json()["note"]


@pytest.mark.parametrize("path", ["/search", "/ui/search"])
@pytest.mark.parametrize(
    "q",
    ["日本語の検索", "한국어 검색", "البحث العربي", "עברית", "हिन्दी खोज", "ภาษาไทย", "Ελληνικά", "🔥 slime", "ﷺ", "ß",
     "İstanbul", "'; DROP TABLE trends.posts; --", "1 OR 1=1", "<img src=x onerror=alert(1)>", "%", "_", "a%00b",
     "\u200b\u200d"],
)  # fmt: skip
def test_whatever_is_typed_is_answered_or_refused_with_a_sentence(client, path, q):
    answer = client.get(path, params={"q": q})
    assert answer.status_code in (200, 422), answer.text
    assert path == "/search" or "<img" not in answer.text
    if answer.status_code == 422:
        assert "word" in answer.text
    assert client.get("/search", params={"q": "slime"}).json()["items"], "the table is still there"


@pytest.mark.parametrize("q", ["'", "\\", ":*", "a:*", "!a", "a & b", "<->", "(a", "a|b", "''a'", '"', 'x"y', "a\\'b"])
def test_signs_of_the_query_language_are_only_signs(client, q):
    assert client.get("/search", params={"q": q}).status_code in (200, 422)


def test_a_cursor_of_another_search_is_refused(client):
    page = client.get("/search", params={"q": "slime", "limit": 1}).json()
    other = client.get("/search", params={"q": "slime", "kind": "story", "cursor": page["next_cursor"]})
    assert other.status_code == 422


def test_a_page_of_hits_comes_as_csv(client):
    answer = client.get("/search", params={"q": "slime", "format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, *rows = answer.text.splitlines()
    assert head.startswith("kind,key,platform,title")
    assert len(rows) == len(client.get("/search", params={"q": "slime"}).json()["items"])


def test_the_page_shows_every_kind_escapes_what_it_shows_and_says_what_cannot_be_searched(client):
    page = client.get("/ui/search", params={"q": "slime"}).text
    assert all(heading in page for heading in ("Posts", "Stories", "Creators"))
    hostile = client.get("/ui/search", params={"q": "alert"}).text
    assert "<script" not in page + hostile
    assert "&lt;script&gt;" in hostile
    assert client.get("/ui/search").status_code == 200
    refused = client.get("/ui/search", params={"q": "the of"})
    assert refused.status_code == 422
    assert "almost every text holds such words" in refused.text
    empty = dict.fromkeys(Filters.model_fields, "")
    assert client.get("/ui/search", params={"q": "slime", "kind": "post", **empty}).status_code == 200
