"""The page of imports: send a file, see how it is read, say otherwise, import it, and fetch what was set aside.

The way is the command's: `preview_file` shows, `run_import` stores and reports. Forms work without a script.
"""

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import fields
from datetime import date
from itertools import chain, starmap
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from trend_assets.api.keys import User
from trend_assets.api.problems import Problem
from trend_assets.api.routes.pages import SignedIn, Submitted, render, signed_in
from trend_assets.api.security import MOST_UPLOAD_BYTES
from trend_assets.api.services import Services, Using
from trend_assets.api.sessions import SESSION_COOKIE, is_form_token
from trend_assets.imports.preview import OPTIONS, Overruled, Preview, preview_file, preview_table
from trend_assets.imports.spec import (
    EXPORTS,
    METRICS,
    REQUIRED,
    TARGETS,
    How,
    ImportRefused,
    export_named,
    parse_map,
    with_parents,
)
from trend_assets.imports.store import REJECTED_COLUMNS, listed_imports, rejected_line, rejected_rows
from trend_assets.imports.uploads import MOST_UNPACKED_BYTES, keep_upload, upload_of
from trend_assets.runtime.first_day import reach_back
from trend_assets.text import MARK

router = APIRouter(include_in_schema=False)
UploadPath = Annotated[str, Path(pattern=r"^[0-9a-f]{24}$")]
ImportPath = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
FIRST_TARGETS = (*REQUIRED, "creator_handle", "title", "description", "posted_at", *METRICS[:5])
SHOWN_FIELDS = 1_000
HINTS: dict[Overruled, tuple[str, str]] = {
    "encoding": ("Encoding", "utf-8, cp1252, utf-16 …"),
    "delimiter": ("Between fields", ", ; | tab"),
    "decimal": ("Decimal sign", "point or comma"),
    "dates": ("Dates", "day-first, month-first, %d.%m.%Y"),
    "rows": ("List, sheet or file inside", "a name; . for the object itself"),
    "observed_at": ("Observed at", "2026-03-01, where the file does not say it"),
}
SETTINGS = tuple((name, label, OPTIONS[name], hint) for name, (label, hint) in HINTS.items())
"""What can be said otherwise: the field of `How`, for people, as an option of the command, and what to write."""


@router.get("/ui/imports")
def imports_page(request: Request, using: Using, user: SignedIn) -> Response:
    return _start(request, using)


async def sent(request: Request, using: Using) -> str:
    """The id of the file in the form of this request. Problems: 401, 403 a foreign token, 415, 422."""
    user: User = signed_in(request)
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Problem(415, "A file is sent as multipart/form-data.")
    async with request.form(max_files=1, max_fields=5, max_part_size=10_000) as form:
        token, file = form.get("form_token"), form.get("file")
        cookie = request.cookies.get(SESSION_COOKIE, "")
        if not is_form_token(token if isinstance(token, str) else "", cookie, secret=using.secret):
            raise Problem(403, "This form is not from your session; open the page again and repeat.")
        if not isinstance(file, UploadFile) or not file.filename:
            raise Problem(422, "Choose a file first.")
        try:
            return await run_in_threadpool(keep_upload, using.state_dir, user.user_id, file.filename, file.file)
        except ImportRefused as refused:
            raise Problem(422, str(refused)) from None


@router.post("/ui/imports")
def send_file(upload_id: Annotated[str, Depends(sent)]) -> Response:
    return RedirectResponse(f"/ui/imports/{upload_id}", status_code=303)


@router.get("/ui/imports/{upload_id}")
def first_look(request: Request, using: Using, user: SignedIn, upload_id: UploadPath) -> Response:
    return _look(request, using, user, upload_id, {}, is_recognised=True)


@router.post("/ui/imports/{upload_id}")
def look_or_import(request: Request, using: Using, form: Submitted, upload_id: UploadPath) -> Response:
    names = ("source", "retention_days", *(name for name, *_ in SETTINGS), *(f"map_{target}" for target in TARGETS))
    said = {name: form.text(name)[:500] for name in names}
    is_recognised = bool(form.text("recognition"))
    if form.text("do") != "import":
        return _look(request, using, form.user, upload_id, said, is_recognised=is_recognised)
    sentences: list[str] = []
    try:
        report = _import(using, form.user, upload_id, said, is_recognised=is_recognised, say=sentences.append)
    except ImportRefused as refused:
        return _look(
            request, using, form.user, upload_id, said, is_recognised=is_recognised, problem=str(refused), status=422
        )
    return render(request, "import_done", report=report, sentences=sentences, upload_id=upload_id)


@router.get("/ui/imports/{import_id}/rejected.csv")
def rejected(using: Using, user: SignedIn, import_id: ImportPath) -> Response:
    return StreamingResponse(
        _rejected_csv(using, import_id),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="rejected-{import_id[:8]}.csv"', "Cache-Control": "no-store"
        },
    )  # fmt: skip


def _rejected_csv(using: Services, import_id: str) -> Iterator[str]:
    yield MARK
    with using.warehouse.connect(autocommit=False) as connection:
        for line in chain([REJECTED_COLUMNS], starmap(rejected_line, rejected_rows(connection, import_id))):
            text = io.StringIO()
            csv.writer(text).writerow(line)
            yield text.getvalue()


def _start(request: Request, using: Services, *, problem: str = "", status: int = 200) -> Response:
    with using.write() as connection:
        known = listed_imports(connection)
    return render(
        request, "imports", imports=known, exports=EXPORTS, most_bytes=MOST_UPLOAD_BYTES,
        most_unpacked=MOST_UNPACKED_BYTES, problem=problem, status=status,
    )  # fmt: skip


def _look(
    request: Request,
    using: Services,
    user: User,
    upload_id: str,
    said: dict[str, str],
    *,
    is_recognised: bool,
    problem: str = "",
    status: int = 200,
) -> Response:
    """The file as it would be read with what was said; where it cannot be read so, why, with all that was typed."""
    path = _kept(using, user, upload_id)
    shown: dict[str, Any] = {"fields": (), "preview": None, "table": [], "export": None, "mapping": {}}
    try:
        looked = preview_file(
            path, source=said.get("source") or "preview", now=using.now(), **_how(said, is_recognised)
        )
        shown = {
            "preview": looked,
            "table": preview_table(looked.mapped),
            "export": export_named(looked.spec.format),
            "fields": looked.fields[:SHOWN_FIELDS],
            "reasons": Counter(item.reason for item in looked.mapped.rejected).most_common(10),
            "mapping": _mapping(looked),
        }
    except ImportRefused as refused:
        problem, status = problem or str(refused), 422 if said else status
        shown["fields"] = refused.fields[:SHOWN_FIELDS]
    typed = {name.removeprefix("map_"): text for name, text in said.items() if name.startswith("map_") and text}
    return render(
        request, "import_look", file_name=path.name, upload_id=upload_id, said=said, is_recognised=is_recognised,
        settings=SETTINGS, targets=TARGETS, first_targets=FIRST_TARGETS, required=REQUIRED, problem=problem,
        status=status, **(shown | {"mapping": shown["mapping"] | typed}),
    )  # fmt: skip


def _import(using: Services, user: User, upload_id: str, said: dict[str, str], *, is_recognised: bool, say: Any) -> Any:
    # only here: who reads the pages does not pay for Dagster
    import dagster as dg

    from trend_assets.imports.command import run_import

    def reach(day: date) -> date:
        with using.write() as connection:
            return reach_back(day, connection=connection)

    days = said.get("retention_days", "")
    if days and not (days.isascii() and days.isdigit() and len(days) < 6):
        raise ImportRefused(f"“{days[:20]}” is not a number of days; leave it empty to keep the rows.")
    path = _kept(using, user, upload_id)
    with ExitStack() as held:
        # beside Dagster, as `trend-assets ui` runs us; alone there is nobody to tell
        instance = held.enter_context(dg.DagsterInstance.get()) if os.environ.get("DAGSTER_HOME") else None
        return run_import(
            using.warehouse,
            path,
            source=said.get("source", ""),
            now=using.now(),
            reach_back=reach,
            say=say,
            tell=instance.report_runless_asset_event if instance else None,
            retention_days=int(days) if days else None,
            **_how(said, is_recognised),
        )


def _kept(using: Services, user: User, upload_id: str) -> Any:
    path = upload_of(using.state_dir, user.user_id, upload_id)
    if path is None:
        raise Problem(404, "This file is not here any more: it is kept for a day. Send it again.")
    return path


def _how(said: dict[str, str], is_recognised: bool) -> dict[str, Any]:
    """What was said about the file, as the fields of `How`."""
    how: dict[str, Any] = {each.name: said[each.name] for each in fields(How) if said.get(each.name)}
    pairs = []
    for target in TARGETS:
        if text := said.get(f"map_{target}", ""):
            constant = text.startswith("=")
            pairs.append(f"{target}{':' if constant else ''}={text.removeprefix('=')}")
    parse_map(pairs)
    return how | {"maps": tuple(pairs), "recognition": is_recognised}


def _mapping(looked: Preview) -> dict[str, str]:
    spec, there = looked.spec, with_parents(looked.fields)
    # what a reader finds elsewhere cannot be sent back as a field of the file
    fields = {target: name for target, name in spec.fields.items() if not there.isdisjoint(name.split("|"))}
    return {**{target: f"={value}" for target, value in spec.constants.items()}, **fields}
