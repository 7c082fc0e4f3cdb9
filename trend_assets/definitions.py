"""The front door: everything under `defs/`, Python and YAML components, as one Dagster code location, with what holds
for the whole graph."""

import warnings
from pathlib import Path

import dagster as dg

# Dagster marks things we use on purpose (backfill policies, code references) as beta or superseded; users of the UI
# cannot act on that, and the webserver's log is otherwise full of it.
for _category in (dg.BetaWarning, dg.PreviewWarning, dg.SupersessionWarning):
    warnings.filterwarnings("ignore", category=_category)
# intended: a collection's captures run day by day, its typed rows could run many days at once
warnings.filterwarnings("ignore", message=".*varying BackfillPolicies.*")

from dagster.components.core.component_tree import ComponentTree  # noqa: E402

import trend_assets.defs  # noqa: E402
from trend_assets.defs.executors import executor_for  # noqa: E402
from trend_assets.defs.resources import WarehouseResource  # noqa: E402
from trend_assets.settings import get_settings  # noqa: E402
from trend_assets.sources.discovery import PROBLEMS, renamed, wrong_options  # noqa: E402

_settings = get_settings()
for _sentence in (*PROBLEMS, *wrong_options(_settings), *renamed(_settings)):
    dg.get_dagster_logger("trend_assets").warning(_sentence)

# what `dg.load_from_defs_folder` does, without a pyproject.toml, which an installed package has not
_tree = ComponentTree.from_module(defs_module=trend_assets.defs, project_root=Path(trend_assets.__file__).parents[1])

defs = dg.Definitions.merge(
    _tree.build_defs(),
    dg.Definitions(resources={"warehouse": WarehouseResource()}, executor=executor_for(_settings.executor)),
)
