"""Files that people have of YouTube: what it gives to its creators, and collections of its trending videos.

Their columns `tags`, `video_tags` are YouTube's search words: nobody wrote them as hashtags, so they are not read.
"""

from trend_assets.sources.exports import Export

# what the studio calls its columns depends on the language of who exports; these were seen in exports
_STUDIO_ID = "Content|Videos|Contenido|Contenu|Conteúdo|Contenuti|コンテンツ"
_STUDIO_TITLE = (
    "Video title|Videotitel|Título del vídeo|Título del video|Titre de la vidéo|Título do vídeo|Titolo video|"
    "Titolo del video|動画のタイトル"
)
_STUDIO_POSTED = (
    "Video publish time|Veröffentlichungszeitpunkt des Videos|Hora de publicación del vídeo|"
    "Hora de publicación del video|Heure de publication de la vidéo|Horário de publicação do vídeo|"
    "Ora pubblicazione video|動画公開時刻"
)
_STUDIO_VIEWS = (
    "Views|Aufrufe|Visualizaciones|Vistas|Vues|Visualizações|Visualizações intencionais|Visualizzazioni|視聴回数"
)

EXPORTS = (
    Export(
        name="youtube_trending_kaggle",
        title="Kaggle 'Trending YouTube Video Statistics', the original 16 columns",
        recognised_by=frozenset({"video_id", "trending_date", "channel_title", "publish_time"}),
        fields={
            "external_id": "video_id", "measured_at": "trending_date", "title": "title",
            "description": "description", "creator_name": "channel_title", "posted_at": "publish_time",
            "views": "views", "likes": "likes", "comments": "comment_count", "cover_url": "thumbnail_link",
        },
        constants={"platform": "youtube"},
        observed="field",
        unknown_where={"ratings_disabled": "likes", "comments_disabled": "comments"},
        set_aside={"video_error_or_removed": ("True|true|TRUE|1", "The video was removed: its numbers are of before.")},
        escaped=("description",),
    ),
    Export(
        # its `subscribers` are those of 2022, not of the day, so they are no creator_followers
        name="youtube_trending",
        title="YouTube trending rows by day (video_id, date, views, likes, comment_count)",
        recognised_by=frozenset({"video_id", "date", "views", "comment_count"}),
        fields={
            "external_id": "video_id", "measured_at": "date", "title": "title", "description": "description",
            "creator_name": "channel", "posted_at": "publish_time|publish_date", "views": "views", "likes": "likes",
            "comments": "comment_count",
        },
        constants={"platform": "youtube"},
        observed="field",
    ),
    Export(
        name="youtube_trending_daily",
        title="Kaggle 'YouTube Trending Video Dataset', renewed daily (publishedAt, channelTitle, view_count)",
        recognised_by=frozenset({"video_id", "trending_date", "channelTitle", "publishedAt", "view_count"}),
        fields={
            "external_id": "video_id", "measured_at": "trending_date", "title": "title",
            "description": "description", "creator_id": "channelId", "creator_name": "channelTitle",
            "posted_at": "publishedAt", "views": "view_count", "likes": "likes", "comments": "comment_count",
            "cover_url": "thumbnail_link",
        },
        constants={"platform": "youtube"},
        observed="field",
        unknown_where={"ratings_disabled": "likes", "comments_disabled": "comments"},
    ),
    Export(
        name="youtube_trending_countries",
        title="Kaggle 'Trending YouTube Video Statistics (113 Countries)' (snapshot_date, daily_rank, country)",
        recognised_by=frozenset({"video_id", "snapshot_date", "daily_rank", "country", "view_count"}),
        fields={
            "external_id": "video_id", "measured_at": "snapshot_date", "title": "title",
            "description": "description", "creator_id": "channel_id", "creator_name": "channel_name",
            "posted_at": "publish_date", "views": "view_count", "likes": "like_count",
            "comments": "comment_count", "cover_url": "thumbnail_url", "list_name": "country",
            "list_rank": "daily_rank", "language": "langauge|language",
        },
        constants={"platform": "youtube"},
        observed="field",
    ),
    Export(
        name="youtube_studio",
        title="YouTube Studio, advanced mode, table data, in English and six other languages",
        recognised_by=frozenset({_STUDIO_ID, _STUDIO_TITLE, _STUDIO_POSTED, _STUDIO_VIEWS}),
        fields={
            "external_id": _STUDIO_ID, "title": _STUDIO_TITLE, "posted_at": _STUDIO_POSTED,
            "duration_seconds": "Duration|Dauer|Duración|Durée|Duração|Durata|長さ", "views": _STUDIO_VIEWS,
            "likes": "Likes", "comments": "Comments added", "shares": "Shares",
        },
        constants={"platform": "youtube"},
        observed="file",
        set_aside={_STUDIO_ID: ("Total|Totale|Gesamt|Insgesamt|合計", "It is the sum of the other rows, not a post.")},
        dates="month-first",
    ),
)  # fmt: skip
