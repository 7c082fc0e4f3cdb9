"""The simulated world: the same everywhere, growing, addressable, with a truth that can be asked."""

import json
import subprocess
import sys
from datetime import date

import numpy as np
import pytest

from trend_assets.sandbox.life.clips import counts
from trend_assets.sandbox.life.codes import video_code, video_number
from trend_assets.sandbox.life.curves import DAY
from trend_assets.sandbox.life.dice import Dice, mix, unmix
from trend_assets.sandbox.world import World, epoch_day, truth, world_of

TODAY = epoch_day(date(2026, 11, 20))
NOON = TODAY * DAY + 43_200.0
FINGERPRINT = """
import hashlib, json, numpy as np
from datetime import date
from trend_assets.sandbox.life.clips import counts
from trend_assets.sandbox.world import World
world = World(7)
clips = world.clips.visible(1795176000.0)
parts = [
    world.truth(date(2026, 11, 20)), [word.text for word in world.keywords.of_day(20777)],
    counts(clips, 1795176000.0).views.tolist(), clips.video_id.tolist(),
    world.creators.followers(world.creators.index, 1795176000.0).tolist(),
    [world.creators.bio(number, 20777) for number in range(200)],
    sorted(world.shelves.ranks("beauty", 20777).items()),
]
print(hashlib.sha256(json.dumps(parts).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def world() -> World:
    return world_of(7)


def test_two_processes_with_different_hash_seeds_see_the_same_world():
    prints = {
        subprocess.run(
            [sys.executable, "-c", FINGERPRINT],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(prints) == 1
    assert len(prints.pop().strip()) == 64


def test_another_seed_is_another_world(world):
    other = World(8)
    assert other.creators.by_uid.keys().isdisjoint(world.creators.by_uid.keys())
    assert [w.text for w in other.keywords.of_day(TODAY)] != [w.text for w in world.keywords.of_day(TODAY)]


def test_a_draw_for_one_index_equals_the_draw_in_an_array():
    dice = Dice(3)
    array = dice.uniform("stream", np.arange(50), 9)
    assert [dice.uniform("stream", number, 9) for number in range(50)] == array.tolist()
    assert array.min() >= 0.0 and array.max() < 1.0


def test_draws_are_spread_evenly_and_normals_are_normal():
    dice = Dice(3)
    even = np.histogram(dice.uniform("even", np.arange(100_000)), bins=10)[0]
    normal = dice.normal("normal", np.arange(100_000))
    assert even.min() > 9_600 and even.max() < 10_400
    assert abs(normal.mean()) < 0.02 and abs(normal.std() - 1) < 0.02


def test_ids_can_be_read_back():
    assert all(unmix(mix(number)) == number for number in (0, 1, 2**63, 2**64 - 1, 987654321))
    for number in (0, 5, 20_777 << 16 | 4):
        assert len(video_code(number, 7)) == 11
        assert video_number(video_code(number, 7), 7) == number
    assert video_number("too short", 7) is None


def test_followers_grow_and_fall_only_through_a_purge(world):
    creators = world.creators
    falls = {}
    for day in range(TODAY - 120, TODAY):
        before, after = (creators.followers(creators.index, (day + step) * DAY + 1.0) for step in (0, 1))
        falls[day] = int((after < before).sum())
    purges = [day for day, fallen in falls.items() if fallen]
    assert 1 <= len(purges) <= 2, "one purge per 84 days"
    assert all(falls[day] > 500 for day in purges)


def test_counts_of_a_video_only_rise_except_where_one_is_corrected(world):
    clips = world.clips.posted_on(TODAY - 5)
    series = np.array([counts(clips, NOON + hour * 3600).views for hour in range(-150, 200, 5)])
    falls = (np.diff(series, axis=0) < 0).sum(axis=0)
    corrected = clips.fix_at < 4e10
    assert (falls[~corrected] == 0).all()
    assert (falls <= 1).all()
    assert falls[corrected].sum() > 0, "late corrections downwards are part of the world"
    assert (series[0] == 0).all() and (series[-1] > 0).mean() > 0.99


def test_likes_comments_and_shares_never_exceed_views_and_never_fall_without_a_correction(world):
    clips = world.clips.posted_on(TODAY - 3)
    clips = clips.take(clips.fix_at >= 4e10)
    early, late = counts(clips, NOON), counts(clips, NOON + 7_200)
    for name in ("likes", "comments", "shares", "saves"):
        assert (getattr(late, name) <= late.views).all()
        assert (getattr(late, name) >= getattr(early, name)).all()


def test_there_are_hundreds_of_creators_in_the_comet_range_and_of_every_state(world):
    creators = world.creators
    followers = creators.followers(creators.index, NOON)
    states = {creators.state(number, TODAY) for number in range(creators.count)}
    assert ((followers >= 10_000) & (followers <= 100_000)).sum() > 300
    assert {"public", "gone", "private"} <= states
    assert sum(creators.renames(number, TODAY) > 0 for number in range(creators.count)) > 100


def test_handles_are_unique_on_every_day(world):
    for day in (0, TODAY + 365):
        assert len(world.creators.by_handle(day)) == (world.creators.gone_day > day).sum()


def test_a_renamed_creator_keeps_the_id_and_is_found_by_the_new_handle_only(world):
    creators = world.creators
    renamed = next(number for number in range(creators.count) if creators.renames(number, TODAY) > 0)
    old, new = creators.handle(renamed, 0), creators.handle(renamed, TODAY)
    assert old != new
    assert creators.by_handle(TODAY)[new.lower()] == renamed
    assert creators.by_handle(TODAY).get(old.lower()) != renamed


def test_one_handle_belongs_to_two_ids_over_time(world):
    creators = world.creators
    assert len(creators.heirs) >= 10
    for heir, gone in creators.heirs.items():
        last = int(creators.gone_day[gone])
        taken = next(day for day in range(last + 1, last + 1500) if creators.renames(heir, day) == 1)
        handle = creators.handle(gone, last - 1)
        assert creators.by_handle(last - 1)[handle.lower()] == gone
        assert creators.handle(heir, taken) == handle
        assert creators.by_handle(taken)[handle.lower()] == heir


def test_a_day_has_98_keywords_with_near_duplicates_and_several_languages(world):
    found = [word.text for word in world.keywords.of_day(TODAY)]
    folded = [" ".join(text.casefold().split()) for text in found]
    assert len(found) == 98
    assert len(set(found)) > len(set(folded)), "twins differ by case and white space only"
    assert any("  " in text for text in found)
    assert any(not text.isascii() for text in found)
    tomorrow = {word.text for word in world.keywords.of_day(TODAY + 1)}
    assert 30 < len(set(found) & tomorrow) < 98, "the list changes from day to day, not completely"


def test_planted_breakouts_really_break_out(world):
    found = truth(date(2026, 11, 18))["breakouts"]
    videos = [item for item in found if "views_at_start" in item]
    assert {item["platform"] for item in found} >= {"tiktok", "youtube", "x", "reddit", "amazon"}
    assert len(videos) >= 6
    for item in videos:
        assert item["started_at"].startswith("2026-11-18")
        assert item["views_after_24_hours"] > item["views_at_start"] + 100_000
    products = [item for item in found if item["platform"] == "amazon" and item["previous_rank"]]
    climbed = [item for item in products if item["rank"] < item["previous_rank"]]
    assert len(climbed) >= 0.8 * len(products)


REAL_GROWTH = {3: 0.333, 4: 0.190, 6: 0.106, 10: 0.053}
"""Day of its life, from posting: median growth of a video in the three days after, relative, on YouTube US 2017-18."""


@pytest.mark.parametrize("part", ["clips", "tube"])
@pytest.mark.parametrize(("days", "median"), REAL_GROWTH.items())
def test_growth_fades_with_age_and_differs_between_items_of_one_age_as_on_a_real_list(world, part, days, median):
    from trend_assets.sandbox.life.curves import grown

    videos = getattr(world, part).posted_on(TODAY - days)
    videos = videos.take(~videos.is_breakout)
    now, later = (grown(videos, (TODAY + ahead) * DAY).astype(float) for ahead in (0, 3))
    low, usual, high = np.quantile((later - now) / np.maximum(now, 1), [0.1, 0.5, 0.9])
    assert median / 1.6 < usual < median * 1.6
    assert high / low > 6, "a real list's fastest tenth gains 12 times what its slowest tenth gains"


def test_the_truth_is_plain_data_and_stable():
    assert json.dumps(truth(date(2026, 7, 1))) == json.dumps(World(7).truth(date(2026, 7, 1)))


def test_a_story_appears_on_each_of_its_platforms(world):
    told = {"tiktok": set(), "youtube": set()}
    for day in range(TODAY - 6, TODAY + 1):
        clips, tubes = world.clips.posted_on(day), world.tube.posted_on(day)
        told["tiktok"] |= {world.clips.story(clips, row).key for row in np.flatnonzero(clips.story >= 0)}
        told["youtube"] |= {world.tube.story(tubes, row).key for row in np.flatnonzero(tubes.story >= 0)}
    for story in world.stories.active(TODAY - 1):
        if story.first_day <= TODAY - 4:
            for platform in told.keys() & set(story.platforms):
                assert story.key in told[platform]
    assert told["tiktok"] & told["youtube"], "some story is told on both"


def test_any_day_can_be_asked_for_whatever_was_asked_before(world):
    past, future = epoch_day(date(2024, 2, 29)), epoch_day(date(2031, 1, 1))
    for day in (future, past):
        clips = world.clips.posted_on(day)
        assert len(clips) > 200
        assert world.clips.by_id(int(clips.video_id[0])) is not None


def test_shorts_are_at_most_a_minute_and_longer_videos_stay_under_four(world):
    tubes = world.tube.recent(TODAY)
    shorts = (tubes.seconds <= 60).mean()
    assert 0.6 < shorts < 0.8
    assert tubes.seconds.max() < 240
    for row in range(0, len(tubes), 97):
        found = world.tube.by_id(world.tube.video_id(tubes, row), float((TODAY + 1) * DAY))
        assert found is None if tubes.is_gone[row] and tubes.posted_at[row] < TODAY * DAY else found is not None


def test_amazon_ranks_are_complete_and_move_from_day_to_day(world):
    today, before = world.shelves.ranks("beauty", TODAY), world.shelves.ranks("beauty", TODAY - 1)
    assert sorted(today.values()) == list(range(1, len(today) + 1))
    assert len(today) >= 100
    moved = [abs(today[asin] - before[asin]) for asin in today.keys() & before.keys()]
    assert 0.5 < np.mean([step > 0 for step in moved]) <= 1.0
    assert np.median(moved) < 15, "most products move little"
