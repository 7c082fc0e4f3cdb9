"""The `trend-assets` command: thin, every subcommand calls one plain function. Heavy imports happen inside."""

import contextlib
import os
import signal
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from trend_assets.platforms import NAMES

if TYPE_CHECKING:
    from trend_assets.settings import Settings
    from trend_assets.warehouse.warehouse import Warehouse


PORT = click.IntRange(1, 65535)


class _Sentences(click.Group):
    """Errors that the platform raises on purpose are printed as their sentence, without a traceback. Bytes that are no
    text are refused before anything starts, except as the name of a file that there is."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        for given in args:
            if any("\ud800" <= char <= "\udfff" for char in given) and not os.path.exists(given):
                context.fail(f"{given!a} is not text in UTF-8; type it again.")
        return super().parse_args(context, args)

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            if context.invoked_subcommand in ("run", "backfill"):
                with contextlib.suppress(OSError):  # a pipe may be closed
                    click.echo("Stopped. What was done is kept; the same command again goes on from there.", err=True)
            raise click.exceptions.Exit(130) from None
        except BrokenPipeError:
            raise click.exceptions.Exit(130) from None
        except Exception as error:
            said = error if _is_ours(error) else _said_by_a_disk(error, context.invoked_subcommand)
            if context.params.get("debug") or said is None:
                raise
            raise click.ClickException(str(said)) from None


def _like_ctrl_c(number: int, _frame: object) -> None:
    """Whatever Ctrl-C does at this moment: a run in Dagster's hands has a handler of its own."""
    if number == signal.SIGHUP:
        _forget_terminal()
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # a job in a shell's background has no Ctrl-C
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


def _forget_terminal() -> None:
    """What is still said goes nowhere: writing to a terminal that is closed is an error, and would end the clean-up."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for output in (1, 2):
        with contextlib.suppress(OSError):
            if stat.S_ISCHR(os.fstat(output).st_mode):  # `isatty` says no of a closed terminal; files and pipes stay
                os.dup2(nowhere, output)
    os.close(nowhere)


def _is_ours(error: Exception) -> bool:
    return type(error).__module__.startswith("trend_assets.")


def _said_by_a_disk(error: Exception, command: str | None) -> Exception | None:
    """A full disk, or a folder that may not be written, is a sentence wherever a command meets it."""
    if not isinstance(error, OSError):
        return None
    from trend_assets.settings import get_settings
    from trend_assets.warehouse.files import refusal

    folder = Path(os.fsdecode(error.filename)).parent if error.filename else get_settings().state_dir.expanduser()
    return refusal(error, folder, f"trend-assets {command or ''}".strip())


def _day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value} is not a date; write it as 2026-11-20.") from None
    if not 2000 <= day.year <= 2100:  # as the HTTP API
        raise click.BadParameter(f"Nothing can be known of {value}; give a day from 2000 to 2100.")
    return day


def _encoding(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    import codecs

    try:
        codecs.lookup(value or "utf-8")
    except (LookupError, ValueError):
        raise click.BadParameter(
            f"{value} is not an encoding that Python knows; utf-8, utf-16 or cp1252, say."
        ) from None
    return value


def today() -> date:
    """The UTC day now."""
    return datetime.now(UTC).date()


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--debug", is_flag=True, help="Show the traceback of errors.")
@click.version_option(package_name="trend_assets")
def main(debug: bool) -> None:
    """Daily trends, Comet creators, velocity and one explained newsletter feed, as Dagster assets on Postgres."""
    # a polite kill and a closed terminal end like Ctrl-C: what was started is stopped
    for sign in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(sign) != signal.SIG_IGN:  # nohup
            signal.signal(sign, _like_ctrl_c)


@main.command()
@click.option("--date", "day", callback=_day, help="The day, UTC. Default: today.")
@click.option(
    "--days-before",
    type=click.IntRange(0, 366),
    default=1,
    show_default=True,
    help="Days before it, so that growth exists.",
)
@click.option("--force", is_flag=True, help="Ask the providers again although the day has stored answers.")
def run(day: date | None, days_before: int, force: bool) -> None:
    """Materialize one day of the whole graph and show the feed (make run)."""
    from trend_assets.commands.run_day import run_day

    sys.exit(run_day(day or today(), days_before=days_before, force=force))


@main.command()
@click.option("--port", type=PORT, help="Port of the Dagster UI. Default: 3000, or a free one.")
@click.option("--no-api", is_flag=True, help="Leave the HTTP API out.")
def ui(port: int | None, no_api: bool) -> None:
    """Run the Dagster UI, its daemon, the code server and the HTTP API on 127.0.0.1 (make ui)."""
    from trend_assets.runtime.services import user_interface, watch
    from trend_assets.settings import get_settings

    started = datetime.now(UTC)
    with user_interface(get_settings(), port=port, with_api=not no_api) as (addresses, watched):
        click.echo(f"Dagster UI  {addresses.dagster_url}")
        if addresses.api_url:
            click.echo(f"HTTP API    {addresses.api_url}  (pages at /, reference at /docs)")
        if addresses.sandbox_url:
            click.echo(f"Sandbox     {addresses.sandbox_url}  (simulated data)")
        click.echo(f"Ready after {(datetime.now(UTC) - started).total_seconds():.1f} s. Ctrl-C stops everything.")
        watch(watched, say=click.echo)


@main.command(short_help="Run steps of runs that other machines start.")
@click.option("--name", default="", help="Its name in the UI and in logs, one of its own on each machine.")
@click.option("--concurrency", type=click.IntRange(1, 64), default=1, show_default=True, help="Steps at a time.")
def worker(name: str, concurrency: int) -> None:
    """Run steps of runs with TREND_ASSETS_EXECUTOR=celery. Needs CELERY_BROKER_URL and the platform's database."""
    from trend_assets.runtime.worker import work
    from trend_assets.settings import get_settings

    sys.exit(work(get_settings(), name=name, concurrency=concurrency, say=click.echo))


@main.command()
def down() -> None:
    """Stop the embedded Postgres of this folder, whoever uses it."""
    from trend_assets.runtime.postgres.embedded import stop
    from trend_assets.runtime.state import state_dir
    from trend_assets.settings import get_settings

    click.echo("Stopped." if stop(state_dir(get_settings())) else "It was not running.")


@main.command(short_help="Print the variables that plain Dagster commands need.")
def env() -> None:
    """Print the variables that plain Dagster commands need: eval "$(trend-assets env)". Postgres stays up."""
    import shlex

    from trend_assets.runtime.database import keep_running
    from trend_assets.runtime.services import base_services
    from trend_assets.settings import get_settings

    settings = get_settings()
    keep_running(settings)
    with base_services(settings) as services:
        for name, value in services.environment.items():
            if name != "TREND_ASSETS_SANDBOX_URL":
                click.echo(f"export {name}={shlex.quote(value)}")


@main.command(short_help="Say what is configured, reachable, spent and missing.")
def doctor() -> None:
    """Say for each provider and store: configured? reachable? what a day costs? what is missing and where to get it."""
    from trend_assets.commands.doctor import report
    from trend_assets.settings import get_settings

    sys.exit(report(get_settings(), say=click.echo))


@main.command()
def newsletters() -> None:
    """Show the newsletters, when and where they go, and what is wrong with a file."""
    from trend_assets.commands.newsletters import show
    from trend_assets.settings import get_settings

    sys.exit(show(get_settings(), say=click.echo))


@main.command("new-source", short_help="Make the folder of a new source, which runs and is tested at once.")
@click.argument("name")
def new_source(name: str) -> None:
    """Make trend_assets/sources/NAME: a source that runs in the sandbox and passes the tests, to be made real."""
    from trend_assets.commands.new_source import NewSourceError, make, next_steps

    try:
        written = make(name)
    except NewSourceError as error:
        raise click.ClickException(str(error)) from None
    # only now: what is imported here looks for the sources that there are
    from trend_assets.commands.docs import renew

    for path in (*written, *renew()):
        click.echo(f"wrote {path}")
    click.echo(next_steps(name))


@contextlib.contextmanager
def _warehouse() -> "Iterator[tuple[Settings, Warehouse]]":
    """The settings and the data's warehouse, with Postgres running for the length of the command."""
    from trend_assets.runtime.database import databases
    from trend_assets.settings import get_settings
    from trend_assets.warehouse.warehouse import Warehouse

    settings = get_settings()
    with databases(settings) as servers:
        yield settings, Warehouse(servers.data_url)


@main.command(short_help="Show what a provider's answer becomes, item by item.")
@click.argument("file", type=click.File("rb"))
@click.option("--source", required=True, help="Name of the source that reads it.")
def replay_answer(file: BinaryIO, source: str) -> None:
    """Show what an answer in FILE (- for standard input) becomes: rows, what is set aside and why. Asks nobody."""
    from trend_assets.commands.answers import replay

    sys.exit(replay(file.read(), source, say=click.echo))


@main.command(short_help="Ask a source once, as little as possible, and show what came.")
@click.argument("source")
@click.option("--yes", is_flag=True, help="Do not ask before paying.")
def trial(source: str, yes: bool) -> None:
    """One smallest call of SOURCE, live with a key: what it costs at most, then rows, unknown columns, new fields."""
    import uuid

    from trend_assets.commands import answers
    from trend_assets.runtime.sandboxed import provider_settings

    with _warehouse() as (settings, warehouse):
        tried = answers.Trial(source, settings, warehouse)
        click.echo(tried.price)
        if tried.is_paid and not yes:
            click.confirm("Go on?", abort=True)
        run_id = f"trial-{uuid.uuid4()}"
        sys.exit(tried.run(settings=provider_settings(), run_id=run_id, say=click.echo))


@main.command(short_help="Materialize a selection of assets over a range of days.")
@click.argument("selection")
@click.option("--from", "first", callback=_day, required=True, help="First day, UTC.")
@click.option("--to", "last", callback=_day, help="Last day, UTC. Default: the first.")
def backfill(selection: str, first: date, last: date | None) -> None:
    """Materialize SELECTION (Dagster's syntax, e.g. 'group:feed' or 'key:"trends/posts"+') over a range of days."""
    from trend_assets.commands.backfill import backfill as run_backfill

    sys.exit(run_backfill(selection, first, last or first))


@main.command(short_help="Say why an item is, or is not, in the feed.")
@click.argument("item")
@click.option("--date", "day", callback=_day, help="The feed's day. Default: the newest.")
def explain(item: str, day: date | None) -> None:
    """Say why ITEM (place, story id, platform:id or address) is, or is not, in the feed."""
    from trend_assets.commands.explain import explain as explanation

    with _warehouse() as (_, warehouse):
        click.echo(explanation(warehouse, item, day))


@main.command()
@click.option("--platform", type=click.Choice(NAMES), help="Default: all.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def trends(platform: str | None, limit: int) -> None:
    """List collected trends, newest first."""
    from trend_assets.commands.show import trend_lines

    with _warehouse() as (_, warehouse):
        lines = trend_lines(warehouse, platform=platform, limit=limit)
        click.echo("\n".join(lines) or "Nothing was collected yet: make run.")


@main.command("import")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--source", required=True, help="Name of the import; the same name again adds to it.")
@click.option("--map", "maps", multiple=True, help="column=field of the file; repeat it. Known exports need none.")
@click.option("--observed-at", default="", help="When the rows were observed, where the file does not say it.")
@click.option("--encoding", callback=_encoding, default="", help="utf-8, cp1252, utf-16 … Default: found in the file.")
@click.option("--delimiter", default="", help="Sign between fields: , ; | or tab. Default: found in the file.")
@click.option("--decimal", default="", help="point or comma. Default: found where only one is possible.")
@click.option("--date-format", "dates", default="", help="day-first, month-first, year-first, or a pattern: %d.%m.%Y.")
@click.option("--rows", default="", help="The list of a JSON object, or the sheet of a workbook, that holds the rows.")
@click.option("--no-recognition", "recognition", flag_value=False, default=True, help="Take no export as a known one.")
@click.option("--retention-days", type=int, help="Days after which these rows are purged. Default: kept.")
@click.option("--dry-run", is_flag=True, help="Show the first rows as they would be stored; store nothing.")
def import_(path: Path, source: str, retention_days: int | None, dry_run: bool, **how: Any) -> None:
    """Import a CSV, JSON, Parquet or .xlsx file, or a known export, each row on its own observation day."""
    from trend_assets.imports.command import run_import, show_preview

    now = datetime.now(UTC)
    if dry_run:
        show_preview(path, source=source, now=now, say=click.echo, **how)
        return
    from trend_assets.runtime.services import base_services
    from trend_assets.settings import get_settings
    from trend_assets.warehouse.warehouse import Warehouse

    with base_services(get_settings()) as services:
        import dagster as dg

        from trend_assets.runtime.first_day import reach_back
        from trend_assets.runtime.state import state_dir

        with dg.DagsterInstance.get() as instance:
            run_import(
                Warehouse(services.databases.data_url),
                path,
                source=source,
                now=now,
                reach_back=reach_back,
                say=click.echo,
                tell=instance.report_runless_asset_event,
                retention_days=retention_days,
                rejected_into=state_dir(get_settings()) / "rejected_rows",
                **how,
            )


@main.command()
@click.option("--from", "first", callback=_day, help="First day of spending, UTC. Default: today.")
@click.option("--to", "last", callback=_day, help="Last day, UTC. Default: today.")
def costs(first: date | None, last: date | None) -> None:
    """Show what each source cost per day, from the ledger."""
    from trend_assets.commands.show import costs_of

    with _warehouse() as (_, warehouse):
        click.echo(costs_of(warehouse, first or today(), last or today()))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: a free one.")
@click.option("--seed", default=7, show_default=True, help="Seed of the simulated world.")
@click.option("--latency-ms", default=0.0, help="Added to every answer.")
@click.option("--rate-limit", type=float, help="Requests per second and provider; more get 429.")
def sandbox(host: str, port: int, seed: int, latency_ms: float, rate_limit: float | None) -> None:
    """Serve the simulated internet in the foreground."""
    from trend_assets.sandbox.process import serve

    serve(host=host, port=port, seed=seed, latency_ms=latency_ms, rate_limit=rate_limit, say=click.echo)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=PORT, help="Default: 8000, or a free one.")
@click.option("--fd", type=int, hidden=True, help="A listening socket that was inherited.")
def api(host: str, port: int | None, fd: int | None) -> None:
    """Serve the HTTP API and the pages."""
    from trend_assets.api.serve import serve
    from trend_assets.runtime.database import databases
    from trend_assets.runtime.state import state_dir
    from trend_assets.settings import get_settings

    settings = get_settings()
    with databases(settings) as servers:
        serve(
            settings,
            database_url=servers.data_url,
            state_dir=state_dir(settings),
            host=host,
            port=port,
            inherited=fd,
            say=click.echo,
        )


@main.command()
@click.argument("name")
@click.option("--remove", is_flag=True, help="Take the login away.")
def reader(name: str, remove: bool) -> None:
    """Make a login NAME for charts (Grafana, Metabase): it reads feed, velocity, trends and comets, no more."""
    import re
    import secrets

    from trend_assets.runtime.database import databases
    from trend_assets.settings import get_settings
    from trend_assets.warehouse.roles import drop_login, make_login

    if not re.fullmatch("(?!pg_)[a-z][a-z0-9_]{0,40}", name):
        raise click.BadParameter(
            "A name has small letters, digits and _, at most 41, a letter first, and does not begin with pg_."
        )
    with databases(get_settings()) as servers:
        if remove:
            if not drop_login(servers.data_url, name):
                raise click.ClickException(f"There is no reader {name}.")
            click.echo(f"{name} can no longer log in.")
            return
        click.echo(make_login(servers.data_url, name, secrets.token_urlsafe(24)))
        click.echo("It is not stored and not shown again; the same command makes a new password.", err=True)


@main.command()
@click.argument("table")
@click.option("--from", "first", callback=_day, help="First day. Default: the oldest.")
@click.option("--to", "last", callback=_day, help="Last day. Default: the newest.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=Path("export"), show_default=True)
def export(table: str, first: date | None, last: date | None, folder: Path) -> None:
    """Write TABLE (feed.items, say) as Parquet, a folder per day."""
    from trend_assets.commands.export import export as write

    with _warehouse() as (_, warehouse):
        write(warehouse, table, folder, start=first, end=last, say=click.echo)


@main.command()
def mcp() -> None:
    """Serve the collected trends to an assistant, over stdin and stdout (Model Context Protocol)."""
    from trend_assets.api.mcp import serve_stdio
    from trend_assets.runtime.database import databases
    from trend_assets.settings import get_settings

    with databases(get_settings()) as servers:
        serve_stdio(servers.data_url, now=lambda: datetime.now(UTC))


@main.group("api-key")
def api_key() -> None:
    """Keys of the HTTP API."""


@api_key.command("create")
@click.argument("user")
@click.option("--label", default="", help="What the key is for.")
def create_key(user: str, label: str) -> None:
    """Make a key for USER; it is shown once."""
    from trend_assets.api.keys import create_api_key

    with _warehouse() as (_, warehouse), warehouse.connect() as connection:
        made = create_api_key(connection, user=user, label=label)
        click.echo(f"{made.key}\nKey {made.key_id} of {made.user_id}. It is not stored and not shown again.")


@api_key.command("revoke")
@click.argument("key_id")
def revoke_key(key_id: str) -> None:
    """Withdraw a key by its id."""
    from trend_assets.api.keys import revoke_api_key

    with _warehouse() as (_, warehouse), warehouse.connect() as connection:
        done = revoke_api_key(connection, key_id=key_id)
        click.echo("Withdrawn." if done else f"There is no live key {key_id}.")


@main.command("erase-creator")
@click.argument("platform")
@click.argument("who")
@click.option("--yes", is_flag=True, help="Do not ask back.")
def erase_creator_(platform: str, who: str, yes: bool) -> None:
    """Remove the creator WHO (id or handle) of PLATFORM everywhere, and keep them out for good."""
    from trend_assets.privacy.erase import erase_creator
    from trend_assets.runtime.database import databases
    from trend_assets.runtime.state import state_dir
    from trend_assets.settings import get_settings
    from trend_assets.warehouse.warehouse import Warehouse

    if not yes:
        click.confirm(f"Erase {who} of {platform} from every table, capture, medium and issue?", abort=True)
    settings = get_settings()
    with databases(settings) as servers:
        report = erase_creator(
            Warehouse(servers.data_url),
            settings,
            platform=platform,
            who=who,
            state_dir=state_dir(settings),
            dagster_database_url=servers.dagster_url.replace("postgresql+psycopg2://", "postgresql://"),
        )
    for sentence in report.sentences():
        click.echo(sentence)


@main.command()
def docs() -> None:
    """Renew the pages that are made from code (make docs)."""
    from trend_assets.commands.docs import renew

    for path in renew():
        click.echo(f"renewed {path}")


if __name__ == "__main__":
    main()
