"""The sensor that looks at the watches whenever the day's stories were stored anew, and tells their channels.

Only today is told of: a backfill writes to nobody. What a watch is and what it saw belongs to
`newsletters/desk/watches.py`.
"""

from datetime import UTC, datetime
from html import escape

import dagster as dg

from trend_assets.defs.resources import WarehouseResource
from trend_assets.settings import get_settings
from trend_assets.text import plural
from trend_assets.warehouse.errors import WarehouseError


@dg.sensor(
    name="watches",
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=300,
    description="Tells the channels of watches what they saw among today's stories, once per story and channel.",
)
def watches(warehouse: WarehouseResource) -> dg.SkipReason:
    """Look and tell; a channel that fails is tried again at the next tick."""
    from trend_assets.newsletters.desk.channels import Letter, NotDelivered, for_chat, send
    from trend_assets.newsletters.desk.watches import keep_files, look, tell
    from trend_assets.newsletters.discovery import found

    settings, now = get_settings(), datetime.now(UTC)
    newsletters = found(settings).by_name

    def say(name: str, channel: str, message: str) -> None:
        if name not in newsletters:
            raise NotDelivered(f"The newsletter {name} has no file any more.")
        newsletter = newsletters[name]
        letter = Letter(
            newsletter=newsletter,
            issue_id=f"watch {now.timestamp():.0f} {message}",
            subject=f"{newsletter.title}: {message}"[:120],
            html=f"<p>{escape(message)}</p>",
            text=message,
            short=for_chat(message),
        )
        send(settings, channel, letter, now=now)

    try:
        with warehouse.open().connect(doing="Looking at the watches") as connection:
            declared = {name: (each.watches, each.channels) for name, each in newsletters.items()}
            keep_files(connection, declared, now=now)
            new = look(connection, now.date(), now=now)
            done = tell(connection, say, now=now)
    except WarehouseError as error:
        return dg.SkipReason(str(error))
    if not new and not any(done.values()):
        return dg.SkipReason("No watch saw anything new.")
    return dg.SkipReason(
        f"{plural(new, 'new message')}; {done['sent']} sent, {done['waiting']} wait for the next look, "
        f"{done['failed']} failed."
    )
