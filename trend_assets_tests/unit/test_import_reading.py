"""Files are read a piece at a time, whatever their form; a bad line is numbered and kept, a broken file is refused."""

import bz2
import gzip
import json
import lzma

import pytest

from trend_assets.imports.csv_rows import LINE_LIMIT
from trend_assets.imports.describing import describe
from trend_assets.imports.reading import pieces, records, unflatten
from trend_assets.imports.rows import Unreadable
from trend_assets.imports.spec import ImportRefused


def read(path, **options):
    return list(records(describe(path, **options)))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("packed", [False, True])
def test_csv_is_read_with_its_delimiter_byte_order_mark_quotes_and_compression(write, delimiter, packed):
    text = f'\ufeffid{delimiter}text\n1{delimiter}"a{delimiter}\n""b"""\n'.encode()
    assert read(write(gzip.compress(text) if packed else text)) == [(1, {"id": "1", "text": f'a{delimiter}\n"b"'})]


def test_a_csv_line_of_another_width_is_set_aside_and_the_rest_is_read(write):
    found = read(write("a,b\n1,2,3\n4,5\n6\n"))
    assert [number for number, _ in found] == [1, 2, 3]
    assert isinstance(found[0][1], Unreadable) and "3 fields, the header has 2" in found[0][1].reason
    assert found[1][1] == {"a": "4", "b": "5"}
    assert isinstance(found[2][1], Unreadable)


def test_apifys_flattened_columns_become_nested_again():
    flat = {"authorMeta/name": "x", "hashtags/0/name": "a", "hashtags/1/name": "b", "hashtags/10/name": "c", "id": ""}
    assert unflatten(flat) == {"authorMeta": {"name": "x"}, "hashtags": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}


def test_a_name_that_is_both_a_value_and_a_path_keeps_the_value():
    assert unflatten({"a": "1", "a/b": "2"}) == {"a": "1"}


def test_jsonl_lines_that_are_no_json_are_set_aside_with_their_number(write):
    content = '{"id": 1}\n\n{"id": NaN}\n{"id": 2\n{"id": 3}\n' + '{"a":' * 5000 + "\n"
    found = read(write(content, "f.jsonl"))
    # NaN is how Python and pandas write a number that is not there
    assert [(n, r) for n, r in found if not isinstance(r, Unreadable)] == [
        (1, {"id": 1}), (2, {"id": None}), (4, {"id": 3}),
    ]  # fmt: skip
    assert [n for n, r in found if isinstance(r, Unreadable)] == [3, 5]


def test_a_jsonl_line_beyond_the_limit_is_set_aside_without_reading_it_whole(write):
    found = read(write(b'{"id":1}\n{"x":"' + b"y" * (LINE_LIMIT + 5) + b'"}\n{"id":2}\n', "f.jsonl"))
    assert [r if isinstance(r, dict) else r.reason[:18] for _, r in found] == [
        {"id": 1},
        "The line is longer",
        {"id": 2},
    ]


def test_a_json_list_larger_than_one_block_is_read_item_by_item(write):
    items = [{"id": n, "text": "ü" * 3000} for n in range(1000)]
    path = write(json.dumps(items, ensure_ascii=False), "f.json")
    assert path.stat().st_size > 5_000_000
    assert [record for _, record in read(path)] == items


def test_a_json_list_that_breaks_off_is_refused(write):
    with pytest.raises(ImportRefused, match="not a complete JSON list"):
        read(write('[{"id": 1}, {"id": 2', "f.json"))


def test_parquet_is_read_with_its_types_as_json_has_them(tmp_path):
    import pandas as pd

    path = tmp_path / "f.parquet"
    seen = pd.Timestamp("2026-03-01T05:00", tz="UTC")
    pd.DataFrame({"id": [2**53 + 1], "seen": [seen], "tags": [["a", "b"]]}).to_parquet(path)
    assert read(path) == [(1, {"id": 2**53 + 1, "seen": seen.isoformat(), "tags": ["a", "b"]})]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"<html>", "a page without a table"),
        (b"%PDF-1.7", "neither CSV"),
        (b"\0" * 5000, "neither CSV"),
        (b"SQLite format 3\0" + b"\0" * 100, "neither CSV"),
        (bz2.compress(b"id\n1\n"), "packed as bzip2; unpack it, or pack it as zip or gzip"),
        (lzma.compress(b"id\n1\n"), "packed as xz"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "packed as 7z"),
        (b"\x28\xb5\x2f\xfd\4\0", "packed as zstd"),
        (b"Rar!\x1a\x07\1\0", "packed as rar"),
        (b"a.csv".ljust(257, b"\0") + b"ustar\x0000", "packed as tar"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"<items><item>", "not whole XML"),
        (b'[{"id": 1}]\n[{"id": 2}]', "goes on behind its list"),
        (b'{"id": {"0": 1, "1": 2}, "a": {"0": 5, "1": 6}}', "orient='records'"),
        (b"PK\x03\x04", "not a readable zip"),
        (b"PAR1 but not really", "not a readable Parquet"),
        (b"a,a\n1,2\n", "not a header"),
        (b"a,a\nb,c\nd,e\n", "not a header"),
        (b"a,,c\n1,2,3\n", "Column 2 of f.csv has no name"),
        (gzip.compress(b"a,b\n1,2\n" * 1000, mtime=0)[:-20], "breaks off"),
        (b"[1,2,3]", "no record of named fields"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_next_step(write, content, message):
    with pytest.raises(ImportRefused, match=message):
        read(write(content))


@pytest.mark.parametrize(
    "content",
    [
        'id, "views"\n1, "5"\n',  # blanks behind the commas
        ",Counts,Counts\nid,views,likes\n1,5,6\n2,6,7\n",  # a line of groups above the header
        "Report,,,\nFrom,2026-11-01,,\n,,,\nid,views,a,b\n1,5,x,y\n",  # a report's head, filled up to the table's width
        "\ufeffid,views\n1,5\n" + "\0" * 500,  # its writer died
        'window.YTD.tweets.part0 = [\n {"id": "1", "views": "5"}\n]',  # a list of an archive
    ],
)
def test_what_other_programs_put_around_the_rows_is_left_out(write, content):
    number, first = read(write(content))[0]
    assert (number, first["id"], first["views"]) == (1, "1", "5")


def test_another_encoding_can_be_named(write):
    assert read(write(b"a,b\n\xe9,2\n"), encoding="latin-1") == [(1, {"a": "é", "b": "2"})]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ImportRefused, match=r"no file nowhere\.csv"):
        describe(tmp_path / "nowhere.csv")


def test_pieces_are_bounded_and_complete(write):
    path = write("a\n" + "x\n" * 25)
    assert [len(piece) for piece in pieces(describe(path), rows=10)] == [10, 10, 5]


def test_the_form_is_told_from_the_content_not_from_the_name(write):
    assert describe(write('{"id": 1}\n{"id": 2}', "f.csv")).form == "jsonl"
    assert describe(write(' [{"id": 1}]', "f.txt")).form == "json"
