"""A user's file becomes rows on their own observation day, or rejected rows with reasons; nothing is guessed."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.imports.rows import map_pieces, map_records, observation_time, parse_import
from trend_assets.imports.spec import ImportRefused, ImportSpec, build_spec, observed_in_name, recognise
from trend_assets.sources.call import Answer, Call
from trend_assets.sources.values import BadValue
from trend_assets.warehouse.tables import TABLES

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIELDS = {"external_id": "id", "measured_at": "seen", "views": "views", "likes": "likes", "hashtags": "tags"}
SPEC = ImportSpec("mine", "csv", FIELDS, {"platform": "tiktok"}, unavailable=("comments", "shares", "saves", "quotes"))


def mapped(*records, spec=SPEC):
    return map_records(enumerate(records, start=1), spec, now=NOW)


def row(spec=SPEC, **fields):
    result = mapped({"id": "1", "seen": "2026-03-01", **fields}, spec=spec)
    assert not result.rejected, result.rejected
    return result.rows[0]


def test_an_id_that_begins_like_a_formula_comes_back_as_it_left():
    from trend_assets.text import guarded

    spec = ImportSpec("mine", "csv", FIELDS, {"platform": "youtube"})
    for said in ("-abcdefghij", "'-abcdefghij", guarded("-abcdefghij")):
        (found,) = mapped({"id": said, "seen": "2026-03-01"}, spec=spec).rows
        assert found["external_id"] == "-abcdefghij"
    assert guarded("-abcdefghij") == "-abcdefghij"
    for text in ("=1+1", "-1+cmd|x", "@SUM(A1)", "+1 (555)", "-2+3"):
        assert guarded(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2018-06-11", datetime(2018, 6, 11, 12, tzinfo=UTC)),
        ("20180611", datetime(2018, 6, 11, 12, tzinfo=UTC)),
        ("18.11.06", datetime(2018, 6, 11, 12, tzinfo=UTC)),
        (date(2018, 6, 11), datetime(2018, 6, 11, 12, tzinfo=UTC)),
        ("2023-12-30T07", datetime(2023, 12, 30, 7, tzinfo=UTC)),
        ("2023-12-30T07:30:00+0200", datetime(2023, 12, 30, 5, 30, tzinfo=UTC)),
        ("1703916929", datetime(2023, 12, 30, 6, 15, 29, tzinfo=UTC)),
        (1703916929000, datetime(2023, 12, 30, 6, 15, 29, tzinfo=UTC)),
    ],
)
def test_a_time_is_taken_as_it_is_and_a_day_counts_as_its_noon(value, expected):
    assert observation_time(value, now=NOW) == expected


@pytest.mark.parametrize("value", ["", None, "yesterday", "2026-13-45", "1999-01-01", "2999-01-01", -1, True, "-1", []])
def test_a_row_without_a_usable_observation_time_is_rejected(value):
    with pytest.raises(BadValue, match="measured_at"):
        observation_time(value, now=NOW)


@pytest.mark.parametrize(
    ("value", "views"),
    [
        ("1,234", 1234),
        ("1.2M", 1_200_000),
        ("1.2万", 12_000),
        ("abc", None),
        ("-1", None),
        ("", None),
        ("0", 0),
        ("NaN", None),
        ("<NA>", None),
        ("5.0", 5),
    ],
)
def test_counts_are_read_strictly_and_unknown_stays_unknown(value, views):
    assert row(views=value)["views"] == views


def test_shortened_and_unreadable_counts_are_noted():
    result = mapped({"id": "1", "seen": "2026-03-01", "views": "1.2M", "likes": "abc"})
    assert sorted(word.split(" is ")[0] for word in result.notes) == ["likes", "views"]


@pytest.mark.parametrize("value", ["9223372036854775808", "1" + "0" * 30, "1.5", "inf", 1.5, float("nan"), 2**63])
def test_a_number_that_no_counter_can_hold_rejects_the_row_with_its_reason(value):
    result = mapped({"id": "1", "seen": "2026-03-01", "views": value})
    assert (len(result.rows), result.rejected[0].row_number) == (0, 1)
    assert result.rejected[0].reason.startswith("views is")


@pytest.mark.parametrize(
    "external_id", ["#NAME?", "#VALUE!", "7.12345E+18", "", None, "two words", 7.1e18, "x" * 200, {"a": 1}]
)
def test_ids_that_a_spreadsheet_or_a_float_has_destroyed_are_rejected(external_id):
    assert "external_id" in mapped({"id": external_id, "seen": "2026-03-01"}).rejected[0].reason


def test_nul_and_lone_surrogates_are_cleaned_and_the_row_is_kept():
    spec = ImportSpec("mine", "csv", {**FIELDS, "description": "text"}, {"platform": "tiktok"})
    assert row(spec, text="a\x00b\ud800c")["description"] == "ab\ufffdc"


def test_a_megabyte_caption_and_100000_hashtags_are_cut_and_noted():
    spec = ImportSpec("mine", "csv", {**FIELDS, "description": "text"}, {"platform": "tiktok"})
    record = {"id": "1", "seen": "2026-03-01", "text": "x" * 10**6, "tags": [f"t{n}" for n in range(10**5)]}
    result = mapped(record, spec=spec)
    assert len(result.rows[0]["description"]) == 20_000
    assert len(result.rows[0]["hashtags"]) == 100
    assert len(result.notes) == 2


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ('SHANtell|"martin brothers"|"martin brothers"', ["shantell"]),
        ("[none]", []),
        ("#One #two", ["one", "two"]),
        ("one, two", ["one", "two"]),
        ([{"name": "A"}, {"name": ""}], ["a"]),
        ([{"text": "B"}], ["b"]),
        ("", None),
    ],
)
def test_hashtags_come_from_lists_and_from_text_as_exports_write_it(value, tags):
    assert row(tags=value)["hashtags"] == tags


@pytest.mark.parametrize(
    ("platform", "external_id", "tags"),
    [("tiktok", "1", ["one", "two"]), ("reddit", "abc", ["one", "two"]), ("amazon", "B000000001", None)],
)
def test_hashtags_are_those_in_the_texts_where_no_field_names_them(platform, external_id, tags):
    fields = {name: name for name in ("title", "description", "external_id", "measured_at")}
    said = {"title": "#One", "description": "x.example/y#z #TWO #one", "measured_at": "2026-03-01"}
    spec = ImportSpec("mine", "csv", fields, {"platform": platform})
    (found,) = mapped({**said, "external_id": external_id}, spec=spec).rows
    assert found.get("hashtags") == tags
    assert row(description="#one").get("hashtags") is None


def test_what_the_file_does_not_have_is_named_as_unavailable_and_stays_unknown():
    found = row(views="5")
    assert found["metrics_unavailable"] == ["comments", "shares", "saves", "quotes"]
    assert found.get("shares") is None


def test_posts_without_an_address_get_the_platforms_public_one():
    spec = ImportSpec("mine", "csv", FIELDS, {"platform": "youtube"})
    assert row(spec, id="dQw4w9WgXcQ")["url"] == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    assert row()["url"] == "https://www.tiktok.com/@/video/1"


def test_a_failure_that_an_actor_reports_inside_its_data_is_rejected_as_such():
    spec = ImportSpec("mine", "clockworks_tiktok", {}, {"platform": "tiktok"}, observed_at="2026-03-01")
    record = {"error": "This profile/hashtag does not exist.", "input": "x"}
    assert "The actor reports for x: This profile" in mapped(record, {"noResults": True}, spec=spec).rejected[0].reason


def test_exports_of_actors_are_read_like_their_live_items():
    from trend_assets.sources.providers.apify.tiktok import post_row

    item = {
        "id": "9",
        "text": "hi #a",
        "playCount": "5",
        "isSlideshow": "true",
        "authorMeta": {"name": "n", "fans": "7"},
    }
    fields = {"external_id": "id", "list_name": "input"}
    spec = ImportSpec("mine", "clockworks_tiktok", fields, {"platform": "tiktok"}, observed_at="2026-03-01")
    found = mapped(item, spec=spec).rows[0]
    live = post_row(item, Counter(), list_name="mine", rank=None, now=NOW)
    assert live == {name: found[name] for name in live}
    assert found["views"] == 5


def test_the_list_is_the_imports_name_unless_the_file_names_one():
    assert row()["list_name"] == "mine"
    spec = ImportSpec("mine", "csv", {**FIELDS, "list_name": "tag"}, {"platform": "tiktok"})
    assert row(spec, tag="#fyp")["list_name"] == "#fyp"


def test_every_column_of_a_row_is_a_column_of_the_table():
    assert set(row()) <= set(TABLES["source.imported_posts"].column_names)


def test_a_stored_part_reads_as_the_file_did_and_accounts_for_every_row():
    body = (
        b'[{"row":7,"record":{"id":"1","seen":"2026-03-01","views":"3"}},'
        b'{"row":9,"record":{"id":"","seen":"2026-03-01"}}]'
    )
    answer = Answer(Call("import", "f.csv", context={"spec": SPEC.as_json()}), 200, body, NOW)
    parsed = parse_import(answer)
    assert parsed.received == 2 == len(parsed.rows) + len(parsed.quarantined)
    assert parsed.quarantined[0].reason.startswith("Row 9: ")
    assert parsed.rows[0]["views"] == 3


def test_known_exports_are_recognised_by_their_fields_also_flattened():
    assert recognise(["diggCount", "playCount", "webVideoUrl", "authorMeta/name"]).name == "clockworks_tiktok"
    assert recognise(["video_id", "trending_date", "channel_title", "publish_time"]).name == "youtube_trending_kaggle"
    assert recognise(["a", "b"]) is None


def spec_for(fields, maps=(), file_name="f.csv", observed_at=""):
    return build_spec(
        import_source="mine", file_name=file_name, file_format="csv", fields=fields, maps=maps, observed_at=observed_at
    )


def test_the_users_map_stands_over_the_known_exports_mapping():
    fields = ["video_id", "date", "views", "comment_count", "region"]
    spec = spec_for(fields, ["list_name=region,platform:=youtube", "comments:=0"])
    assert (spec.format, spec.fields["list_name"], spec.constants["comments"]) == ("youtube_trending", "region", "0")
    assert "comments" not in spec.fields


def test_a_file_whose_columns_are_called_as_ours_needs_no_map():
    spec = spec_for(["external_id", "platform", "measured_at", "views", "other"])
    assert spec.fields == {n: n for n in ("external_id", "platform", "measured_at", "views")}


def test_when_a_file_does_not_say_when_it_was_observed_its_name_or_the_option_does():
    fields = ["diggCount", "playCount", "webVideoUrl", "id"]
    assert spec_for(fields, file_name="dataset_2024-09-04_14-57-00-312.csv").observed_at == "2024-09-04T14:57:00+00:00"
    assert spec_for(fields, file_name="dataset_2024-09-04.csv", observed_at="2024-09-05").observed_at == "2024-09-05"
    with pytest.raises(ImportRefused, match="--observed-at"):
        spec_for(fields, file_name="dataset.csv")


def test_a_name_that_only_looks_like_a_day_is_not_taken_for_one():
    assert observed_in_name("report-2024-13-40.csv") == ""


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        (["view=plays"], "no column view"),
        (["views"], "write column=field"),
        (["views="], "nothing stands"),
        (["views=plays"], "no field plays; it has a, b"),
        (["external_id=a", "measured_at=b"], "which of them is platform"),
        (["external_id=a", "measured_at=b", "platform:=myspace"], "myspace is not one of"),
    ],
)
def test_a_wrong_map_is_refused_by_name_with_what_is_allowed(maps, message):
    with pytest.raises(ImportRefused, match=message):
        spec_for(["a", "b"], maps)


@pytest.mark.parametrize("name", ["", "My Import", "../x", "a" * 61])
def test_an_imports_name_is_a_plain_word(name):
    with pytest.raises(ImportRefused, match="is not a name"):
        build_spec(import_source=name, file_name="f", file_format="csv", fields=["a"])


def test_a_spec_survives_being_stored_as_json():
    assert ImportSpec.from_json(SPEC.as_json()) == SPEC


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "seen", "views", "x"]), inner),
    max_leaves=8,
)


@given(st.lists(json_values | st.fixed_dictionaries({"id": json_values, "seen": json_values, "views": json_values})))
def test_any_record_becomes_a_row_or_a_rejected_row_with_a_reason(records):
    result = mapped(*records)
    assert len(result.rows) + len(result.rejected) == len(records)
    assert all(item.reason for item in result.rejected)
    assert all(r["measured_at"] and r["external_id"] for r in result.rows)


def test_a_value_that_comes_again_is_read_alike_and_noted_each_time():
    spec = ImportSpec(
        import_source="mine",
        format="csv",
        fields={"external_id": "id", "hashtags": "tags", "posted_at": "posted", "creator_name": "name"},
        constants={"platform": "tiktok"},
        observed_at="2026-03-01",
    )
    records = [
        (n, {"id": str(741 + n), "tags": "one|skin care", "posted": "never", "name": "A\x00nna"}) for n in range(1, 6)
    ]
    first, second = map_pieces([records[:3], records[3:]], spec, now=NOW)
    alone = map_records(records[:1], spec, now=NOW)
    assert (
        {tuple(row["hashtags"]) for row in first.rows + second.rows} == {tuple(alone.rows[0]["hashtags"])} == {("one",)}
    )
    assert {row["creator_name"] for row in first.rows + second.rows} == {"Anna"}
    assert len(alone.notes) == 3
    assert (first.notes, second.notes) == ({note: 3 for note in alone.notes}, {note: 2 for note in alone.notes})
