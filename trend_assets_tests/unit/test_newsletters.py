"""A newsletter's file says what it takes; composing puts picks first, keeps filters, limits and sections."""

from datetime import date

import pytest

from trend_assets.domain.newsletter.compose import LEAPS, OTHERS, RADAR, RANGE, Pick, Picks, compose
from trend_assets.domain.newsletter.declare import Newsletter, NewsletterError, Subject, read_newsletter
from trend_assets.domain.newsletter.phrases import range_text
from trend_assets.domain.newsletter.summary import facts_of, headline_of, sentences_of
from trend_assets.newsletters.discovery import DEFAULT, found
from trend_assets.newsletters.rendering.markdown import escaped
from trend_assets.settings import Settings
from trend_assets.sources.policies import policies
from trend_assets_tests.unit.test_rendering import row

DAY = date(2026, 11, 20)
HOME = Subject(title="Home", hashtags=("diy*",), words=("sofa",))
FOOD = Subject(title="Food", hashtags=("food",), words=("ramen",))


def story(number: int, **changes):
    """A candidate of its own creator and source, measured twice."""
    own = {
        "external_id": str(number), "creator_id": f"c{number}", "source": f"source_{number % 4}", "language": "en",
        "list_name": None, "list_rank": None, "hours_between": 24.0, "growth_over_usual": 2.0, "is_adult": False,
        "feed_outcome": "in_feed", "feed_reason": "It is in the feed.", "score": 1 - number / 100, "hashtags": [],
    }  # fmt: skip
    return row(number) | own | changes


def letter(**changes) -> Newsletter:
    return Newsletter(**{"name": "n", "title": "N", "size": 5, "radar": 2, "sections": (HOME, FOOD)} | changes)


def placed(rows) -> list[str]:
    inside = sorted((row for row in rows if row["place"]), key=lambda row: row["place"])
    assert [row["place"] for row in inside] == list(range(1, len(inside) + 1))
    return [row["story_id"][-2:] for row in inside]


def sid(number: int) -> str:
    return row(number)["story_id"]


def outcome(rows, number: int) -> str:
    return next(row["outcome"] for row in rows if row["story_id"] == sid(number))


def test_the_first_stories_of_the_feed_fill_an_issue_and_every_other_one_says_why_not():
    rows = compose(letter(), DAY, [story(n) for n in range(1, 10)])
    assert placed(rows) == ["01", "02", "03", "04", "05"]
    assert {outcome(rows, n) for n in range(6, 10)} == {"not_needed"}
    assert all(row["reason"] for row in rows)


def test_what_was_measured_once_is_on_the_radar_and_fills_up_only_where_nothing_else_is():
    fresh = [story(n, score_class="new") for n in range(1, 5)]
    rows = compose(letter(), DAY, [*fresh, *(story(n) for n in range(5, 12))])
    assert [row["section"] for row in rows if row["place"]].count(RADAR) == 2
    assert placed(rows)[:5] == ["05", "06", "07", "08", "09"]
    rows = compose(letter(), DAY, [*fresh, story(5)])
    assert sorted(placed(rows)) == ["01", "02", "03", "04", "05"]


def test_two_questions_about_creators_are_sections_of_their_own_and_say_their_figure():
    often = [story(n) for n in range(1, 6)]
    high = [story(6, leap=0.05), story(7, leap=0.5, range=9.0, leaves_range=True),
            story(8, leap=0.01, range=9.0, leaves_range=False), story(9, range=1.5, leaves_range=True),
            story(10, leap=9.0, range=9.0, score_class="new"), story(11, leap=0.6, creator_id="c1")]  # fmt: skip
    rows = {row["story_id"]: row for row in compose(letter(creators=1), DAY, [*often, *high])}
    of = {section: [row for row in rows.values() if row["section"] == section] for section in (LEAPS, RANGE, RADAR)}
    assert [row["story_id"] for row in of[LEAPS]] == [sid(7)], "the highest, of another creator, measured twice"
    assert of[LEAPS][0]["comparison"] == "a day at this pace brings 12 × what its creator's posts usually have"
    assert [row["story_id"] for row in of[RANGE]] == [sid(9)]
    assert of[RANGE][0]["comparison"] == "expected in three days: 1.5 × the most that its creator usually has"
    assert range_text({"range": 1.04}) == "expected in three days: just above the most that its creator usually has"
    assert [row["story_id"] for row in of[RADAR]] == [sid(10)]
    assert rows[sid(1)]["comparison"] == "2.0 × what items of its age gain"
    without = compose(letter(), DAY, [*often, *high])
    assert not {LEAPS, RANGE} & {row["section"] for row in without}, "a file asks for them"


def test_subjects_of_one_story_are_told_together_and_the_first_story_keeps_its_own():
    told = [story(1, hashtags=["diy"]), story(2, hashtags=["food"]), story(3), story(4, hashtags=["diy"])]
    sections = {row["story_id"][-2:]: row["section"] for row in compose(letter(), DAY, told)}
    assert sections == {"01": "Home", "02": OTHERS, "03": OTHERS, "04": "Home"}
    alone = {row["story_id"][-2:]: row["section"] for row in compose(letter(), DAY, told[:3])}
    assert alone == {"01": "Home", "02": OTHERS, "03": OTHERS}


def test_the_desk_keeps_the_best_others_and_every_story_that_an_editor_left_out():
    many = [story(n) for n in range(1, 131)]
    rows = compose(letter(), DAY, many, Picks({sid(129): Pick(sid(129), "skip")}))
    assert [row["story_id"] for row in rows] == [sid(n) for n in (*range(1, 121), 129)]
    assert outcome(rows, 129) == "skipped"


def test_one_creator_has_one_story_and_one_source_a_third_while_others_have_some():
    many = [story(n, source="one") for n in range(1, 5)]
    rows = compose(letter(size=6), DAY, [*many, *(story(n, source=f"s{n}") for n in range(5, 11))])
    assert sum(row["source"] == "one" for row in rows if row["place"]) == 2
    assert outcome(rows, 3) == "limit"
    rows = compose(letter(), DAY, [story(n, creator_id="same") for n in range(1, 4)])
    assert placed(rows) == ["01"]
    rows = compose(letter(), DAY, many)
    assert len(placed(rows)) == 4, "nothing else is there"


def test_picks_come_first_whatever_the_filters_say_and_skipped_stories_are_out():
    stories = [story(n) for n in range(1, 10)] + [story(10, platform="x", feed_outcome="repeat")]
    picks = Picks(
        {
            sid(10): Pick(sid(10), "pick", headline="My own words", line="A line", note="Look at this", order=1.0),
            sid(9): Pick(sid(9), "pick", order=2.0, section="The best"),
            sid(1): Pick(sid(1), "skip"),
        }
    )
    rows = compose(letter(platforms=("tiktok",)), DAY, stories, picks)
    assert placed(rows)[0] == "10" and "09" in placed(rows) and "01" not in placed(rows) and len(placed(rows)) == 5
    by_id = {row["story_id"]: row for row in rows}
    first = by_id[sid(10)]
    assert (first["headline"], first["line"], first["note"]) == ("My own words", "A line", "Look at this")
    assert (first["outcome"], first["is_picked"], by_id[sid(1)]["outcome"]) == ("picked", True, "skipped")
    assert by_id[sid(9)]["section"] == "The best"


def test_a_locked_issue_is_what_it_was_and_what_vanished_is_named():
    before = compose(letter(), DAY, [story(n) for n in range(1, 5)])
    after = compose(letter(size=1), DAY, [story(9)], Picks(locked=before))
    assert after == before
    assert Picks({sid(3): Pick(sid(3), "pick")}).vanished([story(1)]) == [sid(3)]


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ({"platforms": ("x",)}, {3}),
        ({"sources": {"source_1": 1.0}}, {1, 5}),
        ({"languages": ("de",)}, {4}),
        ({"languages": ("unknown",)}, {5}),
        ({"words_in": ("ramen",)}, {2}),
        ({"hashtags_in": ("diy*",)}, {6}),
        ({"words_in": ("味噌",)}, {7}),
        ({"words_out": ("title",)}, {2, 7}),
        ({"hashtags_out": ("diy*",), "words_in": ("title",)}, {1, 3, 4, 5}),
    ],
)
def test_filters_keep_what_they_say(words, kept):
    changes = {
        2: {"title": "A bowl of ramen"}, 3: {"platform": "x"}, 4: {"language": "de-AT"}, 5: {"language": None},
        6: {"hashtags": ["DIYhome"]}, 7: {"title": "今日の味噌汁"}, 8: {"is_adult": True, "title": "ramen 味噌"},
    }  # fmt: skip
    stories = [story(n, **{"text": None} | changes.get(n, {})) for n in range(1, 9)]
    rows = compose(letter(size=10, sections=(), **words), DAY, stories)
    assert {int(number) for number in placed(rows)} == kept


def picture(newsletter: Newsletter, **changes) -> str | None:
    shown = story(1, platform="youtube", external_id="abcdefghijk", source="youtube_shorts") | changes
    return compose(newsletter, DAY, [shown])[0]["picture_url"]


def test_a_story_has_a_picture_only_where_newsletter_and_terms_want_it():
    wanted = letter(pictures=True, adult=True)
    assert picture(wanted) == "https://i.ytimg.com/vi/abcdefghijk/mqdefault.jpg"
    assert picture(wanted, is_simulated=True) == "/pictures/youtube/abcdefghijk.jpg"
    assert picture(letter()) is None
    assert picture(wanted, is_adult=True) is None
    assert picture(wanted, external_id="no id of it") is None
    for name, terms in policies().items():
        assert (picture(wanted, source=name) is not None) == terms.pictures
    assert picture(wanted, source="a_source_without_terms") is None
    assert picture(wanted, platform="tiktok", external_id="7000000000000000001") is None
    assert {name for name, terms in policies().items() if terms.pictures} >= {"youtube_shorts"}


def test_what_is_for_adults_comes_in_only_where_the_file_wants_it():
    adult = story(1, is_adult=True, feed_outcome="for_adults")
    assert placed(compose(letter(), DAY, [adult, story(2)])) == ["02"]
    assert placed(compose(letter(adult=True), DAY, [adult, story(2)])) == ["01", "02"]


def test_a_newsletter_with_filters_prints_what_the_general_feed_had_no_room_for():
    stories = [story(1), story(2, feed_outcome="below_cut"), story(3, feed_outcome="repeat")]
    assert placed(compose(letter(), DAY, stories)) == ["01"]
    assert placed(compose(letter(languages=("en",)), DAY, stories)) == ["01", "02"]


def test_weights_change_the_order_and_zero_leaves_a_source_out():
    stories = [story(n) for n in range(1, 4)]
    rows = compose(letter(sources={"source_1": 0.1, "source_2": 0, "source_3": 1}), DAY, stories)
    assert placed(rows) == ["03", "01"]


def test_stories_are_told_by_subject_and_a_subject_with_one_story_is_told_with_others():
    stories = [
        story(1, hashtags=["diyhome"]), story(2, title="Ramen tonight"), story(3, title="A sofa"), story(4),
        story(5, title="More ramen"),
    ]  # fmt: skip
    rows = compose(letter(), DAY, stories)
    section = {row["story_id"]: row["section"] for row in rows}
    assert [section[sid(n)] for n in range(1, 6)] == ["Home", "Food", "Home", OTHERS, "Food"]
    assert placed(rows) == ["01", "03", "02", "05", "04"], "what belongs together stands together, the rest at the end"


def test_the_same_input_gives_the_same_rows_and_nothing_is_written_into_it():
    stories = [story(n) for n in range(1, 9)]
    copy = [dict(one) for one in stories]
    assert compose(letter(), DAY, stories) == compose(letter(), DAY, stories)
    assert stories == copy


def test_a_day_without_stories_has_a_headline_and_a_sentence():
    assert headline_of([]) == "Nothing stood out"
    assert sentences_of([], worked=2, asked=3) == (
        "We looked at 2 of 3 sources and found nothing that rose above the ordinary.",
    )


# --- words about a story ---------------------------------------------------------------------------------------------

NOTHING = {"delta_views": None, "views_per_hour": None, "views": None}
ON_LIST = {"score_class": "position", "delta_views": None, "platform": "amazon", "baseline": None, "list_rank": 7,
           "list_name": "us", "counts": [{"rank": 9}, {"rank": None}, {"rank": 7}]}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "figure", "compared"),
    [
        ({}, "+200 views in 24 h", "2.0 × what items of its age gain"),
        ({"delta_views": -200, "platform": "reddit", "growth_over_usual": 1.0}, "−200 points in 24 h",
         "1.0 × what items of its age gain"),
        ({"delta_views": 0, "growth_over_usual": 0.99}, "+0 views in 24 h", "1K views in all"),
        ({"growth_over_usual": None, "views": None}, "+200 views in 24 h", ""),
        ({"hours_between": 0.0}, "8 views per hour", "1K views since it was posted"),
        ({"hours_between": 0.5}, "+200 views in 30 min", "2.0 × what items of its age gain"),
        ({"hours_between": None}, "8 views per hour", "1K views since it was posted"),
        ({"delta_views": None, "views": None}, "8 views per hour", ""),
        ({"score_class": "new", "views_per_hour": None}, "1K views", ""),
        ({"score_class": "new", **NOTHING}, "", ""),
        (ON_LIST, "Place 7 in us", "place 9 when first seen"),
        (ON_LIST | {"baseline": 500.0, "outlier_score": 3.25}, "3.2 × its usual", "usually 500 views a day"),
        (ON_LIST | {"baseline": 500.0, "outlier_score": None}, "Place 7 in us", "place 9 when first seen"),
        (ON_LIST | {"counts": [{"rank": 7}, {"rank": 9}, {"rank": 7}]}, "Place 7 in us", ""),
        (ON_LIST | {"counts": [{"rank": 7}]}, "Place 7 in us", ""),
        (ON_LIST | {"list_rank": None, "counts": []}, "8 views per hour", ""),
    ],
)  # fmt: skip
def test_the_deciding_figure_and_what_it_is_held_against(changes, figure, compared):
    (told,) = compose(letter(), DAY, [story(1, **changes)])
    assert (told["figure"], told["comparison"]) == (figure, compared)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "Some more text that says what it is about"),
        ({"title": "Day 1", "text": "Day 1 … of a wall of twenty-one colours: #diy https://a.example #x"},
         "of a wall of twenty-one"),
        ({"text": None}, "Video on TikTok with #diy."),
        ({"text": "too short to tell"}, "Video on TikTok with #diy."),
        ({"text": "#shorts #diy A short about the new wall"}, "A short about the new wall"),
        ({"text": "exactly twenty signs"}, "exactly twenty signs"),
        ({"text": "#only #tags here: https://a.example"}, "Video on TikTok with #diy."),
        ({"text": None, "kind": "slideshow", "hashtags": ["a", "", "b", "c", "d"]},
         "Slideshow on TikTok with #a #b #c."),
        ({"text": "#FYP #viral", "hashtags": ["FYP", "viral", "diy"]}, "Video on TikTok with #diy."),
        ({"text": "#fyp #viral", "hashtags": ["fyp", "viral"]}, "Video on TikTok."),
        ({"text": None, "kind": "post", "hashtags": [], "list_name": "us"}, "Post on TikTok, listed under us."),
        ({"text": None, "kind": "product", "hashtags": None, "platform": "amazon"}, "Product on Amazon."),
        (ON_LIST | {"text": None, "kind": "product", "hashtags": None}, "Product on Amazon."),
        ({"text": None, "kind": None, "list_name": "us"}, "Post on TikTok with #diy."),
    ],
)  # fmt: skip
def test_a_line_says_what_the_text_has_beyond_the_title_else_what_kind_of_thing_it_is(changes, line):
    (told,) = compose(letter(), DAY, [story(1, **{"hashtags": ["diy"]} | changes)])
    assert told["line"] == line


@pytest.mark.parametrize(
    ("chance", "said"),
    [(None, ""), (0.784, "78 %"), (0.0995, "10 %"), (0.0994, "9.9 %"), (0.004, "0.4 %")],
)
def test_a_chance_is_said_with_two_figures_and_no_chance_not_at_all(chance, said):
    (told,) = compose(letter(), DAY, [story(1, chance=chance)])
    assert told["chance_text"] == (said and f"{said} likely to be in the top tenth in three days")
    assert (told["also_on"], told["key"], told["rank"]) == (["YouTube"], 1.0, 1)


def test_what_has_no_place_says_by_which_of_the_feeds_rules():
    out = [
        story(n, feed_outcome=outcome, feed_reason=f"Because of {outcome}.")
        for n, outcome in enumerate(("below_cut", "source_limit", "creator_limit", "repeat"), start=2)
    ]
    rows = compose(letter(), DAY, [story(1), *out, story(6, score_class="new")])
    assert {row["story_id"]: (row["outcome"], row["reason"]) for row in rows if not row["place"]} == {
        sid(2): ("not_needed", "Because of below_cut."), sid(3): ("limit", "Because of source_limit."),
        sid(4): ("limit", "Because of creator_limit."), sid(5): ("repeat", "Because of repeat."),
    }  # fmt: skip
    assert [row["key"] for row in rows] == [1.0, 2.0, 3.0, 4.0, 5.0, 12.0], "what is new follows all that is not"


def told(number: int, **changes):
    return row(number) | {"headline": f"Title {number}.", "days_on_radar": 2, "also_on": []} | changes


def test_the_day_is_told_in_three_sentences_that_count_the_rows():
    first = told(1, chance_text="50 % likely", also_on=["YouTube"], days_on_radar=1)
    lead = "“Title 1” leads the day: +200 views in 24 h, 2.0 × what items of its age gain"
    assert headline_of([first]) == "Title 1: +200 views in 24 h"
    assert headline_of([first | {"figure": ""}]) == "Title 1."
    place = first | {"figure": "Place 7 in us", "comparison": ""}
    assert headline_of([place]) == "Title 1: place 7 in us", "no capital in the middle of a sentence"
    assert sentences_of([place], worked=2, asked=3)[0] == "“Title 1” leads the day: place 7 in us; 50 % likely."
    rows = [first, told(2), told(6), told(7, subject=OTHERS), told(8, section=RADAR)]
    third = sentences_of([*rows, told(9, subject="Sound")], worked=2, asked=3)[2]
    assert third == "Most is about Home (2) and Food (1).", "two subjects; the earlier of two equals"
    assert sentences_of(rows, worked=2, asked=3) == (
        f"{lead}; 50 % likely.",
        "5 stories, chosen from 2 of 3 sources; 1 on more than one platform, 1 first seen today.",
        "Most is about Home (2) and Food (1).",
    )
    plain = told(1, figure="", comparison="", subject=OTHERS)
    assert sentences_of([plain], worked=1, asked=1) == (
        "“Title 1” leads the day.", "1 story, chosen from 1 of 1 source.",
    )  # fmt: skip
    fresh = plain | {"days_on_radar": 1}
    assert sentences_of([fresh], worked=1, asked=1)[1] == "1 story, chosen from 1 of 1 source; 1 first seen today."
    wide = plain | {"also_on": ["X", "YouTube", "Reddit"]}
    assert (
        sentences_of([wide], worked=1, asked=1)[1] == "1 story, chosen from 1 of 1 source; 1 on more than one platform."
    )
    assert facts_of([], worked=1, asked=1) == ()
    assert facts_of([first, wide, *rows], worked=2, asked=3)[3:] == (
        "“Title 1.”: +200 views in 24 h; 2.0 × what items of its age gain; 50 % likely; also on YouTube.",
        "“Title 1.”: no figure; also on X, YouTube and Reddit.",
        "“Title 1.”: +200 views in 24 h; 2.0 × what items of its age gain; 50 % likely; also on YouTube.",
        "“Title 2.”: +200 views in 24 h; 2.0 × what items of its age gain.",
        "“Title 6.”: +200 views in 24 h; 2.0 × what items of its age gain.",
    )


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title = "A"\nsizes = 3', "sizes is not a word of a newsletter's file; did you mean size?"),
        ('title = "A"\n[[sections]]\ntitle = "B"\nwrods = ["x"]', "sections.0.wrods is not a word"),
        ('title = "A"\n[sources]\nredit_posts = 1', "there is no source redit_posts; did you mean reddit_posts?"),
        ('title = "A"\nplatforms = ["tiktock"]', "tiktock is not a platform; did you mean tiktok?"),
        ('title = "A"\nsize = 40', "size (it says 40): input should be less than or equal to 15."),
        ('title = "A"\nhour = "noon"', "hour (it says 'noon')"),
        (f'title = "A"\nhour = "{"n" * 80}"', f"hour (it says '{'n' * 80}'): input should be a valid integer"),
        (f'title = "A"\nhour = "{"n" * 81}"', "beauty.toml: hour: input should be a valid integer"),
        ('title = "A"\nhour = [7]', "beauty.toml: hour: input should be a valid integer."),
        ('title = "A"\nchannels = ["ab", "ab"]', "beauty.toml: channels: ab stands there twice."),
        ('title = "A"\n[sources]\nzzz = 1', "there is no source zzz; known are reddit_posts, x_posts."),
        ('title = "A"\nname = "Not A Name"', "name (it says 'Not A Name')"),
        ('title = "A"\nmail_to = ["a@x.org\\nBcc: b@x.org"]', "mail_to.0"),
        ("size = 3", "title is missing; add it."),
        ("title = ", "is not TOML"),
    ],
)
def test_a_wrong_word_is_a_sentence_that_names_the_file(text, said):
    with pytest.raises(NewsletterError) as raised:
        read_newsletter(text, file="own/beauty.toml", stem="beauty", sources=["reddit_posts", "x_posts"])
    assert said in str(raised.value) and "own/beauty.toml" in str(raised.value)


def test_a_wrong_file_costs_only_itself_and_two_of_one_name_are_said(tmp_path):
    for name, text in {
        "a.toml": 'title = "A"', "b.toml": 'title = "B"\nname = "a"', "c.toml": "title = 7",
        "rising.toml": 'title = "Mine"', "d.toml": "\udcff",
    }.items():  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    there = found(Settings(_env_file=None, newsletter_dir=tmp_path))
    assert list(there.by_name) == [DEFAULT, "a"]
    assert there.by_name[DEFAULT].title == "Mine", "a user's own takes the bundled one's place"
    assert len(there.problems) == 3
    said = " ".join(there.problems)
    assert "are both named a; rename one" in said and "c.toml: title" in said and "must be UTF-8" in said
    missing = found(Settings(_env_file=None, newsletter_dir=tmp_path / "nowhere"))
    assert list(missing.by_name) == [DEFAULT] and "is not a folder" in missing.problems[0]


def test_a_file_as_an_editor_on_windows_saves_it_is_read(tmp_path):
    """With a mark at its beginning, CRLF and tabs; blanks in its name are said, and nothing else is lost."""
    text = '\ufefftitle = "Mine \U0001f525"\r\n\tsize\t=\t3\r\n[[sections]]\r\ntitle = "\u05d0\u05d1"\r\n'
    (tmp_path / "mine.toml").write_bytes(text.encode())
    (tmp_path / "Copy of mine.toml").write_bytes(text.encode())
    there = found(Settings(_env_file=None, newsletter_dir=tmp_path))
    assert there.by_name["mine"].title == "Mine \U0001f525" and there.by_name["mine"].size == 3
    (said,) = there.problems
    assert "Copy of mine.toml: name (it says 'Copy of mine')" in said


def test_a_word_that_stands_twice_is_said_with_its_line(tmp_path):
    (tmp_path / "mine.toml").write_text('title = "A"\ntitle = "B"\n')
    (said,) = found(Settings(_env_file=None, newsletter_dir=tmp_path)).problems
    assert "is not TOML" in said and "line 2" in said


def test_the_bundled_newsletter_is_right_and_short():
    there = found(Settings(_env_file=None, newsletter_dir=None, state_dir="/nonexistent"))
    assert there.problems == () and list(there.by_name) == ["rising"]
    assert there.by_name["rising"].size + there.by_name["rising"].radar <= 15


# --- Markdown -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("C# in 24 h: +12 & more (really!) 50% {x} a_b", "C# in 24 h: +12 & more (really!) 50% {x} a_b"),
        ("see https://evil.example/x", "see evil.example/x"),
        ("www.evil.example", "evil.example"),
        ("# not a heading", "\\# not a heading"),
        ("+ not a list", "\\+ not a list"),
        ("1. not a list", "1\\. not a list"),
        ("> no quote", "\\> no quote"),
        ("*bold* _it_ `code` ~~gone~~", "\\*bold\\* \\_it\\_ \\`code\\` \\~\\~gone\\~\\~"),
        ("[x](y) <b> &amp;", "\\[x\\](y) \\<b> \\&amp;"),
    ],
)  # fmt: skip
def test_markdown_escapes_what_has_a_meaning_and_nothing_else(text, said):
    assert escaped(text) == said
