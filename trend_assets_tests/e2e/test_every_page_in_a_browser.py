"""Every page of the application in a real browser, on a screen and on a phone: nothing that axe calls serious, no page
wider than its window. The pages are the application's own routes, so that a new one is looked at too."""

import pytest

from trend_assets.api.services import known_parameters
from trend_assets.api.subjects.every import SUBJECTS
from trend_assets_tests.application import serving
from trend_assets_tests.desk_world import DAY, key_of, started_app
from trend_assets_tests.e2e.chromium import PROGRAM, Chromium
from trend_assets_tests.e2e.conftest import ARTEFACTS
from trend_assets_tests.pages_world import addresses, build_world, names

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed: apt-get install chromium"),
]


def pages(app, subjects):
    """The addresses of every route that answers with a page of ours."""
    for route, method, path in addresses(app, {}, subjects):
        last = path.rpartition("/")[2]
        is_file = "." in last or last == "candidates" or "/copy/" in path or path.startswith("/desk/static/")
        if method == "GET" and path.startswith(("/ui/", "/desk", "/docs")) and not is_file:
            asked = ["q=lamp"] if path == "/ui/search" else [f"date={DAY}"] if "date" in known_parameters(route) else []
            yield "?".join([path, *asked])


def test_every_page_is_accessible_and_fits_a_screen_and_a_phone(warehouse, tmp_path):
    build_world(warehouse)
    wrong, seen = [], set()
    with started_app(warehouse, tmp_path) as app, serving(app, lifespan="off") as url, Chromium(tmp_path) as browser:
        browser.go(f"{url}/ui/sign-in")
        browser.evaluate("document.querySelector('input[name=key]').focus()")
        browser.type(key_of(warehouse, "ada"))
        browser.press("Enter")
        browser.wait("location.pathname !== '/ui/sign-in' && document.readyState === 'complete'")
        for path in pages(app, names(warehouse)):
            browser.go(f"{url}{path}")
            for width, height in ((1200, 900), (390, 844)):
                browser.resize(width, height)
                if browser.is_wider_than_its_window():
                    wrong.append(f"{path} is wider than {width} px")
                wrong += [f"{path} at {width} px: {found}" for found in browser.accessibility()]
                name = path.strip("/").partition("?")[0].replace("/", "-")[:60]
                browser.picture(ARTEFACTS / f"page-{name}-{width}.png")
            seen.add(path.partition("?")[0])
    assert {"/ui/start", "/ui/feed", "/ui/search", "/desk/rising/watches", f"/desk/rising/{DAY}", "/docs"} <= seen
    assert {path.split("/")[3] for path in seen if path.startswith("/ui/about/")} == set(SUBJECTS)
    assert not wrong, "\n".join(wrong)
