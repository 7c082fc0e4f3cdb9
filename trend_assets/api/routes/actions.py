"""Routes that belong to a user: collecting, competitors, media jobs, imported files."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse, Response

from trend_assets.api import operations
from trend_assets.api.models import (
    AskedRequest,
    AskedRequests,
    Candidate,
    CandidatesPage,
    CollectBody,
    Day,
    DiscoverBody,
    DownloadBody,
    ImportBody,
    Imported,
    ImportedFile,
    ImportedFiles,
    Launched,
    MediaJob,
    MediaJobs,
    RequestId,
    Tracked,
    TrackedList,
)
from trend_assets.api.pages_of import decode_cursor
from trend_assets.api.problems import responses
from trend_assets.api.routes.reads import PER_PAGE, Cursor, Limit
from trend_assets.api.services import Asking, Using
from trend_assets.api.tabular import ListFormat, listed, or_file
from trend_assets.competitors import lists
from trend_assets.competitors.merging import CompetitorProvider, ConfidenceTier
from trend_assets.imports.store import listed_imports
from trend_assets.media import jobs

router = APIRouter()
JobId = Annotated[uuid.UUID, Path(description="`job_id` of the job.")]


@router.post("/collect-trends", status_code=202, tags=["collecting"], responses=responses(401, 422, 429, 503))
def collect_trends(using: Using, user: Asking, body: CollectBody | None = None) -> Launched:
    """Launch the Dagster job that collects today, and return its run id. At most one per user and minute."""
    return Launched.model_validate(operations.collect(using, user, body or CollectBody.model_validate({})))


@router.post(
    "/competitors/discover",
    tags=["competitors"],
    response_model=CandidatesPage,
    responses=or_file(401, 409, 422, 429, 503),
)
def discover_competitors(using: Using, user: Asking, body: DiscoverBody, format: ListFormat = "json") -> Response:
    """Ask for competitors and read what was found so far, page by page.

    The first call stores the request and answers `queued`; a sensor starts its run. The same criteria later are the
    same request: the pages are stable until it is computed again, which a cursor notices (409).
    """
    page = CandidatesPage.model_validate(operations.discover(using, user, body))
    return listed(page, Candidate, format, name="candidates")


@router.get(
    "/competitors/requests", tags=["competitors"], response_model=AskedRequests, responses=or_file(401, 422, 503)
)
def get_requests(using: Using, user: Asking, format: ListFormat = "json") -> Response:
    """What you asked for, newest first."""
    with using.write() as connection:
        rows = lists.requests_of_user(connection, user_id=user.user_id)
    return listed(AskedRequests.model_validate({"items": rows}), AskedRequest, format, name="requests")


@router.get(
    "/competitors/requests/{request_id}",
    tags=["competitors"],
    response_model=CandidatesPage,
    responses=or_file(401, 404, 409, 422, 503),
)
def get_candidates(
    using: Using,
    user: Asking,
    request_id: Annotated[RequestId, Path(description="`request_id` of the request.")],
    date: Annotated[Day, Query(description="The day of the list.")],
    provider: Annotated[CompetitorProvider | None, Query(description="Only what this provider found.")] = None,
    min_confidence: Annotated[ConfidenceTier | None, Query(description="Only this tier and better.")] = None,
    limit: Limit = PER_PAGE,
    cursor: Cursor = None,
    format: ListFormat = "json",
) -> Response:
    """The candidates of a request of yours, page by page."""
    with using.write() as connection:
        page = operations.candidates(
            connection,
            user=user,
            request_id=request_id,
            day=date,
            limit=limit,
            after=decode_cursor(cursor, length=3),
            provider=provider,
            min_confidence=min_confidence,
        )
    return listed(CandidatesPage.model_validate(page), Candidate, format, name=f"candidates-{date}")


@router.get("/competitors/tracked", tags=["competitors"], response_model=TrackedList, responses=or_file(401, 422, 503))
def get_tracked(using: Using, user: Asking, format: ListFormat = "json") -> Response:
    """Whom you track, newest import first."""
    with using.write() as connection:
        rows = lists.tracked_of_user(connection, user_id=user.user_id)
    return listed(TrackedList.model_validate({"items": rows}), Tracked, format, name="tracked")


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


@router.get("/media/downloads", tags=["media"], response_model=MediaJobs, responses=or_file(401, 422, 503))
def get_media_jobs(using: Using, user: Asking, format: ListFormat = "json") -> Response:
    """Your download jobs, newest first."""
    with using.write() as connection:
        rows = jobs.jobs_of_user(connection, user_id=user.user_id)
    return listed(MediaJobs.model_validate({"items": rows}), MediaJob, format, name="downloads")


@router.get("/imports", tags=["imports"], response_model=ImportedFiles, responses=or_file(401, 422, 503))
def get_imports(using: Using, user: Asking, format: ListFormat = "json") -> Response:
    """The files that were imported, newest first."""
    with using.write() as connection:
        rows = listed_imports(connection)
    return listed(ImportedFiles.model_validate({"items": rows}), ImportedFile, format, name="imports")


def shown_job(job: dict[str, Any]) -> dict[str, Any]:
    """A job as JSON values."""
    return MediaJob.model_validate(job).model_dump(mode="json")
