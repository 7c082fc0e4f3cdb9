"""Values as files of people write them: numbers, days in any order, lists in one cell, and the known exports."""

from datetime import UTC, date, datetime

import pytest

from trend_assets.imports import forms
from trend_assets.imports.rows import map_records, observation_time
from trend_assets.imports.spec import ImportRefused, ImportSpec, build_spec
from trend_assets.sources.values import BadNumber, BadValue

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def imported(records, *, maps=(), observed_at="", name="f.csv", **how):
    fields = [field for record in records for field in record]
    spec = build_spec(
        import_source="mine", file_name=name, file_format="csv", fields=fields, maps=maps, observed_at=observed_at,
        **how,
    )  # fmt: skip
    return map_records(enumerate(records, start=1), spec, now=NOW)


def one(record, **how):
    result = imported([record], **how)
    assert not result.rejected, result.rejected
    return result.rows[0]


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("100.0", "", "100"), ("100.", "", "100"), ("100.000", "", "100.000"), ("100", "", "100"),
        ("1.234", ",", "1234"), ("1.234.567", ",", "1234567"), ("1.234,0", ",", "1234"), ("12,0", ",", "12"),
        ("1,234", ".", "1234"), ("1,234,567.0", ".", "1234567"), ("1,2K", ",", "1,2K"), ("abc", ",", "abc"),
    ],
)  # fmt: skip
def test_a_whole_number_is_whole_in_either_way_of_writing(text, decimal, number):
    assert forms.plain_number(text, "views", decimal) == number


@pytest.mark.parametrize(("text", "decimal"), [("1234,5", ","), ("1.5", "."), ("1,234", ","), ("1.234", ".")])
def test_a_declared_sign_makes_a_fraction_a_fraction_and_the_row_is_rejected(text, decimal):
    with pytest.raises(BadNumber, match="not a whole number"):
        forms.plain_number(text, "views", decimal)


@pytest.mark.parametrize(
    ("values", "sign"),
    [
        (["1.234", "1234,5"], ","), (["1.234,56"], ","), (["1,234.56"], "."), (["0.5"], "."), (["1.234"], ""),
        (["1,234"], ""), (["1,5", "1.5"], ""), ([5, None, "x"], ""),
    ],
)  # fmt: skip
def test_the_decimal_sign_is_found_only_where_one_sign_explains_the_sample(values, sign):
    assert forms.decimal_in(values) == sign


@pytest.mark.parametrize(
    ("text", "dates", "expected"),
    [
        ("20.11.2026", "", date(2026, 11, 20)), ("20/11/2026", "", date(2026, 11, 20)),
        ("11/20/2026", "", date(2026, 11, 20)), ("10/03/2026", "month-first", date(2026, 10, 3)),
        ("10/03/2026", "day-first", date(2026, 3, 10)), ("3.4.2026", "", date(2026, 4, 3)),
        ("2026/11/20", "", date(2026, 11, 20)), ("05/05/2026", "", date(2026, 5, 5)),
        ("10/03/26", "day-first", date(2026, 3, 10)), ("26-03-10", "year-first", date(2026, 3, 10)),
        ("Sep 20, 2026", "", date(2026, 9, 20)), ("20 September 2026", "", date(2026, 9, 20)),
        ("20-Sep-2026", "", date(2026, 9, 20)), ("November 20", "", date(2026, 11, 20)),
        ("November 22", "", date(2025, 11, 22)), ("46346", "", date(2026, 11, 20)),
        ("46346.5", "", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("10/03/2026 08:31", "month-first", datetime(2026, 10, 3, 8, 31, tzinfo=UTC)),
        ("10/03/2026 8:31 PM", "month-first", datetime(2026, 10, 3, 20, 31, tzinfo=UTC)),
        ("Friday, November 20, 2026", "", date(2026, 11, 20)), ("20-Nov-26", "", date(2026, 11, 20)),
        ("20. November 2026", "", date(2026, 11, 20)), ("20 sept. 2026", "", date(2026, 9, 20)),
        ("20 août 2026", "", date(2026, 8, 20)), ("20 de julio de 2026", "", date(2026, 7, 20)),
        ("20. März 2026", "", date(2026, 3, 20)), ("2026年11月20日", "", date(2026, 11, 20)),
        ("2026-11-20 10:00:00 UTC", "", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("20 sept. 2026 à 10:00", "", datetime(2026, 9, 20, 10, tzinfo=UTC)),
        ("20.09.2026, 10:00 Uhr", "", datetime(2026, 9, 20, 10, tzinfo=UTC)),
        ("20 sept 2026, 10:00 p.\u202fm.", "", datetime(2026, 9, 20, 22, tzinfo=UTC)),
        ("Sep 20, 2026, 10:00\u202fAM", "", datetime(2026, 9, 20, 10, tzinfo=UTC)),
        ("\u200e20/11/2026", "", date(2026, 11, 20)),
        ("20|11|26", "%d|%m|%y", date(2026, 11, 20)), ("20 11", "%d %m", date(2026, 11, 20)),
    ],
)  # fmt: skip
def test_a_date_is_read_in_the_form_that_is_declared_or_the_only_possible_one(text, dates, expected):
    assert forms.written_time(text, dates, NOW) == expected


def test_a_date_that_can_be_two_days_is_refused_with_the_option_that_decides():
    with pytest.raises(BadValue, match=r"can be two days; give --date-format day-first"):
        observation_time("10/03/2026", now=NOW)


@pytest.mark.parametrize(
    "text", ["31.02.2026", "20.13.2026", "Foo 20, 2026", "20/11", "20 Brumaire 2026", "99999", "12345", "1.2.3"]
)
def test_what_is_no_date_is_none(text):
    with pytest.raises(BadValue):
        observation_time(text, now=NOW)


@pytest.mark.parametrize("value", ["2026-11-22", "22.11.2026", "2026-11-22T00:00:00Z", 1795305600, "Nov 22, 2026"])
def test_a_day_that_has_not_begun_is_refused(value):
    with pytest.raises(BadValue, match="has not begun"):
        observation_time(value, now=NOW)


def test_today_is_a_day_that_has_begun():
    assert observation_time("2026-11-21", now=NOW).date() == NOW.date()


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["10/03/2026", "20/11/2026"], "day-first"), (["10/03/2026", "11/20/2026"], "month-first"),
        (["10/03/2026"], ""), (["20/11/2026", "11/20/2026"], ""), (["2026-11-20"], ""), (["1.2.2026"], "day-first"),
    ],
)  # fmt: skip
def test_the_order_of_day_and_month_is_found_only_where_the_sample_allows_one(values, order):
    assert forms.order_in(values) == order


@pytest.mark.parametrize(
    ("decimal", "dates", "message"), [("semicolon", "", "point or comma"), ("", "eu", "day-first, month-first")]
)
def test_a_form_that_does_not_exist_is_refused_with_what_is_allowed(decimal, dates, message):
    with pytest.raises(ImportRefused, match=message):
        forms.declared(decimal=decimal, dates=dates)


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ("['skincare', 'GRWM']", ["skincare", "GRWM"]), ('["skincare","grwm"]', ["skincare", "grwm"]),
        ("#skincare#grwm", ["skincare", "grwm"]), ("#skincare #grwm", ["skincare", "grwm"]),
        ("#a,#b", ["a", "b"]),
        ("a|b", ["a", "b"]), ('a|"b c"', ["a", "b c"]), ("skin care, grwm", ["skin care", "grwm"]),
        ("[None]", []), ("[none]", []), ("[]", []), ("a;b", ["a", "b"]), ("[a, b]", ["a", "b"]),
    ],
)  # fmt: skip
def test_a_list_in_one_cell_is_read_however_it_is_written(cell, tags):
    assert forms.listed(cell) == tags


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:05", 65), ("0:01:05.5", 65.5), ("90:00", 5400), ("1:02:03", 3723), ("PT1M5S", 65), ("45,5", 45.5),
        ("1:65", None), ("1:75:00", None), ("P0D", None), ("0", None), ("1.234,5", None), ("about a minute", None),
    ],
)  # fmt: skip
def test_a_length_is_read_as_clocks_and_standards_write_it_or_is_unknown(text, seconds):
    record = {"external_id": "1", "platform": "tiktok", "measured_at": "2026-11-20", "duration_seconds": text}
    assert one(record)["duration_seconds"] == seconds


@pytest.mark.parametrize(
    "posted", ["2026-09-20 10:00:00 UTC", "2026-09-20T10:00:00Z", "Sun Sep 20 10:00:00 +0000 2026"]
)
def test_a_time_of_posting_with_its_zone_behind_it_is_known(posted):
    record = {"external_id": "1", "platform": "tiktok", "measured_at": "2026-11-20", "posted_at": posted}
    assert one(record)["posted_at"] == datetime(2026, 9, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "platform", "known"),
    [
        ("\ufeff7519876543210987521", "tiktok", "7519876543210987521"), ("abc123DEF45\u200b", "youtube", "abc123DEF45"),
        ("0", "tiktok", None), ("undefined", "instagram", None), ("null", "reddit", None), ("NaN", "instagram", None),
        ("https://www.instagram.com/share/reel/BAxyz123", "instagram", None),
        ("https://www.instagram.com/someone/reel/DA1b2C3d4E5/?igsh=x", "instagram", "DA1b2C3d4E5"),
    ],
)  # fmt: skip
def test_an_id_loses_what_nobody_sees_and_a_word_for_nothing_is_none(said, platform, known):
    result = imported([{"external_id": said, "platform": platform, "measured_at": "2026-11-20"}])
    assert [row["external_id"] for row in result.rows] == ([known] if known else [])


def test_a_number_keeps_its_value_behind_marks_of_direction():
    record = {"external_id": "1", "platform": "tiktok", "measured_at": "2026-11-20", "views": "\u200e1,234\u200f"}
    assert one(record)["views"] == 1234


@pytest.mark.parametrize(
    ("external_id", "platform"),
    [("7519876543210987520.0", "tiktok"), ("1865123456789012480.0", "x"), ("741.0", "tiktok"), ("7.52E+18", "tiktok")],
)
def test_an_id_that_went_through_a_number_is_refused_by_name_with_the_reason(external_id, platform):
    result = imported([{"external_id": external_id, "platform": platform, "measured_at": "2026-11-20"}])
    reason = result.rejected[0].reason
    assert external_id in reason and "export" in reason and "text" in reason


@pytest.mark.parametrize("name", ["TikTok", "tiktok ", " TIKTOK", "tiktok"])
def test_a_platform_is_known_in_any_case_and_with_blanks(name):
    record = {"external_id": "741", "platform": name, "measured_at": "2026-11-20", "views": "5"}
    assert one(record)["platform"] == "tiktok"


def test_pandas_floats_are_whole_counts_and_its_gaps_are_unknown():
    record = {"video_id": "abc123DEF45", "date": "2026-11-20", "views": "200.0", "likes": "", "comment_count": ""}
    found = one(record)
    assert (found["views"], found["likes"], found["comments"]) == (200, None, None)


def test_numbers_that_kaggle_says_are_hidden_are_unknown_and_others_count():
    record = {
        "video_id": "abc123DEF45", "trending_date": "26.20.11", "channel_title": "c",
        "publish_time": "2026-11-13T17:13:01.000Z", "views": "5", "likes": "0", "comment_count": "0",
        "comments_disabled": "True", "ratings_disabled": "False",
    }  # fmt: skip
    found = one(record)
    assert (found["likes"], found["comments"]) == (0, None)
    found = one({**record, "comments_disabled": "False", "ratings_disabled": "True"})
    assert (found["likes"], found["comments"]) == (None, 0)


def test_a_youtube_studio_table_gives_videos_and_its_total_is_none_of_them():
    total = {"Content": "Total", "Video title": "", "Video publish time": "", "Duration": "", "Views": "2100"}
    video = {
        "Content": "-bc123DEF45", "Video title": "My short", "Video publish time": "Sep 20, 2026", "Duration": "45",
        "Views": "1,100",
    }  # fmt: skip
    result = imported([total, video], observed_at="2026-11-20")
    assert [item.row_number for item in result.rejected] == [1] and "sum of the other" in result.rejected[0].reason
    found = result.rows[0]
    assert (found["external_id"], found["views"], found["duration_seconds"]) == ("-bc123DEF45", 1100, 45)
    assert found["posted_at"] == datetime(2026, 9, 20, tzinfo=UTC)


def test_a_meta_business_suite_export_gives_the_code_of_the_address_and_american_times():
    record = {
        "Post ID": "18012345678901234", "Account ID": "17840000000000000", "Account username": "person1",
        "Account name": "P", "Description": "Chair test", "Duration (sec)": "44", "Publish time": "10/03/2026 08:31",
        "Permalink": "https://www.instagram.com/reel/DAbc123/", "Views": "12,400", "Likes": "610", "Shares": "88",
        "Comments": "57", "Saves": "230",
    }  # fmt: skip
    found = one(record, observed_at="2026-11-20")
    assert (found["external_id"], found["platform"], found["views"]) == ("DAbc123", "instagram", 12_400)
    assert found["posted_at"] == datetime(2026, 10, 3, 8, 31, tzinfo=UTC)


def test_tiktok_studio_and_creator_center_give_ids_out_of_addresses():
    link = "https://www.tiktok.com/@person1/video/7412345678901234567"
    studio = {"Video title": "One", "Video link": link, "Post time": "2026-11-02 19:05:00", "Total views": "18,400"}
    found = one(studio, observed_at="2026-11-20")
    assert (found["external_id"], found["views"]) == ("7412345678901234567", 18_400)
    assert found["posted_at"] == datetime(2026, 11, 2, 19, 5, tzinfo=UTC)
    center = {**studio, "Time": "November 20", "Post time": "November 12"}
    found = one(center)
    assert found["measured_at"] == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert found["posted_at"] == datetime(2026, 11, 12, tzinfo=UTC)


SELECTED = {
    "authorMeta.name": "person1", "text": "caption #tag", "diggCount": 10, "playCount": 200,
    "createTimeISO": "2025-09-01T10:00:00.000Z",
    "webVideoUrl": "https://www.tiktok.com/@person1/video/7546000000000000001",
}  # fmt: skip


def test_selected_fields_of_an_actor_are_read_and_the_id_comes_from_the_address():
    found = one(SELECTED, name="dataset_tiktok-scraper_2025-09-21_13-33-25-969.jsonl")
    assert (found["external_id"], found["creator_handle"]) == ("7546000000000000001", "person1")
    assert (found["views"], found["likes"]) == (200, 10)


def test_the_users_map_wins_over_a_recognised_export_and_recognition_can_be_turned_off():
    found = one(
        {**SELECTED, "mine": "99", "shown": "7"}, maps=["external_id=mine", "views=shown"], observed_at="2026-11-20"
    )
    assert (found["external_id"], found["views"], found["likes"]) == ("99", 7, 10)
    with pytest.raises(ImportRefused, match="nothing says which of them is external_id"):
        imported([SELECTED], observed_at="2026-11-20", recognition=False)
    maps = ["external_id=webVideoUrl", "platform:=tiktok"]
    found = one(SELECTED, maps=maps, observed_at="2026-11-20", recognition=False)
    assert (found["external_id"], found.get("views")) == ("7546000000000000001", None)


@pytest.mark.parametrize("path", ["authorMeta/nmae", "authorMeta/name/x", "hashtags/0/nmae"])
def test_a_wrong_later_step_of_a_nested_map_is_named(path):
    fields = ["id", "authorMeta", "authorMeta/name", "hashtags", "hashtags/0", "hashtags/0/name"]
    with pytest.raises(ImportRefused, match=f"no field {path}"):
        build_spec(
            import_source="mine", file_name="f", file_format="json", fields=fields, observed_at="2026-11-20",
            maps=["external_id=id", "platform:=tiktok", f"creator_handle={path}"],
        )  # fmt: skip


def test_an_hourly_listing_of_reddit_keeps_subreddit_ratio_and_link():
    record = {
        "id": "18u8tbc", "date": "2023-12-30T07", "position": "54", "score": "1259", "num_comments": "17",
        "subreddit_display_name": "me_irlgbt", "upvote_ratio": "0.98", "url": "https://i.redd.it/1.jpeg",
    }  # fmt: skip
    found = one(record)
    assert (found["list_name"], found["upvote_ratio"], found["linked_url"]) == (
        "me_irlgbt", 0.98, "https://i.redd.it/1.jpeg",
    )  # fmt: skip


def test_a_spec_that_was_stored_before_forms_existed_is_still_read():
    stored = {
        "import_source": "mine", "format": "csv", "fields": {}, "constants": {}, "observed_at": "", "unavailable": [],
    }  # fmt: skip
    assert ImportSpec.from_json(stored).decimal == ""
