"""While the daemon runs: what killed runs hold is taken back within half a minute, whoever carried them."""

import dagster as dg


@dg.sensor(
    name="dead_runs",
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description="Ends runs whose process is gone and frees their pool slots. Never ends a run that lives.",
)
def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """A killed command beside the UI would count as running, and be waited for, until its longest time is over."""
    from trend_assets.runtime.reaper import take_back

    ended = take_back(context.instance)
    for sentence in ended:
        context.log.warning(sentence)
    return dg.SkipReason(" ".join(ended) or "Every run in flight has a living process.")
