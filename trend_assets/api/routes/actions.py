"""Routes that belong to a user: collecting, discovering and importing competitors, media jobs."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse, Response

from trend_assets.api import operations
from trend_assets.api.models import (
    CandidatesPage,
    CollectBody,
    DiscoverBody,
    DownloadBody,
    ImportBody,
    Imported,
    Launched,
    MediaJob,
)
from trend_assets.api.problems import responses
from trend_assets.api.services import Asking, Using

router = APIRouter()
JobId = Annotated[uuid.UUID, Path(description="`job_id` of the job.")]


@router.post("/collect-trends", status_code=202, tags=["collecting"], responses=responses(401, 422, 429, 503))
def collect_trends(using: Using, user: Asking, body: CollectBody | None = None) -> Launched:
    """Launch the Dagster job that collects today, and return its run id. At most one per user and minute."""
    return Launched.model_validate(operations.collect(using, user, body or CollectBody.model_validate({})))


@router.post("/competitors/discover", tags=["competitors"], responses=responses(401, 409, 422, 429, 503))
def discover_competitors(using: Using, user: Asking, body: DiscoverBody) -> CandidatesPage:
    """Ask for competitors and read what was found so far, page by page.

    The first call stores the request and answers `queued`; a sensor starts its run. The same criteria later are the
    same request: the pages are stable until it is computed again, which a cursor notices (409).
    """
    return CandidatesPage.model_validate(operations.discover(using, user, body))


@router.post("/competitors/import", tags=["competitors"], responses=responses(401, 404, 409, 422, 503))
def import_competitors(using: Using, user: Asking, body: ImportBody) -> Imported:
    """Track candidates: they enter your roster, once however often they are imported."""
    return Imported.model_validate(operations.import_candidates(using, user, body))


@router.post(
    "/media/download",
    status_code=202,
    tags=["media"],
    response_model=MediaJob,
    responses=responses(401, 403, 422, 429, 503),
)
def download_media(using: Using, user: Asking, body: DownloadBody) -> Response:
    """Ask for a download. Off unless the server allows it; only public addresses of the platforms' own hosts."""
    job = shown_job(operations.submit_download(using, user, body))
    return JSONResponse(job, status_code=202, headers={"Location": f"/media/download/{job['job_id']}"})


@router.get("/media/download/{job_id}", tags=["media"], responses=responses(401, 404, 422, 503))
def get_media_job(using: Using, user: Asking, job_id: JobId) -> MediaJob:
    """The state of a job of yours, with its asset and audit once it is completed."""
    return MediaJob.model_validate(operations.media_job(using, user, str(job_id)))


def shown_job(job: dict[str, Any]) -> dict[str, Any]:
    """A job as JSON values."""
    return MediaJob.model_validate(job).model_dump(mode="json")
