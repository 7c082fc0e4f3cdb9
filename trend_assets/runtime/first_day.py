"""The first daily partition: where data can begin, so that what Dagster calls missing can be made.

    TREND_ASSETS_START_DATE, when set
    else the day kept in `ops.first_days`: a week before the first start, moved back by what asks for earlier days
    else, where no database can be reached, a week before today: definitions load all the same

A week, because sources with history can be asked for that long, and growth needs a day before. It never moves forward.
"""

import logging
from datetime import UTC, date, datetime, timedelta

import psycopg

from trend_assets.settings import Settings, get_settings

DAYS_BEFORE = 7
EARLIEST = date(2005, 1, 1)
"""No platform that we know is older: an earlier day is a typing error, and would make partitions without end."""
_log = logging.getLogger(__name__)

_FIRST = "SELECT first_day FROM ops.first_days WHERE partitions = 'daily'"
_BEGIN = """
INSERT INTO ops.first_days (partitions, first_day, kept_at)
SELECT 'daily', LEAST(%s::date, (SELECT min(observed_date) FROM capture.answers)), now()
ON CONFLICT DO NOTHING
"""
_REACH_BACK = """
INSERT INTO ops.first_days (partitions, first_day, kept_at) VALUES ('daily', %s, now())
ON CONFLICT (partitions) DO UPDATE SET first_day = excluded.first_day, kept_at = excluded.kept_at
WHERE excluded.first_day < first_days.first_day
"""


def first_day(settings: Settings | None = None) -> date:
    """The first partition now, asked where it is kept. Starts no server and raises nothing but settings' errors."""
    from trend_assets.warehouse.errors import WarehouseError

    settings = settings or get_settings()
    if settings.start_date:
        return settings.start_date
    try:
        return _kept(settings) or _default()
    except (psycopg.Error, WarehouseError, OSError) as error:
        _log.warning(
            "Where the partitions begin is not known, because the database does not answer (%s): they begin on %s "
            "until the code is loaded again.",
            type(error).__name__,
            _default(),
        )
        return _default()


def begin(data_url: str) -> None:
    """Keep the first day, at the first start of a database: a week before, or the first day that has captures."""
    from trend_assets.warehouse.connection import connect

    with connect(data_url) as connection:
        _begin(connection)


def _begin(connection: psycopg.Connection) -> None:
    if not connection.execute(_FIRST).fetchone():
        connection.execute(_BEGIN, (_default(),))


def reach_back(day: date, *, connection: psycopg.Connection | None = None) -> date:
    """Let the partitions begin on `day` at the latest, unless TREND_ASSETS_START_DATE says where; the first day now.

    `connection` is one to the database of the data, where the caller has one. Code that is loaded learns of it when it
    is loaded again; the supervisor of `trend-assets ui` sees to that.
    """
    from trend_assets.runtime.database import held_databases
    from trend_assets.warehouse.connection import connect

    settings = get_settings()
    if settings.start_date:
        return settings.start_date
    if connection is None:
        with connect(held_databases(settings).data_url) as own:
            return reach_back(day, connection=own)
    _begin(connection)
    connection.execute(_REACH_BACK, (day,))
    row = connection.execute(_FIRST).fetchone()
    return row[0] if row else day


def _default() -> date:
    return datetime.now(UTC).date() - timedelta(days=DAYS_BEFORE)


def _kept(settings: Settings) -> date | None:
    """The day that is kept; None where nothing is kept yet, or where our own server does not run."""
    from trend_assets.runtime.postgres.embedded import running_url
    from trend_assets.runtime.state import state_dir
    from trend_assets.warehouse.connection import connect

    given = settings.database_url
    url = given.get_secret_value() if given else running_url(state_dir(settings))
    if url is None:
        return None
    with connect(url) as connection:
        if connection.execute("SELECT to_regclass('ops.first_days')").fetchone() == (None,):
            return None
        row = connection.execute(_FIRST).fetchone()
        return row[0] if row else None
