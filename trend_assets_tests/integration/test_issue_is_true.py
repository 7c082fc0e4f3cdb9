"""Every number that an issue prints is counted again from the tables that it rests on."""

import json
import re
from datetime import date, timedelta

import pandas as pd
import pytest

from trend_assets.domain.newsletter.compose import APART
from trend_assets_tests.feed_world import World, materialize
from trend_assets_tests.issues import stored_issue

DAYS = [date(2026, 11, 14) + timedelta(days=n) for n in range(3)]
LAST = DAYS[-1]
SCALE = {"": 1, "K": 1e3, "M": 1e6, "B": 1e9}
NUMBER = re.compile(r"(?<![\w.,])([\d,]+(?:\.\d+)?)([KMB]?)(?![\w])")


@pytest.fixture
def made(warehouse):
    world = World(items_per_source=24)
    for day in DAYS:
        world.write(warehouse, day)
    assert materialize(warehouse, LAST).success
    return warehouse


def numbers(text: str) -> list[float]:
    return [float(figure.replace(",", "")) * SCALE[unit] for figure, unit in NUMBER.findall(text)]


def near(printed: float, value: float) -> bool:
    """The same to the figures that are printed: two and more of them."""
    return printed == pytest.approx(value, rel=0.05, abs=0.06)


def test_every_number_of_every_story_is_one_of_its_measurements(made):
    stories = made.read("feed.newsletter_stories", day=LAST)
    stories = stories[stories["place"].notna()].sort_values("place")
    assert 10 <= len(stories) <= 15
    page = stored_issue(made, LAST)["html"]
    scores = made.read("velocity.scores", day=LAST).set_index(["source", "platform", "external_id"])
    snapshots = made.read("trends.post_snapshots", start=DAYS[0], end=LAST)
    checked = 0
    for row in stories.to_dict("records"):
        score = scores.loc[(row["source"], row["platform"], row["external_id"])]
        mine = snapshots[(snapshots["platform"] == row["platform"]) & (snapshots["external_id"] == row["external_id"])]
        hours = score["hours_between"]
        known = [
            abs(score["delta_views"]), hours, hours / 24, hours * 60, score["views"], score["views_per_hour"],
            (score["parts"] or {}).get("growth_over_usual"), score["baseline"], score["leap"] * 24, score["range"],
            score["source_score"], score["leap"],
            score["chance"] * 100, *mine["list_rank"],
        ]  # fmt: skip
        known = [float(value) for value in known if pd.notna(value)]
        said = " ".join(row[name] for name in ("figure", "comparison", "chance_text"))
        for name in filter(None, {row["list_name"]}):
            said = said.replace(name, "")
        for printed in numbers(said):
            assert any(near(printed, value) for value in known), (said, printed, known)
            checked += 1
        for text in (row["figure"], row["comparison"], row["chance_text"]):
            assert text.replace("&", "&amp;").replace("'", "&#39;") in page
    assert checked >= 10


def test_the_sentences_on_the_day_count_what_is_in_the_tables(made):
    issue = stored_issue(made, LAST)
    stories = made.read("feed.newsletter_stories", day=LAST)
    placed = stories[stories["place"].notna()]
    report = made.read("feed.source_report", day=LAST)
    worked = int(report["status"].isin(["succeeded", "partial"]).sum())
    asked = int((report["status"] != "skipped").sum())
    proofs = made.read("feed.proofs", day=LAST)
    proofs = proofs[proofs["story_id"].isin(placed["story_id"])]
    wide = int((proofs.groupby("story_id")["platform"].nunique() > 1).sum())
    first = made.read("trends.post_snapshots", start=DAYS[0], end=LAST).groupby(["platform", "external_id"])
    seen = first["measured_at"].min()
    fresh = sum(seen[row.platform, row.external_id].date() == LAST for row in placed.itertuples())
    assert issue["item_count"] == len(placed)
    assert f"{len(placed)} stories, chosen from {worked} of {asked} sources" in issue["lead"]
    assert (f"{wide} on more than one platform" in issue["lead"]) == bool(wide)
    assert (f"{fresh} first seen today" in issue["lead"]) == bool(fresh)
    told = placed[~placed["section"].isin(APART)]["subject"].value_counts()
    for subject, count in re.findall(
        r"(?:about |and )([A-Z][^()]*?) \((\d+)\)", issue["lead"].rpartition("Most is")[2]
    ):
        assert told[subject] == int(count)
    lead = placed.sort_values("place").iloc[0]
    assert issue["headline"].endswith(lead["figure"]) and lead["figure"] in issue["lead"]
    assert f"{len(placed)} stories" in issue["preheader"]


def test_an_issue_is_small_and_its_forms_tell_the_same_stories(made):
    issue = stored_issue(made, LAST)
    assert len(issue["html"].encode()) <= 60_000
    titles = [item["title"] for item in json.loads(issue["json"])["items"]]
    assert len(titles) == issue["item_count"] <= 15
    for title in titles:
        assert title in issue["txt"]
    assert issue["html"].count("<h3") == issue["md"].count("### ") + issue["md"].count("- **[") == len(titles)
