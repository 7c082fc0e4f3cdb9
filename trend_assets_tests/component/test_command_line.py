"""Wrong values on the command line are a sentence, not a traceback; nothing is started for them."""

import pytest
from click.testing import CliRunner

from trend_assets.cli import main
from trend_assets.commands.backfill import _resolved
from trend_assets.commands.execute import NothingToRun
from trend_assets.definitions import defs


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("run --date tomorrow", "is not a date"),
        ("run --date 2026-13-01", "is not a date"),
        ("run --days-before -1", "0<=x<=366"),
        ("run --date 2004-01-05", "lies before"),
        ("run --date 2099-01-05", "lies in the future"),
        ("run --date 0001-01-01 --days-before 366", "give a day from 2000 to 2100"),
        ("costs --to 9999-12-31", "give a day from 2000 to 2100"),
        ("trends --limit -5", "1<=x<=1000"),
        ("api-key revoke \udcff", "is not text in UTF-8"),
        ("erase-creator tiktok a\udcff --yes", "is not text in UTF-8"),
        ("sandbox --host=\udcff", "is not text in UTF-8"),
        ("reader pg_mine", "does not begin with pg_"),
        ("ui --port 99999", "x<=65535"),
        ("api --port -1", "x<=65535"),
        ("sandbox --port http", "not a valid integer"),
        ("backfill group:feed --from 2026-11-05 --to 2026-11-01", "holds no day"),
        ("backfill group:feed --from never", "is not a date"),
        ("import /no/such/file --source x", "does not exist"),
        ("import pyproject.toml --source x --encoding klingon", "is not an encoding"),
        ("costs --from 5.11.2026", "is not a date"),
        ("export feed.items --from never", "is not a date"),
        ("trends --platform myspace", "is not one of"),
    ],
)
def test_a_wrong_value_is_answered_in_a_sentence(arguments, said, tmp_path, monkeypatch, pytestconfig):
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(pytestconfig.rootpath)
    result = CliRunner().invoke(main, arguments.split())
    assert result.exit_code in (1, 2) and isinstance(result.exception, SystemExit), result.exception
    assert said in result.output and "Traceback" not in result.output
    assert not (tmp_path / "state" / "postgres").exists()


@pytest.mark.parametrize("selection", ["group:", "key:", "((", "nothing:feed", "key:x and", "+++"])
def test_a_selection_that_is_none_is_named(selection):
    graph = defs.resolve_asset_graph()
    try:
        chosen = _resolved(selection, graph)
    except NothingToRun as error:
        assert selection in str(error)
    else:
        assert not chosen


def test_a_dry_run_shows_how_a_file_is_read_and_starts_nothing(tmp_path, monkeypatch, pytestconfig):
    """Regression: the option --rows and the preview's number of rows had one name, and every dry run ended in a
    traceback."""
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(pytestconfig.rootpath)
    path = tmp_path / "mine.json"
    path.write_text(
        '{"posts": [{"external_id": "741", "platform": "tiktok", "measured_at": "2026-03-01"}], "more": []}'
    )
    for options in ("", "--rows posts", "--no-recognition --decimal comma"):
        result = CliRunner().invoke(main, ["import", str(path), "--source", "mine", "--dry-run", *options.split()])
        assert result.exit_code == 0, result.output
        assert "Of the first 1 row 0 would be rejected." in result.output
    assert not (tmp_path / "state" / "postgres").exists()
