"""A file goes in once, each row lands on its own day, and what was refused can be read afterwards."""

import gzip
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from trend_assets.capture.session import stored_answers
from trend_assets.capture.typed_rows import typed_rows
from trend_assets.imports import store
from trend_assets.imports.importing import import_file
from trend_assets.imports.rows import parse_import
from trend_assets.imports.spec import ImportRefused
from trend_assets.text import MARK
from trend_assets.warehouse.posts import refresh_posts, snapshot_rows
from trend_assets.warehouse.tables import TABLES

NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
HEADER = "id,seen,views,caption\n"
MAPS = ["external_id=id,measured_at=seen,views=views,description=caption,platform:=reddit"]
SHARED = Path(__file__).parents[2].parent / "shared"


@pytest.fixture
def write(tmp_path):
    def _write(lines: str, name: str = "mine.csv") -> Path:
        path = tmp_path / name
        path.write_text(HEADER + lines)
        return path

    return _write


def imported(warehouse, path, **options):
    return import_file(warehouse, path, source=options.pop("source", "mine"), now=NOW, maps=MAPS, **options)


def materialize(warehouse, day: date):
    """What the asset source/imported_posts does for a day."""
    typed = typed_rows(
        TABLES["source.imported_posts"], stored_answers(warehouse, store.SOURCE, day), parse_import, day=day
    )
    return warehouse.write_partition(
        "source.imported_posts", day, typed.frame, received=typed.received, deduplicated=typed.deduplicated
    )


def rows(warehouse, day: date):
    frame = warehouse.read("source.imported_posts", day=day)
    return frame[["external_id", "views"]].astype(object).where(frame[["external_id", "views"]].notna(), None)


def contents(warehouse) -> list:
    """Everything that an import writes, without ids and times."""
    with warehouse.connect() as connection:
        return [
            connection.execute("SELECT body_sha256, observed_date FROM capture.answers ORDER BY 1, 2").fetchall(),
            connection.execute("SELECT import_id, rows, accepted, rejected FROM imports.files ORDER BY 1").fetchall(),
            connection.execute("SELECT row_number, reason FROM imports.rejected_rows ORDER BY 1").fetchall(),
        ]


def test_each_row_lands_on_its_own_observation_day(warehouse, write):
    report = imported(warehouse, write("a,2026-03-01,5,x\nb,2026-03-02T23:59:00-0100,6,y\nc,2026-03-01T07,1,z\n"))
    assert report.days == {date(2026, 3, 1): 2, date(2026, 3, 3): 1}
    materialize(warehouse, date(2026, 3, 1))
    found = warehouse.read("source.imported_posts", day=date(2026, 3, 1))
    assert sorted(zip(found["external_id"], found["measured_at"].dt.hour, strict=True)) == [("a", 12), ("c", 7)]
    assert set(found["import_source"]) == {"mine"} and not found["is_simulated"].any()


def test_importing_the_same_file_twice_changes_nothing(warehouse, write):
    path = write("a,2026-03-01,5,x\nbad,2026-03-01,1.5,x\n")
    first = imported(warehouse, path)
    before = contents(warehouse)
    again = imported(warehouse, path)
    assert (first.unchanged, again.unchanged) == (False, True)
    assert (again.rows, again.accepted, again.rejected, again.changed_days) == (2, 1, 1, ())
    assert contents(warehouse) == before


def test_the_same_file_read_another_way_replaces_what_it_gave_before(warehouse, write):
    path = write("7,2026-03-01,5,x\n")
    imported(warehouse, path)
    report = import_file(
        warehouse,
        path,
        source="mine",
        now=NOW,
        maps=["external_id=id,views=views,platform:=x"],
        observed_at="2026-03-02",
    )
    assert report.changed_days == (date(2026, 3, 1), date(2026, 3, 2))
    for day in report.changed_days:
        materialize(warehouse, day)
    assert len(rows(warehouse, date(2026, 3, 1))) == 0
    assert warehouse.read("source.imported_posts", day=date(2026, 3, 2))["platform"].tolist() == ["x"]


def test_a_corrected_file_wins_over_the_older_import_of_the_same_measurement(warehouse, write):
    imported(warehouse, write("a,2026-03-01,5,x\nb,2026-03-01,1,x\n"))
    corrected = write("a,2026-03-01,7,x\n", "corrected.csv")
    import_file(warehouse, corrected, source="mine", now=NOW.replace(hour=10), maps=MAPS)
    report = materialize(warehouse, date(2026, 3, 1))
    assert rows(warehouse, date(2026, 3, 1)).values.tolist() == [["a", 7], ["b", 1]]
    assert report.stored == 2


def test_among_repeats_inside_a_file_the_later_row_wins_and_all_are_accounted_for(warehouse, write):
    imported(warehouse, write("a,2026-03-01,5,x\n" * 2500 + "a,2026-03-01,9,x\n"))
    materialize(warehouse, date(2026, 3, 1))
    assert rows(warehouse, date(2026, 3, 1)).values.tolist() == [["a", 9]]
    manifest = warehouse.query("SELECT received, stored, deduplicated FROM ops.partition_writes")
    assert manifest.values.tolist() == [[2501, 1, 2500]]


def test_rejected_rows_are_kept_with_their_number_reason_and_text(warehouse, write):
    report = imported(
        warehouse, write("a,2026-03-01,5,x\n,2026-03-01,1,x\nc,never,1,x\nd,2026-03-01,1,x\ne,1,2\nf,2026-03-01,1,x\n")
    )
    assert (report.rows, report.accepted, report.rejected) == (6, 3, 3)
    kept = warehouse.query("SELECT row_number, reason, raw FROM imports.rejected_rows ORDER BY 1")
    assert kept["row_number"].tolist() == [2, 3, 5]
    assert "external_id" in kept["reason"][0] and "never" in kept["reason"][1] and "3 fields" in kept["reason"][2]
    assert kept["raw"][2] == "e,1,2"
    assert sum(report.reasons.values()) == 3


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("a,never,5,x\n" * 5, "5 of the first 5 rows"),
        ("", "no rows"),
        ("a,2026-03-01,1,x\nb,n,1,x\nc,n,1,x\n", "2 of the"),
    ],
)
def test_a_file_that_is_mostly_unusable_is_refused_and_nothing_is_stored(warehouse, write, lines, message):
    with pytest.raises(ImportRefused, match=message):
        imported(warehouse, write(lines))
    assert contents(warehouse) == [[], [], []]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"observed_at": "yesterday"}, "--observed-at yesterday"),
        ({"encoding": "klingon"}, "--encoding klingon is not known"),
        ({"retention_days": 0}, "--retention-days is 0"),
        ({"retention_days": 2**31 - 1}, "give 1 to 36,500"),
        ({"source": "My File"}, "is not a name for an import"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_by_name(warehouse, write, options, message):
    with pytest.raises(ImportRefused, match=message):
        imported(warehouse, write("a,2026-03-01,5,x\n"), **options)


def test_a_file_that_breaks_off_in_the_middle_leaves_nothing(warehouse, tmp_path):
    path = tmp_path / "mine.csv.gz"
    text = HEADER + "".join(f"id{n},2026-03-01,{n * 7919 % 100003},caption {n * 104729}\n" for n in range(70_000))
    path.write_bytes(gzip.compress(text.encode())[:-2000])
    with pytest.raises(ImportRefused, match="breaks off"):
        imported(warehouse, path)
    assert contents(warehouse) == [[], [], []]


def test_nul_surrogates_and_long_captions_come_through_to_the_table(warehouse, tmp_path):
    path = tmp_path / "mine.jsonl"
    long = "x" * 1_000_000
    path.write_text(
        '{"id":"a","seen":"2026-03-01","views":1,"caption":"n\\u0000ul \\ud800"}\n'
        f'{{"id":"b","seen":"2026-03-01","views":null,"caption":"{long}"}}\n'
    )
    report = imported(warehouse, path)
    materialize(warehouse, date(2026, 3, 1))
    found = warehouse.read("source.imported_posts", day=date(2026, 3, 1)).set_index("external_id")
    assert found["description"]["a"] == "nul \ufffd"
    assert len(found["description"]["b"]) == 20_000
    assert found["views"].isna()["b"]
    assert any("cut" in note for note in report.notes)


def test_an_import_whose_retention_is_over_is_taken_back_and_its_posts_vanish(warehouse, write):
    day = date(2026, 3, 1)
    imported(warehouse, write("a,2026-03-01,5,x\n"), retention_days=1)
    later = NOW + timedelta(days=2)

    def build():
        materialize(warehouse, day)
        warehouse.write_partition("trends.post_snapshots", day, warehouse.query(snapshot_rows(), {"day": day}))
        warehouse.transact(lambda c: refresh_posts(c, day, archive_after_days=30), doing="Refreshing")

    build()
    assert len(warehouse.read("trends.posts")) == 1
    assert store.expire_imports(warehouse, now=later).days == {day}
    build()
    assert len(warehouse.read("trends.posts")) == 0
    assert contents(warehouse) == [[], [], []]
    assert store.expire_imports(warehouse, now=later).days == set()


def test_an_erased_person_leaves_the_stored_rows_of_a_file_and_the_others_stay_readable(
    warehouse, tmp_path, monkeypatch
):
    from trend_assets.privacy.erasure import erase
    from trend_assets.privacy.person import Person

    monkeypatch.setenv("TREND_ASSETS_TOMBSTONE_KEY", "k")
    path = tmp_path / "mine.csv"
    path.write_text(
        "external_id,measured_at,platform,creator_handle,views\n"
        "1,2026-03-01,tiktok,canary.person,1\n2,2026-03-01,tiktok,somebody.else,2\n3,never,tiktok,canary.person,3\n"
        "4,2026-03-01,tiktok,somebody.else,2\n"
    )
    import_file(warehouse, path, source="mine", now=NOW)
    materialize(warehouse, date(2026, 3, 1))
    erase(warehouse, Person("tiktok", handles=("canary.person",)), key=b"k")
    materialize(warehouse, date(2026, 3, 1))
    assert rows(warehouse, date(2026, 3, 1))["external_id"].tolist() == ["2", "4"]
    bodies = [stored.answer.body for stored in stored_answers(warehouse, store.SOURCE, date(2026, 3, 1))]
    assert bodies and not any(b"canary" in body for body in bodies)
    assert not warehouse.read("imports.rejected_rows")["raw"].str.contains("canary").any()


def test_imports_of_one_name_and_of_different_names_stand_side_by_side(warehouse, write):
    path = write("a,2026-03-01,5,x\n")
    imported(warehouse, path)
    imported(warehouse, path, source="other")
    materialize(warehouse, date(2026, 3, 1))
    found = warehouse.read("source.imported_posts", day=date(2026, 3, 1))
    assert sorted(found["list_name"]) == ["mine", "other"]


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the shared data ({name}) is not on this machine")
    return path


def test_205_days_of_youtube_trending_are_imported_and_built(warehouse):
    path = shared("data/youtube_us_2017_2018/rows.csv.gz")
    report = import_file(warehouse, path, source="youtube_us", now=NOW)
    assert (report.spec.format, report.rows, report.rejected) == ("youtube_trending", 36_585, 2)
    assert list(report.reasons) == [
        "external_id is FY8A-j_c, which is not an id of YouTube: 11 letters, digits, - or _."
    ]
    assert (len(report.days), min(report.days), max(report.days)) == (205, date(2017, 11, 14), date(2018, 6, 14))
    for day in list(report.days)[:5]:
        materialize(warehouse, day)
    stored = warehouse.query(
        "SELECT sum(received)::bigint, sum(stored + deduplicated)::bigint FROM ops.partition_writes"
    )
    assert stored.iloc[0, 0] == stored.iloc[0, 1] == sum(list(report.days.values())[:5])
    found = warehouse.read("source.imported_posts", start=date(2017, 11, 14), end=date(2017, 11, 18))
    assert found["creator_followers"].isna().all()  # the file's subscribers are those of 2022, not of the day
    assert set(found["measured_at"].dt.hour) == {12}


def test_hourly_reddit_keeps_every_hour_as_its_own_measurement(warehouse):
    path = shared("data/reddit_all_hourly_2023_2024/rows.csv.gz")
    report = import_file(warehouse, path, source="reddit_all", now=NOW)
    assert (report.spec.format, report.rows, report.rejected) == ("reddit_hourly", 25_706, 0)
    day = date(2023, 12, 31)
    materialize(warehouse, day)
    found = warehouse.read("source.imported_posts", day=day)
    assert found["measured_at"].nunique() == 24
    assert found["list_rank"].between(1, 100).all()
    assert found["views"].isna().all() and found["likes"].notna().all()


def test_a_real_export_of_an_actor_is_imported_as_csv(warehouse):
    path = shared("samples/apify_clockworks_free_tiktok_scraper_2024-09-04.csv")
    report = import_file(warehouse, path, source="hashtag_run", now=NOW)
    assert (report.spec.format, report.rows, report.accepted, report.rejected) == ("clockworks_tiktok", 69, 68, 1)
    assert list(report.days) == [date(2024, 9, 4)]
    materialize(warehouse, date(2024, 9, 4))
    found = warehouse.read("source.imported_posts", day=date(2024, 9, 4))
    assert (found["kind"] == "slideshow").sum() > 10
    assert found.loc[found["kind"] == "slideshow", "duration_seconds"].isna().all()
    assert found["hashtags"].notna().all() and found["views"].notna().all()


def test_a_real_export_of_posts_of_x_is_imported_as_json(warehouse):
    path = shared("samples/apify_apidojo_tweet_scraper_items_2025-11-21_21-51.json")
    report = import_file(warehouse, path, source="x_search", now=NOW)
    assert (report.spec.format, report.accepted) == ("apidojo_tweets", 10)
    assert list(report.days) == [date(2025, 11, 21)]


def test_rejected_rows_lie_in_a_private_file_and_repeats_of_a_file_are_counted(warehouse, write, tmp_path):
    path = write("a,2026-03-01,5,x\na,2026-03-01,6,x\na,2026-03-02,7,x\nb,never,5,x\n")
    report = imported(warehouse, path, rejected_into=tmp_path / "rejected")
    assert (report.rows, report.accepted, report.rejected, report.repeated) == (4, 3, 1, 1)
    assert report.rejected_file.stat().st_mode & 0o077 == 0
    text = report.rejected_file.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert text.startswith(MARK)
    assert len(lines) == 2 and lines[1].startswith('4,"measured_at is')
    said = " ".join(report.sentences())
    assert str(report.rejected_file) in said and "Repeated 1×" in said
