"""Which Instagram calls a day needs: one per username. Instagram cannot be searched; somebody must name the handle."""

from trend_assets.sources.call import Call, CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import collect_side_by_side
from trend_assets.sources.errors import NotFound

PROVIDER = "instagram"
FIELDS = "id,username,name,biography,website,followers_count,follows_count,media_count"
WORKERS = 2
# the sandbox answers any number; live, INSTAGRAM_USER_ID names our own account
SANDBOX_USER_ID = "17841400000000001"


def business_profile(username: str, *, user_id: str) -> Call:
    """The public numbers of a business or creator profile. `user_id` is our own Instagram user id, which the path
    needs. The username must be a plain handle: it is written into the field list."""
    if not username or not all(char.isascii() and (char.isalnum() or char in "._") for char in username):
        raise ValueError(f"{username!r} is no Instagram username.")
    fields = f"business_discovery.username({username}){{{FIELDS}}}"
    return Call(PROVIDER, f"/{user_id}", params={"fields": fields})


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """Look up `inputs["handles"]`. A handle without a business profile is an answer, not a failure."""
    user_id = context.provider.user_id or SANDBOX_USER_ID
    absent: list[str] = []

    def look_up(handle: str) -> CollectReport:
        try:
            obtain(business_profile(handle, user_id=user_id))
        except NotFound:
            absent.append(handle)
            return CollectReport()
        return CollectReport(items=1)

    handles = list(dict.fromkeys(str(handle) for handle in context.inputs.get("handles", ())))
    report = collect_side_by_side(handles, look_up, workers=WORKERS, what="Profile")
    if absent:
        report.problems.append(f"No business or creator profile: {', '.join(sorted(absent)[:20])}.")
    return report
