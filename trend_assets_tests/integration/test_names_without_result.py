"""Names of the settings without a result are kept with since when, told of once after three days, and leave when they
live again or are not asked for any more."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from trend_assets.capture.attempts import Attempt
from trend_assets.capture.names import note, silent, untold
from trend_assets.defs.ops.alerts import tell_of_silent_names
from trend_assets.settings import Settings
from trend_assets.sources.call import Answer, Call, CollectReport
from trend_assets.sources.clients import context_for
from trend_assets.sources.discovery import SOURCES
from trend_assets.sources.errors import NotFound
from trend_assets.warehouse.warehouse import Warehouse

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = NOW.date()


@pytest.fixture
def warehouse(database_url: str) -> Warehouse:
    return Warehouse(database_url)


def collected(name: str, answer_to, **settings: str) -> CollectReport:
    """The report of a source whose provider answers with `answer_to(call)`."""
    context = context_for(SOURCES[name], Settings(_env_file=None, **settings), day=DAY, now=NOW)

    def obtain(call: Call) -> Answer:
        return Answer(call=call, status=200, body=json.dumps(answer_to(call)).encode(), fetched_at=NOW)

    return SOURCES[name].collect(obtain, context)


def listing(call: Call) -> dict:
    if "/nosuch/" in call.endpoint:
        raise NotFound("Reddit does not know it.", provider="reddit", status=404)
    children = [] if "/quiet/" in call.endpoint else [{"kind": "t3", "data": {"id": "p1"}}]
    return {"kind": "Listing", "data": {"after": None, "children": children}}


def test_every_name_of_a_list_is_judged_by_itself() -> None:
    report = collected("reddit_posts", listing, reddit__subreddits="lives,quiet,nosuch")
    assert report.asked == {"lives": True, "quiet": False, "nosuch": False}

    def tweets(call: Call) -> list:
        terms = call.body["searchTerms"]
        return [{"id": "1", "searchTerm": next(term for term in terms if "tobi" in term.lower() or "#a" in term)}]

    report = collected("x_posts", tweets, x__handles="@Tobi,renamed", x__searches="#a,#b")
    assert report.asked == {"@Tobi": True, "@renamed": False, "#a": True, "#b": False}

    def tagged(call: Call) -> list:
        return [{"id": "1", "searchHashtag": {"name": "AmazonFinds"}}, {"error": "nothing", "input": "nosuchtag"}]

    report = collected("tiktok_commerce", tagged, tiktok_commerce__hashtags="amazonfinds,nosuchtag")
    assert report.asked == {"amazonfinds": True, "nosuchtag": False}

    pages = "https://www.amazon.com/Best-Sellers/zgbs/a,https://www.amazon.com/Best-Sellers/zgbs/nosuch"
    report = collected(
        "amazon_positions",
        lambda call: [{"name": "x", "categoryUrl": f"{call.body['categoryUrls'][0]}/ref=zg_bs?x=1"}],
        amazon__category_urls=pages,
    )
    assert list(report.asked.values()) == [True, False]


def test_nothing_is_said_of_a_name_that_a_limit_or_a_failure_came_before() -> None:
    report = collected("x_posts", lambda call: [{"id": "1", "searchTerm": "#a"}], x__searches="#a,#b", x__max_items="1")
    assert report.asked["#b"] is None
    without_names = collected("tiktok_commerce", lambda call: [{"id": "1"}], tiktok_commerce__hashtags="a1,b1")
    assert set(without_names.asked.values()) == {None}


def test_a_silent_name_is_kept_since_its_first_day_in_a_row(warehouse: Warehouse) -> None:
    days = [DAY + timedelta(days=n) for n in range(4)]
    with warehouse.connect() as connection:
        for day, had in zip(days, (False, False, None, False), strict=True):
            note(connection, "x_posts", day, {"@dead": had, "@lives": True})
        assert [(each.name, each.since) for each in silent(connection, "x_posts")] == [("@dead", DAY)]
        note(connection, "x_posts", DAY - timedelta(days=1), {"@dead": False})
        note(connection, "x_posts", DAY - timedelta(days=9), {"@dead": False})
        assert silent(connection)[0].since == DAY - timedelta(days=1)
        # an earlier day with a result ends what lay before it only
        note(connection, "x_posts", days[1], {"@dead": True})
        assert silent(connection)[0].since == days[2]
        note(connection, "x_posts", days[3], {"@dead": True})
        assert silent(connection) == []


def test_a_name_that_is_not_asked_for_any_more_leaves(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        note(connection, "x_posts", DAY, {"@dead": False, "@lives": True})
        note(connection, "reddit_posts", DAY, {"nosuch": False})
        note(connection, "x_posts", DAY + timedelta(days=1), {"@lives": True})
        assert [each.name for each in silent(connection)] == ["nosuch"]


def attempt(warehouse: Warehouse, day: date) -> None:
    with Attempt(warehouse, source="x_posts", provider="apify", day=day) as row:
        row.note(CollectReport(items=3, asked={"@dead": False, "@lives": True}))


def test_people_are_told_once_after_three_days(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []
    monkeypatch.setattr("trend_assets.defs.ops.alerts.send", lambda settings, alert: sent.append(alert) or ["webhook"])
    settings = Settings(_env_file=None, webhook_url="http://127.0.0.1:9/")
    for number in range(6):
        attempt(warehouse, DAY + timedelta(days=number))
        tell_of_silent_names(settings, warehouse, "x_posts")
        assert len(sent) == (1 if number >= 2 else 0)
    assert "'@dead'" in sent[0].text and DAY.isoformat() in sent[0].text and "@lives" not in sent[0].text
    with warehouse.connect() as connection:
        assert untold(connection, "x_posts") == []
