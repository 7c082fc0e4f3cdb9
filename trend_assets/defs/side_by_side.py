"""The sources of one run collected side by side although its steps run one after the other.

    first capture step ─▶ a thread per provider: its sources, one after the other
    every capture step ─▶ waits for its own source, takes its result or its error

Only sources that need no table of the run itself take part, and only under the in-process executor: the others run
steps in parallel already. A step that is tried again collects for itself. What is asked, stored and paid belongs to
`collect`.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import dagster as dg

from trend_assets.settings import get_settings
from trend_assets.sources.declare import Source
from trend_assets.sources.discovery import LISTS

if TYPE_CHECKING:
    from trend_assets.capture.collect import Collected

Collect = Callable[[Source, bool], "Collected"]

_running: dict[str, dict[str, Future["Collected"]]] = {}
"""By run: the sources whose step has not taken its outcome yet. The entry stays when all have, so that no source of the
run is started twice."""


def side_by_side(context: dg.AssetExecutionContext, spec: Source, collect: Collect) -> "Collected":
    """What `collect(spec, force)` returns or raises; it may have been started by an earlier step of this run."""
    forced = _is_forced(context.run.run_config, spec)
    if spec.needs or get_settings().executor != "in_process":
        return collect(spec, forced)
    run_id = context.run.run_id
    if run_id not in _running:
        _running[run_id] = _start(_together(context), collect)
    future = _running[run_id].pop(spec.name, None)
    return future.result() if future else collect(spec, forced)


def _together(context: dg.AssetExecutionContext) -> dict[Source, bool]:
    """The sources that this run collects without waiting for another, and whether each is forced."""
    steps = context.run.step_keys_to_execute or context.job_def.graph.node_dict
    free = [spec for spec in LISTS.values() if not spec.needs and f"capture__{spec.name}" in steps]
    return {spec: _is_forced(context.run.run_config, spec) for spec in free} if len(free) > 1 else {}


def _is_forced(config: Mapping[str, Any], spec: Source) -> bool:
    ops = config.get("ops") or {}
    return bool(((ops.get(f"capture__{spec.name}") or {}).get("config") or {}).get("force", False))


def _start(sources: Mapping[Source, bool], collect: Collect) -> dict[str, Future["Collected"]]:
    """A thread per provider: a run never asks one provider for two sources at a time, as its pool promises."""
    lanes: dict[str, list[tuple[Source, bool, Future[Collected]]]] = {}
    for spec, force in sources.items():
        lanes.setdefault(spec.provider_name, []).append((spec, force, Future()))

    def follow(lane: list[tuple[Source, bool, Future["Collected"]]]) -> None:
        for spec, force, future in lane:
            try:
                future.set_result(collect(spec, force))
            except BaseException as error:  # noqa: BLE001 - raised again where the source's own step takes it
                future.set_exception(error)

    for provider, lane in lanes.items():
        # daemon: Ctrl-C waits for no provider; a call cut off is taken up again like after any crash
        threading.Thread(target=follow, args=(lane,), name=f"collect {provider}", daemon=True).start()
    return {spec.name: future for lane in lanes.values() for spec, _, future in lane}
