"""Files that people have of YouTube: what it gives to its creators, and collections of its trending videos."""

from trend_assets.sources.exports import Export

EXPORTS = (
    Export(
        name="youtube_trending_kaggle",
        title="Kaggle 'Trending YouTube Video Statistics', the original 16 columns",
        recognised_by=frozenset({"video_id", "trending_date", "channel_title", "publish_time"}),
        fields={
            "external_id": "video_id", "measured_at": "trending_date", "title": "title",
            "description": "description", "creator_name": "channel_title", "posted_at": "publish_time",
            "hashtags": "tags", "views": "views", "likes": "likes", "comments": "comment_count",
            "cover_url": "thumbnail_link",
        },
        constants={"platform": "youtube"},
        observed="field",
        unknown_where={"ratings_disabled": "likes", "comments_disabled": "comments"},
    ),
    Export(
        # its `subscribers` are those of 2022, not of the day, so they are no creator_followers
        name="youtube_trending",
        title="YouTube trending rows by day (video_id, date, views, likes, comment_count)",
        recognised_by=frozenset({"video_id", "date", "views", "comment_count"}),
        fields={
            "external_id": "video_id", "measured_at": "date", "title": "title", "creator_name": "channel",
            "posted_at": "publish_time|publish_date", "hashtags": "tags", "views": "views", "likes": "likes",
            "comments": "comment_count",
        },
        constants={"platform": "youtube"},
        observed="field",
    ),
    Export(
        name="youtube_studio",
        title="YouTube Studio, advanced mode, table data (Content, Video title, Video publish time, Views)",
        recognised_by=frozenset({"Content", "Video title", "Video publish time", "Views"}),
        fields={
            "external_id": "Content", "title": "Video title", "posted_at": "Video publish time",
            "duration_seconds": "Duration", "views": "Views", "likes": "Likes", "comments": "Comments added",
            "shares": "Shares",
        },
        constants={"platform": "youtube"},
        observed="file",
        totals=("Content", "Total"),
        dates="month-first",
    ),
)  # fmt: skip
