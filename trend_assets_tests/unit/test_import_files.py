"""Files as people have them: any encoding and delimiter, workbooks, archives, lists inside objects, runaway quotes."""

import gzip
import json
import zipfile
from datetime import UTC, date, datetime
from itertools import product

import openpyxl
import pytest

from trend_assets.imports.containers import MAIN
from trend_assets.imports.describing import describe
from trend_assets.imports.preview import preview_file
from trend_assets.imports.reading import records
from trend_assets.imports.rows import Unreadable
from trend_assets.imports.spec import ImportRefused

NOW = datetime(2026, 11, 28, tzinfo=UTC)
JAPANESE = "".join(f"{n},今日のトレンド商品を紹介します。とても楽しい動画です\n" for n in range(5))
CHINESE = "".join(f"{n},今天的热门商品介绍和护肤视频\n" for n in range(5))
KOREAN = "".join(f"{n},오늘의 트렌드 상품을 소개합니다\n" for n in range(5))


def read(path, **how):
    return [record for _, record in records(describe(path, **how))]


def good(path, **how):
    return [record for record in read(path, **how) if not isinstance(record, Unreadable)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "content", ["id,text\n1,grüße\n", '[{"id": 1, "text": "grüße"}]', '{"id":1,"text":"grüße"}\n{"id":2,"text":"b"}\n']
)
def test_every_unicode_encoding_is_recognised_whatever_the_form(write, encoding, content):
    assert good(write(content.encode(encoding)))[0]["text"] == "grüße"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("1,Crème brûlée, voilà\n".replace(", voilà", " voilà"), "cp1252"), ("1,é\n", "cp1252"), ("1,10 €\n", "cp1252"),
        (JAPANESE, "cp932"), (CHINESE, "gb18030"), (KOREAN, "cp949"),
    ],
)  # fmt: skip
def test_an_older_encoding_is_guessed_and_said_and_can_be_overruled(write, text, encoding):
    path = write(f"id,text\n{text}".encode(encoding))
    info = describe(path)
    assert info.encoding == encoding
    assert any("--encoding overrules" in note for note in info.notes)
    assert good(path)[0]["text"] == text.split("\n")[0].split(",", 1)[1]
    assert describe(path, encoding="latin-1").encoding == "latin-1"


def test_an_encoding_that_cannot_be_told_is_refused_with_its_candidates(write):
    with pytest.raises(ImportRefused, match=r"it can be .*give --encoding"):
        describe(write("id,text\n1,护肤\n".encode("gb18030")))


def test_the_first_foreign_letter_may_come_late(write):
    path = write(b"id,text\n" + b"1,plain\n" * 150_000 + b"2,caf\xe9\n")
    assert describe(path).encoding == "cp1252"


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "before", ["", "sep={}\n", "Report of November\n\n", "# made by a tool\n# twice\n", "Account{}me\n\n"]
)
@pytest.mark.parametrize("after", ["", "{}"])
def test_delimiter_preamble_comments_and_trailing_signs_are_found(write, sign, before, after):
    lines = [["id", "plays", "day"], ["741", "5", "2026-11-20"], ["742", "6", "2026-11-20"]]
    body = "".join(sign.join(line) + after.format(sign) + "\n" for line in lines)
    assert good(write(before.format(sign) + body)) == [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def test_an_index_column_and_a_sign_behind_the_rows_only_are_left_out(write):
    assert good(write(",id,plays\n0,741,5\n")) == [{"id": "741", "plays": "5"}]
    assert good(write("id,plays\n741,5,\n742,6,\n")) == [{"id": "741", "plays": "5"}, {"id": "742", "plays": "6"}]


@pytest.mark.parametrize(
    ("lines", "kept", "bad"),
    [
        (['1,"open', "2,b", "3,c"], ["2", "3"], [1]),
        (["1,a", '2,"open', '3,"closed"', "4,d"], ["1", "3", "4"], [2]),
        (["1,a", "2,b", '3,"open'], ["1", "2"], [3]),
        (['1,"open', '2,"open', "3,c"], ["3"], [1, 2]),
        (['1,"two\nlines"', "2,b"], ["1", "2"], []),
        (['1,"a ""quote"" inside"', "2,b"], ["1", "2"], []),
        (['1,5" screen', "2,b"], ["1", "2"], []),
    ],
)
def test_a_quote_that_does_not_close_costs_its_own_line_and_no_other(write, lines, kept, bad):
    found = list(records(describe(write("id,text\n" + "\n".join(lines) + "\n"))))
    assert [record["id"] for _, record in found if isinstance(record, dict)] == kept
    assert [number for number, record in found if isinstance(record, Unreadable)] == bad


def test_a_file_full_of_runaway_quotes_is_refused(write):
    with pytest.raises(ImportRefused, match="does not close"):
        read(write("id,text\n" + '1,"open\n' * 300 + '2,"x"y\n'))


@pytest.mark.parametrize("indent", [None, 2])
def test_the_list_inside_an_object_is_the_rows_and_that_is_said(write, indent):
    path = write(json.dumps({"at": "x", "data": {"posts": [{"id": "1"}, {"id": "2"}]}}, indent=indent), "f.json")
    assert good(path) == [{"id": "1"}, {"id": "2"}]
    assert any("data/posts" in note for note in describe(path).notes)
    assert good(path, inside=".")[0]["at"] == "x"


def test_an_object_with_several_lists_asks_which_and_one_record_stays_one(write):
    path = write(json.dumps({"a": [{"x": 1}], "b": [{"x": 2}]}), "f.json")
    with pytest.raises(ImportRefused, match=r"several lists: a, b.*--rows"):
        read(path)
    assert good(path, inside="b") == [{"x": 2}]
    with pytest.raises(ImportRefused, match="has the lists a, b"):
        read(path, inside="c")
    one = {"id": "1", "hashtags": [{"name": "a"}]}
    assert good(write(json.dumps(one), "g.json")) == [one]


def workbook(path, rows, **sheets):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, others in sheets.items():
        made = book.create_sheet(name)
        for row in others:
            made.append(row)
    book.save(path)
    return path


def test_a_workbook_is_read_with_whole_numbers_days_and_the_other_sheets_named(tmp_path):
    rows = [
        ["Report"],
        [],
        ["id", "plays", "day"],
        ["741", 5.0, date(2026, 11, 20)],
        [None, None, None],
        ["742", 1.5, None],
    ]
    path = workbook(tmp_path / "f.xlsx", rows, Other=[["a"], ["b"]])
    assert read(path) == [
        {"id": "741", "plays": 5, "day": "2026-11-20"}, {"id": "742", "plays": 1.5},
    ]  # fmt: skip
    assert any("not Other" in note for note in describe(path).notes)
    assert read(path, inside="Other") == [{"a": "b"}]
    with pytest.raises(ImportRefused, match="has no sheet Nope; it has Sheet, Other"):
        read(path, inside="Nope")


def zipped(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return path


def test_a_zip_with_one_file_is_read_and_one_with_more_names_them(tmp_path):
    assert good(zipped(tmp_path / "a.zip", rows__csv="id,a\n1,2\n")) == [{"id": "1", "a": "2"}]
    with pytest.raises(ImportRefused, match=r"holds a.csv, b.csv; say which one: --rows NAME"):
        read(zipped(tmp_path / "b.zip", a__csv="x", b__csv="y"))
    several = zipped(tmp_path / "d.zip", a__csv="x\n1\n", b__csv="id\n7\n")
    assert good(several, inside="b.csv") == [{"id": "7"}]
    with pytest.raises(ImportRefused, match=r"document of another program; save it as \.xlsx or CSV"):
        read(zipped(tmp_path / "sheet.ods", mimetype="x", content__xml="<x/>"))
    with pytest.raises(ImportRefused, match="packed twice"):
        read(zipped(tmp_path / "twice.zip", in__zip=several.read_bytes()))
    with pytest.raises(ImportRefused, match="holds no file"):
        read(zipped(tmp_path / "c.zip"))


def with_parts(path, **parts):
    """A workbook with some of its parts replaced."""
    whole = workbook(path.with_suffix(".small"), [["id", "views"]])
    with zipfile.ZipFile(whole) as small, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in dict.fromkeys([*small.namelist(), *parts]):
            made.writestr(name, parts[name] if name in parts else small.read(name))
    return path


@pytest.mark.parametrize(
    ("member", "limit"),
    [
        ("xl/a.xml", "WORKBOOK_LIMIT"),
        *((part, "PARTS_LIMIT") for part in ("xl/styles.xml", "xl/workbook.xml", "xl/theme/theme1.xml")),
        *((part, "PARTS_LIMIT") for part in ("[Content_Types].xml", "docProps/core.xml")),
    ],
)
def test_a_workbook_is_refused_by_the_size_that_its_directory_says(tmp_path, monkeypatch, member, limit):
    monkeypatch.setattr(f"trend_assets.imports.containers.{limit}", 30_000)
    with pytest.raises(ImportRefused, match="too large"):
        read(with_parts(tmp_path / "f.xlsx", **{member: " " * 30_001}))


SHEET = (
    f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c t="inlineStr"><is><t>id</t></is></c></row>',
    "</worksheet>",
)


@pytest.mark.parametrize("texts", ["xl/sharedStrings.xml", "xl/sharedstrings.xml", "xl/strings1.xml"])
def test_a_workbooks_table_of_texts_is_read_and_limited_under_any_name(tmp_path, monkeypatch, texts):
    """Some programs name that part otherwise; [Content_Types].xml says which it is. Such a file was refused."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    with_parts(tmp_path / "f.xlsx")
    with zipfile.ZipFile(tmp_path / "f.xlsx") as plain:
        types = plain.read("[Content_Types].xml").decode()
    said = f'<Override PartName="/{texts}" ContentType="{kind}"/></Types>'
    parts = {
        "[Content_Types].xml": types.replace("</Types>", said),
        "xl/worksheets/sheet1.xml": '<row r="2"><c t="s"><v>1</v></c></row></sheetData>'.join(SHEET),
        texts: f'<sst xmlns="{MAIN}"><si><t>other</t></si><si><t>a text</t></si></sst>',
    }
    path = with_parts(tmp_path / "f.xlsx", **parts)
    assert read(path) == [{"id": "a text"}]
    monkeypatch.setattr("trend_assets.imports.containers.STRINGS_LIMIT", 10)
    with pytest.raises(ImportRefused, match="its table of texts is 0 MB unpacked"):
        read(path)


ENDLESS = {
    "cells in one row": '<row r="2">' + "<c/>" * 80_000 + "</row></sheetData>",
    "one cell": '<row r="2"><c t="inlineStr"><is><t>' + "x" * 300_000 + "</t></is></c></row></sheetData>",
    "merged cells": "</sheetData><mergeCells>" + '<mergeCell ref="A1:B2"/>' * 20_000 + "</mergeCells>",
    "columns": "</sheetData><x>" + "<c/>" * 80_000 + "</x>",
    "the same row": '<row r="1"/>' * 30_000 + "</sheetData>",
}


@pytest.fixture
def low_limits(monkeypatch):
    places = product(("containers", "reading"), ("MARKUP_LIMIT", "SILENCE_LIMIT"))
    for module, name in [*places, ("describing", "SILENCE_LIMIT")]:
        monkeypatch.setattr(f"trend_assets.imports.{module}.{name}", 200_000)


@pytest.mark.parametrize("what", ENDLESS)
def test_a_sheet_in_which_no_row_ends_is_left_early(tmp_path, low_limits, what):
    """30 million cells in one row, or 3 million merged ranges, held an import for minutes."""
    sheet = ENDLESS[what].join(SHEET)
    with pytest.raises(ImportRefused, match=r"f\.xlsx goes on for 0 MB without a further row; remove"):
        read(with_parts(tmp_path / "f.xlsx", **{"xl/worksheets/sheet1.xml": sheet}))


def test_a_sheet_that_skips_to_a_row_beyond_excels_is_refused(tmp_path):
    sheet = '<row r="999999999"><c><v>1</v></c></row></sheetData>'.join(SHEET)
    with pytest.raises(ImportRefused, match="more than 1,048,576 rows; split it"):
        read(with_parts(tmp_path / "f.xlsx", **{"xl/worksheets/sheet1.xml": sheet}))


@pytest.mark.parametrize(
    "rows", ['<row r="2"><c></row>', '<row r="' + "9" * 5_000 + '"/>', '<row r="2"><c r="?"/></row>']
)
def test_a_damaged_sheet_is_refused_with_its_name(tmp_path, rows):
    with pytest.raises(ImportRefused, match=r"f\.xlsx is not a readable workbook .*; save it as CSV"):
        read(with_parts(tmp_path / "f.xlsx", **{"xl/worksheets/sheet1.xml": f"{rows}</sheetData>".join(SHEET)}))


def test_many_formatted_empty_rows_are_no_reason_to_refuse_a_sheet(tmp_path, low_limits):
    empty = "".join(f'<row r="{n}" s="1" customFormat="1"><c r="A{n}" s="0"/></row>' for n in range(2, 8_000))
    sheet = f'{empty}<row r="20000"><c r="A20000"><v>7</v></c></row></sheetData>'.join(SHEET)
    assert read(with_parts(tmp_path / "f.xlsx", **{"xl/worksheets/sheet1.xml": sheet})) == [{"id": 7}]


@pytest.mark.parametrize("packed", ["gzip", "zip"])
@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        ("id,views\n1,2\n", "\n"),
        ("id,views\n1,2\n3,", "x"),
        ('{"id": 1}\n{"id": 2}\n', "\n"),
        ('{"id": 1}\n{"id": 2}\n', "x"),
        ('[{"id": 1},', " "),
        ("<html><table><tr><td>id</td></tr><tr><td>1</td></tr>", "<td>"),
        ("<html><table><tr><td>id</td></tr><tr><td>1</td></tr>", "<!"),
        ("<html><table><tr><td>id</td></tr><tr><td>1</td></tr><!-- ", "x"),
    ],
    ids=["csv: blank", "csv: a line", "jsonl: blank", "jsonl: a line", "json", "a row", "<!", "comment"],
)
def test_a_file_that_goes_on_without_a_row_is_left_early(tmp_path, low_limits, packed, begins, goes_on):
    """A zip of 20 MB can hold 20 GB of blank lines."""
    path, content = tmp_path / "f", begins + goes_on * (400_000 // len(goes_on))
    if packed == "zip":
        zipped(path, rows=content)
    else:
        path.write_bytes(gzip.compress(content.encode(), 1))
    with pytest.raises(ImportRefused, match=r"f goes on for 0 MB without a further row; remove"):
        read(path)


def test_what_is_a_thousand_times_larger_than_its_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("trend_assets.imports.containers.RATIO_FROM", 100_000)
    (path := tmp_path / "f.csv.gz").write_bytes(gzip.compress(b"id,views\n" + b"1,2\n" * 1_000_000))
    with pytest.raises(ImportRefused, match=r"f\.csv\.gz is too large: what is in it is . MB unpacked"):
        read(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_damaged_zip_is_fetched_again(tmp_path, method):
    """Each way of packing raises an error of its own, and two of them ended in a traceback."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.csv", "id,views\n1,5\n" * 100)
    content = bytearray(path.read_bytes())
    content[40:60] = b"\xff" * 20
    path.write_bytes(content)
    with pytest.raises(ImportRefused, match="fetch it again"):
        read(path)


def test_a_zip_is_refused_by_the_size_that_its_directory_says(tmp_path, monkeypatch):
    monkeypatch.setattr("trend_assets.imports.containers.MEMBER_LIMIT", 1000)
    with pytest.raises(ImportRefused, match="too large"):
        read(zipped(tmp_path / "a.zip", rows__csv="id\n" + "1\n" * 10_000))


def test_a_small_parquet_file_with_a_huge_text_is_refused_before_it_is_read(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "f.parquet"
    table = pa.table({"id": ["1"], "text": ["x" * 300_000_000]})
    pq.write_table(table, path, compression="zstd", use_dictionary=False, write_statistics=False)
    del table
    assert path.stat().st_size < 200_000
    with pytest.raises(ImportRefused, match=r"column text of row group 1 is 300 MB unpacked"):
        describe(path)


@pytest.mark.parametrize("shape", ["text", "bytes", "list", "object", "map"])
def test_a_text_that_a_parquet_file_holds_once_and_means_a_thousand_times_is_refused(tmp_path, shape):
    """Inside of lists and objects nobody looked: 1.4 kB became 2.7 GB."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, rows = tmp_path / "f.parquet", 4_000
    once = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x" * 500_000])
    each = pa.array(range(rows + 1), pa.int32())
    column = {
        "text": once,
        "bytes": once.cast(pa.dictionary(pa.int32(), pa.binary())),
        "list": pa.ListArray.from_arrays(each, once),
        "object": pa.StructArray.from_arrays([once], ["a"]),
        "map": pa.MapArray.from_arrays(each, pa.array(["k"] * rows), once),
    }[shape]
    pq.write_table(
        pa.table({"text": column}), path, compression="zstd", dictionary_pagesize_limit=10**7, store_schema=False
    )
    assert path.stat().st_size < 10_000
    with pytest.raises(ImportRefused, match=r"4,000 rows of it is 2,000 MB unpacked"):
        read(path)


def test_columns_of_every_kind_in_a_parquet_file_are_read(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "f.parquet"
    row = {"id": "1", "tags": ["a", "b"], "author": {"name": "x", "sizes": [[1], []]}, "none": None, "fine": True}
    table = pa.Table.from_pylist([row, {**row, "tags": None, "author": None}])
    table = table.append_column("kind", pa.array([5, 5]).dictionary_encode())
    pq.write_table(table, path)
    assert good(path) == [
        {**row, "kind": 5}, {**row, "tags": None, "author": None, "kind": 5}
    ]  # fmt: skip


def test_decimal_sign_and_order_of_dates_are_found_shown_and_overruled(write):
    path = write("external_id;platform;measured_at;views\n741;tiktok;20.11.2026;1.234\n742;tiktok;01.02.2026;12,0\n")
    spec, mapped, _, settings, _ = preview_file(path, source="mine", now=NOW)
    assert (spec.decimal, spec.dates) == (",", "day-first")
    assert [row["views"] for row in mapped.rows] == [1234, 12]
    assert {setting.option: setting.value for setting in settings} == {
        "--encoding": "utf-8", "--delimiter": "semicolon", "--decimal": "comma", "--date-format": "day-first",
    }  # fmt: skip
    spec, mapped, *_ = preview_file(path, source="mine", now=NOW, decimal="point", dates="%d.%m.%Y")
    assert (spec.decimal, spec.dates, len(mapped.rejected)) == (".", "%d.%m.%Y", 2)
    with pytest.raises(ImportRefused, match="--delimiter"):
        preview_file(path, source="mine", now=NOW, delimiter="ab")


def test_ids_that_a_spreadsheet_has_rounded_are_refused_as_a_file_and_a_single_one_is_not(write):
    rounded, true = "7519876543210980000,5\n", "7519876543210987521,5\n"
    how = {"maps": ["external_id=id,platform:=tiktok"], "observed_at": "2026-11-20"}
    with pytest.raises(ImportRefused, match=r"a spreadsheet has rounded them; export the file again with ids as text"):
        preview_file(write(f"id,views\n{rounded}{rounded}{true}"), source="m", now=NOW, **how)
    looked = preview_file(write(f"id,views\n{rounded}{true}{true}"), source="m", now=NOW, **how)
    assert len(looked.mapped.rows) == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("f.csv", "# about\nid;views;posted\n1;1234,5;20/11/2026\n2;7;21/11/2026\n"),
        ("f.html", "<table><tr><th>id<th>views<th>posted</tr><tr><td>1<td>1234,5<td>20/11/2026</tr></table>"),
        ("f.jsonl", '{"id":"1","views":"1234,5","posted":"20/11/2026"}\n{"id":"2"}\n'),
    ],
)
def test_a_preview_says_everything_that_was_found_whatever_the_form(write, name, content):
    how = {"maps": ["external_id=id,views=views,posted_at=posted,platform:=tiktok"], "observed_at": "2026-11-20"}
    path = write(content, name)
    looked = preview_file(path, source="m", now=NOW, **how)
    found = {note.split(";")[-1] for note in looked.notes}
    assert {" --decimal overrules it.", " --date-format overrules it."} <= found
    assert set(describe(path).notes) <= set(looked.notes)
    assert ("--delimiter" in {setting.option for setting in looked.settings}) == name.endswith(".csv")


def test_ambiguous_dates_are_refused_until_the_order_is_said(write):
    path = write("external_id,platform,measured_at\n741,tiktok,10/03/2026\n")
    _, mapped, *_ = preview_file(path, source="mine", now=NOW)
    assert "--date-format" in mapped.rejected[0].reason
    _, mapped, *_ = preview_file(path, source="mine", now=NOW, dates="month-first")
    assert mapped.rows[0]["measured_at"].date() == date(2026, 10, 3)


@pytest.mark.parametrize("name", ["/".join(["0"] * 20_000), "a/" + "9" * 5_000], ids=["deep", "a long index"])
def test_a_header_that_names_a_place_nobody_can_hold_stays_a_name(tmp_path, name):
    """Both ended in a traceback."""
    (path := tmp_path / "f.csv").write_text(f"id,{name}\n1,2\n")
    ((record),) = good(path)
    assert record["id"] == "1" and len(record) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("before", [0, (1 << 16) - 45, (1 << 15) - 45])
def test_entities_of_a_files_own_are_refused_in_every_encoding_and_over_the_border_of_blocks(
    tmp_path, encoding, before
):
    text = f'<?xml version="1.0" encoding="{encoding[:6].rstrip("-")}"?>{" " * before}<!DOCTYPE r [<!ENTITY x "boo">]>'
    (path := tmp_path / "f.xml").write_bytes(f"{text}<r><i><id>&x;</id></i></r>".encode(encoding))
    with pytest.raises(ImportRefused, match="declares entities of its own"):
        read(path)
