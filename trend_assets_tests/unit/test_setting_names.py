"""Names in settings are read as people paste them, once each, and what is no such name is refused by name."""

import pytest

from trend_assets.settings import Settings, SettingsError
from trend_assets.sources.discovery import SOURCES, options_of, provider_options
from trend_assets.sources.providers.apify.provider import PROVIDER as APIFY


def said(source: str, option: str, value: str) -> object:
    section = {"reddit_posts": "reddit", "x_posts": "x", "amazon_positions": "amazon"}.get(source, source)
    section = section.removesuffix("_pageviews")
    return getattr(options_of(SOURCES[source], Settings(_env_file=None, **{f"{section}__{option}": value})), option)


PASTED = [
    ("reddit_posts", "subreddits", "skincare,/r/BuyItForLife,https://www.reddit.com/r/ecommerce/,SkinCare",
     ("skincare", "BuyItForLife", "ecommerce")),
    ("reddit_posts", "subreddits", "r/skincare; old.reddit.com/r/abc/top\n\"abc\"", ("skincare", "abc")),
    ("x_posts", "handles", "Shopify,@tobi,https://x.com/tobi,twitter.com/harleyf/status/1?s=2",
     ("Shopify", "tobi", "harleyf")),
    ("x_posts", "handles", "@ada @bob\u200b\u2060 \uff20carl", ("ada", "bob", "carl")),
    ("x_posts", "handles", '["ada", "bob"]', ("ada", "bob")),
    ("x_posts", "searches", '#dtcbrand, "best  sellers" ;https://x.com/hashtag/Shopify,https://x.com/search?q=a%20b',
     ("#dtcbrand", '"best sellers"', "#Shopify", "a b")),
    ("tiktok_commerce", "hashtags", "#TikTokMadeMeBuyIt,tiktokmademebuyit,https://www.tiktok.com/tag/amazonfinds?x=1",
     ("tiktokmademebuyit", "amazonfinds")),
    ("youtube_shorts", "queries", "https://www.youtube.com/results?search_query=skin+care,Skin care", ("skin care",)),
    ("amazon_positions", "category_urls",
     "https://www.amazon.com/Best-Sellers-Beauty/zgbs/beauty/ref=zg_bs_nav_0,amazon.de/gp/bestsellers/beauty?x=1 "
     "https://www.amazon.com/Best-Sellers-Beauty/zgbs/beauty",
     ("https://www.amazon.com/Best-Sellers-Beauty/zgbs/beauty", "https://www.amazon.de/gp/bestsellers/beauty")),
    ("wikipedia_pageviews", "projects", "en.wikipedia, DE ;https://fr.m.wikipedia.org/wiki/Chat",
     ("en.wikipedia", "de.wikipedia", "fr.wikipedia")),
    ("youtube_shorts", "queries", "youtube.com/results?search_query=a+b; shop.example ;https://www.tiktok.com/tag/foo",
     ("a b", "shop.example", "#foo")),
    ("x_posts", "actor", "https://api.apify.com/v2/acts/apidojo~tweet-scraper/runs?token=x", "apidojo~tweet-scraper"),
    ("x_posts", "actor", " https://apify.com/apidojo/tweet-scraper ", "apidojo/tweet-scraper"),
    ("x_posts", "actor", "https://console.apify.com/actors/61RPP7dywgiy0JPD0/input", "61RPP7dywgiy0JPD0"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "option", "value", "read"), PASTED)
def test_a_setting_is_read_as_it_is_pasted(source: str, option: str, value: str, read: object) -> None:
    assert said(source, option, value) == read


REFUSED = [
    ("reddit_posts", "subreddits", "skincare,https://www.reddit.com/user/bob", "https://www.reddit.com/user/bob"),
    ("reddit_posts", "subreddits", "https://x.com/skincare", "https://x.com/skincare"),
    ("x_posts", "handles", "ada,https://www.instagram.com/bob", "https://www.instagram.com/bob"),
    ("x_posts", "handles", "https://x.com/home", "https://x.com/home"),
    ("tiktok_commerce", "hashtags", "amazonfinds,100%", "100%"),
    ("amazon_positions", "category_urls", "https://www.amazon.com/dp/B000000001", "B000000001"),
    ("amazon_positions", "category_urls", "https://www.ebay.com/Best-Sellers", "ebay"),
    ("youtube_shorts", "queries", "https://www.youtube.com/@ada", "https://www.youtube.com/@ada"),
    ("wikipedia_pageviews", "projects", "https://www.example.com/", "example"),
    ("x_posts", "actor", "tweet-scraper", "tweet-scraper"),
]


@pytest.mark.parametrize(("source", "option", "value", "named"), REFUSED)
def test_what_is_no_such_name_is_refused_by_name(source: str, option: str, value: str, named: str) -> None:
    with pytest.raises(SettingsError) as refused:
        said(source, option, value)
    assert named in str(refused.value) and option.upper() in str(refused.value)
    assert "Value error" not in str(refused.value)


def test_the_names_that_come_with_the_product_read_as_themselves() -> None:
    for source in SOURCES.values():
        for name, value in options_of(source, Settings(_env_file=None)):
            if isinstance(value, tuple):
                again = options_of(source, Settings(_env_file=None, **{f"x__{name}": ",".join(value)}))
                assert getattr(again, name) == value
    assert provider_options(APIFY, Settings(_env_file=None)).tiktok_actor == "clockworks/tiktok-scraper"
