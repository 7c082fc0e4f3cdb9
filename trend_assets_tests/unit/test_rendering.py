"""The issue in six formats, with hostile texts in every field."""

import csv
import io
import json
import re
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree, html
from pandas import NA, NaT

from trend_assets.domain.newsletter.declare import Newsletter
from trend_assets.domain.newsletter.phrases import comparison, deciding_figure
from trend_assets.domain.numbers import clock, compact, hours, levels, long_date, missing, percent, spark, thinned, usd
from trend_assets.newsletters.rendering.issue import build_issue
from trend_assets.newsletters.rendering.links import safe_link
from trend_assets.newsletters.rendering.render import RenderedIssue, render_issue
from trend_assets.newsletters.rendering.tabular import render_csv
from trend_assets.newsletters.rendering.views import item_view
from trend_assets.text import MARK, guarded, plural
from trend_assets_tests.unit.atom_schema import ATOM

DAY = date(2026, 11, 20)
HOME = "http://127.0.0.1:8000"
NEWSLETTER = Newsletter(name="rising", title="Rising")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
XSS = (
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    "<iframe src=javascript:alert(1)></iframe>",
    "<body onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<math><mtext></mtext><script>alert(1)</script></math>",
    "<style>@import 'javascript:alert(1)'</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<form action=javascript:alert(1)><input type=submit>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<video><source onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<marquee onstart=alert(1)>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "{{7*7}}",
    "{% for x in ().__class__.__base__.__subclasses__() %}x{% endfor %}",
    "${7*7}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u003cscript\u003ealert(1)",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "java\tscript:alert(1)",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/p.png)",
    "`x` <b onclick=alert(1)>",
)
BAD_URLS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "http://www.tiktok.com/@a/video/1",
    "//www.tiktok.com/@a",
    "https://evil.example/@a",
    "https://tiktok.com.evil.example/",
    "https://eviltiktok.com/",
    "https://user:pw@www.tiktok.com/",
    "https://www.tiktok.com:8443/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://2130706433/",
    "file:///etc/passwd",
    "https://www.tiktok.com\\@evil.example",
    "https://",
    "",
    None,
    7,
    "https://www.tiktok.com/\u202e",
    "https://amazon.com.evil.example/dp/B0ABCDEFGH",
    "https://www.tiktok.com/" + "a" * 3000,
)
BAD_TEXTS = (
    "a\x00b\x08c\x1f",
    "]]>",
    "\ud800 lone",
    "\u202eevil\u2066",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "\ufffe\uffff",
    "x" * 10_000,
    "ا العربية",
    "\U000e0041tag",
)


def row(rank: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "observed_date": DAY,
        "newsletter": "rising",
        "rank": rank,
        "place": rank,
        "story_id": f"st_{rank:020d}",
        "section": "Home" if rank <= 5 else "Food",
        "subject": "Home" if rank <= 5 else "Food",
        "headline": changes.get("title", f"A title number {rank}"),
        "line": "Some more text that says what it is about",
        "note": None,
        "figure": "+200 views in 24 h",
        "comparison": "2.0 × what items of its age gain",
        "chance_text": "",
        "also_on": ["YouTube"],
        "platform": "tiktok",
        "external_id": str(rank),
        "source": "tiktok_trending",
        "kind": "video",
        "title": f"A title number {rank}",
        "text": "Some more text that says what it is about",
        "creator_id": "c",
        "creator_handle": "somebody",
        "creator_name": "Some Body",
        "creator_followers": 12_345,
        "url": "https://www.tiktok.com/@somebody/video/1",
        "hashtags": ["diy"],
        "posted_at": NOON - timedelta(days=1),
        "score": 0.95,
        "score_parts": [{"name": "place", "value": 0.95, "why": "Place 2 of 40."}],
        "why": "#2 of 40 in TikTok; +200 views in 24 h.",
        "score_class": "measured",
        "baseline": 500.0,
        "baseline_items": 9,
        "outlier_score": 1.5,
        "views": 1000,
        "delta_views": 200,
        "views_per_hour": 8.3,
        "engagement": {"views": 1000, "likes": 50, "comments": None},
        "measured_at": NOON,
        "counts": [
            {"at": "2026-11-19T12:00:00Z", "views": 800, "rank": None},
            {"at": "2026-11-20T12:00:00Z", "views": 1000, "rank": None},
        ],
        "first_seen_at": NOON - timedelta(days=1),
        "days_on_radar": 2,
        "sources": ["tiktok_trending"],
        "heat": [{"source": "tiktok_trending", "percentile": 0.95, "rank": 2, "items": 40}],
        "proof_links": [
            {
                "source": "tiktok_trending",
                "platform": "tiktok",
                "external_id": "1",
                "url": "https://www.tiktok.com/@somebody/video/1",
                "title": "t",
                "creator_handle": "somebody",
            },
            {
                "source": "youtube_shorts",
                "platform": "youtube",
                "external_id": "2",
                "url": "https://www.youtube.com/shorts/abcdefghijk",
                "title": "t",
                "creator_handle": "other",
            },
        ],
        "flags": ["sponsored"],
        "flag_reasons": {"sponsored": "The platform marks it."},
        "returned_because": None,
        "data_age_hours": 0.0,
        "cost_usd": 0.0005,
        "is_simulated": False,
    } | changes


def source(name: str = "tiktok_trending", **changes: Any) -> dict[str, Any]:
    return {
        "source": name,
        "title": name.replace("_", " ").title(),
        "tier": "core",
        "status": "succeeded",
        "reason": None,
        "items": 40,
        "measured_at": NOON,
        "cost_usd": 0.02,
        "is_simulated": False,
        "is_blended": True,
    } | changes


def render(*rows: dict[str, Any], report: list[dict[str, Any]] | None = None, **options: Any) -> RenderedIssue:
    of_formats = {name: options.pop(name) for name in ("words", "prose") if name in options}
    issue = build_issue(
        NEWSLETTER,
        list(rows),
        report or [source()],
        day=options.pop("day", DAY),
        public_url=HOME,
        quiet_below=options.pop("quiet_below", 1),
        **options,
    )
    return render_issue(issue, **of_formats)


def atom_entries(text: str) -> list[etree._Element]:
    root = etree.fromstring(text.encode())
    return root.findall("{http://www.w3.org/2005/Atom}entry")


LASTING = tuple(f"http://127.0.0.1:8000/feed/latest.{form}" for form in ("atom", "json"))


OWN = (f"http://127.0.0.1:8000/feed/{DAY}", f"http://127.0.0.1:8000/ui/feed?date={DAY}")


def assert_inert(page: str) -> None:
    """Parsed as a browser would: no script, no handler, no address but https to hosts that we allow."""
    document = html.document_fromstring(page)
    for element in document.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag not in (
            "script",
            "iframe",
            "object",
            "embed",
            "form",
            "base",
            "svg",
            "math",
            "img",
            "video",
        ), element.tag
        assert "http-equiv" not in element.attrib
        if element.tag == "link":  # says where the feeds are; nothing is loaded from it
            assert element.get("rel") == "alternate" and element.get("href") in LASTING
            continue
        if element.get("href") in OWN:
            continue
        for name, value in element.attrib.items():
            assert not name.startswith("on"), (element.tag, name)
            if name in ("href", "src", "action", "formaction", "xlink:href"):
                assert safe_link(value) == value, value


@pytest.mark.parametrize("payload", XSS)
def test_no_payload_becomes_markup_in_any_field_or_format(payload):
    hostile = row(
        title=payload,
        line=payload,
        note=payload,
        figure=payload,
        comparison=payload,
        chance_text=payload,
        also_on=[payload],
        section=payload,
        text=payload + " and more words so that it differs",
        creator_handle=payload,
        creator_name=payload,
        why=payload,
        url=payload,
        hashtags=[payload],
        flags=["sponsored"],
        flag_reasons={"sponsored": payload},
        returned_because=payload,
        score_parts=[{"name": payload, "value": 0.9, "why": payload}],
        proof_links=[
            {
                "source": payload,
                "platform": payload,
                "external_id": "1",
                "url": payload,
                "title": payload,
                "creator_handle": payload,
            }
        ]
        * 2,
        heat=[{"source": payload, "percentile": 0.9, "rank": 1, "items": 2}],
    )
    issue = render(hostile, row(2), report=[source(title=payload, reason=payload, status="failed"), source("other")])
    assert len(issue.issue.items) == 2
    assert_inert(issue.contents["html"])
    assert len(atom_entries(issue.contents["atom"])) == 2
    for entry in json.loads(issue.contents["json"])["items"]:
        assert_inert(f"<html><body>{entry['content_html']}</body></html>")
        assert "url" not in entry or safe_link(entry["url"]) == entry["url"]
    for entry in atom_entries(issue.contents["atom"]):
        assert_inert(f"<html><body>{entry.findtext('{http://www.w3.org/2005/Atom}content')}</body></html>")
        for link in entry.findall("{http://www.w3.org/2005/Atom}link"):
            assert safe_link(link.get("href")) == link.get("href")
    assert not re.search(r"(?<!\\)<[a-z/!?]", issue.contents["md"], re.IGNORECASE)
    for target in re.findall(r"(?<!\\)\]\(([^)]*)\)?", issue.contents["md"]):
        assert target in OWN or safe_link(target) == target


def test_template_syntax_in_a_caption_stays_text():
    issue = render(row(title="{{7*7}} {% raw %} #{7*7}"))
    assert "{{7*7}}" in issue.contents["html"]
    assert "49" not in re.sub(r"\d{4}-\d\d-\d\d|#[0-9a-f]{6}", "", issue.contents["json"].split('"title"')[2][:60])


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_bad_address_is_never_a_link_and_the_item_stays(url):
    assert safe_link(url) is None
    issue = render(row(url=url, proof_links=[]))
    assert [item.url for item in issue.issue.items] == [None]
    assert "evil.example" not in issue.contents["html"]


def test_a_picture_has_a_fixed_size_the_title_as_its_text_and_leads_to_the_item():
    title = 'He said "look" & left'
    one = row(title=title, picture_url="https://i.ytimg.com/vi/abcdefghijk/mqdefault.jpg")
    two = row(2, picture_url="/pictures/youtube/bbbbbbbbbbb.jpg", is_simulated=True)
    issue = render(one, two, row(3, picture_url=None))
    addresses = ["https://i.ytimg.com/vi/abcdefghijk/mqdefault.jpg", f"{HOME}/pictures/youtube/bbbbbbbbbbb.jpg"]
    pictures = html.document_fromstring(issue.contents["html"]).findall(".//img")
    assert [each.get("src") for each in pictures] == addresses
    assert pictures[0].get("alt") == title
    for each in pictures:
        width, height = int(each.get("width")), int(each.get("height"))
        assert f"width:{width}px;height:{height}px" in each.get("style") and width * 9 == height * 16
        assert each.getparent().get("href") == one["url"]
    feed = json.loads(issue.contents["json"])["items"]
    assert [item.get("image") for item in feed] == [*addresses, None]
    for form in ("md", "atom"):
        assert all(address in issue.contents[form] for address in addresses)
    assert html.fromstring(feed[0]["content_html"]).find(".//img").get("alt") == title


@pytest.mark.parametrize(
    "url",
    [
        *BAD_URLS, *XSS, "data:image/png;base64,AAAA", "https://i.ytimg.com/vi/abcdefghijk/mqdefault.jpg?who=me",
        "https://i.ytimg.com/vi/abcdefghijk/../../p.gif", "http://i.ytimg.com/vi/abcdefghijk/mqdefault.jpg",
        "https://i.ytimg.com.evil.example/vi/abcdefghijk/mqdefault.jpg", "/pictures/youtube/../../etc/passwd.jpg",
        "/pictures/tiktok/abcdefghijk.jpg", "//evil.example/pictures/youtube/abcdefghijk.jpg",
        "/pictures/youtube/abcdefghijk.jpg\n", float("nan"),
    ],
)  # fmt: skip
def test_no_other_address_is_ever_a_picture(url):
    issue = render(row(picture_url=url))
    assert len(issue.issue.items) == 1
    assert "<img" not in issue.contents["html"] + issue.contents["atom"] and "![" not in issue.contents["md"]
    assert "image" not in json.loads(issue.contents["json"])["items"][0]


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_characters_that_xml_or_readers_cannot_take_cost_nothing(text):
    issue = render(row(title="ok " + text, text=text + " different", creator_handle=text), row(2), row(3))
    entries = atom_entries(issue.contents["atom"])
    assert len(entries) == 3
    assert ATOM.validate(etree.fromstring(issue.contents["atom"].encode())), ATOM.error_log
    for rendered in (
        issue.contents["html"],
        issue.contents["md"],
        issue.contents["atom"],
        issue.contents["json"],
        issue.contents["csv"],
    ):
        rendered.encode("utf-8")
        assert not re.search(
            "[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]", rendered
        )


@pytest.mark.parametrize(
    "damage",
    [
        {"headline": None},
        {"headline": 7},
        {"line": None},
        {"also_on": None},
        {"score": "abc"},
        {"score": float("nan")},
        {"measured_at": "yesterday"},
        {"measured_at": None},
        {"counts": [{"views": 1}]},
        {"proof_links": [{"url": "x"}]},
        {"flags": None},
        {"views": "many"},
        {"place": "first"},
        {"posted_at": 12},
        {"story_id": None},
    ],
)
def test_one_bad_item_never_costs_the_feed_and_is_named_with_its_reason(damage):
    issue = render(row(1) | damage, row(2), row(3))
    assert [item.story_id for item in issue.issue.items] == [row(n)["story_id"] for n in (2, 3)]
    assert [item.rank for item in issue.issue.items] == [1, 2], "no gap is left"
    assert len(issue.issue.set_aside) == 1
    assert "could not be shown" in issue.issue.set_aside[0].reason
    assert len(atom_entries(issue.contents["atom"])) == len(json.loads(issue.contents["json"])["items"]) == 2
    assert len(list(csv.reader(io.StringIO(issue.contents["csv"].removeprefix(MARK))))) == 3
    assert "1 story could not be shown" in issue.contents["html"]


def test_a_lone_percent_sign_in_an_address_is_encoded_and_what_is_encoded_stays():
    link = safe_link("https://www.tiktok.com/%/%2/%41?q=100%&r=%C3%A9")
    assert link == "https://www.tiktok.com/%25/%252/%41?q=100%25&r=%C3%A9"


@settings(max_examples=60)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
@example(title="", text="", handle="%")
def test_any_text_gives_an_inert_page_and_a_valid_atom_feed(title, text, handle):
    issue = render(
        row(title="t" + title, text=text, creator_handle=handle, url="https://www.tiktok.com/" + handle), row(2)
    )
    assert_inert(issue.contents["html"])
    assert ATOM.validate(etree.fromstring(issue.contents["atom"].encode())), ATOM.error_log
    json.loads(issue.contents["json"])


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "＝1+1", "－1", "＠x", "＋1"]
)
def test_spreadsheets_run_no_cell(cell):
    assert guarded(cell).startswith("'")
    issue = render(row(title=cell, creator_handle=cell))
    record = next(csv.DictReader(io.StringIO(issue.contents["csv"].removeprefix(MARK))))
    assert record["title"][0] not in "=+-@＝＋－＠" and record["headline"][0] not in "=+-@＝＋－＠"
    assert record["score"] == "0.95"


def test_negative_numbers_stay_numbers_in_csv():
    record = next(csv.DictReader(io.StringIO(render(row(delta_views=-5)).contents["csv"].removeprefix(MARK))))
    assert record["delta_views"] == "-5"


def test_the_same_rows_give_the_same_bytes_in_every_format():
    rows = [row(n) for n in (1, 2, 3)]
    one, other = render(*rows), render(*reversed(rows))
    assert one.contents == other.contents


def test_ids_of_issue_and_entries_do_not_depend_on_what_they_say():
    one, other = render(row(1)), render(row(1, title="another title", score=0.5))
    assert one.issue.issue_id == other.issue.issue_id
    assert one.issue.items[0].entry_id == other.issue.items[0].entry_id
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", one.issue.issue_id)


def test_the_atom_feed_is_valid_and_complete():
    issue = render(*[row(n) for n in range(1, 8)])
    document = etree.fromstring(issue.contents["atom"].encode())
    assert ATOM.validate(document), ATOM.error_log
    ids = [entry.findtext("{http://www.w3.org/2005/Atom}id") for entry in atom_entries(issue.contents["atom"])]
    assert len(set(ids)) == 7


def test_a_subscription_lasts_the_feed_is_the_same_one_every_day_and_says_where_it_stays():
    days = [render(row(1), day=DAY + timedelta(days=later)) for later in (0, 1)]
    assert days[0].issue.issue_id != days[1].issue.issue_id
    atoms = [etree.fromstring(issue.contents["atom"].encode()) for issue in days]
    name = "{http://www.w3.org/2005/Atom}"
    for tag in ("id", "title"):
        assert len({atom.findtext(name + tag) for atom in atoms}) == 1, tag
    own = {link.get("href") for atom in atoms for link in atom.findall(f"{name}link") if link.get("rel") == "self"}
    assert own == {LASTING[0]}
    feeds = [json.loads(issue.contents["json"]) for issue in days]
    assert {(feed["title"], feed["feed_url"]) for feed in feeds} == {("Rising", LASTING[1])}
    assert all(link in issue.contents["html"] for issue in days for link in LASTING), "the page announces its feeds"
    assert feeds[0]["_trend_assets"]["url"] != feeds[1]["_trend_assets"]["url"], "each day keeps its own address"


def test_the_json_feed_follows_version_1_1():
    feed = json.loads(render(row(1), row(2, url=None)).contents["json"])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] and isinstance(feed["items"], list)
    allowed = {"id", "url", "title", "content_html", "summary", "date_published", "date_modified", "authors", "tags"}
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item.get("content_html") or item.get("content_text")
        assert {key for key in item if not key.startswith("_")} <= allowed
        for name in ("date_published", "date_modified"):
            assert datetime.fromisoformat(item[name]).tzinfo is not None
        assert all(author.get("name") for author in item.get("authors", []))
        assert all(isinstance(tag, str) for tag in item["tags"])
    assert "url" not in feed["items"][1]


def test_why_there_is_no_chance_is_said_in_csv_parquet_and_json_and_only_where_there_is_none():
    import pyarrow.parquet as pq

    why = "No probability yet: 150 outcomes are known, 200 are needed."
    forms = render(row(1, chance_reason=why), row(2, chance=0.5, chance_text="50 % likely")).contents
    assert [cells["chance_reason"] for cells in csv.DictReader(io.StringIO(forms["csv"].removeprefix(MARK)))] == [
        why,
        "",
    ]
    assert pq.read_table(io.BytesIO(forms["parquet"])).column("chance_reason").to_pylist() == [why, None]
    assert not any(why in forms[name] for name in ("html", "txt", "md"))
    told = [item["_trend_assets"]["chance_reason"] for item in json.loads(forms["json"])["items"]]
    assert told == [why, None]


def test_where_else_a_story_is_names_each_place_once_and_never_its_own():
    proofs = [("amazon", None), ("reddit", "lab"), ("amazon", None), ("x", "lab"), ("x", "lab"), ("x", "other")]
    links = [
        {"platform": name, "creator_handle": handle, "url": f"https://example.org/{n}", "title": "", "source": name}
        for n, (name, handle) in enumerate(proofs)
    ]
    text = render(row(platform="amazon", proof_links=links)).contents["txt"]
    assert "Also: Reddit u/lab, X @lab, X @other\n" in text


def test_parquet_holds_the_csv_columns_with_types():
    import pyarrow.parquet as pq

    issue = render(row(1), row(2, views=None))
    table = pq.read_table(io.BytesIO(issue.contents["parquet"]))
    assert table.column_names == next(csv.reader(io.StringIO(issue.contents["csv"].removeprefix(MARK))))
    assert table.column("views").to_pylist() == [1000, None]
    assert str(table.schema.field("measured_at").type) == "timestamp[us, tz=UTC]"


def test_a_failed_or_partial_source_is_stated_with_its_reason_everywhere():
    report = [
        source(),
        source(
            "x_posts",
            status="failed",
            reason="The key was refused (401): set APIFY_TOKEN.",
            items=None,
            measured_at=None,
        ),
        source("amazon_positions", status="partial", reason="Page 3 failed."),
    ]
    issue = render(row(1), report=report)
    for rendered in (issue.contents["html"], issue.contents["json"]):
        assert "The key was refused (401): set APIFY_TOKEN." in rendered
        assert "Page 3 failed." in rendered
    assert "The key was refused" in issue.contents["md"]
    assert "from 2 of 3 sources" in issue.contents["html"] and "The key was refused" in issue.contents["txt"]


def test_simulated_data_says_so_in_everything_that_people_read():
    issue = render(row(1, is_simulated=True))
    assert "Simulated data" in issue.contents["html"]
    assert "Simulated data" in issue.contents["md"]
    assert "Simulated data" in issue.contents["atom"]
    assert json.loads(issue.contents["json"])["_trend_assets"]["is_simulated"] is True
    assert next(csv.DictReader(io.StringIO(issue.contents["csv"].removeprefix(MARK))))["is_simulated"] == "true"
    assert "imulated" not in render(row(1)).contents["html"]


def test_a_quiet_day_says_so_instead_of_filling_up():
    quiet = render(row(1), quiet_below=5)
    assert quiet.issue.is_quiet
    assert "only 1 story rose above the ordinary" in quiet.contents["html"]
    empty = render(quiet_below=5)
    assert "empty on purpose" in empty.contents["html"]
    assert ATOM.validate(etree.fromstring(empty.contents["atom"].encode())), ATOM.error_log
    # Excel takes letters behind no byte order mark for others
    assert empty.contents["csv"].startswith(MARK) and empty.contents["csv"].count("\r\n") == 1


def test_a_source_that_may_not_be_blended_is_listed_in_its_own_order_without_scores():
    report = [source(), source("youtube_shorts", is_blended=False, reason="Its terms ask for your agreement.")]
    listed = {
        "youtube_shorts": [
            {
                "platform": "youtube",
                "title": "First",
                "url": "https://www.youtube.com/shorts/abcdefghijk",
                "creator_handle": "c",
            }
        ]
    }
    issue = render(row(1), report=report, listed=listed)
    assert "Youtube Shorts, as the API ranks it" in issue.contents["html"]
    assert "First" in issue.contents["md"]
    assert len(issue.issue.items) == 1


def test_mail_clients_get_tables_inline_styles_and_nothing_remote():
    page = render(*[row(n) for n in range(1, 16)]).contents["html"]
    assert "<img" not in page and "url(" not in page and "@import" not in page and "<svg" not in page
    assert 'role="presentation"' in page
    # Gmail cuts a message off at 102 kB: titles, lines and notes as long as they can be, of three bytes a character
    long = {"headline": "長" * 500, "line": "長" * 500, "note": "長" * 600}
    page = render(*[row(n, **long) for n in range(1, 16)]).contents["html"]
    assert len(page.encode()) < 100_000 and "cut long mails" not in page


@pytest.mark.parametrize("text", ["\U0001f600", '"'])
def test_an_issue_that_mail_programs_would_cut_tells_its_last_stories_in_short(text):
    """26 are the most that an issue holds; a quote is five bytes in HTML."""
    long = {"headline": text * 150, "line": text * 500, "note": text * 600}
    page = render(*[row(n, **long | {"headline": f"Story {n} {text * 150}"}) for n in range(1, 27)]).contents["html"]
    assert len(page.encode()) <= 102_000 and "cut long mails" in page
    assert all(f"Story {n} " in page for n in range(1, 27))


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (None, "–"),
        (0, "0"),
        (999, "999"),
        (1000, "1K"),
        (1234, "1.2K"),
        (99_960, "100K"),
        (99_940, "99.9K"),
        (999_499, "999K"),
        (999_500, "1M"),
        (1_234_567, "1.2M"),
        (-2500, "-2.5K"),
        (3e9, "3B"),
    ],
)
def test_counts_are_short(number, shown):
    assert compact(number) == shown


def test_prices_show_as_many_places_as_they_need():
    shown = [None, "$0", "$0.0005", "$0.010", "$0.096", "$1.00", "$1.26"]
    assert [usd(v) for v in (None, 0, 0.0005, 0.01, 0.096, 1, 1.256)] == shown
    assert [percent(share) for share in (0, 0.0004, 0.0994, 0.0995, 1)] == ["0 %", "0.0 %", "9.9 %", "10 %", "100 %"]


def test_times_and_counts_are_told_as_people_read_them(monkeypatch):
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "America/New_York")
        time.tzset()
        assert clock(NOON) == "20 Nov, 12:00 UTC", "whatever the machine's zone"
    time.tzset()
    assert long_date(DAY) == "Friday, 20 November 2026"
    assert [hours(value) for value in (0.5, 1, 47.9, 48, 72)] == ["30 min", "1 h", "48 h", "2 days", "3 days"]
    words = [plural(1, "story"), plural(12, "story"), plural(0, "day"), plural(1_200, "item")]
    assert words == ["1 story", "12 stories", "0 days", "1,200 items"]


def test_unknown_is_told_from_every_value_whatever_pandas_makes_of_it():
    assert all(missing(value) for value in (None, float("nan"), NA, NaT))
    assert not any(missing(value) for value in (0, 0.0, "", "None", "nan", False, NOON, []))


def test_sparklines_run_from_the_lowest_to_the_highest_block():
    assert spark([1, 2, 3, 4, 5, 6, 7, 8]) == "▁▂▃▄▅▆▇█"
    assert spark([5, 5, 5]) == "▄▄▄"
    assert spark([1]) == ""
    assert thinned(range(12)) == list(range(12)) and thinned(range(23), 12) == list(range(0, 23, 2))
    assert levels([], 8) == []
    # 1 + 2/8 x 4 = 2; 1 + 4/8 x 4 = 3; on zero 1 + 2/10 x 4 = 1.8 and 1 + 6/10 x 4 = 3.4
    assert levels([2, 4, 6, 10], 5) == [1, 2, 3, 5] and levels([2, 6, 10], 5, from_zero=True) == [2, 3, 5]
    assert levels([-5, 5], 3, from_zero=True) == [1, 3] and levels([7, 7], 5) == [3, 3]


def test_bars_of_counts_stand_on_zero_so_that_a_small_gain_looks_small():
    assert spark([5.0e6, 5.4e6], from_zero=True) == "▇█"
    assert spark([0, 50, 100], from_zero=True) == "▁▅█"
    assert spark([4, 4], from_zero=True) == "▄▄"


def test_readers_see_no_costs_and_no_score_arithmetic():
    issue = render(row(cost_usd=0.0123, why="#2 of 40 is taken as 44 %"), report=[source(cost_usd=4.56)])
    for form in ("html", "txt", "md", "atom"):
        for internal in ("0.0123", "$", "4.56", "0.95", "taken as", "baseline", "Score"):
            assert internal not in issue.contents[form], (form, internal)


def test_numbers_of_the_csv_are_short():
    view = item_view(row(views_per_hour=16674.052720762273))
    assert "16674.052721," in render_csv([view.flat])


@pytest.mark.parametrize(
    "count, word, said",
    [(1, "view", "1 view"), (0, "view", "0 views"), (1234, "story", "1,234 stories"), ("+1", "point", "+1 point"),
     ("−1", "view", "−1 view"), ("1.2K", "view", "1.2K views"), (1, "other item", "1 other item"),
     (2, "day", "2 days")],
)  # fmt: skip
def test_a_count_and_its_noun_agree_however_the_count_is_written(count, word, said):
    assert plural(count, word) == said


@pytest.mark.parametrize("views, gained, figure, against", [
    (1, 1, "+1 view in 24 h", "1 view in all"), (1500, -2, "−2 views in 24 h", "1.5K views in all"),
])  # fmt: skip
def test_a_storys_figures_agree_with_their_nouns(views, gained, figure, against):
    told = row(1) | {"platform": "tiktok", "score_class": "measured", "views": views, "delta_views": gained,
                     "hours_between": 24.0, "growth_over_usual": None}  # fmt: skip
    assert (deciding_figure(told), comparison(told)) == (figure, against)
