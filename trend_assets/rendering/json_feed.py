"""The issue as a JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), extended by `_trend_assets` with the proof."""

import json
from datetime import datetime
from html import escape
from typing import Any

from trend_assets.rendering.issue import Issue
from trend_assets.rendering.views import ItemView

VERSION = "https://jsonfeed.org/version/1.1"


def rfc3339(moment: datetime) -> str:
    """2026-11-20T06:00:00Z; the moment is in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def content_html(item: ItemView) -> str:
    """A short HTML body for feed readers, escaped here, with safe links only."""
    facts = [item.growth, *(f"{value} {name}" for value, name in item.counts)]
    links = ", ".join(
        f'<a href="{escape(proof.url)}" rel="noopener noreferrer nofollow">{escape(proof.label)}</a>'
        if proof.url
        else escape(proof.label)
        for proof in item.proofs[:6]
    )
    flags = "".join(f"<p><strong>{escape(label)}:</strong> {escape(reason)}</p>" for _, label, reason in item.flags)
    return (
        (f"<p>{escape(item.text)}</p>" if item.text else "")
        + f"<p>{escape(' · '.join(fact for fact in facts if fact))}</p>"
        + f"<p><strong>Why it ranks here:</strong> {escape(item.why)}</p>"
        + flags
        + f"<p>Seen on: {links}</p>"
    )


def render_json_feed(issue: Issue) -> str:
    """The feed as JSON text, keys in a fixed order, UTF-8 characters as they are."""
    feed: dict[str, Any] = {
        "version": VERSION,
        "title": issue.name,
        "home_page_url": issue.home_url,
        "feed_url": f"{issue.latest_url}.json",
        "description": " ".join(
            part
            for part in (
                issue.simulated_note if issue.is_simulated else "",
                f"{issue.title}.",
                issue.preheader,
                issue.quiet_note,
            )
            if part
        ),
        "language": "en",
        "items": [_item(item, issue) for item in issue.items],
        "_trend_assets": {
            "issue_id": issue.issue_id,
            "title": issue.title,
            "url": issue.url,
            "date": issue.day.isoformat(),
            "as_of": rfc3339(issue.as_of),
            "is_simulated": issue.is_simulated,
            "is_quiet": issue.is_quiet,
            "sources": [
                {"source": source.name, "status": source.status, "reason": source.reason or None}
                for source in issue.sources
            ],
        },
    }
    return json.dumps(feed, ensure_ascii=False, indent=1) + "\n"


def _item(item: ItemView, issue: Issue) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": item.entry_id}
    if item.url:
        entry["url"] = item.url
    entry |= {
        "title": item.title,
        "content_html": content_html(item),
        "summary": item.why,
        "date_published": rfc3339(item.posted_at or issue.as_of),
        "date_modified": rfc3339(item.measured_at),
    }
    if item.creator:
        entry["authors"] = [{"name": item.creator}]
    entry["tags"] = [item.platform, item.section, *item.hashtags]
    entry["_trend_assets"] = {
        "rank": item.rank,
        "story_id": item.story_id,
        "score": item.score,
        "score_parts": [{"name": name, "value": value, "why": why} for name, value, why in item.parts],
        "baseline": item.baseline,
        "flags": [{"flag": flag, "reason": reason} for flag, _, reason in item.flags],
        "proof_links": [{"label": proof.label, "url": proof.url} for proof in item.proofs],
        "heat": [{"source": source, "place": place} for source, place in item.heat],
        "first_seen": item.first_seen,
        "days_on_radar": item.days_on_radar,
        "data_age": item.data_age,
        "price": item.price,
        "is_simulated": item.is_simulated,
    }
    return entry
