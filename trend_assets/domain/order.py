"""Order that never depends on the order in which rows came: what closes a sort key, so that no tie is left to chance.

Postgres, threads and files give rows in any order. Whatever is ranked, cut or chosen from them names enough to tell
any two rows apart; where the columns that matter are not enough, `whole` comes last.
"""

from collections.abc import Mapping
from typing import Any


def whole(row: Mapping[str, Any]) -> str:
    """Everything that a row says, as text: equal only for rows that say the same."""
    return repr(sorted((name, value) for name, value in row.items() if value is not None))
