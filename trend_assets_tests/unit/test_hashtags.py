"""Hashtags are read by the platforms' written rule, and two spellings of one tag are one tag."""

import time
import unicodedata

import pytest

from trend_assets.sources.values import Notes, hashtags
from trend_assets.text import (
    before_hashtags,
    find_hashtags,
    hashtags_in,
    named_hashtag,
    without_closing_hashtags,
    without_hashtags,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://shop.example/guide#reviews #skincare", "skincare"),
        ("http://a.example/?x=1#y", ""),
        ("www.shop.example/#top #a", "a"),
        ("shop.example/list?page=2#top", ""),
        ("t.me/x#y", ""),
        ("mail me: ada@shop.example#x", ""),
        ("(https://a.example/x)#tag", "tag"),
        ("詳細はhttps://t.co/abc。#日本", "日本"),
        ("https://a.example/x,#tag", "tag"),
        ("#http://a.example/x", ""),
        ("The #1 mistake, I&#39;m on C#9 #2025trends", "2025trends"),
        ("I&amp;#x27;m #here", "here"),
        ("rock &amp; roll&#35;x &#35;live", "live"),
        ("R&B&#x1F3B5;#soul", "soul"),
        ("#猫、#犬。 #日本」 #فارسی، #हिंदी। #foo—bar", "猫 犬 日本 فارسی हिंदी foo"),
        ("＃東京 and #ＡＢＣ", "東京 abc"),
        ("#a#b #c,#d/#e.#f", "a b c d e f"),
        ("either/#or (#this) “#that” ¡#hola!", "or this that hola"),
        ("x#y 9#z _#w é#v e\u0301#u", ""),
        ("AT&T#x &#x", ""),
        ("❤️#love 👩‍💻#dev 🇩🇪#berlin", "love dev berlin"),
        ("#love❤️ #dev👩‍💻", "love dev"),
        ("#️⃣ and #️⃣no #1️⃣", ""),
        ("#_ #__ #12 #½ # #", ""),
        ("#_a #a_b #1a", "_a a_b 1a"),
        ("#C++ #node.js #rock'n'roll #e-commerce", "c node rock e"),
        ("#ποδόσφαιρο #Straße #STRASSE", "ποδόσφαιρο strasse"),
        ("#צה״ל #תל־אביב", "צה״ל תל־אביב"),
        ("#ハリー・ポッター #スター・", "ハリー・ポッター スター"),
        ("#می‌خواهم #میخواهم", "میخواهم"),
        ("#ქართული #አማርኛ #བོད་སྐད #ខ្មែរ #မြန်မာ", "ქართული አማርኛ བོད་སྐད ខ្មែរ မြန်မာ"),
        ("go to shop.example#top, «#guille» #l’été…#fin", "guille l fin"),
        ("#٣ #٣ا &num;y &#x23;w &lt;#x&gt;", "٣ا y w x"),
        ("https://例え.テスト/道#断片 #猫 https://x.example/a）#b", "猫 b"),
        ("#l·l #ไทยแลนด์ #தமிழ் #한국어", "l·l ไทยแลนด์ தமிழ் 한국어"),
        ("\u200b#start\u200b and\u00a0#next\u3000#last", "start next last"),
        ("line\n#one\r\n#two\t#three", "one two three"),
    ],
)  # fmt: skip
def test_a_tag_begins_and_ends_where_the_platforms_say(text: str, expected: str) -> None:
    assert hashtags_in(text) == [unicodedata.normalize("NFKC", tag).casefold() for tag in expected.split()]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("#caf\u00e9", "#cafe\u0301"),
        ("#SkinCare", "#skincare"),
        ("#ＳＫＩＮ", "#skin"),
        ("#ｶﾀｶﾅ", "#カタカナ"),
        ("#İstanbul", "#istanbul"),
        ("#I\u0307ZMİR", "#izmir"),
        ("#ΣΊΣΥΦΟΣ", "#σίσυφος"),
        ("#نیم\u200cفاصله", "#نیمفاصله"),
        ("#가나", unicodedata.normalize("NFD", "#가나")),
    ],
)
def test_two_spellings_of_a_tag_are_one_tag(one: str, other: str) -> None:
    assert len(hashtags_in(f"{one} {other}")) == 1
    assert hashtags([one], Notes()) == hashtags([other], Notes())


def test_a_tag_is_shown_as_it_was_written_and_composed() -> None:
    (tag,) = find_hashtags("I love #Cafe\u0301Olé!")
    assert (tag.shown, tag.key) == ("CaféOlé", "caféolé")
    assert "I love #Cafe\u0301Olé!"[tag.start : tag.end] == "#Cafe\u0301Olé"


@pytest.mark.parametrize(
    "name", ["skin care", "yt:cc=on", "yt:stretch=16:9", "1", "", " ", "#", "\u200b", "a,b", "a.b", "http://x", "a=b"]
)
def test_search_words_marks_of_machines_and_numbers_are_no_hashtags_and_are_noted(name: str) -> None:
    notes = Notes()
    assert named_hashtag(name) is None
    assert hashtags([name, "real"], notes) == ["real"]
    assert bool(notes) == bool(name.strip())


@pytest.mark.parametrize("name", ["grwm", "#GRWM", "＃ＧＲＷＭ", " #Grwm ", "gr\u00adwm", "gr\u200bwm", "\ufeffgrwm"])
def test_a_named_tag_is_one_tag_however_it_is_decorated(name: str) -> None:
    assert hashtags([name, "grwm"], Notes()) == ["grwm"]


def test_a_platform_may_have_emoji_in_a_tag_that_it_names() -> None:
    assert hashtags(["foryou❤️", "fypシ゚viral"], Notes()) == ["foryou❤", named_hashtag("fypシ゚viral")]


def test_several_tags_in_one_name_are_several() -> None:
    assert hashtags(["#skincare#grwm", "#a #b"], Notes()) == ["skincare", "grwm", "a", "b"]


def test_a_caption_is_read_without_its_tags() -> None:
    assert without_hashtags("Our #1 serum #skincare works #grwm") == "Our #1 serum  works "
    assert before_hashtags("The #1 mistake I made #fail") == "The #1 mistake I made "
    assert without_closing_hashtags("We are the #1") == "We are the #1"
    assert without_closing_hashtags("See #this now #a #b ") == "See #this now"
    assert without_closing_hashtags("See https://a.example/#a") == "See https://a.example/#a"


def test_hostile_texts_take_time_in_proportion_to_their_length() -> None:
    for piece in ("#a", "a.", "a-", "#", "http://", "www.", "a.b/", "é#", "#\u0301", ".b/#", "://"):
        begin = time.process_time()
        hashtags_in(piece * 4_000)
        hashtags_in(piece * 4_000 + "!")
        assert time.process_time() - begin < 5, piece
