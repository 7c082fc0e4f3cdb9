"""Look-ups that the roster's assets make in Postgres: each creator's newest row before a day, at a cost that does not
grow with the history. What follows from them is `domain/comets`.

Nearly everybody was there yesterday: one range of the primary key (day, creator). Only who was not is looked up one by
one in the index (creator, day), which ends at the first row found.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

from trend_assets.warehouse.tables import PLATFORM_OF_SCHEMA
from trend_assets.warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd

_NEWEST_BEFORE = """
WITH wanted AS ({wanted}),
yesterday AS ({yesterday})
SELECT {columns} FROM yesterday s
UNION ALL
SELECT {columns} FROM wanted w CROSS JOIN LATERAL (
    SELECT * FROM {table} e
    WHERE e.user_id = w.user_id AND e.observed_date < %(day)s::date - 1
      AND e.observed_date >= %(day)s::date - %(look_back)s
    ORDER BY e.observed_date DESC LIMIT 1
) s
WHERE NOT EXISTS (SELECT 1 FROM yesterday y WHERE y.user_id = w.user_id)
"""

_YESTERDAY = "SELECT {columns} FROM {table} s JOIN wanted USING (user_id) WHERE s.observed_date = %(day)s::date - 1"

# A corrected yesterday arrives as profiles. They are read before the stats that are made from them, so that today may
# be refreshed at the same time as yesterday and still compare with the corrected numbers.
_YESTERDAYS_NUMBERS = """
    SELECT p.user_id, p.observed_date, p.followers, p.hearts, p.videos
    FROM comets.creator_profiles p JOIN wanted USING (user_id) JOIN comets.creators c USING (user_id)
    WHERE p.observed_date = %(day)s::date - 1 AND p.followers IS NOT NULL
      AND (c.first_seen AT TIME ZONE 'UTC')::date < %(day)s
    UNION ALL
    SELECT s.user_id, s.observed_date, s.followers, s.hearts, s.videos
    FROM comets.creator_stats s JOIN wanted USING (user_id)
    WHERE s.observed_date = %(day)s::date - 1 AND NOT EXISTS (
        SELECT 1 FROM comets.creator_profiles p JOIN comets.creators c USING (user_id)
        WHERE p.observed_date = s.observed_date AND p.user_id = s.user_id AND p.followers IS NOT NULL
          AND (c.first_seen AT TIME ZONE 'UTC')::date < %(day)s)
"""


def stats_before(warehouse: Warehouse, day: date, *, look_back_days: int) -> "pd.DataFrame":
    """Each creator's newest numbers before `day`, of those whom the day's roll call has measured: user_id,
    observed_date, followers, hearts, videos; one row per creator that has any within `look_back_days`."""
    return _typed(
        warehouse.query(
            _NEWEST_BEFORE.format(
                wanted="SELECT user_id FROM comets.roll_call WHERE observed_date = %(day)s AND measured_by IS NOT NULL",
                columns="s.user_id, s.observed_date, s.followers, s.hearts, s.videos",
                table="comets.creator_stats",
                yesterday=_YESTERDAYS_NUMBERS,
            ),
            {"day": day, "look_back": look_back_days},
        )
    )


def roll_calls_before(warehouse: Warehouse, day: date, *, look_back_days: int) -> "pd.DataFrame":
    """Each roster creator's newest row of comets.roll_call before `day`."""
    columns = "s.user_id, s.observed_date, s.handle, s.state, s.state_since, s.videos, s.videos_since, s.is_simulated"
    table = "comets.roll_call"
    return warehouse.query(
        _NEWEST_BEFORE.format(
            wanted=f"SELECT user_id FROM comets.creators UNION SELECT external_id FROM ({_TRACKED}) t",
            columns=columns,
            table=table,
            yesterday=_YESTERDAY.format(columns=columns, table=table),
        ),
        {"day": day, "look_back": look_back_days},
    )


def _typed(frame: "pd.DataFrame") -> "pd.DataFrame":
    for name in ("followers", "hearts", "videos"):
        frame[name] = frame[name].astype("Int64")
    return frame


PLATFORM = PLATFORM_OF_SCHEMA["comets"]
# One row per creator whom a user tracks and who is not on the roster yet; the first import counts.
_TRACKED = f"""
SELECT DISTINCT ON (t.external_id) t.external_id, t.handle, t.name, t.imported_at, t.is_simulated
FROM competitors.tracked t
WHERE t.platform = '{PLATFORM}' AND t.external_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM comets.creators c WHERE c.user_id = t.external_id)
ORDER BY t.external_id, t.imported_at, t.user_id
"""


def followed(warehouse: Warehouse) -> "pd.DataFrame":
    """Who is called: the roster, and the creators of its platform whom users track and who are not on it yet.
    Columns of comets.creators."""
    return warehouse.query(
        f"""
        SELECT user_id, sec_uid, handle, nickname, avatar_url, signature, first_seen, first_keyword, last_updated_at,
            state, state_since, is_tracked_only, is_simulated
        FROM comets.creators
        UNION ALL
        SELECT external_id, NULL, handle, name, NULL, NULL, imported_at, NULL, imported_at,
            'active', (imported_at AT TIME ZONE 'UTC')::date, true, is_simulated
        FROM ({_TRACKED}) t ORDER BY user_id
        """
    )


def tracked_handles(warehouse: Warehouse, day: date, *, simulated: bool) -> list[str]:
    """Handles of tracked creators whose id is not known yet, imported up to `day`."""
    frame = warehouse.query(
        f"SELECT DISTINCT lower(handle) AS handle FROM competitors.tracked WHERE platform = '{PLATFORM}' "
        "AND external_id IS NULL AND handle IS NOT NULL AND is_simulated = %(simulated)s "
        "AND (imported_at AT TIME ZONE 'UTC')::date <= %(day)s ORDER BY 1",
        {"day": day, "simulated": simulated},
    )
    return frame["handle"].tolist()


def learn_tracked_ids(warehouse: Warehouse, day: date) -> None:
    """Give tracked creators that were known by handle alone the id that the day's profiles name, so that a rename does
    not lose them."""
    query = f"""
        UPDATE competitors.tracked t SET external_id = p.user_id,
            identity_tokens = array_append(t.identity_tokens, '{PLATFORM}:id:' || p.user_id)
        FROM comets.creator_profiles p
        WHERE p.observed_date = %(day)s AND t.platform = '{PLATFORM}' AND t.external_id IS NULL
            AND lower(t.handle) = lower(p.handle) AND t.is_simulated = p.is_simulated
    """
    warehouse.transact(
        lambda connection: connection.execute(query, {"day": day}), doing="Completing competitors.tracked"
    )


def tracked_only(warehouse: Warehouse) -> set[str]:
    """Who is on the roster because a user tracks it, and for no other reason."""
    return set(warehouse.query("SELECT user_id FROM comets.creators WHERE is_tracked_only")["user_id"])


def histories(warehouse: Warehouse, users: list[str], day: date, *, days: int) -> list[tuple[list[Any], list[float]]]:
    """Days and followers of these creators over the `days` that end with `day`, in the order of `users`."""
    rows = warehouse.query(
        "SELECT user_id, observed_date, followers FROM comets.creator_stats WHERE user_id = ANY(%(users)s) "
        "AND observed_date > %(day)s::date - %(days)s AND observed_date <= %(day)s ORDER BY observed_date",
        {"users": users, "day": day, "days": days},
    )
    series = []
    for user in users:
        own = rows[rows["user_id"] == user]
        series.append((own["observed_date"].tolist(), [float(count) for count in own["followers"]]))
    return series


def new_on_roster(warehouse: Warehouse, day: date) -> set[str]:
    """Who came on the roster on `day`, by whatever door."""
    frame = warehouse.query(
        "SELECT user_id FROM comets.creators WHERE (first_seen AT TIME ZONE 'UTC')::date = %(day)s", {"day": day}
    )
    return set(frame["user_id"])
