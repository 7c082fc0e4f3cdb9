"""A platform is one row: every place that decides by a platform reads it."""

import dataclasses
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import trend_assets
from trend_assets import platforms
from trend_assets.domain.feed.items import section_of
from trend_assets.domain.feed.urls import items_linked_in, normalised_url
from trend_assets.imports.rows import map_records
from trend_assets.imports.spec import ImportSpec, build_spec
from trend_assets.media.downloader import EXTRACTORS
from trend_assets.media.policy import is_allowed_host
from trend_assets.newsletters.rendering.links import safe_link
from trend_assets.platforms import NAMES, PLATFORMS, UnknownPlatform, item_in, platform_of, post_address

PACKAGE = Path(trend_assets.__file__).parent
NOW = datetime(2026, 3, 2, tzinfo=UTC)

SAME_ITEM = [
    ("https://www.reddit.com/gallery/1habcd", "reddit:1habcd"),
    ("https://www.reddit.com/user/a/comments/1habcd/x", "reddit:1habcd"),
    ("https://rxddit.com/r/a/comments/1habcd", "reddit:1habcd"),
    ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "youtube:dQw4w9WgXcQ"),
    ("https://music.youtube.com/watch?v=dQw4w9WgXcQ&list=1", "youtube:dQw4w9WgXcQ"),
    ("https://www.youtube.com/watch?v=-_w4w9WgXc-", "youtube:-_w4w9WgXc-"),
    ("https://www.amazon.ie/dp/B0ABCDEFGH", "amazon:B0ABCDEFGH"),
    ("https://www.amazon.co.za/gp/product/B0ABCDEFGH?th=1", "amazon:B0ABCDEFGH"),
    ("https://www.amazon.com.au/a-b-c/dp/B0ABCDEFGH/ref=x", "amazon:B0ABCDEFGH"),
    *((f"https://{host}/a/status/1850000000000000000", "x:1850000000000000000")
      for host in ("x.com", "twitter.com", "mobile.twitter.com", "fxtwitter.com", "vxtwitter.com", "fixupx.com",
                   "d.fxtwitter.com", "fixvx.com")),
    ("https://www.vxtiktok.com/@a/video/7420000000000000001", "tiktok:7420000000000000001"),
    ("https://m.tiktok.com/v/7420000000000000001.html", "tiktok:7420000000000000001"),
    ("https://www.instagram.com/reel/CxYz_12-AbC/?igsh=1", "instagram:CxYz_12-AbC"),
    ("https://www.instagram.com/name/p/CxYz_12-AbC/", "instagram:CxYz_12-AbC"),
    ("https://instagr.am/p/CxYz_12-AbC/", "instagram:CxYz_12-AbC"),
    ("https://www.tiktok.com/foryou?item_id=7420000000000000001&x=1", "tiktok:7420000000000000001"),
    ("https://m.tiktokv.com/share/video/7420000000000000001/", "tiktok:7420000000000000001"),
    ("https://www.youtubekids.com/watch?v=dQw4w9WgXcQ", "youtube:dQw4w9WgXcQ"),
    ("https://studio.youtube.com/video/dQw4w9WgXcQ/edit", "youtube:dQw4w9WgXcQ"),
    ("https://platform.twitter.com/embed/Tweet.html?id=1850000000000000000", "x:1850000000000000000"),
    ("https://x.com/a/article/1850000000000000000", "x:1850000000000000000"),
    ("https://www.reddit.com/r/a/duplicates/1habcd/x/", "reddit:1habcd"),
    *((f"https://www.amazon.com/{path}/B0ABCDEFGH", "amazon:B0ABCDEFGH")
      for path in ("exec/obidos/ASIN", "o/ASIN", "gp/offer-listing", "dp/product", "gp/product/glance",
                   "gp/aw/reviews", "ask/questions/asin")),
]  # fmt: skip
OTHER_THINGS = [
    "https://amazon.evil.example/dp/B0ABCDEFGH",
    "https://notx.com/a/status/1850000000000000000",
    "https://v.redd.it/1habcd",
    "https://i.redd.it/1habcd",
    "https://www.youtube.com/shorts/tooShort",
    "https://www.reddit.com/r/all/s/AbCdEf",
    "https://www.youtube.com/watch?v=" + "https://www.youtube.com/watch?v=" * 3000,
]


@pytest.mark.parametrize(("url", "key"), SAME_ITEM)
def test_every_address_of_an_item_is_the_item(url, key):
    assert normalised_url(url) == key
    assert items_linked_in(f"look: {url}.") == [key]


def test_mirrors_are_read_and_never_published_as_links():
    assert safe_link("https://x.com/a/status/1850000000000000000")
    mirrors = [host for row in PLATFORMS.values() for items in row.items for host in items.mirrors]
    assert len(mirrors) > 10
    assert [host for host in mirrors if safe_link(f"https://{host}/a/status/1850000000000000000")] == []


@pytest.mark.parametrize("url", OTHER_THINGS)
def test_what_only_looks_like_an_item_is_none(url):
    assert item_in(url) is None


def imported(external_id: str, platform: str = "tiktok"):
    spec = ImportSpec("mine", "csv", {"external_id": "id", "platform": "on", "measured_at": "seen"})
    return map_records([(1, {"id": external_id, "on": platform, "seen": "2026-03-01"})], spec, now=NOW)


@pytest.mark.parametrize(
    ("external_id", "platform", "reason"),
    [
        ("7519876543210987520.0", "tiktok", "7519876543210987520.0: it went through a number with decimals"),
        ("7.51988E+18", "tiktok", "7.51988E+18: a spreadsheet has destroyed the id"),
        ("dQw4w9WgXc", "youtube", "dQw4w9WgXc, which is not an id of YouTube: 11 letters"),
        ("https://x.com/a/status/1850000000000000000", "tiktok", "not the address of an item of TikTok"),
        ("https://vm.tiktok.com/ZMabc/", "tiktok", "not the address of an item of TikTok"),
    ],
)
def test_what_does_not_fit_the_platforms_ids_is_refused_with_its_value(external_id, platform, reason):
    assert reason in imported(external_id, platform).rejected[0].reason


@pytest.mark.parametrize(
    ("external_id", "platform", "known"),
    [
        ("-_w4w9WgXc-", "youtube", "-_w4w9WgXc-"),
        ("t3_1HABCD", "reddit", "1habcd"),
        *((url, key.split(":")[0], key.split(":", 1)[1]) for url, key in SAME_ITEM),
    ],
)
def test_an_address_in_the_column_of_ids_gives_its_id(external_id, platform, known):
    assert [row["external_id"] for row in imported(external_id, platform).rows] == [known]


@pytest.mark.parametrize("written", ["TikTok", "tiktok ", " TIKTOK"])
def test_a_platform_is_meant_in_any_case_and_with_spaces_around(written):
    assert imported("7519876543210987520", written).rows[0]["platform"] == "tiktok"
    spec = build_spec(
        import_source="mine", file_name="f.csv", file_format="csv", fields=["id", "t"],
        maps=["external_id=id", "measured_at=t", f"platform:={written}"],
    )  # fmt: skip
    assert spec.constants["platform"] == "tiktok"
    assert imported("1850000000000000000", "Twitter").rows[0]["platform"] == "x"


def test_an_unknown_platform_is_a_sentence_with_the_file_and_the_known_ones():
    for ask in (platform_of, lambda name: post_address(name, "1")):
        with pytest.raises(UnknownPlatform) as said:
            ask("myspace")
        assert "'myspace'" in str(said.value)
        assert "trend_assets/platforms.py" in str(said.value)
        assert ", ".join(NAMES) in str(said.value)
    assert "platform is myspace, not one of tiktok" in imported("1", "myspace").rejected[0].reason


@pytest.mark.parametrize("platform", NAMES)
def test_a_row_is_whole(platform):
    row = PLATFORMS[platform]
    assert re.fullmatch(r"#[0-9a-f]{6}", row.colour)
    assert row.label
    assert set(re.findall(r"\{(\w+)\}", row.address)) in ({"id"}, {"id", "handle"}) or row.address == ""
    assert row.link_hosts
    if row.media:
        assert EXTRACTORS[platform] == list(row.media.extractors)
        assert all(map(is_allowed_host, [*row.media.pages, *row.media.files, *row.media.file_names]))


def test_no_two_platforms_share_a_host_or_a_name():
    hosts = [
        (host, row.name) for row in PLATFORMS.values() for items in row.items for host in (*items.hosts, *items.mirrors)
    ]
    assert len({host for host, _ in hosts}) == len(set(hosts))
    names = [name for row in PLATFORMS.values() for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))


# what still names a platform beside its row: the providers of that name and the bundled sandbox
PROVIDERS_OF_THAT_NAME = {
    "settings.py",
    "capture/ledger.py",
    "privacy/deletions.py",
    "defs/velocity/captures.py",
    "media/policy.py",
}


@pytest.mark.parametrize("platform", NAMES)
def test_no_other_module_decides_by_a_platforms_name(platform):
    compares = re.compile(rf'[!=]= "{platform}"|"{platform}" (?:not )?in |"{platform}": |in \(.*"{platform}"')
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if compares.search(path.read_text(encoding="utf-8"))
    }
    assert {name for name in found if not name.startswith(("sources/", "sandbox/"))} <= PROVIDERS_OF_THAT_NAME


def test_words_and_sections_follow_from_the_row(monkeypatch):
    row = dataclasses.replace(PLATFORMS["youtube"], name="vimeo", label="Vimeo", section="talk", count_word="point")
    monkeypatch.setitem(platforms._NAMED, "vimeo", row)
    assert section_of(9, "vimeo", "measured") == "talk"
    assert section_of(9, "vimeo", "position") == "talk"
    assert section_of(9, "amazon", "position") == "products"
    assert section_of(1, "vimeo", "measured") == "top"
    assert platform_of("Vimeo").written("a") == "@a"
    assert PLATFORMS["reddit"].written("a") == "u/a"
    assert PLATFORMS["amazon"].written("a") == ""
