"""Fields that a real post carries with values that never tell anything: they make a simulated one as wide, so that the
parser meets the same names. Field names as read in real answers; values are neutral.
"""

from typing import Any

POST: dict[str, Any] = {
    "all_awardings": [],
    "approved_by": None,
    "archived": False,
    "author_flair_text": None,
    "author_is_blocked": False,
    "banned_by": None,
    "clicked": False,
    "gilded": 0,
    "hidden": False,
    "hide_score": False,
    "is_created_from_ads_ui": False,
    "is_meta": False,
    "is_original_content": False,
    "is_reddit_media_domain": False,
    "likes": None,
    "link_flair_text": None,
    "media": None,
    "media_embed": {},
    "media_only": False,
    "mod_reports": [],
    "num_reports": None,
    "pinned": False,
    "quarantine": False,
    "removed_by_category": None,
    "saved": False,
    "secure_media": None,
    "secure_media_embed": {},
    "selftext_html": None,
    "send_replies": True,
    "suggested_sort": None,
    "total_awards_received": 0,
    "user_reports": [],
    "visited": False,
}
