"""Dagster resources: where the data lives. No connection is opened before a step needs it."""

from typing import TYPE_CHECKING

import dagster as dg

from trend_assets.runtime.database import running_database_url
from trend_assets.settings import get_settings

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse


class WarehouseResource(dg.ConfigurableResource):
    """The data's Postgres. Has no configuration on purpose: the URL (a secret) never enters run config."""

    def open(self) -> "Warehouse":
        from trend_assets.warehouse.warehouse import Warehouse

        return Warehouse(running_database_url(get_settings()))
