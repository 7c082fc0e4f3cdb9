"""A day at the desk for tests: stories from the real tables through the real assets, and an application."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from starlette.testclient import TestClient

from trend_assets.api.app import api_app
from trend_assets.api.keys import create_api_key
from trend_assets.settings import Settings
from trend_assets_tests.feed_world import World, materialize

DAY = date(2026, 11, 17)
NOW = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)


def build_day(warehouse, day: date = DAY, *, items: int = 14, days: int = 2) -> World:
    """Collect `days` days of the small world and build the feed and the issues of the last."""
    world = World(items_per_source=items)
    for number in reversed(range(days)):
        world.write(warehouse, day - timedelta(days=number))
    assert materialize(warehouse, day).success
    return world


class Desk:
    """A signed-in editor at the desk, without a browser."""

    def __init__(self, app, key: str, *, newsletter: str = "rising", day: date = DAY) -> None:
        self.client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
        self.path = f"/desk/{newsletter}/{day}"
        self.client.post("/ui/sign-in", data={"key": key}, follow_redirects=False)

    def get(self, path: str = "", **query):
        return self.client.get(self.path + path, params=query)

    def token(self) -> str:
        return self.get().text.split('name="form_token" value="', 1)[1].split('"', 1)[0]

    def post(self, path: str, *, in_place: bool = False, **fields):
        """Send a form as the page has it: the token is the page's own."""
        headers = {"HX-Request": "true"} if in_place else {}
        form = {"form_token": self.token()} | fields
        return self.client.post(self.path + path, data=form, headers=headers, follow_redirects=False)

    def story(self, do: str, story_id: str, *, version: int = 0, in_place: bool = False, **fields):
        form = {"do": do, "story_id": story_id, "version": str(version)} | fields
        return self.post("/story", in_place=in_place, **form)

    def issue(self, do: str, *, version: int = 0, **fields):
        return self.post("/issue", do=do, version=str(version), **fields)

    def order(self) -> list[str]:
        """The stories of the issue as the page shows them."""
        listed = self.get().text.split('id="issue-stories"', 1)[1].split("</ol>", 1)[0]
        return [part.split('"', 1)[0] for part in listed.split('data-story="')[1:]]

    def others(self, **query) -> list[str]:
        listed = self.get(**query).text.split('id="candidates"', 1)[1]
        return [part.split('"', 1)[0] for part in listed.split('data-story="')[1:]]


@contextmanager
def started_app(warehouse, folder: Path, **settings):
    """A started application, without the clock of today."""
    options = Settings(_env_file=None, sandbox_url="http://127.0.0.1:9", state_dir=folder, **settings)
    app = api_app(options, database_url=warehouse._url, state_dir=folder, now=lambda: NOW, cache_seconds=0)
    with TestClient(app, base_url="http://127.0.0.1"):
        yield app


def key_of(warehouse, user: str) -> str:
    """A new key of a user."""
    with warehouse.connect() as connection:
        return create_api_key(connection, user=user).key
