"""The fault switches: which there are, which are on, and whether a request meets one.

What a fault does to an answer belongs to `gate` (transport: any provider) and to the provider modules (shape).
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

TRANSPORT = "any"
CATALOGUE: dict[str, tuple[str, str]] = {
    # transport, done by the gate for every provider
    "down": (TRANSPORT, "The provider answers 503 to everything; with `dates` only for those UTC days."),
    "status": (
        TRANSPORT,
        "Answers `status` (default 500) in the provider's own error shape; `retry_after` sets the header.",
    ),
    "rate_limited": (
        TRANSPORT,
        "429 in the provider's own shape; `retry_after` (seconds, or any text) is sent if given.",
    ),
    "latency": (TRANSPORT, "Waits `seconds` (default 0.3) before answering."),
    "html": (TRANSPORT, "200 with an HTML page instead of JSON."),
    "empty_body": (TRANSPORT, "200 with no body."),
    "truncated_length": (TRANSPORT, "Promises the whole length, sends half, closes."),
    "truncated_chunked": (TRANSPORT, "Chunked transfer that ends without its last chunk."),
    "truncated_close": (TRANSPORT, "No length, half of the body, then close: looks complete."),
    "drip": (TRANSPORT, "Sends one byte every `seconds` (default 0.2)."),
    "hang": (TRANSPORT, "Accepts the request and never answers (`seconds`, default 3600)."),
    "reset": (TRANSPORT, "Resets the connection before any header."),
    "lost_reply": (TRANSPORT, "Does what was asked (a run is created and billed), then drops the connection."),
    "error_after": (TRANSPORT, "Does what was asked, then answers `status` (default 502)."),
    "huge_headers": (TRANSPORT, "Answers with 2 MB of headers."),
    "redirect": (TRANSPORT, "302 to `location` (default http://169.254.169.254/latest/)."),
    "gzip_bomb": (TRANSPORT, "A small gzip body that inflates to `megabytes` (default 300)."),
    "big_body": (TRANSPORT, "A JSON body of `megabytes` (default 300), streamed."),
    "bad_json": (TRANSPORT, "`variant`: nan, infinity, deep, huge_int, bom, duplicate_keys, list, null, strings."),
    "clock_skew": (TRANSPORT, "The Date header is off by `seconds` (default 7200)."),
    "unauthorized": (TRANSPORT, "The key is refused with 401 (400 at YouTube and Instagram), as a wrong key is."),
    # TikHub
    "transient_400": (
        "tikhub",
        "400 with 'Please retry. … You won't be charged'; with `times`: 1 the next call succeeds.",
    ),
    "payment_required": ("tikhub", "402 'Insufficient balance'. Apify: 402 not-enough-usage-to-run-paid-actor."),
    "inner_failure": (
        "tikhub",
        "200 and billed, but data carries a failure; `variant`: code (400) or status_code (10221).",
    ),
    "empty_with_more": ("tikhub", "200 with an empty search_item_list and has_more 1."),
    "no_results": ("tikhub", "200 with an empty list and nothing more; Apify: rows of noResults, billed."),
    "same_cursor": ("tikhub", "The cursor never moves and has_more stays 1."),
    "same_page": ("tikhub", "The cursor moves, the page stays the same, has_more stays 1."),
    "overlap": ("tikhub", "Each page repeats half of the page before."),
    "shape_moved": ("tikhub", "Renames the list or its fields, as after an API change. All providers but the CDN."),
    "null_cha_list": ("tikhub", "cha_list is null in every video."),
    "odd_counts": ("tikhub", "Counts as text ('1.2M'), -1, 2^63, 1.5 and null. Also Apify items."),
    "broken_text": (
        "tikhub",
        "NUL, lone surrogates, bidi marks and script in captions and names. Also Apify items, YouTube, Reddit.",
    ),
    "huge_text": ("tikhub", "The first caption is 1 MB long and has 100,000 hashtags."),
    "odd_times": ("tikhub", "create_time in milliseconds, microseconds, -1 and the year 2999."),
    "counts_down": ("tikhub", "Every count is corrected downwards by 10 %. Also YouTube."),
    "duplicates": ("tikhub", "Every third item is there twice. Also Apify items, YouTube search and Reddit."),
    "zero_profile": ("tikhub", "200 with a profile whose counts are all 0 (unknown, not gone)."),
    "gone": ("tikhub", "The profile is gone: 404."),
    "heavy": ("tikhub", "Pads every video to its real weight (93 kB of JSON)."),
    # Apify
    "run_failed": ("apify", "The run ends FAILED; `items` of its rows stay readable (default 0)."),
    "run_aborted": ("apify", "The run ends ABORTED with `items` rows (default half)."),
    "run_timed_out": ("apify", "The run ends TIMED-OUT with `items` rows (default 40 %)."),
    "never_finishes": ("apify", "The run stays RUNNING until it is aborted."),
    "too_many": ("apify", "The run gives, and is charged for, `times_over` (default 10) times what maxItems allows."),
    "not_rented": ("apify", "403 actor-is-not-rented, no run."),
    "withdrawn": ("apify", "403 for an Actor that left the Store, no run."),
    "error_rows": ("apify", "SUCCEEDED, but the dataset holds only error rows."),
    "sync_timeout": ("apify", "run-sync answers 408 run-timeout-exceeded; the run goes on."),
    # YouTube
    "quota_exceeded": ("youtube", "403 quotaExceeded; with `after`: n only once n calls have been answered."),
    "vanished_ids": ("youtube", "Every second video id is silently left out."),
    "short_page": ("youtube", "Search pages hold half of what is asked for. Apify: half of the items it counts."),
    # Reddit
    "token_expired": ("reddit", "The bearer token is refused with 401 until a new one is fetched (`times` refusals)."),
    "html_429": ("reddit", "429 as Reddit sends it: an HTML page with Retry-After: 4."),
    "quarantined": ("reddit", "403 Forbidden for the subreddit."),
    "not_there": ("reddit", "302 to /subreddits/search, as for an unknown subreddit."),
    # Instagram
    "throttled": ("instagram", "Throttling error, code 4, with the usage headers."),
    "session_expired": ("instagram", "Code 190: the access token has expired."),
    "permission": ("instagram", "Code 10: the app lacks a permission."),
    "hidden_counts": ("instagram", "likesCount -1 (actor) and like_count left out (official)."),
    # covers and media files
    "cover_expired": ("cdn", "403 'URL signature expired'."),
    "cover_gone": ("cdn", "404."),
    "cover_html": ("cdn", "200 image/jpeg, but the body is an HTML page."),
    "cover_svg": ("cdn", "200 with an SVG document."),
    "cover_webp": ("cdn", "A WebP file under a .jpeg name."),
    "cover_heic": ("cdn", "A HEIC file header: a format that OpenCV cannot read."),
    "cover_corrupt": ("cdn", "A JPEG that ends in the middle."),
    "cover_empty": ("cdn", "200 with no body."),
    "cover_tiny": ("cdn", "A 1×1 image."),
    "cover_bomb": ("cdn", "A PNG of about 110 kB that says it is 30000×30000."),
}


class UnknownFault(ValueError):
    """No switch of that name; the message lists those there are."""


@dataclass(slots=True)
class Ask:
    """What the sandbox knows about one request: who is asked for what, and when (epoch seconds)."""

    provider: str
    endpoint: str
    path: str
    instant: float
    base_url: str
    is_time_travel: bool = False
    faults: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def day(self) -> int:
        """Epoch day of the request's instant."""
        return int(self.instant // 86_400)


@dataclass(slots=True)
class Active:
    """A switch that is on. `endpoint` matches the endpoint's name, or any part of the path (an actor's id)."""

    number: int
    name: str
    provider: str | None
    endpoint: str | None
    times: int | None
    dates: tuple[str, ...]
    options: dict[str, Any]
    hits: int = 0

    def meets(self, ask: Ask) -> bool:
        """Whether the request is one that this switch is about."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.provider and self.provider != ask.provider:
            return False
        if self.endpoint and self.endpoint != ask.endpoint and self.endpoint not in ask.path:
            return False
        return not self.dates or iso_day(ask.instant) in self.dates

    def described(self) -> dict[str, Any]:
        """As listed by the server."""
        return {
            "id": self.number,
            "name": self.name,
            "provider": self.provider,
            "endpoint": self.endpoint,
            "times": self.times,
            "dates": list(self.dates),
            "hits": self.hits,
            **self.options,
        }


def iso_day(instant: float) -> str:
    """The UTC day of an instant, as YYYY-MM-DD."""
    return datetime.fromtimestamp(instant, UTC).date().isoformat()


def from_header(text: str) -> dict[str, dict[str, Any]]:
    """`X-Sandbox-Fault: name;option=value, other` as switches for this one request. Raises UnknownFault."""
    found: dict[str, dict[str, Any]] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, *pairs = (piece.strip() for piece in part.split(";"))
        check_name(name)
        found[name] = {key: _value(value) for key, _, value in (pair.partition("=") for pair in pairs)}
    return found


def _value(text: str) -> Any:
    """A number where it is written as one; 'nan' and 'infinity' are names of variants here."""
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d*\.\d+", text) else text


def check_name(name: str) -> None:
    """Raises UnknownFault for a name that is not in the catalogue."""
    if name not in CATALOGUE:
        raise UnknownFault(f"There is no fault switch {name!r}. There are: {', '.join(sorted(CATALOGUE))}.")


class Faults:
    """The switches of a running sandbox."""

    def __init__(self) -> None:
        self._active: list[Active] = []
        self._count = 0

    def switch_on(
        self,
        name: str,
        *,
        provider: str | None = None,
        endpoint: str | None = None,
        times: int | None = None,
        dates: tuple[str, ...] = (),
        options: dict[str, Any] | None = None,
    ) -> Active:
        """Add a switch; `times` None stays on until it is removed. Raises UnknownFault."""
        check_name(name)
        self._count += 1
        active = Active(self._count, name, provider, endpoint, times, dates, options or {})
        self._active.append(active)
        return active

    def switch_off(self, *, number: int | None = None, name: str | None = None) -> int:
        """Remove one switch by number, all of a name, or all; says how many."""
        kept = [
            a for a in self._active if not ((number is None or a.number == number) and (name is None or a.name == name))
        ]
        removed, self._active = len(self._active) - len(kept), kept
        return removed

    def active(self) -> list[dict[str, Any]]:
        """All switches that were set and not removed, with their hits."""
        return [active.described() for active in self._active]

    def matching(self, name: str, ask: Ask) -> list[Active]:
        """The switches of a name that this request meets, without counting the hit."""
        return [active for active in self._active if active.name == name and active.meets(ask)]

    def take(self, name: str, ask: Ask) -> dict[str, Any] | None:
        """The options of a switch that this request meets (and counts the hit), else None."""
        if name in ask.faults:
            return ask.faults[name]
        for active in self._active:
            if active.name == name and active.meets(ask):
                active.hits += 1
                return active.options
        return None
