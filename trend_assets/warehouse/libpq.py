"""The environment variables of Postgres's client library (PGHOST, PGSERVICE, PGSSLMODE …), which are not ours.

People set them for another database. A URL cannot switch all of them off (PGSERVICE, PGTZ), so this process and its
children forget them before the first connection; what a connection needs stands in its URL.
"""

import os
from functools import cache

from psycopg import pq

# read with getenv beside the table of options that libpq tells of
_UNLISTED = ("PGSERVICEFILE", "PGSYSCONFDIR", "PGREQUIRESSL", "PGDATESTYLE", "PGTZ", "PGGEQO", "PGOAUTHDEBUG")


@cache
def variables() -> tuple[str, ...]:
    """All variables that libpq looks at."""
    listed = (option.envvar.decode() for option in pq.Conninfo.get_defaults() if option.envvar)
    return tuple(sorted({*listed, *_UNLISTED}))


def forget_variables() -> None:
    """Remove them from the environment of this process."""
    for name in variables():
        os.environ.pop(name, None)
