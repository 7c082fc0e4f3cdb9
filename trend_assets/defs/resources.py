"""Dagster resources: where the data lives. No connection is opened before a step needs it."""

from functools import lru_cache
from typing import TYPE_CHECKING

import dagster as dg

from trend_assets.runtime.database import running_database_url
from trend_assets.settings import get_settings

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse


class WarehouseResource(dg.ConfigurableResource):
    """The data's Postgres. Has no configuration on purpose: the URL (a secret) never enters run config."""

    def open(self) -> "Warehouse":
        """The warehouse, the same one for all steps of a process: it keeps its idle connections."""
        return _warehouse_at(running_database_url(get_settings()))


@lru_cache(maxsize=1)
def _warehouse_at(url: str) -> "Warehouse":
    from trend_assets.warehouse.warehouse import Warehouse

    return Warehouse(url)
