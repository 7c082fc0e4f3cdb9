"""Texts as bags of comparable words: what two captions of the same thing still have in common.

Case, emoji, links, mentions, `#` and punctuation say nothing about sameness; scripts without spaces are cut into
character pairs. Finding pairs of similar texts does not belong here (`near_duplicates.py`).
"""

import re
import unicodedata

from trend_assets.platforms import PLATFORMS

_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MENTION = re.compile(r"(?<!\w)@[\w.]+")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_APOSTROPHE = re.compile(r"['’]")
# scripts that put no spaces between words: kana, CJK ideographs, Thai, Lao, Khmer, Burmese
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)

# function words and the filler of captions: they agree between texts that have nothing to do with each other
COMMON_WORDS = frozenset(
    """
    a about after all also am an and any are as at be because been before being but by can could did do does doing dont
    down every for from get gets getting go goes going gonna got had has have he her here hers him his how i if ill im
    in into is isnt it its ive just know let like literally lol made make makes me more most much my never new no not
    now of off on one only or other our out over own part pov really said same say she should so some still such than
    that thats the their them then there these they theyre thing things this those though thread to too try trying up
    us very video videos viral wait want wanted was wasnt watch way we well were what when where which while who why
    will with wont would you youre your
    fyp foryou foryoupage fy fypage trending trend viralvideo viralvideos shorts short short reels reel tiktok youtube
    youtubeshorts xyzbca ad ads link bio follow comment share subscribe
    """.split()  # noqa: SIM905 -- a word per line or in quotes would be harder to read
)

# tags that every video carries say nothing about what it is or why it rises
EMPTY_TAGS = frozenset(
    ["fyp", "foryou", "foryoupage", "fypシ", "fypage", "viral", "trending", "trend", "shorts", "short", "parati",
     *(row.name for row in PLATFORMS.values() if row.kind == "video")]
)  # fmt: skip


def words_of(text: str) -> list[str]:
    """The comparable words of a text, in order, with repeats.

    NFKC and case folded; links and mentions dropped; hashtags read as words; digits kept (a "day 12" is not a
    "day 13"); runs of unspaced scripts become overlapping character pairs.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = _MENTION.sub(" ", _URL.sub(" ", folded))
    words: list[str] = []
    for match in _WORD.finditer(folded):
        word = _APOSTROPHE.sub("", match.group())
        if word.isascii():
            words.append(word)
            continue
        end = 0
        for run in _UNSPACED.finditer(word):
            if run.start() > end:
                words.append(word[end : run.start()])
            run_text = run.group()
            words.extend(run_text[i : i + 2] for i in range(max(1, len(run_text) - 1)))
            end = run.end()
        if end < len(word):
            words.append(word[end:])
    return words
