"""Settings: defaults, the switch between sandbox and world, bad values, secrets, and the documents made from them."""

from pathlib import Path

import pytest

from trend_assets.operations.settings_docs import env_example, settings_page
from trend_assets.settings import PROVIDERS, Settings, SettingsError, get_settings, variable_of

PROJECT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_of(name), raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_any_key_every_provider_is_the_sandbox():
    assert {get_settings().mode(provider) for provider in PROVIDERS} == {"sandbox"}


def test_one_key_switches_one_provider_to_live(monkeypatch):
    monkeypatch.setenv("TIKHUB_API_KEY", "k")
    settings = get_settings()
    assert settings.mode("tikhub") == "live"
    assert settings.mode("apify") == "sandbox"


def test_with_the_sandbox_off_a_provider_without_a_key_is_off(monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_SANDBOX", "off")
    monkeypatch.setenv("APIFY_TOKEN", "k")
    assert get_settings().mode("tikhub") == "off"
    assert get_settings().mode("apify") == "live"


def test_with_the_sandbox_on_a_key_is_not_used(monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_SANDBOX", "on")
    monkeypatch.setenv("APIFY_TOKEN", "k")
    assert get_settings().mode("apify") == "sandbox"


def test_reddit_needs_both_halves_of_its_key(monkeypatch):
    monkeypatch.setenv("REDDIT_CLIENT_SECRET", "k")
    assert get_settings().mode("reddit") == "sandbox"
    monkeypatch.setenv("REDDIT_CLIENT_ID", "i")
    assert get_settings().mode("reddit") == "live"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TREND_ASSETS_FACE_MIN_SHARE", "7"),
        ("TREND_ASSETS_SANDBOX", "perhaps"),
        ("TREND_ASSETS_BUDGET_USD_APIFY", "-1"),
        ("TREND_ASSETS_START_DATE", "yesterday"),
        ("ALLOW_EXTERNAL_MEDIA_DOWNLOAD", "perhaps"),
        ("TREND_ASSETS_YOUTUBE_SHORTS_MAX_SECONDS", "181"),
    ],
)
def test_a_bad_value_names_its_variable(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        get_settings()


def test_a_bad_value_beside_a_secret_does_not_print_the_secret(monkeypatch):
    monkeypatch.setenv("TIKHUB_API_KEY", "canary-secret")
    monkeypatch.setenv("TREND_ASSETS_FEED_SIZE", "0")
    with pytest.raises(SettingsError) as raised:
        get_settings()
    assert "canary-secret" not in str(raised.value)
    monkeypatch.setenv("TREND_ASSETS_FEED_SIZE", "10")
    assert "canary-secret" not in repr(get_settings())


def test_an_empty_value_means_the_default(monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_FEED_SIZE", "")
    assert get_settings().feed_size == 50


def test_the_env_file_is_read(tmp_path):
    (tmp_path / ".env").write_text("TREND_ASSETS_FEED_SIZE=12\nAPIFY_TOKEN=abc\n")
    assert get_settings().feed_size == 12
    assert get_settings().mode("apify") == "live"


def test_lists_are_split_and_stripped(monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_X_SEARCHES", " #a , b c ,, ")
    assert get_settings().list_of("x_searches") == ["#a", "b c"]


def test_env_example_and_settings_page_are_up_to_date():
    assert (PROJECT / ".env.example").read_text() == env_example(), "run make docs"
    assert (PROJECT / "docs" / "settings.md").read_text() == settings_page(), "run make docs"


def test_env_example_documents_every_variable():
    text = env_example()
    assert all(f"# {variable_of(name)}=" in text for name in Settings.model_fields)
