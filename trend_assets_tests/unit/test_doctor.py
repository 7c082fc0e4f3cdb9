"""What `trend-assets doctor` finds without asking anybody."""

import socket

import pytest

from trend_assets.commands import doctor
from trend_assets.commands.doctor import known_variables, report, unknown_variables
from trend_assets.settings import get_settings


def test_a_misspelt_setting_is_named_and_right_ones_and_other_peoples_are_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("TREND_ASSETS_BUGET=3\n# TREND_ASSETS_COMMENT=1\n", encoding="utf-8")
    right = dict.fromkeys(known_variables(), "x")
    given = {**right, "trend_assets_sandbox": "on", "PATH": "/bin"}
    assert unknown_variables(given | {"TREND_ASSETS_SANDBX": "off"}) == {
        "TREND_ASSETS_BUGET": "",
        "TREND_ASSETS_SANDBX": "TREND_ASSETS_SANDBOX",
    }


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("TREND_ASSETS_COMET_WORDS_FILE", "no.toml", "no.toml cannot be read"),
        ("TREND_ASSETS_IMPORT_DIR", "file", "which is not a folder"),
        ("TREND_ASSETS_NEWSLETTER_DIR", "file", "which is not a folder"),
        ("TREND_ASSETS_SANDBOX_URL", "http://127.0.0.1:{closed}", "does not answer"),
        ("REDDIT_CLIENT_ID", "half", "set REDDIT_CLIENT_SECRET, too"),
        ("REDDIT_CLIENT_SECRET", "half", "set REDDIT_CLIENT_ID, too"),
    ],
)
def test_a_setting_that_leads_nowhere_is_said_and_is_exit_code_1(tmp_path, monkeypatch, variable, value, said):
    for known in known_variables():
        monkeypatch.delenv(known, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "_store", lambda settings, say: True)  # a database of its own is tested elsewhere
    monkeypatch.setattr(doctor, "_silent_names", lambda settings: [])
    (tmp_path / "file").touch()
    heard: list[str] = []
    assert report(get_settings(), say=heard.append) == 0, "\n".join(heard)
    with socket.socket() as closed:  # bound, and nobody listens
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv(variable, value.format(closed=closed.getsockname()[1]))
        heard.clear()
        assert report(get_settings(), say=heard.append) == 1
    assert any(said in line for line in heard), "\n".join(heard)
