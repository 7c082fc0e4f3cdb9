"""Which days a source can be asked for."""

from datetime import UTC, date, datetime

from trend_assets.sources.declare import Source
from trend_assets.sources.errors import NoHistory


def require_history(source: Source, *, day: date, now: datetime, time_travel: bool = False) -> None:
    """Refuse to ask for a day that has not begun (UTC), or a source that only knows `now` for another than today,
    before any request is made.

    `time_travel`: the sandbox answers as of a past day. Raises NoHistory, saying what can be done instead."""
    today = now.astimezone(UTC).date()
    if day > today:
        raise NoHistory(
            f"{source.name} cannot be captured for {day}: that day has not begun.", provider=source.provider_name
        )
    if source.history == "now" and day < today and not time_travel:
        raise NoHistory(
            f"{source.name} has no capture of {day} and its provider ({source.provider_name}) only knows today: "
            "today's answer is never stamped on a past day. Import that day's data (`trend-assets import`), or leave "
            "the day empty; what is built from other sources of that day does not need it.",
            provider=source.provider_name,
        )
