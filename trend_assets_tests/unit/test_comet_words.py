# ruff: noqa: E501 - tables of cases read better as tables
"""Layers 1 and 2 on labelled tricky cases: what a human reads in handles, names, bios and captions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.domain.comets.layers import platform_check, pronoun_check
from trend_assets.domain.comets.words import first_word, word_lists

LISTS = word_lists()

# handle → the word that a human reads in it, None for nothing
HANDLES: dict[str, str | None] = {
    # as words between separators, digits and camel case
    "joe_ttv": "ttv", "ttv_joe": "ttv", "joe.ttv": "ttv", "joe-ttv": "ttv", "JoeTTV": "ttv", "TTVJoe": "ttv",
    "joe_ttv_99": "ttv", "99ttv99": "ttv", "joettv": "ttv", "ttvjoe": "ttv", "anna.yt": "yt", "yt.anna": "yt",
    "anna_yt": "yt", "AnnaYT": "yt", "YTAnna": "yt", "anna2yt": "yt", "yt": "yt", "annaOnTwitch": "twitch",
    "twitch_anna": "twitch", "twitchanna": "twitch", "annatwitch": "twitch", "annaYouTube": "you tube",
    "youtubeanna": "youtube", "anna_youtube": "youtube", "YOUTUBE_ANNA": "youtube", "kick_anna": "kick", "AnnaKick": "kick",
    "KickStreamer": "kick", "anna.kick": "kick", "anna_discord": "discord", "streamer_anna": "streamer",
    "anna_streaming": "streaming", "AnnaStreams": None, "annastreamer": "streamer", "patreon.anna": "patreon",
    "patreonanna": "patreon", "onlyfans_anna": "onlyfans", "OnlyFansAnna": "only fans", "twitter_anna": "twitter",
    "instagram.anna": "instagram",
    # fan and clip accounts
    "BestClipsHub": "clips", "bestclips": "clips", "anna_clips": "clips", "annaclips": "clips", "clips4anna": "clips",
    "AnnaHighlights": "highlights", "annahighlights": "highlights", "anna_archive": "archive", "annaarchive": "archive",
    "anna.fanpage": "fanpage", "annafanpage": "fanpage", "anna_fan_page": "fan page", "AnnaFanPage": "fan page",
    "bestofanna": "bestof", "best_of_anna": "best of", "BestOfAnna": "best of", "daily_anna": "daily",
    "annaDaily": "daily", "dailydoseofanna": None, "movie_moments": "moments", "funnymoments": "moments",
    "anna_compilation": "compilation", "fail_compilations": "compilations",
    # not what they look like
    "kickboxing_coach": None, "kickboxingcoach": None, "kick_boxing_anna": None, "KickBoxer99": None, "sidekick": None,
    "side_kick_sam": None, "kickstart.anna": None, "kickflip_kid": None, "kicks_and_kittens": None, "karatekick5": None,
    "anytime.fitness": None, "anytimefitness": None, "party_anna": None, "beauty_by_anna": None, "marytudor": None,
    "crytography": None, "daytona": None, "eclipse_anna": None, "solareclipses": None, "dailymail": None,
    "ecliptic": None, "patricia": None, "twitchy": None, "architect_anna": None, "archived": None, "monarch": None,
    "momentous": None, "momentum_gym": None, "dailyn": None, "dailydevotional_anna": None, "ytterbium": None,
    "streamside_cabin": None, "mainstream.mom": None, "discordant": None, "highlighter_nails": None, "paperclips": None,
    "anna": None, "a": None, "user1234567890": None, "___": None, "": None,
    # accents, compatibility forms, other scripts
    "ｊｏｅ＿ｔｔｖ": "ttv", "𝓳𝓸𝓮_𝓽𝓽𝓿": "ttv", "joe_ttv́": "ttv", "ánna_clíps": "clips", "аннa_yt": "yt", "アンナyt": None,
    "アンナ_yt": "yt", "안나_ttv": "ttv", "JOE_TTV": "ttv", "ИваnTTV": "ttv", "мария": None, "日常": None,
}  # fmt: skip

# nickname or bio → the word that a human reads in it
PROSE: dict[str, str | None] = {
    "🎮 Twitch: joe": "twitch", "live on kick!": "kick", "ttv/joe": "ttv", "yt: joe": "yt", "YT👉joe": "yt", "joe | YouTube": "you tube",
    "https://youtube.com/@joe": "youtube", "www.twitch.tv/joe": "twitch", "You Tube channel below": "you tube",
    "my discord is open": "discord", "streamer & mom": "streamer", "full-time streaming": "streaming",
    "OF/Patreon": "patreon", "only fans below": "only fans", "Instagram👇": "instagram", "IG: joe": None,
    "twitter @joe": "twitter", "not affiliated · fan page": "fan page", "FANPAGE": "fanpage", "fan-page for anna": "fan page",
    "the best of Anna": "best of", "Best Of": "best of", "archive of looks": "archive", "daily clips": "daily",
    "posting daily": "daily", "Daily": "daily", "highlights every week": "highlights", "movie moments 🎬": "moments",
    "a compilation": "compilation", "#twitch #fyp": "twitch", "ＴＷＩＴＣＨ": "twitch", "𝐓𝐰𝐢𝐭𝐜𝐡": "twitch", "t w i t c h": None,
    # not what they look like
    "kickboxing coach": None, "Kick-boxing coach": None, "anytime fitness": None, "free kick specialist": None,
    "sneakers and kicks": None, "kick off at 8": None, "I love hair clips": None, "paper clips & crafts": None,
    "my daily routine": None, "Daily Mail reader": None, "beauty, party, city": None, "eclipse chaser": None,
    "architect": None, "mainstream music": None, "streams and rivers": None, "highlighter": None, "the best, of course": "best of",
    "bestie of Anna": None, "fans of pages": None, "momentum": None, "mom of 2 💕 small business": None, "🌸🌸🌸": None,
    "": None, "   ": None, "12345": None, "ママ 2児": None,
}  # fmt: skip

# caption → whether it starts with one of the pronouns as a word
CAPTIONS: dict[str, bool] = {
    "Bro really said that": True, "bro": True, "BRO": True, "Bro, what": True, "bro…": True, "Bro😂😂": True, "bro!!!": True,
    "He was late": True, "HE IS": True, "he": True, "He's late": False, "he’s late": False, "She did it": True,
    "she/her": True, "She'll be back": False, "They": True, "they did": True, "Theyre": False, "They're here": False,
    "They’re here": False, "theyʼre": False, "THEY DID WHAT": True, '"He said no"': True, "“Bro” he said": True, "'they'": True,
    "(she) wins": True, "…he left": True, "- he left": True, "🔥🔥 bro": True, "🔥bro": True, "#fyp bro": True, "#fyp #viral she": True,
    "#bro": False, "#he is": False, "@anna they left": True, "@he hello": False, "1. he": True, "3 bros": False, "POV: he": False,
    "Hello": False, "Sheep": False, "Sheesh": False, "Hey": False, "Heat": False, "Brother": False, "Brown": False, "Broccoli": False,
    "Bros": False, "Them": False, "The y": False, "Thy": False, "Her": False, "His": False, "Shell": False, "me and bro": False,
    "so she said": False, "": False, "   ": False, "🔥": False, "#fyp": False, "\n\nbro": True, "\u200bbro": True, "ｂｒｏ": True, "𝐇𝐞 is": True,
    "Bró": True, "brooo": False, "hé": True, "él dijo": False, "彼は": False, "그는": False, "Он": False, "he-man": True, "bro_code": True,
    "bro2": False, "he2": False, "i": False, "He.": True, "he, she": True, "«She»": True, "¿He?": True, "—they": True, "https://he.is": False,
}  # fmt: skip


def test_there_are_at_least_150_labelled_cases():
    assert len(HANDLES) + len(PROSE) + len(CAPTIONS) >= 200


@pytest.mark.parametrize(("handle", "expected"), HANDLES.items())
def test_a_handle_is_read_as_a_human_would(handle, expected):
    judged = platform_check(handle=handle, lists=LISTS)
    assert judged.word == expected
    if expected:
        assert (judged.verdict, judged.field) == ("rejected", "handle")


@pytest.mark.parametrize(("text", "expected"), PROSE.items())
@pytest.mark.parametrize("field", ["nickname", "bio"])
def test_a_name_or_bio_is_read_as_a_human_would(text, expected, field):
    judged = platform_check(handle="anna", **{field: text}, lists=LISTS)
    assert judged.word == expected
    assert judged.field == (field if expected else None)


@pytest.mark.parametrize(("caption", "starts"), CAPTIONS.items())
def test_a_caption_starts_with_a_pronoun_only_as_a_word(caption, starts):
    assert pronoun_check([caption], lists=LISTS).verdict == ("rejected" if starts else "passed"), first_word(caption)


def test_one_caption_that_passes_is_enough_and_unknown_captions_do_not_count():
    judged = pronoun_check(["Bro really", None, "My morning", "she did"], lists=LISTS)
    assert (judged.verdict, judged.judged, judged.passed, judged.word) == ("passed", 3, (2,), "bro")
    assert pronoun_check([None, None], lists=LISTS).verdict == "not_judged"
    assert pronoun_check([], lists=LISTS).verdict == "not_judged"


def test_a_creator_without_any_text_is_not_judged_rather_than_passed():
    assert platform_check(handle=None, nickname=None, bio=None, lists=LISTS).verdict == "not_judged"


def test_the_word_lists_are_configuration(tmp_path):
    from trend_assets.domain.comets.words import BUNDLED

    own = tmp_path / "words.toml"
    own.write_text(BUNDLED.read_text().replace('"twitch"', '"rumble"').replace('"bro"', '"dude"'))
    lists = word_lists(own)
    assert platform_check(handle="joe_rumble", lists=lists).verdict == "rejected"
    assert platform_check(handle="joe", bio="on twitch", lists=lists).verdict == "passed"
    assert pronoun_check(["Dude what"], lists=lists).verdict == "rejected"


@pytest.mark.parametrize("text", ["platforms = 5", "not toml [", ""])
def test_bad_word_lists_say_what_is_wrong_with_them(tmp_path, text):
    own = tmp_path / "words.toml"
    own.write_text(text)
    with pytest.raises(ValueError, match=r"words\.toml"):
        word_lists(own)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_gets_a_verdict_and_a_match_that_is_in_the_text(handle, bio):
    judged = platform_check(handle=handle, bio=bio, lists=LISTS)
    assert judged.verdict in {"passed", "rejected", "not_judged"}
    assert (judged.word is None) == (judged.verdict != "rejected")
    assert pronoun_check([bio], lists=LISTS).verdict in {"passed", "rejected"}


@given(st.sampled_from(["ttv", "twitch", "fanpage", "clips"]), st.from_regex(r"[a-z]{3,12}", fullmatch=True))
def test_a_listed_word_after_an_underscore_is_always_found(word, name):
    assert platform_check(handle=f"{name}_{word}", lists=LISTS).verdict == "rejected"
