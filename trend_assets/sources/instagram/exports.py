"""Files that people have of Instagram: what Meta gives to its creators."""

from trend_assets.sources.exports import Export

EXPORTS = (
    Export(
        # the address holds the code that every other source calls the id; `Post ID` is a number of Meta's own
        name="meta_business_suite",
        title="Meta Business Suite, posts of Instagram (Post ID, Permalink, Publish time)",
        recognised_by=frozenset({"Post ID", "Permalink", "Publish time"}),
        fields={
            "external_id": "Permalink", "url": "Permalink", "creator_id": "Account ID",
            "creator_handle": "Account username", "creator_name": "Account name", "description": "Description",
            "duration_seconds": "Duration (sec)", "posted_at": "Publish time", "views": "Views", "likes": "Likes",
            "comments": "Comments", "shares": "Shares", "saves": "Saves",
        },
        constants={"platform": "instagram"},
        observed="file",
        dates="month-first",
    ),
)  # fmt: skip
