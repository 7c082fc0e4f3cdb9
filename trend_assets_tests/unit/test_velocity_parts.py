"""`Parts` reads like the dict of a row's known numbers."""

import json
import pickle

import numpy as np
import pandas as pd

from trend_assets.domain.velocity.parts import parts_of

ITEMS = pd.DataFrame(
    {
        "views": [1.5, np.nan],
        "others": np.array([3, 4]),
        "counted": ["views", None],
        "rank": pd.array([None, 7], dtype="Int64"),
        "unused": [0, 0],
    },
    index=[10, 20],
)


def test_a_row_reads_like_its_dict_without_what_is_unknown() -> None:
    first, second = parts_of(ITEMS, ["views", "others", "counted", "rank", "absent"])
    assert first == {"views": 1.5, "others": 3, "counted": "views"}
    assert second == {"others": 4, "rank": 7}
    assert (len(second), "views" in second, second.get("views")) == (2, False, None)
    assert json.dumps(dict(first)) == '{"views": 1.5, "others": 3, "counted": "views"}'
    assert pickle.loads(pickle.dumps(first)) == first


def test_rows_keep_their_numbers_when_the_frame_is_sorted_and_its_columns_change() -> None:
    items = ITEMS.copy()
    parts = parts_of(items, ["others"])
    items["others"] = 0
    assert list(parts.index) == [10, 20]
    assert parts.iloc[::-1].tolist() == [{"others": 4}, {"others": 3}]
