"""The issue that an editor made, stored as the assets would."""

from datetime import date
from typing import TYPE_CHECKING

from trend_assets.domain.newsletter.declare import Newsletter
from trend_assets.newsletters.desk.day import candidates_of, composed, decided
from trend_assets.newsletters.desk.picks import Edition
from trend_assets.newsletters.rendering.issue_files import FOLDER, save_issue
from trend_assets.newsletters.rendering.issue_rows import write_issues
from trend_assets.runtime.state import state_dir
from trend_assets.settings import Settings
from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

_STORIES = "feed.newsletter_stories"


def store_issue(warehouse: "Warehouse", settings: Settings, newsletter: Newsletter, day: date) -> None:
    """Store the newsletter's day as it is decided now, as the assets do: its stories, every format, its files."""
    import pandas as pd

    with warehouse.connect() as connection:
        picks = decided(connection, Edition(newsletter.name, day))
    token = warehouse.next_token()
    names = TABLES[_STORIES].column_names
    rows = composed(warehouse, newsletter, day, candidates_of(warehouse, settings, day), picks)
    held = warehouse.read(_STORIES, day=day)
    # what was locked before a column was new does not have it
    own = pd.DataFrame([{name: row.get(name) for name in names} for row in rows], columns=names, dtype=object)
    others = held[held["newsletter"] != newsletter.name].astype(object)
    warehouse.write_partition(_STORIES, day, pd.concat([others, own], ignore_index=True), token=token)
    write_issues(warehouse, settings, day, keeps_prose=True)
    save_issue(warehouse, day, state_dir(settings) / FOLDER)


def store_if_edited(warehouse: "Warehouse", settings: Settings, newsletter: Newsletter, day: date) -> bool:
    """Store the day anew when an editor changed something since it was stored; whether that was so."""
    with warehouse.connect() as connection:
        row = connection.execute(
            "SELECT max(changed_at) > (SELECT written_at FROM ops.partition_writes "
            "WHERE table_address = 'feed.newsletter_stories' AND observed_date = %(day)s) FROM ("
            "SELECT changed_at FROM desk.picks WHERE newsletter = %(newsletter)s AND observed_date = %(day)s UNION ALL "
            "SELECT changed_at FROM desk.issues WHERE newsletter = %(newsletter)s AND observed_date = %(day)s) edits",
            {"day": day, "newsletter": newsletter.name},
        ).fetchone()
    if not row or not row[0]:
        return False
    store_issue(warehouse, settings, newsletter, day)
    return True
