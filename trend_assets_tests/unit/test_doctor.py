"""What `trend-assets doctor` finds without asking anybody."""

from trend_assets.runtime.doctor import known_variables, unknown_variables


def test_a_misspelt_setting_is_named_and_right_ones_and_other_peoples_are_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("TREND_ASSETS_BUGET=3\n# TREND_ASSETS_COMMENT=1\n", encoding="utf-8")
    right = dict.fromkeys(known_variables(), "x")
    given = {**right, "trend_assets_sandbox": "on", "PATH": "/bin"}
    assert unknown_variables(given | {"TREND_ASSETS_SANDBX": "off"}) == {
        "TREND_ASSETS_BUGET": "",
        "TREND_ASSETS_SANDBX": "TREND_ASSETS_SANDBOX",
    }
