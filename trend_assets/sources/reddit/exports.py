"""Files that people have of Reddit: listings by the hour."""

from trend_assets.sources.exports import Export

EXPORTS = (
    Export(
        name="reddit_hourly",
        title="Hourly Reddit listing (date by the hour, id, position, score, num_comments)",
        recognised_by=frozenset({"subreddit_display_name", "num_comments", "position", "score"}),
        fields={
            "external_id": "id", "measured_at": "date", "title": "title", "posted_at": "created",
            "list_rank": "position", "list_name": "subreddit_display_name", "likes": "score",
            "comments": "num_comments", "upvote_ratio": "upvote_ratio", "linked_url": "url",
        },
        constants={"platform": "reddit"},
        observed="field",
    ),
)  # fmt: skip
