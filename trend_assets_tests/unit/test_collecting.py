"""Group B of the fault matrix: pages that loop, repeat, stay empty or break off, and lists of which some fail."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from trend_assets.capture.collect import require_history
from trend_assets.settings import Settings
from trend_assets.sources.call import Answer, Call, CollectContext, CollectReport
from trend_assets.sources.clients import context_for
from trend_assets.sources.collecting import Page, collect_side_by_side, distinct_keywords, walk_pages
from trend_assets.sources.comet_videos.collect import collect as collect_comet_videos
from trend_assets.sources.creator_profiles.collect import collect as collect_creator_profiles
from trend_assets.sources.creator_profiles.parse import parse as parse_creator_profiles
from trend_assets.sources.discovery import CAPTURES, LISTS, options_of, provider_options
from trend_assets.sources.errors import (
    AuthFailed,
    BudgetExhausted,
    NoHistory,
    NotFound,
    SourceError,
    SourceUnavailable,
)
from trend_assets.sources.reddit.collect import collect as collect_reddit_posts
from trend_assets.sources.youtube_shorts.collect import collect as collect_youtube_shorts

NOW = datetime(2026, 11, 20, 12, 30, 45, tzinfo=UTC)
TODAY = NOW.date()


def context(name: str, inputs: dict[str, Any] | None = None, *, day: date = TODAY, **changes: Any) -> CollectContext:
    return context_for(CAPTURES[name], Settings(_env_file=None, **changes), day=day, now=NOW, inputs=inputs)


def answered(call: Call, document: Any, status: int = 200, **more: Any) -> Answer:
    return Answer(call=call, status=status, body=json.dumps(document).encode(), fetched_at=NOW, **more)


# --- pages of one list ----------------------------------------------------------------------------------------------


def walk(*pages: Page | SourceError, max_pages: int = 20) -> tuple[CollectReport, list[str | None]]:
    asked: list[str | None] = []

    def fetch(cursor: str | None) -> Page:
        asked.append(cursor)
        page = pages[min(len(asked), len(pages)) - 1]
        if isinstance(page, SourceError):
            raise page
        return page

    return walk_pages(name="list", fetch=fetch, max_pages=max_pages), asked


def test_pages_are_followed_to_their_end() -> None:
    report, asked = walk(Page(("1", "2"), "c1", True), Page(("3",), "c2", True), Page(("4",), None, False))
    assert (report.items, report.complete, report.capped, report.problems) == (4, True, False, [])
    assert asked == [None, "c1", "c2"]


def test_two_empty_pages_that_promise_more_end_the_list() -> None:
    report, asked = walk(Page((), "1", True), Page((), "2", True), Page((), "3", True))
    assert len(asked) == 2
    assert not report.complete
    assert "empty" in report.problems[0]


def test_one_empty_page_in_between_is_passed_over() -> None:
    report, asked = walk(Page(("1",), "a", True), Page((), "b", True), Page(("2",), None, False))
    assert (report.items, len(asked), report.complete) == (2, 3, True)


def test_a_cursor_that_never_moves_is_a_loop() -> None:
    report, asked = walk(Page(("1",), "x", True), Page(("2",), "x", True), Page(("3",), "x", True))
    assert len(asked) == 2
    assert "pagination loop" in report.problems[0]


def test_the_same_page_behind_new_cursors_is_a_loop() -> None:
    report, asked = walk(Page(("1", "2"), "a", True), Page(("1", "2"), "b", True))
    assert len(asked) == 2
    assert report.items == 2
    assert "repeats an earlier one" in report.problems[0]


def test_more_without_a_cursor_is_a_loop() -> None:
    report, asked = walk(Page(("1",), None, True))
    assert (len(asked), report.complete) == (1, False)


def test_endless_pages_end_at_the_cap_and_say_so() -> None:
    endless = [Page((str(number),), str(number), True) for number in range(100)]
    report, asked = walk(*endless, max_pages=7)
    assert (len(asked), report.items, report.capped, report.complete) == (7, 7, True, True)


def test_a_later_page_that_fails_for_good_leaves_what_came_before() -> None:
    report, asked = walk(Page(("1",), "a", True), Page(("2",), "b", True), SourceUnavailable("gone"))
    assert (report.items, report.complete, len(asked)) == (2, False, 3)
    assert "page 3 failed, 2 kept" in report.problems[0]


def test_the_money_running_out_between_pages_caps_the_list() -> None:
    report, _ = walk(Page(("1",), "a", True), BudgetExhausted("over"))
    assert (report.items, report.complete, report.capped) == (1, False, True)


def test_the_first_page_failing_fails_the_list() -> None:
    with pytest.raises(SourceUnavailable):
        walk(SourceUnavailable("gone"))


# --- many lists -----------------------------------------------------------------------------------------------------


def side_by_side(work: Callable[[int], CollectReport], *, workers: int) -> CollectReport:
    return collect_side_by_side(list(range(8)), work, workers=workers, what="List")


@pytest.mark.parametrize("workers", [1, 4])
def test_a_list_that_fails_is_counted_and_the_others_go_on(workers: int) -> None:
    def work(number: int) -> CollectReport:
        if number == 3:
            raise NotFound("gone")
        return CollectReport(items=10)

    report = side_by_side(work, workers=workers)
    assert (report.items, report.complete) == (70, False)
    assert "List 3 failed" in report.problems[0]


@pytest.mark.parametrize("workers", [1, 4])
def test_all_lists_failing_fails_the_collection(workers: int) -> None:
    def work(number: int) -> CollectReport:
        raise SourceUnavailable(f"down {number}")

    with pytest.raises(SourceUnavailable, match="down 0"):
        side_by_side(work, workers=workers)


def test_after_a_hopeless_error_nothing_more_is_asked() -> None:
    asked: list[int] = []

    def work(number: int) -> CollectReport:
        asked.append(number)
        if number == 2:
            raise BudgetExhausted("over")
        return CollectReport(items=1)

    report = side_by_side(work, workers=1)
    assert asked == [0, 1, 2]
    assert (report.items, report.capped, report.complete) == (2, True, False)
    assert "5 of 8 were not asked for" in report.problems[1]


def test_a_wrong_key_is_said_once_and_not_eight_times() -> None:
    asked = Counter[int]()

    def work(number: int) -> CollectReport:
        asked[number] += 1
        raise AuthFailed("no")

    with pytest.raises(AuthFailed):
        side_by_side(work, workers=1)
    assert asked.total() == 1


def test_our_own_mistakes_are_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda number: CollectReport(items=1 // 0), workers=4)


# --- what the sources do with it ------------------------------------------------------------------------------------


def search_answer(call: Call, *ids: int, cursor: int = 20, has_more: int = 0) -> Answer:
    items = [{"aweme_info": {"aweme_id": str(7_000_000_000_000_000_000 + number)}} for number in ids]
    return answered(
        call,
        {"code": 200, "data": {"search_item_list": items, "cursor": cursor, "has_more": has_more, "aweme_list": []}},
    )


def test_keywords_that_differ_in_case_or_spaces_are_searched_once() -> None:
    assert distinct_keywords(["Squishy  ASMR", "squishy asmr", " GTA 6 ", "", "GTA 6"]) == ["Squishy ASMR", "GTA 6"]


def test_a_keyword_that_fails_is_left_out_and_the_others_are_searched() -> None:
    asked = []

    def obtain(call: Call) -> Answer:
        asked.append(call.params["keyword"])
        if call.params["keyword"] == "b":
            raise SourceUnavailable("down")
        return search_answer(call, *range(len(asked), len(asked) + 3))

    report = collect_comet_videos(obtain, context("comet_videos", {"keywords": ["a", "b", "c"]}))
    assert sorted(asked) == ["a", "b", "c"]
    assert (report.items, report.complete) == (6, False)
    assert "'b'" in report.problems[0]


def test_the_page_budget_is_no_gap() -> None:
    def obtain(call: Call) -> Answer:
        return search_answer(call, call.params["offset"], cursor=call.params["offset"] + 20, has_more=1)

    report = collect_comet_videos(
        obtain, context("comet_videos", {"keywords": ["a"]}, comet_videos__pages_per_keyword=3)
    )
    assert (report.items, report.complete, report.capped) == (3, True, False)


def test_without_keywords_the_search_says_what_to_materialize() -> None:
    with pytest.raises(SourceError, match="source/trending_keywords"):
        collect_comet_videos(search_answer, context("comet_videos"))


def test_creators_who_are_gone_private_or_banned_are_states_and_not_failures() -> None:
    documents = {
        "1": ({"detail": {"code": 404, "message": "gone"}}, 404),
        "2": ({"code": 200, "data": {"status_code": 10221, "status_msg": "user does not exist"}}, 200),
        "3": ({"code": 200, "data": {"user": {"uid": "3", "secret": 1, "follower_count": 5}}}, 200),
        "4": ({"code": 200, "data": {"user": {"uid": "4", "follower_count": 0, "aweme_count": 0}}}, 200),
    }
    answers: list[Answer] = []

    def obtain(call: Call) -> Answer:
        document, status = documents[call.params["user_id"]]
        answers.append(answered(call, document, status))
        return answers[-1]

    report = collect_creator_profiles(
        obtain, context("creator_profiles", {"creators": [{"user_id": number} for number in documents]})
    )
    assert (report.items, report.complete) == (4, True)
    rows = {row["user_id"]: row for answer in answers for row in parse_creator_profiles(answer).rows}
    assert {number: row["state"] for number, row in rows.items()} == {
        "1": "gone", "2": "gone", "3": "private", "4": "active",
    }  # fmt: skip
    assert rows["4"]["is_suspect"]
    assert rows["4"]["followers"] is None
    assert rows["3"]["followers"] == 5


def video(number: int) -> dict[str, Any]:
    return {
        "id": f"v{number:010d}",
        "contentDetails": {"duration": "PT30S"},
        "snippet": {"channelId": f"c{number}", "title": "t", "publishedAt": "2026-11-19T00:00:00Z"},
        "statistics": {"viewCount": "7"},
    }


def test_shorts_are_ranked_over_pages_and_their_creators_sizes_travel_as_context() -> None:
    answers: list[Answer] = []

    def obtain(call: Call) -> Answer:
        if call.endpoint.endswith("search"):
            first = 0 if "pageToken" not in call.params else 40  # the second page repeats ten of the first
            ids = range(first, first + 50)
            items = [{"id": {"videoId": f"v{n:010d}"}, "snippet": {"channelId": f"c{n}"}} for n in ids]
            document: Any = {"kind": "k", "items": items, "nextPageToken": f"t{first}"}
        elif call.endpoint.endswith("channels"):
            ids_asked = call.params["id"].split(",")
            document = {"kind": "k", "items": [{"id": c, "statistics": {"subscriberCount": "120"}} for c in ids_asked]}
        else:
            document = {"kind": "k", "items": [video(int(v[1:])) for v in call.params["id"].split(",")]}
        answers.append(answered(call, document))
        return answers[-1]

    report = collect_youtube_shorts(obtain, context("youtube_shorts"))
    assert (report.items, report.complete) == (90, True)
    rows = [row for answer in answers for row in LISTS["youtube_shorts"].parse(answer).rows]
    assert [row["list_rank"] for row in rows] == list(range(1, 91))
    assert {row["creator_followers"] for row in rows} == {120}
    searches = [answer.call for answer in answers if answer.call.bucket == "search"]
    assert len(searches) == 2
    assert searches[0].params["publishedBefore"] == "2026-11-21T00:00:00Z"
    assert searches[0].params["publishedAfter"] == "2026-11-14T00:00:00Z"


def test_a_past_day_asks_youtube_for_that_days_range() -> None:
    asked: list[Call] = []

    def obtain(call: Call) -> Answer:
        asked.append(call)
        return answered(call, {"kind": "k", "items": []})

    assert collect_youtube_shorts(obtain, context("youtube_shorts", day=date(2026, 11, 1))).items == 0
    assert asked[0].params["publishedBefore"] == "2026-11-02T00:00:00Z"


def test_ranks_go_on_over_the_pages_of_a_subreddit() -> None:
    answers: list[Answer] = []

    def obtain(call: Call) -> Answer:
        if "nosuch" in call.endpoint:
            raise NotFound("unknown subreddit")
        first = 0 if "after" not in call.params else 100
        children = [
            {"kind": "t3", "data": {"id": f"p{n}", "score": n}} for n in range(first, first + call.params["limit"])
        ]
        answers.append(answered(call, {"kind": "Listing", "data": {"children": children, "after": "t3_x"}}))
        return answers[-1]

    report = collect_reddit_posts(obtain, context("reddit_posts", reddit__subreddits="r/all,nosuch", reddit__limit=130))
    assert (report.items, report.complete) == (130, False)
    rows = [row for answer in answers for row in LISTS["reddit_posts"].parse(answer).rows]
    assert [row["list_rank"] for row in rows] == list(range(1, 131))


# --- the registry ---------------------------------------------------------------------------------------------------


def test_the_sources_are_found_each_in_its_tier() -> None:
    assert {name: spec.tier for name, spec in LISTS.items()} == {
        "trending_keywords": "core", "comet_videos": "core", "tiktok_trending": "core", "youtube_shorts": "core",
        "reddit_posts": "core", "tiktok_commerce": "stretch", "x_posts": "stretch", "amazon_positions": "stretch",
        "hackernews_stories": "stretch", "wikipedia_pageviews": "stretch",
    }  # fmt: skip
    settings = Settings(_env_file=None)
    for spec in CAPTURES.values():
        assert spec.estimate(options_of(spec, settings), provider_options(spec.provider, settings)).usd < 1.5


@pytest.mark.parametrize("name", CAPTURES)
def test_a_source_that_only_knows_now_refuses_another_day_before_any_request(name: str) -> None:
    spec = CAPTURES[name]
    require_history(spec, day=NOW.date(), now=NOW)
    yesterday = NOW.date() - timedelta(days=1)
    require_history(spec, day=yesterday, now=NOW, time_travel=True)
    if spec.history == "now":
        with pytest.raises(NoHistory, match="only knows today"):
            require_history(spec, day=yesterday, now=NOW)
    else:
        require_history(spec, day=yesterday, now=NOW)
    for time_travel in (False, True):
        with pytest.raises(NoHistory, match="not begun"):
            require_history(spec, day=NOW.date() + timedelta(days=1), now=NOW, time_travel=time_travel)


def test_equal_requests_share_a_key_whatever_their_price_marker_or_context() -> None:
    one = Call("tikhub", "/x", params={"a": 1, "b": 2}, max_cost_usd=1, marker="m", context={"ranks": {}})
    same = Call("tikhub", "/x", params={"b": 2, "a": 1})
    assert one.key == same.key
    assert Call.from_request(one.request).context == {"ranks": {}}
    assert Call("tikhub", "/x", params={"a": 1}).key != one.key
