"""Everything that is known about one thing: every kind of subject, by its name.

Each is a few indexed queries over at most `NEWEST` posts or `DAYS` days, so that it costs the same however long the
history is.
"""

from collections.abc import Callable
from typing import Literal

from trend_assets.api.reading import Reader
from trend_assets.api.subjects.lists import category, source
from trend_assets.api.subjects.posts import creator, hashtag, keyword, sound
from trend_assets.api.subjects.shapes import Subject
from trend_assets.api.subjects.stories import post, story

SubjectKind = Literal["story", "post", "creator", "hashtag", "sound", "keyword", "category", "source"]

SUBJECTS: dict[SubjectKind, Callable[[Reader, str], Subject | None]] = {
    "story": story, "post": post, "creator": creator, "hashtag": hashtag, "sound": sound, "keyword": keyword,
    "category": category, "source": source,
}  # fmt: skip
