"""The `trend-assets` command: thin, every subcommand calls one plain function. Heavy imports happen inside."""

import sys
from datetime import UTC, date, datetime

import click


class _Sentences(click.Group):
    """Errors that the platform raises on purpose are printed as their sentence, without a traceback."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except (KeyboardInterrupt, BrokenPipeError):
            raise click.exceptions.Exit(130) from None
        except Exception as error:
            if context.params.get("debug") or not _is_ours(error):
                raise
            raise click.ClickException(str(error)) from None


def _is_ours(error: Exception) -> bool:
    return type(error).__module__.startswith("trend_assets.")


def _day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value} is no date; write it as 2026-11-20.") from None


def today() -> date:
    """The UTC day now."""
    return datetime.now(UTC).date()


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of errors.")
@click.version_option(package_name="trend_assets")
def main(debug: bool) -> None:
    """Daily trends, Comet creators, velocity and one explained newsletter feed, as Dagster assets on Postgres."""


@main.command()
@click.option("--date", "day", callback=_day, help="The day, UTC. Default: today.")
@click.option("--days-before", default=3, show_default=True, help="Days collected before it, so that growth exists.")
@click.option("--force", is_flag=True, help="Ask the providers again although the day has stored answers.")
def run(day: date | None, days_before: int, force: bool) -> None:
    """Materialize one day of the whole graph and show the feed (make run)."""
    from trend_assets.runtime.run_day import run_day

    sys.exit(run_day(day or today(), days_before=days_before, force=force))


@main.command()
@click.option("--port", default=0, help="Port of the Dagster UI. Default: 3000, or a free one.")
@click.option("--no-api", is_flag=True, help="Leave the HTTP API out.")
def ui(port: int, no_api: bool) -> None:
    """Run the Dagster UI, its daemon, the code server and the HTTP API on 127.0.0.1 (make ui)."""
    from trend_assets.runtime.services import user_interface, watch
    from trend_assets.settings import get_settings

    started = datetime.now(UTC)
    with user_interface(get_settings(), port=port, with_api=not no_api) as (addresses, children):
        click.echo(f"Dagster UI  {addresses.dagster_url}")
        if addresses.api_url:
            click.echo(f"HTTP API    {addresses.api_url}  (pages at /, reference at /docs)")
        if addresses.sandbox_url:
            click.echo(f"Sandbox     {addresses.sandbox_url}  (simulated data)")
        click.echo(f"Ready after {(datetime.now(UTC) - started).total_seconds():.1f} s. Ctrl-C stops everything.")
        watch(children, say=click.echo)


@main.command()
def down() -> None:
    """Stop the embedded Postgres of this folder, whoever uses it."""
    from trend_assets.runtime.state import state_dir
    from trend_assets.settings import get_settings
    from trend_assets.warehouse.embedded import stop

    click.echo("Stopped." if stop(state_dir(get_settings())) else "It was not running.")


@main.command()
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


@main.command()
def doctor() -> None:
    """Say for each provider and store: configured? reachable? what a day costs? what is missing and where to get it."""
    from trend_assets.runtime.doctor import report
    from trend_assets.settings import get_settings

    sys.exit(report(get_settings(), say=click.echo))


if __name__ == "__main__":
    main()
