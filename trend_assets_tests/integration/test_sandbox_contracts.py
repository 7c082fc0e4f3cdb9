"""The sandbox over HTTP says what the providers say: envelopes, headers, paging, prices, errors."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from trend_assets.sources.http_library import httpx
from trend_assets_tests.sandbox_server import sandbox_server

NOW = "2026-11-20T12:00:00Z"
SEARCH = "/api/v1/tiktok/app/v3/fetch_video_search_result"
WORDS = "/api/v1/tiktok/web/fetch_trending_searchwords"
PROFILE = "/api/v1/tiktok/app/v3/handler_user_profile"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with sandbox_server() as sandbox:
        yield sandbox.url


@pytest.fixture
def ask(server: str) -> Iterator[httpx.Client]:
    """A client with a key at the simulated instant, on a sandbox whose counters and switches are fresh."""
    headers = {"Authorization": "Bearer any", "X-Sandbox-Now": NOW}
    with httpx.Client(base_url=server, headers=headers, timeout=20) as client:
        client.post("/__sandbox/reset")
        yield client


def run_actor(ask: httpx.Client, actor: str, given: dict[str, Any], **query: Any) -> tuple[dict[str, Any], list[Any]]:
    """Start, poll to the end, read the dataset."""
    run = ask.post(f"/v2/actors/{actor}/runs", json=given, params=query).json()["data"]
    for _ in range(4):
        run = ask.get(f"/v2/actor-runs/{run['id']}").json()["data"]
    return run, ask.get(f"/v2/datasets/{run['defaultDatasetId']}/items").json()


def test_every_answer_says_that_it_is_simulated(ask):
    for path in ("/", "/__sandbox", "/__sandbox/usage", WORDS, "/youtube/v3/search", "/r/all/top", "/nothing"):
        assert ask.get(path).headers["x-sandbox"] == "simulated"


def test_tikhub_wraps_its_data_in_the_envelope_and_echoes_params_as_text(ask):
    body = ask.get(SEARCH, params={"keyword": "lip liner", "offset": 0, "count": 20}).json()
    assert body["code"] == 200
    assert body["params"] == {"keyword": "lip liner", "offset": "0", "count": "20"}
    assert body["time"] == "2026-11-20 04:00:00" and body["time_zone"] == "America/Los_Angeles"
    assert body["time_stamp"] == 1_795_176_000
    assert body["router"] == SEARCH
    data = body["data"]
    assert data["aweme_list"] == [] and data["has_more"] == 1 and data["cursor"] == 20 and data["status_code"] == 0
    assert len(data["search_item_list"]) == 20


def test_a_tikhub_video_has_the_traps_of_a_real_one(ask):
    items = ask.get(SEARCH, params={"keyword": "lip liner"}).json()["data"]["search_item_list"]
    videos = [item["aweme_info"] for item in items]
    one = videos[0]
    assert isinstance(one["aweme_id"], str) and one["author_user_id"] > 2**53
    assert one["author"]["aweme_count"] == 0 and one["author"]["total_favorited"] == 0
    assert "signature" not in one["author"]
    assert one["video"]["duration"] % 1000 != 0 or one["music"]["duration"] < one["video"]["duration"]
    assert {url.split("?")[0].rsplit(".", 1)[1] for url in one["video"]["origin_cover"]["url_list"]} == {"heic", "jpeg"}
    assert any(video["cha_list"] is None for video in videos)
    for video in videos:
        counts = video["statistics"]
        assert counts["play_count"] >= counts["digg_count"] >= 0
        assert video["create_time"] <= 1_795_176_000
        for tag in (extra for extra in video["text_extra"] if "hashtag_name" in extra):
            assert video["desc"][tag["start"] : tag["end"]] == f"#{tag['hashtag_name']}"


def test_tikhub_search_pages_until_has_more_is_0_and_pages_overlap(ask):
    seen, offset, pages = [], 0, 0
    while True:
        data = ask.get(SEARCH, params={"keyword": "puppy", "offset": offset, "count": 20}).json()["data"]
        seen += [item["aweme_info"]["aweme_id"] for item in data["search_item_list"]]
        offset, pages = data["cursor"], pages + 1
        if not data["has_more"]:
            break
    assert 3 <= pages <= 12
    assert len(set(seen)) < len(seen), "pages repeat items of the page before"


def test_a_profile_is_found_by_any_of_its_three_names_and_agrees_with_the_search(ask):
    author = ask.get(SEARCH, params={"keyword": "puppy"}).json()["data"]["search_item_list"][0]["aweme_info"]["author"]
    users = [
        ask.get(PROFILE, params=params).json()["data"]["user"]
        for params in (
            {"sec_user_id": author["sec_uid"]},
            {"user_id": author["uid"]},
            {"unique_id": author["unique_id"]},
        )
    ]
    assert users[0]["uid"] == users[1]["uid"] == users[2]["uid"] == author["uid"]
    assert users[0]["follower_count"] == author["follower_count"]
    assert users[0]["aweme_count"] > 0 and users[0]["total_favorited"] > 0


def test_counts_follow_the_instant_of_the_request(ask):
    def views(now: str) -> dict[str, int]:
        items = ask.get(SEARCH, params={"keyword": "puppy", "count": 30}, headers={"X-Sandbox-Now": now}).json()
        return {
            item["aweme_info"]["aweme_id"]: item["aweme_info"]["statistics"]["play_count"]
            for item in items["data"]["search_item_list"]
        }

    first, later = views("2026-11-20T12:00:00Z"), views("2026-11-20T12:59:00Z")
    assert first == views("2026-11-20T12:00:00Z")
    assert first.keys() == later.keys() and sum(later.values()) > sum(first.values())


@pytest.mark.parametrize(
    ("request_", "status", "check"),
    [
        ({"url": WORDS, "headers": {"Authorization": ""}}, 401, lambda body: body["detail"]["code"] == 401),
        ({"url": WORDS, "headers": {"Authorization": "Bearer bad-key"}}, 401, lambda body: "message" in body["detail"]),
        ({"url": SEARCH}, 422, lambda body: body["detail"][0]["loc"] == ["query", "keyword"]),
        (
            {"url": SEARCH, "params": {"keyword": "a", "offset": "x"}},
            422,
            lambda body: isinstance(body["detail"], list),
        ),
        ({"url": PROFILE}, 400, lambda body: body["detail"]["code"] == 400),
        ({"url": PROFILE, "params": {"unique_id": "nobody-has-this"}}, 404, lambda body: body["detail"]["code"] == 404),
    ],
)
def test_tikhub_errors_are_nested_under_detail(ask, request_, status, check):
    answer = ask.get(**request_)
    assert answer.status_code == status
    assert check(answer.json())


def test_only_tikhub_answers_with_200_are_billed_and_the_price_falls_with_the_volume(ask):
    from trend_assets.sandbox.meter import Meter
    from trend_assets.sources.providers.tikhub.simulated import bill

    ask.get(WORDS)
    ask.get(WORDS)
    ask.get(SEARCH)
    ask.get(WORDS, headers={"X-Sandbox-Fault": "rate_limited"})
    usage = ask.get("/__sandbox/usage").json()["providers"]["tikhub"]
    assert (usage["requests"], usage["paid_calls"], usage["usd"]) == (4, 2, 0.002)
    meter = Meter()
    prices = [bill(meter, "search", "2026-11-20") for _ in range(5001)]
    assert [prices[n] for n in (0, 999, 1000, 5000)] == pytest.approx([0.001, 0.001, 0.0009, 0.0008])


def test_an_apify_run_goes_through_its_states_and_names_its_final_price_last(ask):
    started = ask.post("/v2/acts/apidojo~tweet-scraper/runs", json={"searchTerms": ["#shopify"], "maxItems": 20})
    run = started.json()["data"]
    assert started.status_code == 201
    assert started.headers["location"].endswith(f"/v2/actor-runs/{run['id']}")
    states, prices = [run["status"]], [run["usageTotalUsd"]]
    for _ in range(4):
        run = ask.get(f"/v2/actor-runs/{run['id']}").json()["data"]
        states.append(run["status"])
        prices.append(run["usageTotalUsd"])
    assert states == ["READY", "RUNNING", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]
    assert prices[1] == 0 < prices[2] < prices[3] == prices[4]
    assert run["finishedAt"] and run["isStatusMessageTerminal"]
    bare = httpx.get(f"{ask.base_url}/v2/actor-runs/{run['id']}").json()["data"]
    assert "usageTotalUsd" not in bare, "the cost is hidden without a token"


def test_dataset_items_are_a_bare_array_with_five_pagination_headers(ask):
    run, items = run_actor(ask, "clockworks~tiktok-scraper", {"hashtags": ["amazonfinds"], "resultsPerPage": 12})
    page = ask.get(f"/v2/datasets/{run['defaultDatasetId']}/items", params={"offset": 5, "limit": 4, "desc": 1})
    assert len(items) == 12 and len(page.json()) == 4
    headers = {
        name: page.headers[f"x-apify-pagination-{name}"] for name in ("total", "offset", "count", "limit", "desc")
    }
    assert headers == {"total": "12", "offset": "5", "count": "4", "limit": "4", "desc": "true"}
    assert page.json() == items[::-1][5:9]
    ids = ask.get(f"/v2/datasets/{run['defaultDatasetId']}/items", params={"fields": "id"}).json()
    assert ids == [{"id": item["id"]} for item in items]


def test_apify_inputs_may_come_gzip_compressed_and_can_be_read_back(ask):
    import gzip

    given = {"hashtags": ["amazonfinds"], "resultsPerPage": 2, "marker": "x" * 2000}
    run = ask.post(
        "/v2/actors/OtzYfK1ndEGdwWFKQ/runs",
        content=gzip.compress(json.dumps(given).encode()),
        headers={"Content-Encoding": "gzip", "Content-Type": "application/json"},
    ).json()["data"]
    stored = ask.get(f"/v2/key-value-stores/{run['defaultKeyValueStoreId']}/records/INPUT").json()
    assert stored == given
    listed = ask.get("/v2/actor-runs", params={"desc": 1, "limit": 5}).json()["data"]
    assert listed["items"][0]["id"] == run["id"] and listed["total"] == 1
    of_actor = ask.get("/v2/actors/clockworks~tiktok-scraper/runs").json()["data"]["items"]
    assert [entry["id"] for entry in of_actor] == [run["id"]]


def test_apify_refuses_in_its_own_words(ask):
    start = "/v2/actors/clockworks~tiktok-scraper/runs"
    cases = [
        (ask.post(start, headers={"Authorization": ""}), 401, "token-not-provided"),
        (ask.post(start, headers={"Authorization": "Bearer bad-key"}), 401, "invalid-token"),
        (ask.post("/v2/actors/no~such/runs", json={}), 404, "record-not-found"),
        (
            ask.post(start, content=b"{", headers={"Content-Type": "application/json"}),
            400,
            "run-input-body-not-valid-json",
        ),
        (ask.post(start, json={}, params={"maxTotalChargeUsd": "0.0001"}), 400, "max-total-charge-usd-below-minimum"),
        (ask.get("/v2/actor-runs/nothing"), 404, "record-not-found"),
    ]
    for answer, status, kind in cases:
        assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)


def test_a_run_that_reaches_its_charge_cap_ends_aborted_with_what_fits(ask):
    run, items = run_actor(
        ask, "clockworks~tiktok-scraper", {"hashtags": ["amazonfinds"], "resultsPerPage": 20}, maxTotalChargeUsd="0.03"
    )
    assert run["status"] == "ABORTED" and len(items) == 10
    assert run["usageTotalUsd"] == pytest.approx(0.03)


def test_the_actors_return_their_own_shapes(ask):
    _, tweets = run_actor(ask, "apidojo~tweet-scraper", {"twitterHandles": ["a", "b", "c"], "maxItems": 30})
    assert tweets and all(row["createdAt"].endswith("+0000 2026") and row["type"] == "tweet" for row in tweets)
    _, none = run_actor(ask, "apidojo~tweet-scraper", {"searchTerms": ["x"], "maxItems": 2})
    assert none == [{"noResults": True}] * 10
    _, trending = run_actor(ask, "lexis-solutions~tiktok-trending-videos-scraper", {"maxItems": 50})
    assert len(trending) == 50
    assert set(trending[0]) == {"country_code", "cover", "duration", "id", "item_id", "item_url", "region", "title"}
    urls = [row["item_url"] for row in trending[:5]] + ["https://www.tiktok.com/@gone/video/7000000000000000000"]
    _, posts = run_actor(ask, "clockworks~tiktok-scraper", {"postURLs": urls})
    assert [row.get("id") for row in posts] == [row["id"] for row in trending[:5]] + [None]
    assert posts[-1]["errorCode"] == "POST_NOT_FOUND_OR_PRIVATE"
    _, missing = run_actor(ask, "clockworks~tiktok-scraper", {"hashtags": ["nosuchtag"]})
    assert missing[0]["error"] == "This profile/hashtag does not exist." and "id" not in missing[0]


def test_best_sellers_have_positions_and_refuse_movers_pages(ask):
    shelf = "https://www.amazon.com/Best-Sellers-Beauty/zgbs/beauty"
    _, rows = run_actor(
        ask, "junglee~amazon-bestsellers", {"categoryUrls": [{"url": shelf}], "maxItemsPerStartUrl": 100}
    )
    assert [row["position"] for row in rows] == list(range(1, 101))
    assert any("&amp;" in row["name"] for row in rows)
    assert any("asin" not in row for row in rows) and all("/dp/B0" in row["url"] for row in rows)
    assert {type(row["price"]) for row in rows} >= {float, dict}
    movers = "https://www.amazon.com/gp/movers-and-shakers/beauty"
    run, none = run_actor(ask, "junglee~amazon-bestsellers", {"categoryUrls": [movers]})
    assert run["status"] == "FAILED" and none == [] and "Best-Sellers" in run["statusMessage"]
    _, moved = run_actor(ask, "sandbox~amazon-movers", {"categoryUrls": [movers]})
    assert moved and {row["movement"] for row in moved} <= {"up", "new"}
    assert all(row["previousSalesRank"] > row["salesRank"] for row in moved if row["movement"] == "up")


def test_run_sync_returns_the_rows_at_once(ask):
    answer = ask.post("/v2/actors/lexis-solutions~tiktok-trending-videos-scraper/run-sync-get-dataset-items", json={})
    assert answer.status_code == 201 and len(answer.json()) == 50
    assert answer.headers["x-apify-pagination-total"] == "50"


def test_youtube_search_pages_and_details_use_separate_buckets(ask):
    query = {"part": "snippet", "q": "#shorts", "type": "video", "videoDuration": "short", "maxResults": 50, "key": "k"}
    first = ask.get("/youtube/v3/search", params=query).json()
    second = ask.get("/youtube/v3/search", params={**query, "pageToken": first["nextPageToken"]}).json()
    ids = [item["id"]["videoId"] for item in first["items"] + second["items"]]
    assert len(ids) == 100
    details = ask.get(
        "/youtube/v3/videos", params={"part": "snippet,contentDetails,statistics", "id": ",".join(ids[:50]), "key": "k"}
    ).json()["items"]
    assert all(isinstance(item["statistics"]["viewCount"], str) for item in details)
    assert any(item["contentDetails"]["duration"] > "PT1M" for item in details)
    quota = ask.get("/__sandbox/usage").json()["quotas"]
    assert quota["youtube search 2026-11-20"] == {"used": 2, "limit": 100}
    assert quota["youtube units 2026-11-20"]["used"] == 1


def test_youtube_leaves_vanished_ids_and_hidden_counts_out_and_escapes_titles_in_search_only(ask):
    query = {"part": "snippet", "q": "#shorts", "type": "video", "maxResults": 50, "order": "date", "key": "k"}
    items, token = [], ""
    for _ in range(6):
        page = ask.get("/youtube/v3/search", params={**query, "pageToken": token}).json()
        items, token = items + page["items"], page["nextPageToken"]
    titles = {item["id"]["videoId"]: item["snippet"]["title"] for item in items}
    found = []
    for start in range(0, len(titles), 50):
        ids = ",".join([*list(titles)[start : start + 49], "AAAAAAAAAAA"])
        found += ask.get("/youtube/v3/videos", params={"part": "snippet,statistics", "id": ids, "key": "k"}).json()[
            "items"
        ]
    assert "AAAAAAAAAAA" not in {item["id"] for item in found}
    assert any("likeCount" not in item["statistics"] for item in found)
    assert any("commentCount" not in item["statistics"] for item in found)
    escaped = [item for item in found if "'" in item["snippet"]["title"]]
    assert escaped and all("&#39;" in titles[item["id"]] for item in escaped)


def test_youtube_channels_and_errors(ask):
    query = {"part": "snippet", "q": "baking", "type": "channel", "maxResults": 10, "key": "k"}
    channels = [item["id"]["channelId"] for item in ask.get("/youtube/v3/search", params=query).json()["items"]]
    about = ask.get("/youtube/v3/channels", params={"part": "snippet,statistics", "id": ",".join(channels), "key": "k"})
    for item in about.json()["items"]:
        digits = item["statistics"].get("subscriberCount", "0")
        assert len(digits.rstrip("0")) <= 3, "rounded to three digits"
    headers = {"Authorization": ""}
    bad = ask.get("/youtube/v3/search", params={"key": "bad-key"}, headers=headers)
    assert bad.status_code == 400 and bad.json()["error"]["errors"][0]["reason"] == "keyInvalid"
    short = ask.get("/youtube/v3/search", params={"videoDuration": "short", "key": "k"})
    assert short.status_code == 400, "videoDuration needs type=video"


def test_the_hundredth_youtube_search_is_the_last_of_the_day(ask):
    statuses = [
        ask.get("/youtube/v3/search", params={"q": "x", "maxResults": 0, "key": "k"}).status_code for _ in range(101)
    ]
    assert statuses == [200] * 100 + [403]
    tomorrow = ask.get(
        "/youtube/v3/search", params={"q": "x", "key": "k"}, headers={"X-Sandbox-Now": "2026-11-21T01:00:00Z"}
    )
    assert tomorrow.status_code == 200


def reddit_token(ask: httpx.Client) -> dict[str, str]:
    answer = httpx.post(
        f"{ask.base_url}/api/v1/access_token", auth=("id", "secret"), data={"grant_type": "client_credentials"}
    ).json()
    assert answer["token_type"] == "bearer" and answer["expires_in"] == 86_400
    return {"Authorization": f"bearer {answer['access_token']}"}


def test_reddit_wants_a_token_and_lists_the_top_of_the_day(ask):
    assert ask.get("/r/all/top").status_code == 401
    token = reddit_token(ask)
    page = ask.get("/r/all/top", params={"t": "day", "limit": 100, "raw_json": 1}, headers=token)
    data = page.json()["data"]
    posts = [child["data"] for child in data["children"]]
    assert len(posts) == data["dist"] == 100 and data["after"] == posts[-1]["name"]
    assert [post["score"] for post in posts] == sorted((post["score"] for post in posts), reverse=True)
    assert all(isinstance(post["created_utc"], float) for post in posts)
    assert float(page.headers["x-ratelimit-remaining"]) < 1000 and "." in page.headers["x-ratelimit-remaining"]
    after = {"t": "day", "limit": 100, "after": data["after"], "raw_json": 1}
    following = ask.get("/r/all/top", params=after, headers=token).json()["data"]["children"]
    assert {child["data"]["id"] for child in following}.isdisjoint({post["id"] for post in posts})


def test_reddit_escapes_text_unless_raw_json_is_asked_for(ask):
    token = reddit_token(ask)
    raw, escaped = (
        [
            child["data"]["title"]
            for child in ask.get("/r/all/top", params={"limit": 100, **more}, headers=token).json()["data"]["children"]
        ]
        for more in ({"raw_json": 1}, {})
    )
    assert any("&" in title for title in raw)
    assert [title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for title in raw] == escaped


def test_reddit_redirects_unknown_subreddits_and_ends_with_after_null(ask):
    token = reddit_token(ask)
    gone = ask.get("/r/nosuchplace/top", headers=token)
    assert gone.status_code == 302 and "/subreddits/search" in gone.headers["location"]
    after, pages = "", 0
    while after is not None and pages < 5:
        page = ask.get("/r/ecommerce/top", params={"limit": 100, "after": after}, headers=token).json()["data"]
        after, pages = page["after"], pages + 1
    assert after is None and 1 < pages < 5


def test_instagram_leaves_empty_fields_out_and_answers_110_for_unknown_users(ask):
    from trend_assets.sandbox.world import world_of

    world = world_of(7)
    names = [world.creators.handle(number, 0) for number in range(60)]
    found, unknown = [], []
    fields = "id,username,website,followers_count,media.limit(5){id,caption,like_count,comments_count,timestamp}"
    for name in names:
        query = {"fields": f"business_discovery.username({name}){{{fields}}}", "access_token": "t"}
        answer = ask.get("/v25.0/17841400000000000", params=query)
        (found if answer.status_code == 200 else unknown).append(answer.json())
    assert len(found) > 20 and len(unknown) > 5
    profiles = [entry["business_discovery"] for entry in found]
    assert any("website" not in profile for profile in profiles)
    media = [post for profile in profiles for post in profile["media"]["data"]]
    assert any("like_count" not in post for post in media) and all("media_url" not in post for post in media)
    assert all(post["timestamp"].endswith("+0000") for post in media)
    paged = next(profile for profile in profiles if "after" in profile["media"]["paging"]["cursors"])
    cursor = paged["media"]["paging"]["cursors"]["after"]
    query = f"business_discovery.username({paged['username']}){{media.after({cursor}).limit(5){{id}}}}"
    more = ask.get("/v25.0/1", params={"fields": query, "access_token": "t"}).json()["business_discovery"]["media"][
        "data"
    ]
    assert {post["id"] for post in more}.isdisjoint({post["id"] for post in paged["media"]["data"]})
    error = unknown[0]["error"]
    assert error["code"] == 110 and error["error_subcode"] == 2207013


def test_instagram_scraper_knows_related_profiles_and_hides_likes_as_minus_one(ask):
    from trend_assets.sandbox.world import world_of

    creators = world_of(7).creators
    urls = [f"https://www.instagram.com/{creators.handle(number, 0)}/" for number in range(40)]
    _, details = run_actor(ask, "apify~instagram-scraper", {"directUrls": urls, "resultsType": "details"})
    known = [row for row in details if "error" not in row]
    assert len(details) == 40 and known and any(row.get("error") for row in details)
    assert all(row["relatedProfiles"] and len(row["latestPosts"]) <= 12 for row in known)
    _, posts = run_actor(
        ask, "apify~instagram-scraper", {"directUrls": urls, "resultsType": "posts", "resultsLimit": 10}
    )
    assert any(row.get("likesCount") == -1 for row in posts)


def test_covers_are_served_until_their_address_expires(ask, server):
    item = ask.get(SEARCH, params={"keyword": "puppy"}).json()["data"]["search_item_list"][0]["aweme_info"]
    url = item["video"]["cover"]["url_list"][0]
    assert httpx.get(url).content[:3] == b"\xff\xd8\xff"
    assert httpx.get(url, headers={"X-Sandbox-Now": "2026-11-20T17:59:00Z"}).status_code == 200
    assert httpx.get(url, headers={"X-Sandbox-Now": "2026-11-20T18:01:00Z"}).status_code == 403
    assert httpx.get(url.replace("x-signature=", "x-signature=0")).status_code == 403
    now = httpx.get(server + SEARCH, params={"keyword": "puppy"}, headers={"Authorization": "Bearer k"}).json()
    live = now["data"]["search_item_list"][0]["aweme_info"]["video"]["cover"]["url_list"][0]
    assert httpx.get(live).status_code == 200, "without X-Sandbox-Now the wall clock counts"


def test_a_film_and_its_page_are_served(ask):
    item = ask.get(SEARCH, params={"keyword": "puppy"}).json()["data"]["search_item_list"][0]["aweme_info"]
    film = httpx.get(item["video"]["play_addr"]["url_list"][0])
    assert film.headers["content-type"] == "video/mp4" and film.content[4:8] == b"ftyp"
    page = ask.get(f"/watch/tt/{item['aweme_id']}").text
    assert "og:video" in page and "simulated" in page.lower()


def test_provider_names_may_stand_in_front_of_the_paths(ask):
    for prefix, path in (("tikhub", WORDS), ("apify", "/v2/users/me"), ("youtube", "/youtube/v3/search?key=k")):
        assert ask.get(f"/{prefix}{path}").status_code == ask.get(path).status_code == 200


def test_the_log_knows_where_a_key_came_but_not_the_key(ask):
    ask.get("/youtube/v3/search", params={"q": "x", "key": "very-secret-1"}, headers={"Authorization": ""})
    ask.get(WORDS, headers={"Authorization": "Bearer very-secret-2"})
    ask.post("/v2/actors/apidojo~tweet-scraper/runs?token=very-secret-3", json={}, headers={"Authorization": ""})
    answer = ask.get("/__sandbox/log")
    assert "very-secret" not in answer.text
    assert [entry["key_in"] for entry in answer.json()["requests"]] == [
        "query key",
        "header Authorization (Bearer)",
        "query token",
    ]
    assert [entry["status"] for entry in answer.json()["requests"]] == [200, 200, 201]


def test_the_start_page_says_that_all_data_is_simulated_and_lists_the_switches(ask):
    page = ask.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert (
        "All data is simulated." in page.text and "lost_reply" in page.text and "fetch_video_search_result" in page.text
    )


def test_the_truth_of_a_day_can_be_asked_over_http(ask):
    from datetime import date

    from trend_assets.sandbox.world import truth

    assert ask.get("/__sandbox/truth", params={"date": "2026-11-20"}).json() == truth(date(2026, 11, 20))
    assert ask.get("/__sandbox/truth", params={"date": "yesterday"}).status_code == 400


def test_a_bad_instant_or_an_unknown_fault_is_refused_in_a_sentence(ask):
    assert "ISO" in ask.get(WORDS, headers={"X-Sandbox-Now": "soon"}).json()["error"]
    assert "no fault switch" in ask.get(WORDS, headers={"X-Sandbox-Fault": "nonsense"}).json()["error"]
    assert ask.get("/nowhere").status_code == 404
