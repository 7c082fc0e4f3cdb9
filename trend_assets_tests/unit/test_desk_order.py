"""Moving stories at the desk: one change per move, and the order means the same after a rebuild."""

from hypothesis import given
from hypothesis import strategies as st

from trend_assets.domain.desk import key_of, moved, one_down, one_up


def rows(places, sections=None):
    """Stories a, b, c … with ranks 1, 2, 3 …, in the order of their keys."""
    made = [
        {"story_id": name, "rank": rank, "section": (sections or {}).get(name, "S")}
        for rank, name in enumerate("abcdefgh", start=1)
    ]
    return sorted((row | {"key": key_of(row, places.get(row["story_id"]))} for row in made), key=lambda row: row["key"])


def order(issue):
    return "".join(row["story_id"] for row in issue)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh-")), max_size=25))
def test_a_moved_story_stands_where_it_was_put_and_the_others_keep_their_order(moves):
    places = {}
    for story, before in moves:
        if story == before:
            continue
        issue = rows(places)
        places[story] = moved(issue, story, before=None if before == "-" else before)["place"]
        after = order(rows(places))
        rest = order(issue).replace(story, "")
        at = len(rest) if before == "-" else rest.index(before)
        assert after == rest[:at] + story + rest[at:]


@given(st.permutations("abcdefgh"), st.sampled_from("abcdefgh"))
def test_up_and_then_down_is_where_it_was(wanted, story):
    places = {name: float(number) for number, name in enumerate(wanted)}
    issue = rows(places)
    change = one_up(issue, story)
    if change is None:
        assert order(issue)[0] == story
        return
    lifted = rows(places | {story: change["place"]})
    assert order(lifted).index(story) == order(issue).index(story) - 1
    back = one_down(lifted, story)
    assert order(rows(places | {story: back["place"]})) == order(issue)


def test_a_story_that_crosses_a_sections_border_belongs_to_the_section_it_comes_to():
    sections = dict(zip("abcdefgh", "XXYYYZZZ", strict=True))
    issue = rows({}, sections)
    assert one_up(issue, "c")["section"] == "X" and "section" not in one_up(issue, "d")
    assert one_down(issue, "b")["section"] == "Y" and "section" not in one_down(issue, "a")
    assert one_up(issue, "a") is None and one_down(issue, "h") is None
    assert moved(issue, "h", before="b")["section"] == "X"
    assert moved(issue, "a", before=None)["section"] == "Z"
    assert "section" not in moved(issue, "d", before="c"), "on the border of its own section it stays in it"


def test_the_order_survives_that_the_day_is_built_again_without_a_neighbour():
    issue = rows({})
    place = moved(issue, "g", before="c")["place"]
    rebuilt = [row for row in rows({"g": place}) if row["story_id"] not in "bc"]
    assert order(rebuilt) == "agdefh"
