"""Which Instagram calls a day needs: one per username. Instagram cannot be searched; somebody must name the handle."""

from trend_assets.sources.call import CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import collect_side_by_side
from trend_assets.sources.errors import NotFound
from trend_assets.sources.instagram import calls

WORKERS = 2
# the sandbox answers any number; live, INSTAGRAM_USER_ID names our own account
SANDBOX_USER_ID = "17841400000000001"


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """Look up `inputs["handles"]`. A handle without a business profile is an answer, not a failure."""
    user_id = context.provider.user_id or SANDBOX_USER_ID
    absent: list[str] = []

    def look_up(handle: str) -> CollectReport:
        try:
            obtain(calls.business_profile(handle, user_id=user_id))
        except NotFound:
            absent.append(handle)
            return CollectReport()
        return CollectReport(items=1)

    handles = list(dict.fromkeys(str(handle) for handle in context.inputs.get("handles", ())))
    report = collect_side_by_side(handles, look_up, workers=WORKERS, what="Profile")
    if absent:
        report.problems.append(f"No business or creator profile: {', '.join(sorted(absent)[:20])}.")
    return report
