"""Every fault switch of the sandbox has its effect, hits what it names and nothing else, and ends when it should."""

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from trend_assets.sandbox.faults import catalogue
from trend_assets.sources.http_library import httpx
from trend_assets.sources.prose import collect as prose
from trend_assets_tests.sandbox_server import sandbox_server

NOW = "2026-11-20T12:00:00Z"
WORDS = "/api/v1/tiktok/web/fetch_trending_searchwords"
SEARCH = "/api/v1/tiktok/app/v3/fetch_video_search_result?keyword=puppy&count=20&offset="
PROFILE = "/api/v1/tiktok/app/v3/handler_user_profile?user_id="
TUBE_SEARCH = "/youtube/v3/search?part=snippet&q=%23shorts&type=video&maxResults=10&key=k"
GRAM = "/v25.0/1?access_token=t&fields=business_discovery.username({}){{followers_count,media{{like_count}}}}"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with sandbox_server() as sandbox:
        yield sandbox.url


@pytest.fixture
def ask(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=server, headers={"Authorization": "Bearer any", "X-Sandbox-Now": NOW}, timeout=5
    ) as client:
        client.post("/__sandbox/reset")
        yield client


def under(ask: httpx.Client, path: str, fault: str) -> httpx.Response:
    """One request under a fault of its own."""
    return ask.get(path, headers={"X-Sandbox-Fault": fault})


def videos(answer: httpx.Response) -> list[dict]:
    return [item["aweme_info"] for item in answer.json()["data"]["search_item_list"]]


def a_video(ask: httpx.Client) -> dict:
    return videos(ask.get(SEARCH + "0"))[0]


def a_cover(ask: httpx.Client) -> str:
    return a_video(ask)["video"]["cover"]["url_list"][0]


def message(ask: httpx.Client, fault: str | None = None) -> dict:
    """What the language model answers."""
    asked = {"messages": [{"role": "user", "content": json.dumps({"facts": ["7 stories today."]})}]}
    headers = {"X-Sandbox-Fault": fault} if fault else {}
    return ask.post(prose.ENDPOINT, json=asked, headers=headers).json()


def written(ask: httpx.Client, fault: str | None = None) -> str:
    return message(ask, fault)["choices"][0]["message"]["content"]


def finished(ask: httpx.Client, fault: str, actor: str = "clockworks~tiktok-scraper") -> tuple[dict, list]:
    """A run started under a fault, polled four times, and its rows."""
    given = {"hashtags": ["amazonfinds"], "resultsPerPage": 10, "maxItems": 10}
    answer = ask.post(f"/v2/actors/{actor}/runs", json=given, headers={"X-Sandbox-Fault": fault})
    assert answer.status_code == 201, answer.text
    run = answer.json()["data"]
    for _ in range(4):
        run = ask.get(f"/v2/actor-runs/{run['id']}").json()["data"]
    return run, ask.get(f"/v2/datasets/{run['defaultDatasetId']}/items").json()


def tube_ids(ask: httpx.Client) -> str:
    return ",".join(item["id"]["videoId"] for item in ask.get(TUBE_SEARCH).json()["items"])


def tube(ask: httpx.Client, fault: str = "") -> list[dict]:
    path = f"/youtube/v3/videos?part=snippet,statistics&key=k&id={tube_ids(ask)}"
    return under(ask, path, fault).json()["items"]


def listing(ask: httpx.Client, fault: str = "") -> httpx.Response:
    token = httpx.post(f"{ask.base_url}/api/v1/access_token", auth=("id", "s")).json()["access_token"]
    headers = {"Authorization": f"bearer {token}", "X-Sandbox-Fault": fault}
    return ask.get("/r/all/top?limit=30&raw_json=1", headers=headers)


def gram(ask: httpx.Client, fault: str = "") -> httpx.Response:
    from trend_assets.sandbox.world import world_of

    grams = world_of(7).grams
    names = (grams.creators.handle(number, 0) for number in range(200))
    found = (grams.account(name, 1.795e9) for name in names)
    name = next(one.username for one in found if one and one.is_business and not one.is_private)
    return under(ask, GRAM.format(name), fault)


def gone_quiet(ask: httpx.Client, fault: str) -> bool:
    """Whether the connection ended without a whole answer."""
    try:
        under(ask, WORDS, fault)
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return True
    return False


def raw(server: str, fault: str) -> bytes:
    """Everything that comes over the wire until the server closes."""
    place = urlsplit(server)
    with socket.create_connection((place.hostname, place.port), timeout=5) as wire:
        wire.sendall(
            f"GET {WORDS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\nConnection: close\r\n"
            f"X-Sandbox-Fault: {fault}\r\n\r\n".encode()
        )
        data = b""
        while piece := wire.recv(65_536):
            data += piece
    return data


def status(code: int, path: str = WORDS) -> Callable[[httpx.Client, str], bool]:
    return lambda ask, fault: under(ask, path, fault).status_code == code


def cover(start: bytes) -> Callable[[httpx.Client, str], bool]:
    return lambda ask, fault: under(ask, a_cover(ask), fault).content.startswith(start)


def _latency(ask: httpx.Client, fault: str) -> bool:
    started = time.monotonic()
    return under(ask, WORDS, f"{fault};seconds=0.3").status_code == 200 and time.monotonic() - started >= 0.3


def _hang(ask: httpx.Client, fault: str) -> bool:
    try:
        ask.get(WORDS, headers={"X-Sandbox-Fault": f"{fault};seconds=2"}, timeout=0.3)
    except httpx.ReadTimeout:
        return True
    return False


def _drip(ask: httpx.Client, fault: str) -> bool:
    with ask.stream("GET", WORDS, headers={"X-Sandbox-Fault": f"{fault};seconds=0.01"}) as answer:
        pieces = [piece for piece, _ in zip(answer.iter_raw(), range(5), strict=False)]
    return all(len(piece) < 20 for piece in pieces)


def _lost_reply(ask: httpx.Client, fault: str) -> bool:
    path = "/v2/actors/clockworks~tiktok-scraper/runs"
    try:
        ask.post(path, json={"hashtags": ["x"]}, headers={"X-Sandbox-Fault": fault})
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return ask.get("/v2/actor-runs").json()["data"]["total"] == 1
    return False


def _error_after(ask: httpx.Client, fault: str) -> bool:
    path = "/v2/actors/clockworks~tiktok-scraper/runs"
    answer = ask.post(path, json={"hashtags": ["x"]}, headers={"X-Sandbox-Fault": fault})
    usage = ask.get("/__sandbox/usage").json()["providers"]["apify"]
    return answer.status_code == 502 and usage["paid_calls"] == 1


def _looped(ask: httpx.Client, fault: str) -> bool:
    first, second = (under(ask, SEARCH + offset, fault).json()["data"] for offset in ("20", "40"))
    if fault == "same_cursor":
        return (first["cursor"], second["cursor"], first["has_more"]) == (20, 40, 1)
    ids = [[item["aweme_info"]["aweme_id"] for item in page["search_item_list"]] for page in (first, second)]
    return ids[0] == ids[1] and first["has_more"] == second["has_more"] == 1


def _quota_after(ask: httpx.Client, fault: str) -> bool:
    ask.post("/__sandbox/faults", json={"name": fault, "after": 2})
    statuses = [ask.get(TUBE_SEARCH).status_code for _ in range(4)]
    ask.delete("/__sandbox/faults")
    return statuses == [200, 200, 403, 403]


def _big(ask: httpx.Client, fault: str) -> bool:
    return len(under(ask, WORDS, f"{fault};megabytes=3").content) > 3_000_000


def _bomb(ask: httpx.Client, fault: str) -> bool:
    with ask.stream("GET", WORDS, headers={"X-Sandbox-Fault": f"{fault};megabytes=20"}) as answer:
        body = b"".join(answer.iter_raw())
    return len(body) < 60_000 and len(gzip.decompress(body)) > 20_000_000


def _clock(ask: httpx.Client, fault: str) -> bool:
    from email.utils import parsedate_to_datetime

    told = parsedate_to_datetime(under(ask, WORDS, f"{fault};seconds=7200").headers["date"]).timestamp()
    return 7100 < told - time.time() < 7300


def _down_counts(ask: httpx.Client, fault: str) -> bool:
    plain, lowered = (
        sum(v["statistics"]["play_count"] for v in videos(under(ask, SEARCH + "0", f))) for f in ("", fault)
    )
    return lowered < 0.95 * plain


def _odd(ask: httpx.Client, fault: str) -> bool:
    found = [video["statistics"]["play_count"] for video in videos(under(ask, SEARCH + "0", fault))]
    return {"1.2M", -1, 2**63} <= set(found) and "1.2M" in {
        item["statistics"]["viewCount"] for item in tube(ask, fault)
    }


def _broken(ask: httpx.Client, fault: str) -> bool:
    text = under(ask, SEARCH + "0", fault).text
    return (
        "\\ud83d an emoji" in text
        and "\\u0000" in text
        and "<script>" in text
        and "<script>" in listing(ask, fault).text
    )


def _ids_twice(ask: httpx.Client, fault: str) -> bool:
    found = [video["aweme_id"] for video in videos(under(ask, SEARCH + "0", fault))]
    _, rows = finished(ask, fault)
    return len(found) > len(set(found)) and len(rows) > len({row["id"] for row in rows})


def _zero(ask: httpx.Client, fault: str) -> bool:
    uid = a_video(ask)["author"]["uid"]
    user = under(ask, PROFILE + uid, fault).json()["data"]["user"]
    return (user["follower_count"], user["aweme_count"], user["uid"]) == (0, 0, uid)


EFFECTS: dict[str, Callable[[httpx.Client, str], bool]] = {
    "down": status(503),
    "status": lambda ask, f: under(ask, WORDS, f + ";status=418").status_code == 418,
    "rate_limited": lambda ask, f: (
        under(ask, WORDS, f + ";retry_after=2").headers["retry-after"] == "2"
        and "retry-after" not in under(ask, WORDS, f).headers
        and under(ask, TUBE_SEARCH, f).json()["error"]["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"
    ),
    "latency": _latency,
    "html": lambda ask, f: under(ask, WORDS, f).headers["content-type"].startswith("text/html"),
    "empty_body": lambda ask, f: under(ask, WORDS, f).content == b"",
    "truncated_length": gone_quiet,
    "truncated_chunked": gone_quiet,
    "truncated_close": lambda ask, f: not under(ask, WORDS, f).text.endswith("}"),
    "drip": _drip,
    "hang": _hang,
    "reset": gone_quiet,
    "lost_reply": _lost_reply,
    "error_after": _error_after,
    "huge_headers": lambda ask, f: len(raw(str(ask.base_url), f)) > 2_000_000,
    "redirect": lambda ask, f: under(ask, WORDS, f).headers["location"].startswith("http://169.254.169.254"),
    "gzip_bomb": _bomb,
    "big_body": _big,
    "bad_json": lambda ask, f: under(ask, WORDS, f + ";variant=bom").content.startswith(b"\xef\xbb\xbf"),
    "clock_skew": _clock,
    "unauthorized": lambda ask, f: (
        [under(ask, p, f).status_code for p in (WORDS, "/v2/users/me", TUBE_SEARCH)] == [401, 401, 400]
    ),
    "transient_400": lambda ask, f: "won't be charged" in under(ask, WORDS, f).json()["detail"]["message"],
    "payment_required": status(402),
    "inner_failure": lambda ask, f: (
        under(ask, WORDS, f).json()["data"]["code"] == 400
        and under(ask, WORDS, f + ";variant=status_code").json()["data"]["status_code"] == 10221
    ),
    "empty_with_more": lambda ask, f: (
        (d := under(ask, SEARCH + "0", f).json()["data"])["has_more"] == 1 and not d["search_item_list"]
    ),
    "no_results": lambda ask, f: (
        not videos(under(ask, SEARCH + "0", f)) and finished(ask, f)[1] == [{"noResults": True}] * 10
    ),
    "same_cursor": _looped,
    "same_page": _looped,
    "overlap": lambda ask, f: (
        [v["aweme_id"] for v in videos(ask.get(SEARCH + "0"))][10:]
        == [v["aweme_id"] for v in videos(under(ask, SEARCH + "20", f))][:10]
    ),
    "shape_moved": lambda ask, f: (
        "search_item_list" not in under(ask, SEARCH + "0", f).json()["data"]
        and "idV2" in finished(ask, f)[1][0]
        and "children" not in listing(ask, f).json()["data"]
        and "items" not in under(ask, TUBE_SEARCH, f).json()
    ),
    "null_cha_list": lambda ask, f: all(video["cha_list"] is None for video in videos(under(ask, SEARCH + "0", f))),
    "odd_counts": _odd,
    "broken_text": _broken,
    "huge_text": lambda ask, f: (
        (v := videos(under(ask, SEARCH + "0", f))[0]) and len(v["desc"]) == 10**6 and len(v["text_extra"]) == 10**5
    ),
    "odd_times": lambda ask, f: max(v["create_time"] for v in videos(under(ask, SEARCH + "0", f))[:4]) > 10**14,
    "counts_down": _down_counts,
    "duplicates": _ids_twice,
    "zero_profile": _zero,
    "gone": lambda ask, f: under(ask, PROFILE + a_video(ask)["author"]["uid"], f).status_code in (404, 200),
    "heavy": lambda ask, f: len(json.dumps(videos(under(ask, SEARCH + "0", f))[0])) > 80_000,
    "run_failed": lambda ask, f: (
        (r := finished(ask, f))[0]["status"] == "FAILED" and r[1] == [] and finished(ask, f + ";items=3")[1] != []
    ),
    "run_aborted": lambda ask, f: (r := finished(ask, f))[0]["status"] == "ABORTED" and len(r[1]) == 5,
    "run_timed_out": lambda ask, f: (r := finished(ask, f))[0]["status"] == "TIMED-OUT" and len(r[1]) == 4,
    "too_many": lambda ask, f: len(finished(ask, f)[1]) == 100,
    "never_finishes": lambda ask, f: (
        (run := finished(ask, f)[0])["status"] == "RUNNING"
        and ask.post(f"/v2/actor-runs/{run['id']}/abort").json()["data"]["status"] == "ABORTED"
    ),
    "not_rented": lambda ask, f: (
        ask.post("/v2/actors/clockworks~tiktok-scraper/runs", json={}, headers={"X-Sandbox-Fault": f}).json()["error"][
            "type"
        ]
        == "actor-is-not-rented"
    ),
    "withdrawn": lambda ask, f: (
        ask.post("/v2/actors/clockworks~tiktok-scraper/runs", json={}, headers={"X-Sandbox-Fault": f}).status_code
        == 403
        and ask.get("/v2/actor-runs").json()["data"]["total"] == 0
    ),
    "error_rows": lambda ask, f: (
        (r := finished(ask, f))[0]["status"] == "SUCCEEDED" and all("error" in row for row in r[1])
    ),
    "sync_timeout": lambda ask, f: (
        ask.post(
            "/v2/actors/clockworks~tiktok-scraper/run-sync-get-dataset-items",
            json={"hashtags": ["x"]},
            headers={"X-Sandbox-Fault": f},
        ).json()["error"]["type"]
        == "run-timeout-exceeded"
    ),
    "quota_exceeded": _quota_after,
    "vanished_ids": lambda ask, f: 0 < len(tube(ask, f)) <= 5,
    "short_page": lambda ask, f: len(under(ask, TUBE_SEARCH, f).json()["items"]) == 5,
    "token_expired": lambda ask, f: listing(ask, f).status_code == 401,
    "html_429": lambda ask, f: (
        (a := listing(ask, f)).status_code == 429 and a.headers["retry-after"] == "4" and "<html>" in a.text
    ),
    "quarantined": lambda ask, f: listing(ask, f).json()["error"] == 403,
    "not_there": lambda ask, f: listing(ask, f).status_code == 302,
    "throttled": lambda ask, f: (a := gram(ask, f)).json()["error"]["code"] == 4 and "x-app-usage" in a.headers,
    "session_expired": lambda ask, f: gram(ask, f).json()["error"]["code"] == 190,
    "permission": lambda ask, f: gram(ask, f).json()["error"]["code"] == 10,
    "hidden_counts": lambda ask, f: (
        "like_count" in gram(ask).text
        and all("like_count" not in post for post in gram(ask, f).json()["business_discovery"]["media"]["data"])
    ),
    "cover_expired": lambda ask, f: under(ask, a_cover(ask), f).status_code == 403,
    "cover_gone": lambda ask, f: under(ask, a_cover(ask), f).status_code == 404,
    "cover_html": cover(b"<!doctype html"),
    "cover_svg": cover(b"<svg"),
    "cover_webp": cover(b"RIFF"),
    "cover_heic": cover(b"\x00\x00\x00\x18ftypheic"),
    "cover_corrupt": lambda ask, f: not under(ask, a_cover(ask), f).content.endswith(b"\xff\xd9"),
    "cover_empty": lambda ask, f: under(ask, a_cover(ask), f).content == b"",
    "cover_tiny": lambda ask, f: 0 < len(under(ask, a_cover(ask), f).content) < 1000,
    "cover_bomb": cover(b"\x89PNG"),
    "lies_in_numbers": lambda ask, f: "8 stories" in written(ask, f) and "7 stories" in written(ask),
    "lies_in_names": lambda ask, f: "Zendaya" in written(ask, f),
    "obeys_strangers": lambda ask, f: "Ignore the figures" in written(ask, f),
    "refuses_to_write": lambda ask, f: (m := message(ask, f)["choices"][0]["message"])["refusal"] and not m["content"],
    "writes_nothing": lambda ask, f: written(ask, f) == "",
    "writes_a_page": lambda ask, f: written(ask, f).startswith("<html>"),
    "writes_for_ever": lambda ask, f: len(written(ask, f)) > 390_000,
    "hides_usage": lambda ask, f: "usage" not in message(ask, f) and message(ask)["usage"]["prompt_tokens"] > 0,
}


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_each_fault_switch_has_its_effect(ask, name):
    assert EFFECTS[name](ask, name)


@pytest.mark.parametrize(
    "variant", ["nan", "infinity", "deep", "huge_int", "bom", "duplicate_keys", "list", "null", "strings"]
)
def test_each_kind_of_bad_json_is_served(ask, variant):
    answer = under(ask, WORDS, f"bad_json;variant={variant}")
    assert answer.status_code == 200 and answer.content


def test_a_switch_with_times_ends_and_is_counted(ask):
    ask.post("/__sandbox/faults", json={"name": "transient_400", "times": 1})
    assert [ask.get(WORDS).status_code for _ in range(3)] == [400, 200, 200]
    active = ask.get("/__sandbox/faults").json()["active"]
    assert [(entry["name"], entry["hits"]) for entry in active] == [("transient_400", 1)]
    assert ask.get("/__sandbox/usage").json()["providers"]["tikhub"]["paid_calls"] == 2


def test_a_provider_can_be_down_on_certain_dates_only(ask):
    ask.post("/__sandbox/faults", json={"name": "down", "provider": "tikhub", "dates": ["2026-11-19"]})
    statuses = {
        day: ask.get(WORDS, headers={"X-Sandbox-Now": f"2026-11-{day}T12:00:00Z"}).status_code for day in (18, 19, 20)
    }
    assert statuses == {18: 200, 19: 503, 20: 200}
    assert ask.get(TUBE_SEARCH, headers={"X-Sandbox-Now": "2026-11-19T12:00:00Z"}).status_code == 200


def test_one_actor_can_be_down_while_the_others_work(ask):
    ask.post("/__sandbox/faults", json={"name": "down", "endpoint": "apidojo~tweet-scraper"})
    x = ask.post("/v2/actors/apidojo~tweet-scraper/runs", json={})
    tiktok = ask.post("/v2/actors/clockworks~tiktok-scraper/runs", json={"hashtags": ["x"]})
    assert (x.status_code, tiktok.status_code) == (503, 201)


def test_switches_are_removed_by_number_by_name_or_all(ask):
    number = ask.post("/__sandbox/faults", json={"name": "down", "provider": "reddit"}).json()["id"]
    for name in ("html", "html", "latency"):
        ask.post("/__sandbox/faults", json={"name": name, "provider": "reddit"})
    assert ask.delete("/__sandbox/faults", params={"id": number}).json() == {"removed": 1}
    assert ask.delete("/__sandbox/faults", params={"name": "html"}).json() == {"removed": 2}
    assert ask.delete("/__sandbox/faults").json() == {"removed": 1}


@pytest.mark.parametrize(
    "given", [{}, [], {"name": "nonsense"}, {"name": "down", "times": 0}, {"name": "down", "dates": ["soon"]}]
)
def test_a_switch_that_makes_no_sense_is_refused(ask, given):
    answer = ask.post("/__sandbox/faults", json=given)
    assert answer.status_code == 400 and answer.json()["error"]


def test_the_fault_list_describes_every_switch(ask):
    switches = ask.get("/__sandbox/faults").json()["switches"]
    assert {entry["name"] for entry in switches} == set(catalogue()) == set(EFFECTS)
    assert all(entry["description"].endswith(".") for entry in switches)


def test_a_token_that_expired_is_refused_until_a_new_one_is_fetched(ask):
    token = httpx.post(f"{ask.base_url}/api/v1/access_token", auth=("id", "s")).json()["access_token"]
    ask.post("/__sandbox/faults", json={"name": "token_expired", "times": 1})
    old = {"Authorization": f"bearer {token}"}
    assert [ask.get("/r/all/top", headers=old).status_code for _ in range(2)] == [401, 401]
    assert listing(ask).status_code == 200


def test_requests_above_the_rate_get_429_and_below_it_none(server):
    with sandbox_server(rate_limits={"tikhub": 5}) as sandbox, httpx.Client(base_url=sandbox.url) as client:
        headers = {"Authorization": "Bearer k"}
        burst = [client.get(WORDS, headers=headers) for _ in range(8)]
        assert [answer.status_code for answer in burst].count(429) >= 1
        assert all(a.headers["retry-after"] == "1" for a in burst if a.status_code == 429)
        time.sleep(1.1)
        assert client.get(WORDS, headers=headers).status_code == 200
