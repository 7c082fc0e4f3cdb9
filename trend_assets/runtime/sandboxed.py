"""The settings of a step that asks providers: with the sandbox's address, wherever the step runs.

`trend-assets run` and `ui` start the sandbox and hand its address down. Under Dagster's own commands nobody does; the
state folder's sandbox is then found or started, and ends a few seconds after its last user.
"""

from trend_assets.runtime.state import state_dir
from trend_assets.settings import Settings, get_settings
from trend_assets.sources.clients import is_any_simulated


def provider_settings() -> Settings:
    """The settings now; where a provider is answered by the sandbox, one is running at `sandbox_url`."""
    settings = get_settings()
    if settings.sandbox_url or not is_any_simulated(settings):
        return settings
    from trend_assets.sandbox.process import hold

    return settings.model_copy(update={"sandbox_url": hold(state_dir(settings), seed=settings.sandbox_seed)})
