"""A format is one row: whoever renders, stores, serves, writes or erases issues goes through the list."""

from datetime import date
from typing import get_args

import pytest

from trend_assets.api.models import FeedFormat
from trend_assets.api.routes.reads import ISSUE
from trend_assets.api.shared_reads import issue_headers
from trend_assets.api.templating import environment
from trend_assets.domain.newsletter.declare import Newsletter
from trend_assets.newsletters.rendering import formats, render
from trend_assets.newsletters.rendering.formats import FORMATS, Format, accepted, served, stored
from trend_assets.newsletters.rendering.issue import build_issue
from trend_assets.warehouse.tables import TABLES

NEWSLETTER = Newsletter(name="rising", title="Rising")
BY_NAME = {form.name: form for form in FORMATS}


@pytest.mark.parametrize("name", BY_NAME)
def test_every_format_is_stored_as_a_row_and_served_and_linked_when_it_is_text(name):
    form = BY_NAME[name]
    row = stored(form, "text" if form.is_text else b"bytes")
    assert set(row) < set(TABLES["feed.issue_forms"].column_names)
    assert (row["format"], row["media_type"]) == (name, form.media_type)
    assert (row["body"], row["binary_body"]) == (("text", None) if form.is_text else (None, b"bytes"))
    assert (name in get_args(FeedFormat)) == form.is_text
    if form.is_text:
        assert issue_headers(name)["content-type"] == form.media_type
        assert form.bare_media_type in ISSUE[200]["content"]
        assert form in environment().globals["formats"]
        meant = (form.bare_media_type, *form.also_accept)
        assert all(accepted(f"text/none, {media};q=0.9") == name for media in meant)


def test_no_two_formats_share_a_name_a_file_or_a_type():
    for value in ("name", "ending", "media_type", "title"):
        assert len({getattr(form, value) for form in FORMATS}) == len(FORMATS), value


def test_pages_name_the_feeds_and_nobody_in_particular_gets_json():
    assert issue_headers("html")["link"] == issue_headers("md")["link"]
    assert '</feed/latest.atom>; rel="alternate"; type="application/atom+xml"' in issue_headers("html")["link"]
    assert "link" not in issue_headers("json")
    assert accepted("*/*") == accepted("") == "json"


def test_a_format_that_is_added_to_the_list_is_rendered_and_negotiated(monkeypatch):
    made_up = Format(
        name="shout", title="Shouted", ending="txt", media_type="text/x-shout",
        render=lambda issue: issue.title.upper(),
    )  # fmt: skip
    for module in (formats, render):
        monkeypatch.setattr(module, "FORMATS", (*FORMATS, made_up))
    empty = build_issue(NEWSLETTER, [], [], day=date(2026, 11, 20), public_url="http://x", quiet_below=1)
    rendered = render.render_issue(empty)
    assert rendered.contents["shout"] == rendered.issue.title.upper()
    assert made_up in served()
    assert accepted("text/x-shout") == "shout"
