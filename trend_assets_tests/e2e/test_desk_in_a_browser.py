"""An editor in a real browser: from the start page to a sent issue by mouse, with pictures of every step under
`artefacts/`, and nothing that axe calls serious."""

import pytest
from pydantic import SecretStr

from trend_assets_tests.application import serving
from trend_assets_tests.desk_world import build_day, key_of, started_app
from trend_assets_tests.e2e.chromium import PROGRAM, Chromium
from trend_assets_tests.e2e.conftest import ARTEFACTS
from trend_assets_tests.integration.test_deliveries import inbox  # noqa: F401 -- a fixture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed: apt-get install chromium"),
]
RISING = """
title = "Rising"
channels = ["mail"]
mail_to = ["readers@example.org"]
"""


class Editor(Chromium):
    """A browser in which an editor works."""

    def order(self):
        return self.evaluate("[...document.querySelectorAll('#issue-stories .story')].map((s) => s.dataset.story)")

    def said(self, words):
        """Wait until the desk says so and its lists are drawn."""
        self.wait(
            f"document.getElementById('said').textContent.includes({words!r}) "
            "&& !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"
        )

    def look(self, name):
        for width, height in ((390, 844), (1400, 1000)):
            self.resize(width, height)
            self.evaluate("window.scrollTo(0, 0)")
            assert not self.is_wider_than_its_window(), f"{name} at {width} px"
            assert self.accessibility() == [], f"{name} at {width} px"
            self.picture(ARTEFACTS / f"desk-{name}-{width}.png")


def test_an_editor_makes_and_sends_the_issue_by_mouse(warehouse, tmp_path, monkeypatch, inbox):  # noqa: F811
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(tmp_path))
    (tmp_path / "newsletters").mkdir()
    (tmp_path / "newsletters" / "rising.toml").write_text(RISING)
    build_day(warehouse)
    mail = {
        "smtp_url": SecretStr(inbox.url),
        "smtp_without_tls": True,
        "mail_from": "desk@example.org",
        "mail_to": "ada@example.org",
    }
    with (
        started_app(warehouse, tmp_path, **mail) as app,
        serving(app, lifespan="off") as url,
        Editor(tmp_path) as browser,
    ):
        browser.go(f"{url}/ui/sign-in")
        browser.look("sign-in")
        browser.evaluate("document.querySelector('input[name=key]').focus()")
        browser.type(key_of(warehouse, "ada"))
        browser.press("Enter")
        browser.wait("location.pathname !== '/ui/sign-in' && document.readyState === 'complete'")
        browser.go(f"{url}/")

        browser.clicks = 0
        browser.click("text=Desk")
        browser.wait("location.pathname.startsWith('/desk/') && document.readyState === 'complete'")
        browser.look("opened")
        assert browser.bytes_of_page() <= 300_000
        other = browser.evaluate("document.querySelector('#candidates ~ ul .story').dataset.story")
        first = browser.order()[0]
        browser.click(f"#b-{other}-pick")
        browser.said("Picked")
        browser.click(f"#b-{first}-skip")
        browser.said("Left out")
        assert other in browser.order() and first not in browser.order()
        browser.look("picked")
        browser.click("#issue-test")
        browser.said("Sent a test to ada@example.org.")
        browser.click("#issue-lock")
        browser.said("Locked")
        browser.look("locked")
        browser.click("#issue-send")
        browser.said("mail: sent")
        browser.look("sent")
        assert browser.clicks <= 12
        (test_to, test), (sent_to, sent) = inbox.mails
        assert (test_to, sent_to) == (["ada@example.org"], ["readers@example.org"])
        assert test["subject"] == f"[Test] {sent['subject']}"
        shown = browser.evaluate(f"document.querySelector('[data-story={other}] h3').innerText")
        assert shown in " ".join(sent.get_body(("plain",)).get_content().split())

        browser.click("#issue-unlock")
        browser.said("open again")
        # by hand: drag one to the top, then keys alone
        last = browser.order()[2]
        browser.evaluate(f"document.querySelector('[data-story={last}]').scrollIntoView({{block: 'center'}})")
        browser.drag(f"[data-story={last}] .grip", f"[data-story={browser.order()[0]}] .grip")
        browser.said("Moved")
        assert browser.order()[0] == last
        browser.evaluate("document.activeElement.blur()")
        browser.press("j")
        browser.press("J", shift=True)
        browser.said("Moved down")
        assert browser.order()[1] == last
        # the button that a key presses is gone then, and the keys go on: at the story, or at the next one
        at = "document.activeElement.closest('.story')?.dataset.story"
        browser.evaluate(f"document.querySelector('[data-story={last}]').focus()")
        browser.press("c")
        browser.said("Undecided")
        assert browser.evaluate(at) == last
        following = browser.order()[browser.order().index(last) + 1]
        browser.press("s")
        browser.said("Left out")
        assert last not in browser.order() and browser.evaluate(at) == following
        browser.press("u")
        browser.said("Took back")
        browser.press("u")
        browser.said("Took back")
        # what is being typed survives another's change and one's own elsewhere
        browser.evaluate(f"document.querySelector('[data-story={last}] details').open = true")
        browser.evaluate(f"document.getElementById('i-{last}-headline').focus()")
        browser.type("Half a headline")
        browser.click(f"#b-{other}-skip")
        browser.said("Left out")
        assert browser.evaluate(f"document.getElementById('i-{last}-headline').value") == "Half a headline"
        browser.press("Enter")
        browser.click(f"#b-{last}-words")
        browser.said("Stored your words for")
        # what was locked after it was sent can go out as a correction, once
        browser.click("#issue-lock")
        browser.said("Locked")
        browser.click("#issue-correct")
        browser.said("mail: sent")
        assert not browser.evaluate("document.getElementById('issue-correct')")
        correction = inbox.mails[2][1]
        assert correction["subject"].startswith("Correction: ") and "Half a headline" in correction.as_string()
        assert browser.errors == []
