"""The vocabulary of the simulated world, read from `words.toml` beside this file.

How words become a caption of one video on one day is decided in the modules that use them.
"""

import tomllib
from pathlib import Path
from typing import NamedTuple

_WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


class Topic(NamedTuple):
    """What a creator or keyword is about."""

    name: str
    nouns: tuple[str, ...]
    adjectives: tuple[str, ...]
    tags: tuple[str, ...]


TOPICS = tuple(Topic(**topic) for topic in _WORDS["topics"])
TOPIC_INDEX = {topic.name: index for index, topic in enumerate(TOPICS)}

CAPTIONS, PRONOUN_CAPTIONS = _WORDS["captions"], _WORDS["pronoun_captions"]
FOREIGN_CAPTIONS: dict[str, list[str]] = _WORDS["foreign_captions"]
LANGUAGES: list[str] = _WORDS["languages"]
LANGUAGE_SHARES: list[float] = _WORDS["language_shares"]
REGIONS: dict[str, str] = _WORDS["regions"]
GENERIC_TAGS: list[str] = _WORDS["generic_tags"]
PLAIN_BIOS, PLATFORM_BIOS = _WORDS["plain_bios"], _WORDS["platform_bios"]
FAN_BIOS, TRICKY_BIOS = _WORDS["fan_bios"], _WORDS["tricky_bios"]
FAN_HANDLES, PLATFORM_HANDLES, HANDLE_SHAPES = (
    _WORDS["fan_handles"],
    _WORDS["platform_handles"],
    _WORDS["handle_shapes"],
)
SOUNDS: list[str] = _WORDS["sounds"]
SYLLABLES, BRAND_ENDINGS, PLACES = _WORDS["syllables"], _WORDS["brand_endings"], _WORDS["places"]
PRODUCT_KINDS: dict[str, list[str]] = _WORDS["product_kinds"]
PRODUCT_QUALITIES, STORY_THINGS = _WORDS["product_qualities"], _WORDS["story_things"]
KEYWORD_PATTERNS, KEYWORD_SUFFIXES = _WORDS["keyword_patterns"], _WORDS["keyword_suffixes"]
FOREIGN_KEYWORDS = _WORDS["foreign_keywords"]
REDDIT_TITLES, X_POSTS, YOUTUBE_TITLES = _WORDS["reddit_titles"], _WORDS["posts_on_x"], _WORDS["youtube_titles"]
