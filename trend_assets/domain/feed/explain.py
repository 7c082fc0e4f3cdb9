"""An item's own explanation: in words for the terminal, as records for a table. Plain text throughout."""

from collections.abc import Mapping, Sequence
from typing import Any

from trend_assets.domain.numbers import missing
from trend_assets.text import display_text, plural


def explained_records(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """One flat record per row of `feed.items`: rank, title, score and its parts, baseline, first seen, flags."""
    return [
        {
            "rank": str(row["rank"]),
            "title": display_text(str(row["title"]), limit=80),
            "source": str(row["source"]),
            "chance": chance_line(row),
            "score": f"{float(row['score']):.3f}",
            "parts": parts_line(row["score_parts"]),
            "why": display_text(str(row["why"]), limit=240),
            "baseline": baseline_line(row),
            "first_seen": f"{row['first_seen_at']:%Y-%m-%d %H:%M} ({row['days_on_radar']} d)",
            "flags": ", ".join(row["flags"]),
            "cost_usd": _number(row["cost_usd"], "{:.4f}"),
        }
        for row in rows
    ]


def parts_line(parts: Sequence[Mapping[str, Any]]) -> str:
    """0.970 percentile -0.194 source_weight."""
    return " ".join(
        f"{float(part['value']):{'.3f' if place == 0 else '+.3f'}} {display_text(str(part['name']), limit=60)}"
        for place, part in enumerate(parts)
    )


def chance_line(row: Mapping[str, Any]) -> str:
    """The chance and the outcomes it rests on, or why there is none."""
    if missing(row["chance"]):
        return "no probability yet" if missing(row.get("chance_reason")) else _shown(row["chance_reason"])
    resting = "" if missing(row["chance_outcomes"]) else f" (from {plural(int(row['chance_outcomes']), 'outcome')})"
    return f"{float(row['chance']) * 100:.1f} %{resting}"


def baseline_line(row: Mapping[str, Any]) -> str:
    """The baseline and its size, or that there is none."""
    if missing(row["baseline"]) or missing(row["baseline_items"]):
        return "none yet"
    return f"{float(row['baseline']):,.2f} over {plural(int(row['baseline_items']), 'other item')}"


def explanation_text(row: Mapping[str, Any], proofs: Sequence[Mapping[str, Any]]) -> str:
    """The whole explanation of one row of `feed.items` with its rows of `feed.proofs`."""
    simulated = "  SIMULATED" if row["is_simulated"] else ""
    lines = [
        f"#{row['rank']} on {row['observed_date']}: {_shown(row['title'])}",
        f"  story {row['story_id']}, {row['platform']}:{row['external_id']}{simulated}",
        f"  {_shown(row['why'])}",
        "",
        f"  chance       {chance_line(row)}",
        f"  score        {float(row['score']):.6f}",
        *(f"    {float(p['value']):+.6f}  {_shown(p['name'])}: {_shown(p['why'])}" for p in row["score_parts"]),
        f"  baseline     {baseline_line(row)}",
        f"  first seen   {row['first_seen_at']:%Y-%m-%d %H:%M} UTC, day {row['days_on_radar']} on the radar",
        f"  counts       {counts_line(row['engagement'])} at {row['measured_at']:%Y-%m-%d %H:%M} UTC",
        *(f"    {point['at']}  {_count_point(point)}" for point in row["counts"]),
        f"  data age     {float(row['data_age_hours']):.1f} h before the newest data of the issue",
        f"  price paid   {_number(row['cost_usd'], '${:.4f}')}",
    ]
    if row["flags"]:
        lines.append("  flags")
        lines += [f"    {flag}: {_shown(row['flag_reasons'].get(flag, ''))}" for flag in row["flags"]]
    lines.append("  proofs")
    for proof in proofs:
        similarity = "" if missing(proof["similarity"]) else f" {float(proof['similarity']):.2f}"
        place = f"place {proof['source_rank']} of {proof['source_items']}"
        url = "no address" if missing(proof["url"]) else _shown(proof["url"])
        lines.append(f"    {proof['source']}: {place}, {proof['matched_by']}{similarity}, {url}")
    return "\n".join(lines)


def left_out_text(story: Mapping[str, Any]) -> str:
    """Why a story that was considered is not in the feed."""
    parts = parts_line(story["score_parts"])
    return "\n".join(
        [
            f"{_shown(story['title'])} is not in the feed of {story['observed_date']}.",
            f"  {_shown(story['reason'])}",
            f"  It stood at place {story['score_rank']} by score: {float(story['score']):.6f} = {parts}",
        ]
    )


def _shown(text: Any) -> str:
    return display_text(str(text), limit=400)


def counts_line(engagement: Mapping[str, Any]) -> str:
    """12,345 views, 678 likes; unknown counts are left out."""
    known = [f"{int(value):,} {name}" for name, value in engagement.items() if not missing(value)]
    return ", ".join(known) or "not known"


def _count_point(point: Mapping[str, Any]) -> str:
    views = "" if missing(point.get("views")) else plural(int(point["views"]), "view")
    rank = "" if missing(point.get("rank")) else f"place {int(point['rank'])}"
    return ", ".join(part for part in (views, rank) if part) or "no counts"


def _number(value: Any, form: str) -> str:
    return "not known" if missing(value) else form.format(float(value))
