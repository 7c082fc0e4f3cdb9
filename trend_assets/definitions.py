"""The front door: everything under `defs/` as one Dagster code location, with what holds for the whole graph."""

import warnings

import dagster as dg

# Dagster marks things we use on purpose (backfill policies, code references) as beta or superseded; users of the UI
# cannot act on that, and the webserver's log is otherwise full of it.
for _category in (dg.BetaWarning, dg.PreviewWarning, dg.SupersessionWarning):
    warnings.filterwarnings("ignore", category=_category)
# intended: a collection's captures run day by day, its typed rows could run many days at once
warnings.filterwarnings("ignore", message=".*varying BackfillPolicies.*")

import trend_assets.defs  # noqa: E402
from trend_assets.defs.executors import executor_for  # noqa: E402
from trend_assets.defs.resources import WarehouseResource  # noqa: E402
from trend_assets.settings import get_settings  # noqa: E402

defs = dg.load_definitions_from_package_module(
    trend_assets.defs,
    resources={"warehouse": WarehouseResource()},
    executor=executor_for(get_settings().executor),
)
