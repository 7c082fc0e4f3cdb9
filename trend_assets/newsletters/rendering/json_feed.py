"""The issue as a JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), extended by `_trend_assets` with the proof."""

import json
from datetime import datetime
from html import escape
from typing import Any

from trend_assets.newsletters.rendering.issue import Issue
from trend_assets.newsletters.rendering.views import ItemView
from trend_assets.platforms import PICTURE_SIZE

VERSION = "https://jsonfeed.org/version/1.1"


def rfc3339(moment: datetime) -> str:
    """2026-11-20T06:00:00Z; the moment is in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def content_html(item: ItemView) -> str:
    """A short HTML body for feed readers, escaped here, with safe links only."""
    figure = f"<strong>{escape(item.figure)}</strong>" if item.figure else ""
    facts = " · ".join(fact for fact in (figure, escape(item.comparison), escape(item.chance), item.spark) if fact)
    links = ", ".join(
        f'<a href="{escape(proof.url)}" rel="noopener noreferrer nofollow">{escape(proof.label)}</a>'
        if proof.url
        else escape(proof.label)
        for proof in item.proofs[:6]
    )
    flags = "".join(f"<p><strong>{escape(label)}:</strong> {escape(reason)}</p>" for _, label, reason in item.flags)
    width, height = PICTURE_SIZE
    return (
        (
            f'<p><img src="{escape(item.picture)}" alt="{escape(item.title)}" width="{width}" height="{height}"></p>'
            if item.picture
            else ""
        )
        + f"<p>{escape(item.line)}</p>"
        + (f"<p><em>{escape(item.note)}</em></p>" if item.note else "")
        + (f"<p>{facts}</p>" if facts else "")
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
        "description": issue.description,
        "language": "en",
        "items": [_item(item, issue) for item in issue.items],
        "_trend_assets": {
            "issue_id": issue.issue_id,
            "title": issue.title,
            "headline": issue.headline,
            "lead": list(issue.lead),
            "written_by": issue.written_by or None,
            "record": issue.record or None,
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
        "summary": item.line,
        **({"image": item.picture} if item.picture else {}),
        "date_published": rfc3339(item.posted_at or issue.as_of),
        "date_modified": rfc3339(item.measured_at),
    }
    if item.creator:
        entry["authors"] = [{"name": item.creator}]
    entry["tags"] = [item.platform, item.section, *item.hashtags]
    entry["_trend_assets"] = {
        "rank": item.rank,
        "story_id": item.story_id,
        "section": item.section,
        "figure": item.figure,
        "comparison": item.comparison,
        "chance": item.chance,
        "chance_reason": item.chance_reason or None,
        "score": item.score,
        "why": item.why,
        "flags": [{"flag": flag, "reason": reason} for flag, _, reason in item.flags],
        "proof_links": [{"label": proof.label, "url": proof.url} for proof in item.proofs],
        "also_on": list(item.also_on),
        "days_on_radar": item.days_on_radar,
        "is_simulated": item.is_simulated,
    }
    return entry
