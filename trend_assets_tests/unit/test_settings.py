"""Settings: defaults, the switch between sandbox and world, bad values, secrets, and the documents made from them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from trend_assets.commands.doctor import known_variables
from trend_assets.commands.settings_docs import env_example, settings_page
from trend_assets.runtime.state import StateUnusable, state_dir
from trend_assets.settings import OWN, Settings, SettingsError, get_settings, variable_of
from trend_assets.sources.clients import mode_of, secrets_in
from trend_assets.sources.discovery import (
    PROVIDERS,
    SOURCES,
    options_of,
    provider_options,
    renamed,
    sections,
    wrong_options,
)

PROJECT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    for variable in known_variables():
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_any_key_every_provider_is_the_sandbox():
    modes = {name: mode_of(name, get_settings()) for name in PROVIDERS}
    assert modes == {name: "sandbox" if each.brings_data else "off" for name, each in PROVIDERS.items()}


def test_the_key_of_a_language_model_makes_no_source_of_data_live(monkeypatch):
    monkeypatch.setenv("LLM_API_KEY", "k")
    modes = {name: mode_of(name, get_settings()) for name in PROVIDERS}
    assert modes == {name: "sandbox" if each.brings_data else "live" for name, each in PROVIDERS.items()}


def test_one_key_switches_one_provider_to_live(monkeypatch):
    monkeypatch.setenv("TIKHUB_API_KEY", "k")
    settings = get_settings()
    assert mode_of("tikhub", settings) == "live"
    assert mode_of("apify", settings) == "sandbox"


def test_with_the_sandbox_off_a_provider_without_a_key_is_off(monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_SANDBOX", "off")
    monkeypatch.setenv("APIFY_TOKEN", "k")
    assert mode_of("tikhub", get_settings()) == "off"
    assert mode_of("apify", get_settings()) == "live"


def test_with_the_sandbox_on_a_key_is_not_used(monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_SANDBOX", "on")
    monkeypatch.setenv("APIFY_TOKEN", "k")
    assert mode_of("apify", get_settings()) == "sandbox"


def test_reddit_needs_both_halves_of_its_key(monkeypatch):
    monkeypatch.setenv("REDDIT_CLIENT_SECRET", "k")
    assert mode_of("reddit", get_settings()) == "sandbox"
    monkeypatch.setenv("REDDIT_CLIENT_ID", "i")
    assert mode_of("reddit", get_settings()) == "live"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TREND_ASSETS_FACE_MIN_SHARE", "7"),
        ("TREND_ASSETS_SANDBOX", "perhaps"),
        ("TREND_ASSETS_START_DATE", "yesterday"),
        ("TREND_ASSETS_START_DATE", "2999-01-01"),
        ("TREND_ASSETS_START_DATE", "0001-01-01"),
        ("ALLOW_EXTERNAL_MEDIA_DOWNLOAD", "perhaps"),
        ("TREND_ASSETS_PUBLIC_URL", "my.host"),
        ("TREND_ASSETS_DAGSTER_URL", "my.host:3000"),
        ("TREND_ASSETS_REPOSITORY_URL", "github.com/me"),
        ("TREND_ASSETS_SANDBOX_URL", "http://127.0.0.1:99999"),
        ("TREND_ASSETS_WEBHOOK_URL", "hooks.slack.com/services/x"),
        ("TREND_ASSETS_SMTP_URL", "mail.example.com"),
        ("TREND_ASSETS_SMTP_URL", "http://mail.example.com"),
        ("TREND_ASSETS_SMTP_URL", "smtp://host:port"),
        ("TREND_ASSETS_SMTP_URL", "smtp:///x"),
        ("TREND_ASSETS_MAIL_TO", "ann@example.com, bob"),
        ("TREND_ASSETS_MAIL_FROM", "Trend Assets"),
        ("TREND_ASSETS_MAIL_FROM", "a@example.com, b@example.com"),
        ("TREND_ASSETS_COMET_MIN_FOLLOWERS", "-1"),
        ("TREND_ASSETS_COMET_MAX_FOLLOWERS", "9999"),
    ],
)
def test_a_bad_value_names_its_variable_in_a_sentence_of_ours(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable) as raised:
        get_settings()
    assert "Value error" not in str(raised.value)


def test_more_followers_at_least_than_at_most_is_refused_although_only_one_of_them_is_set(monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_COMET_MIN_FOLLOWERS", "200000")
    with pytest.raises(SettingsError, match="nobody could be a Comet"):
        get_settings()


def test_addresses_and_receivers_as_people_write_them_are_taken(monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_PUBLIC_URL", "https://trends.example/a%20path/")
    monkeypatch.setenv("TREND_ASSETS_SANDBOX_URL", "http://[::1]:8123")
    monkeypatch.setenv("TREND_ASSETS_SMTP_URL", "smtps://user:p%40ss@mail.example")
    monkeypatch.setenv("TREND_ASSETS_MAIL_TO", "ann@example.com, bob@localhost,")
    monkeypatch.setenv("TREND_ASSETS_MAIL_FROM", "Trend Assets <trends@example.com>")
    assert get_settings().list_of("mail_to") == ["ann@example.com", "bob@localhost"]


def test_no_number_is_endless_and_no_days_reach_beyond_the_calendar():
    """A budget of `inf` was a budget; days without end ended in an overflow where they were first used."""
    tried = 0
    own = {name: field for name, field in Settings.model_fields.items() if name in OWN}
    for model, fields in ((Settings, own), *((model, model.model_fields) for _, _, model in sections())):
        for name, field in fields.items():
            wrong = ("inf", "nan", "-inf") if field.annotation is float else ()
            for value in (*wrong, str(10**9)) if name.endswith("_days") else wrong:
                with pytest.raises(ValidationError, match=r"finite number|less than or equal"):
                    model(**{name: value})
                tried += 1
    assert tried > 60


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
    assert mode_of("apify", get_settings()) == "live"


def test_lists_are_split_and_stripped(monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_X__SEARCHES", " #a , b c ,, ")
    assert options_of(SOURCES["x_posts"], get_settings()).searches == ("#a", "b c")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TREND_ASSETS_APIFY__BUDGET_USD", "-1"),
        ("TREND_ASSETS_BUDGET_USD_APIFY", "-1"),
        ("TREND_ASSETS_YOUTUBE_SHORTS__MAX_SECONDS", "181"),
        ("TREND_ASSETS_REDDIT__LIMIT", "many"),
        ("TREND_ASSETS_REDDIT__TOKEN_URL", "www.reddit.com/api"),
        ("LLM_BASE_URL", "nowhere"),
        ("TIKHUB_API_KEY", "clé"),
        ("INSTAGRAM_ACCESS_TOKEN", "a\nb"),
    ],
)
def test_a_bad_option_names_its_variable_and_the_other_sources_go_on(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    (sentence,) = wrong_options(get_settings())
    assert variable in sentence
    assert options_of(SOURCES["x_posts"], get_settings()).max_items == 150


def test_an_old_name_still_works_says_its_new_one_and_gives_way_to_it(monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_REDDIT_SUBREDDITS", "a,b")
    assert options_of(SOURCES["reddit_posts"], get_settings()).subreddits == ("a", "b")
    (sentence,) = renamed(get_settings())
    assert "TREND_ASSETS_REDDIT_SUBREDDITS is now called TREND_ASSETS_REDDIT__SUBREDDITS" in sentence
    monkeypatch.setenv("TREND_ASSETS_REDDIT__SUBREDDITS", "c")
    assert options_of(SOURCES["reddit_posts"], get_settings()).subreddits == ("c",)


def test_a_key_of_a_provider_is_a_secret_wherever_the_settings_are_shown(monkeypatch):
    monkeypatch.setenv("TIKHUB_API_KEY", "canary-secret")
    settings = get_settings()
    options = provider_options(PROVIDERS["tikhub"], settings)
    assert "canary-secret" not in f"{settings!r} {settings.model_dump()} {options!r} {options.model_dump()}"
    assert secrets_in(settings) == ["canary-secret"]


def test_env_example_and_settings_page_are_up_to_date():
    assert (PROJECT / ".env.example").read_text() == env_example(), "run make docs"
    assert (PROJECT / "docs" / "settings.md").read_text() == settings_page(), "run make docs"


def test_env_example_documents_every_variable():
    text = env_example()
    assert all(f"# {variable_of(name)}=" in text for name in OWN)
    assert "# TREND_ASSETS_REDDIT__SUBREDDITS=" in text and "# TIKHUB_API_KEY=" in text


def test_a_state_folder_that_cannot_be_one_is_a_sentence_with_the_variable(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for folder in ("file", "file/below", "/proc/none", "~nobody_here/x"):
        with pytest.raises(StateUnusable, match="TREND_ASSETS_STATE_DIR"):
            state_dir(Settings(_env_file=None, state_dir=Path(folder)))


def test_the_state_folder_is_its_owners_alone_whoever_made_it(tmp_path):
    wide, shared = tmp_path / "wide", tmp_path / "shared"
    for folder, mode in ((wide, 0o755), (shared, 0o1777)):
        folder.mkdir()
        folder.chmod(mode)
        state_dir(Settings(_env_file=None, state_dir=folder))
    assert wide.stat().st_mode & 0o777 == 0o700
    assert shared.stat().st_mode & 0o7777 == 0o1777, "like /tmp: others live there too"
