"""Stored answers become typed rows: every item received is stored, a counted repeat, or quarantined with its reason."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.capture.typed_rows import Unaccounted, typed_rows
from trend_assets.sources.call import Answer, Call, Parsed, Quarantined
from trend_assets.sources.errors import SchemaDrift
from trend_assets.warehouse.tables import TABLES

TABLE = TABLES["source.trending_keywords"]
DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Stored:
    capture_id: str
    collected_at: datetime
    answer: Answer


def stored(items, *, capture_id="c1", minutes=0, collected_at=NOON, simulated=False) -> Stored:
    body = json.dumps(items).encode()
    answer = Answer(Call("p", "/e"), 200, body, NOON + timedelta(minutes=minutes), is_simulated=simulated)
    return Stored(capture_id, collected_at, answer)


def parse(answer: Answer) -> Parsed:
    """A parser in small: strings are keywords, null keywords are rows without a key, everything else is not an item."""
    items = json.loads(answer.body)
    if not isinstance(items, list):
        raise SchemaDrift("Expected a list at $.")
    parsed = Parsed(received=len(items))
    for rank, item in enumerate(items, start=1):
        if item is None or isinstance(item, str):
            parsed.rows.append({"keyword": item, "rank": rank})
        else:
            parsed.quarantined.append(Quarantined("Not a keyword.", json.dumps(item)))
    return parsed


def test_rows_carry_the_day_the_measurement_the_collection_and_the_capture():
    result = typed_rows(TABLE, [stored(["a"], capture_id="c9", minutes=3, simulated=True)], parse, day=DAY)
    row = result.frame.iloc[0]
    assert list(result.frame.columns) == TABLE.column_names
    assert (row.observed_date, row.keyword, row["rank"], row.capture_id) == (DAY, "a", 1, "c9")
    assert row.measured_at == NOON + timedelta(minutes=3)
    assert row.collected_at == NOON
    assert row.is_simulated is True


def test_a_repeat_inside_one_collection_is_counted_and_the_newest_measurement_wins():
    later, earlier = stored(["b", "a"], capture_id="new", minutes=9), stored(["a"], capture_id="old")
    for answers in ([earlier, later], [later, earlier]):
        result = typed_rows(TABLE, answers, parse, day=DAY)
        assert result.deduplicated == 1
        assert result.frame.set_index("keyword").loc["a", "capture_id"] == "new"


def test_the_same_item_in_two_collections_of_a_day_stays_two_rows():
    answers = [stored(["a"]), stored(["a"], collected_at=NOON + timedelta(hours=6), minutes=360)]
    result = typed_rows(TABLE, answers, parse, day=DAY)
    assert (len(result.frame), result.deduplicated) == (2, 0)


def test_items_that_are_no_rows_are_quarantined_with_reason_and_capture():
    result = typed_rows(TABLE, [stored(["a", 7, None], capture_id="c3")], parse, day=DAY)
    assert [(item.reason, item.capture_id) for item in result.quarantined] == [
        ("Not a keyword.", "c3"),
        ("The row cannot be stored in source.trending_keywords: keyword: is unknown.", "c3"),
    ]
    assert result.received == 3


def test_one_unreadable_answer_is_quarantined_and_the_others_are_stored():
    result = typed_rows(TABLE, [stored({"moved": 1}, capture_id="bad"), stored(["a"])], parse, day=DAY)
    assert len(result.frame) == 1
    assert [(item.reason, item.raw, item.capture_id) for item in result.quarantined] == [
        ("Expected a list at $.", '{"moved": 1}', "bad")
    ]


def test_when_no_answer_can_be_read_the_parsers_error_is_raised_so_that_the_old_partition_stays():
    with pytest.raises(SchemaDrift, match="Expected a list"):
        typed_rows(TABLE, [stored({"moved": 1}), stored(3)], parse, day=DAY)


def test_a_parser_that_loses_an_item_is_refused():
    def lossy(answer: Answer) -> Parsed:
        return Parsed(rows=[{"keyword": "a", "rank": 1}], received=2)

    with pytest.raises(Unaccounted, match=r"received 2 items in capture c1 but accounts for 1"):
        typed_rows(TABLE, [stored([])], lossy, day=DAY)


def test_a_parser_that_names_an_unknown_column_is_refused_by_name():
    def odd(answer: Answer) -> Parsed:
        return Parsed(rows=[{"keyword": "a", "rank": 1, "ranking": 1}], received=1)

    with pytest.raises(ValueError, match="ranking"):
        typed_rows(TABLE, [stored([])], odd, day=DAY)


def test_integers_above_2_to_the_53_stay_exact_beside_unknown_ones():
    def wide(answer: Answer) -> Parsed:
        rows = [{"keyword": "a", "rank": 2**53 + 1}, {"keyword": "b", "rank": 1, "word_type": None}]
        return Parsed(rows=rows, received=2)

    columns = [replace(column, type="bigint") if column.name == "rank" else column for column in TABLE.columns]
    table = replace(TABLE, columns=tuple(columns))
    assert typed_rows(table, [stored([])], wide, day=DAY).frame["rank"].tolist() == [2**53 + 1, 1]


def test_a_row_that_cannot_be_stored_never_wins_over_a_good_one_with_the_same_key():
    def ranked(answer: Answer) -> Parsed:
        return Parsed(rows=[{"keyword": "a", "rank": json.loads(answer.body)}], received=1)

    result = typed_rows(TABLE, [stored(4), stored("fourth", minutes=9), stored(-1, minutes=9)], ranked, day=DAY)
    assert result.frame["rank"].tolist() == [4]
    assert (result.received, result.deduplicated, len(result.quarantined)) == (3, 0, 2)


def test_no_stored_answers_give_an_empty_frame_with_all_columns():
    result = typed_rows(TABLE, [], parse, day=DAY)
    assert (len(result.frame), list(result.frame.columns), result.received) == (0, TABLE.column_names, 0)


items = st.lists(st.one_of(st.sampled_from(["a", "b", "c"]), st.none(), st.integers(), st.just({"x": 1})), max_size=8)


@given(st.lists(st.one_of(items, st.integers(), st.text(max_size=3)), max_size=6))
def test_whatever_arrives_received_equals_stored_plus_repeats_plus_quarantined(bodies):
    answers = [stored(body, capture_id=f"c{number}", minutes=number) for number, body in enumerate(bodies)]
    if bodies and not any(isinstance(body, list) for body in bodies):
        with pytest.raises(SchemaDrift):
            typed_rows(TABLE, answers, parse, day=DAY)
        return
    result = typed_rows(TABLE, answers, parse, day=DAY)
    assert result.received == len(result.frame) + result.deduplicated + len(result.quarantined)
    assert not result.frame.duplicated(["collected_at", "keyword"]).any()
