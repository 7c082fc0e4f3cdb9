"""Dagster's daemon, once what dead runs hold was taken back.

    python -m trend_assets.runtime.daemon --workspace FILE

It is the process that launches runs, so this is done here, before the first one, and by a process that imports Dagster
anyway: the supervisor (`services.py`), which starts it, does not.
"""

import argparse

from trend_assets.runtime.services import prepare_instance


def main() -> None:
    """Run until a signal ends it."""
    parser = argparse.ArgumentParser(description="Dagster's daemon.")
    parser.add_argument("--workspace", required=True)
    given = parser.parse_args()
    from trend_assets.runtime.dagster_private import run_daemon

    prepare_instance()
    run_daemon(["--workspace", given.workspace])


if __name__ == "__main__":
    main()
