"""Moving stories at the desk: one change per move, and the order means the same after a rebuild."""

from hypothesis import given
from hypothesis import strategies as st

from trend_assets.domain.desk import Move, moved, one_down, one_up

STORIES = "abcdefgh"
SECTIONS = st.lists(st.sampled_from("XYZ"), min_size=8, max_size=8)


def shown(places, sections):
    """Stories a, b, c … with ranks 1, 2, 3 …, as an issue shows them: by key, under their sections as these appear."""
    made = sorted(
        (
            {"story_id": name, "section": sections[name], "key": places.get(name, float(rank))}
            for rank, name in enumerate(STORIES, start=1)
        ),
        key=lambda row: row["key"],
    )
    order = list(dict.fromkeys(row["section"] for row in made))
    return sorted(made, key=lambda row: order.index(row["section"]))


def order(issue):
    return "".join(row["story_id"] for row in issue)


class Issue:
    """An issue and what was done to it so far."""

    def __init__(self, sections):
        self.places, self.sections = {}, dict(zip(STORIES, sections, strict=True))

    def rows(self):
        return shown(self.places, self.sections)

    def do(self, moves):
        for move in moves:
            self.places[move.story_id] = move.place
            self.sections[move.story_id] = move.section or self.sections[move.story_id]


@given(SECTIONS, st.lists(st.tuples(st.sampled_from(STORIES), st.booleans()), max_size=25))
def test_up_and_down_swap_neighbours_or_cross_a_border_and_touch_nothing_else(sections, moves):
    issue = Issue(sections)
    for story, up in moves:
        before = issue.rows()
        at = order(before).index(story)
        other = at - 1 if up else at + 1
        moves = (one_up if up else one_down)(before, story)
        if not 0 <= other < len(before):
            assert not moves
            continue
        issue.do(moves)
        after = issue.rows()
        if before[other]["section"] == before[at]["section"]:
            wanted = list(order(before))
            wanted[at], wanted[other] = wanted[other], wanted[at]
            assert order(after) == "".join(wanted)
        else:
            assert issue.sections[story] == before[other]["section"]
            assert order(after).replace(story, "") == order(before).replace(story, "")


@given(SECTIONS, st.lists(st.tuples(st.sampled_from(STORIES), st.sampled_from(STORIES + "-")), max_size=25))
def test_a_story_stands_where_it_was_dragged_and_no_other_story_or_section_moves(sections, moves):
    issue = Issue(sections)
    for story, target in moves:
        if story == target:
            continue
        before = issue.rows()
        under = next((row["section"] for row in before if row["story_id"] == target), "")
        rest = order(before).replace(story, "")
        issue.do(moved(before, story, before=None if target == "-" else target, under=under))
        at = len(rest) if target == "-" else rest.index(target)
        assert order(issue.rows()) == rest[:at] + story + rest[at:]
        assert not under or issue.sections[story] == under


def test_the_first_story_of_a_section_can_be_dragged_and_the_section_stays_where_it_was():
    issue = Issue("XYYYXZZZ")
    assert order(issue.rows()) == "aebcdfgh"
    issue.do(moved(issue.rows(), "a", before="b", under="X"))
    assert order(issue.rows()) == "eabcdfgh" and issue.sections["a"] == "X"
    issue.do(moved(issue.rows(), "e", before="b", under="Y"))
    assert order(issue.rows()) == "aebcdfgh" and issue.sections["e"] == "Y"
    assert len(moved(issue.rows(), "c", before=None)) == 1, "no other row is touched where none needs to be"


@given(st.lists(st.tuples(st.sampled_from(STORIES), st.sampled_from(STORIES + "-")), max_size=25))
def test_in_one_section_a_moved_story_stands_where_it_was_put(moves):
    issue = Issue("S" * 8)
    for story, before in moves:
        if story == before:
            continue
        rest = order(issue.rows()).replace(story, "")
        issue.do(moved(issue.rows(), story, before=None if before == "-" else before))
        at = len(rest) if before == "-" else rest.index(before)
        assert order(issue.rows()) == rest[:at] + story + rest[at:]


def test_a_story_that_is_put_into_another_section_belongs_to_it_and_stands_there():
    issue = Issue("XXYYYZZZ")
    issue.do(moved(issue.rows(), "g", before="d"))
    assert issue.sections["g"] == "Y" and order(issue.rows()) == "abcgdefh"
    issue.do(moved(issue.rows(), "f", before="a"))
    assert issue.sections["f"] == "X" and order(issue.rows()) == "fabcgdeh"
    issue.do(moved(issue.rows(), "b", before=None))
    assert issue.sections["b"] == "Z" and order(issue.rows()) == "facgdehb"
    assert moved(issue.rows(), "d", before="c")[-1].section is None, "on the border of its own section it stays in it"


def test_the_only_story_is_the_first_wherever_it_is_put():
    issue = [{"story_id": "a", "section": "X", "key": 7.0}]
    assert moved(issue, "a", before=None) == [Move("a", 1.0)] and one_up(issue, "a") == one_down(issue, "a") == []


def test_the_order_survives_that_the_day_is_built_again_without_a_neighbour():
    issue = Issue("S" * 8)
    issue.do(moved(issue.rows(), "g", before="c"))
    rebuilt = [row for row in issue.rows() if row["story_id"] not in "bc"]
    assert order(rebuilt) == "agdefh"


def test_where_two_sections_would_begin_with_one_number_the_order_is_not_left_to_chance():
    issue = [
        {"story_id": name, "section": section, "key": key}
        for name, section, key in (("a", "X", 1.0), ("b", "X", 2.0), ("c", "Y", 2.0), ("d", "Z", 3.0))
    ]
    assert moved(issue, "a", before=None) == [Move("b", 1.0), Move("a", 4.0, "Z")]
    issue[1]["key"] = 1.5
    assert moved(issue, "a", before=None) == [Move("a", 4.0, "Z")], "one move where the sections stay as they were"
