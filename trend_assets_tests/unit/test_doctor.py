"""What `trend-assets doctor` finds without asking anybody."""

from trend_assets.runtime.doctor import unknown_variables
from trend_assets.settings import Settings, variable_of


def test_a_misspelt_setting_is_named_and_right_ones_and_other_peoples_are_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("TREND_ASSETS_BUGET=3\n# TREND_ASSETS_COMMENT=1\n", encoding="utf-8")
    right = {variable_of(name): "x" for name in Settings.model_fields}
    given = {**right, "trend_assets_sandbox": "on", "PATH": "/bin"}
    assert unknown_variables(given | {"TREND_ASSETS_SANDBX": "off"}) == ["TREND_ASSETS_BUGET", "TREND_ASSETS_SANDBX"]
